"""A visit that is over: whether they came is learned from the deal's stage, and what follows is said."""

from dataclasses import replace

from app.domain import after_visit, moments, telling
from app.domain.after_visit import Step
from app.domain.card import Stage
from app.domain.decision import Fact
from app.domain.desk import Desk
from app.domain.mail import OutKind
from app.domain.speaking import speak
from app.domain.words import define, say

define(
    "notice_came",
    "{title}: визит закончился. Клиент пришёл? Отметьте стадией сделки: пришёл или не пришёл",
    "{title}: the visit is over. Did the customer come? Tell it by the deal's stage: came or did not come",
)
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
CAME = {Stage.WON: True, Stage.LOST: False}


def watch(desk: Desk) -> None:
    _learn(desk)
    _ask(desk)
    _speak(desk)


def _learn(desk: Desk) -> None:
    """The last word of the manager's stage counts, also when they correct it."""
    plan, visit, enquiry = desk.c.attendance, desk.c.visit, desk.open_enquiry()
    if plan is None or visit is None or desk.now < plan.starts:
        return
    came = CAME.get(enquiry.stage)
    mine = visit.by == "person" or visit.id.startswith(f"{enquiry.card_id}-b")
    if not mine or came is None or came is plan.came:
        return
    desk.c = replace(desk.c, attendance=replace(plan, came=came, came_at=desk.now))
    desk.facts.append(Fact(kind="came" if came else "no_show", values={"booking": plan.booking}))
    desk.note(desk.now, say("note_came" if came else "note_no_show", desk.business.locale))


def _ask(desk: Desk) -> None:
    at, plan = after_visit.asks_at(desk.c), desk.c.attendance
    if at is None or plan is None or desk.now < at:
        return
    desk.c = replace(desk.c, attendance=replace(plan, asked_came=True))
    telling.ask(desk, f"came:{plan.visit}@{plan.starts.timestamp():.0f}", "notice_came", "visit")


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
