"""A visit that is over: whether they came is learned from the deal's stage, and what follows is said."""

from dataclasses import replace

from app.domain import moments, telling
from app.domain.card import Stage
from app.domain.decision import Fact
from app.domain.desk import Desk
from app.domain.mail import OutKind
from app.domain.speaking import speak
from app.domain.summary import has_visit
from app.domain.visits import after_visit
from app.domain.visits.after_visit import Step
from app.domain.words import define, say

define(
    "notice_came",
    "{title}: визит закончился. Клиент пришёл? Нажмите «Пришёл» или «Не пришёл» в чате сделки "
    "(или комментарий /пришёл, /не пришёл)",
    "{title}: the visit is over. Did the customer come? Press “Came” or “Did not come” in the deal's chat "
    "(or comment /came, /no show)",
)
define("note_asks_came", "Визит {when} закончился. Клиент пришёл?", "The visit {when} is over. Did the customer come?")
define(
    "after_thanks",
    "Спасибо, что были у нас! Как всё прошло? Будем рады вашему отзыву, напишите пару слов здесь.",
    "Thank you for your visit! How was it? A few words here would help us a lot.",
)
define(
    "after_regret",
    "Мы ждали вас {when}, но встреча не состоялась. Хотите выбрать другое время? Напишите, подберём.",
    "We were expecting you {when}, but missed you. Would another time suit you? Write to us.",
)
define(
    "after_win_back",
    "Давно не виделись! Если услуга ещё нужна ({what}), напишите, подберём удобное время.",
    "It has been a while! If you still need it ({what}), write to us and we will find a time.",
)
define(
    "after_repeat",
    "Прошло время с вашего визита ({what}). Пора повторить? Напишите, подберём удобное время.",
    "It is some time since your visit ({what}). Time for another? Write to us and we will find a time.",
)
define("note_came", "Клиент пришёл", "The customer came")
define("note_no_show", "Клиент не пришёл", "The customer did not come")
ASKS = "came:"  # begins the notice that asks for it
CAME = {Stage.WON: True, Stage.LOST: False}


def watch(desk: Desk) -> None:
    _learn(desk)
    _ask(desk)
    _ask_in_chat(desk)
    _speak(desk)


def has_begun(desk: Desk) -> bool:
    plan = desk.c.attendance
    return plan is not None and desk.c.visit is not None and desk.now >= plan.starts


def learn(desk: Desk, *, came: bool) -> None:
    """The last word counts, also when it corrects an earlier one."""
    plan = desk.c.attendance
    if plan is None or came is plan.came:
        return
    desk.c = replace(desk.c, attendance=replace(plan, came=came, came_at=desk.now))
    desk.facts.append(Fact(kind="came" if came else "no_show", values={"booking": plan.booking}))
    desk.note(desk.now, say("note_came" if came else "note_no_show", desk.business.locale))


def _learn(desk: Desk) -> None:
    """The manager's stage tells."""
    came = CAME.get(desk.open_enquiry().stage)
    if came is not None and has_begun(desk) and has_visit(desk.c, desk.open_enquiry()):
        learn(desk, came=came)


def _ask(desk: Desk) -> None:
    at, plan = after_visit.asks_at(desk.c), desk.c.attendance
    if at is None or plan is None or desk.now < at:
        return
    desk.c = replace(desk.c, attendance=replace(plan, asked_came=True))
    telling.ask(desk, f"{ASKS}{plan.visit}@{plan.starts.timestamp():.0f}", "notice_came", "visit", can_wait=True)


def _ask_in_chat(desk: Desk) -> None:
    """With the notice, whenever it may be told: the buttons stand where the manager works."""
    visit = desk.c.visit
    if visit is None or not any(notice.id.startswith(ASKS) for notice in desk.notices):
        return
    when = moments.full(visit.starts, desk.business, desk.business.locale)
    desk.line(desk.now, "note", say("note_asks_came", desk.business.locale, when=when), asks=True)


def _speak(desk: Desk) -> None:
    """At most one text a turn; what is stale falls away unsaid."""
    for at, step in after_visit.steps(desk.c, desk.owner, desk.business):
        plan = desk.c.attendance
        if plan is None or at > desk.now:
            return
        desk.c = replace(desk.c, attendance=replace(plan, said=(*plan.said, step)))
        if desk.now - at < after_visit.STALE:
            _say(desk, step)
            return


def _say(desk: Desk, step: Step) -> None:
    visit, business = desk.c.visit, desk.business
    if visit is None:
        return
    services = tuple(service for one in visit.services if (service := business.service(one)))
    when = moments.full(visit.starts, business, desk.c.language)
    text = say(f"after_{step}", desk.c.language, when=when, what=moments.names(services))
    speak(desk, OutKind.REVIEW, text)
    desk.c = replace(desk.c, touched_at=desk.now)
