"""A manager's button, or the word that stands for it: «Принял», «Вернуть боту», «Ответ не нужен»; of a visit «Пришёл»,
«Не пришёл».
"""

from dataclasses import replace

from app.domain import clockwork, consent, news
from app.domain.card import Stage
from app.domain.conversation import Owner
from app.domain.decision import Fact
from app.domain.desk import Desk
from app.domain.mail import Button, Pressed
from app.domain.sla import Target
from app.domain.summary import has_visit
from app.domain.visits import seeing_off
from app.domain.words import define, say

define("pressed_accept", "Менеджер принял обращение", "A manager took the enquiry")
define("pressed_return", "Диалог возвращён ассистенту", "The dialogue is the assistant's again")
define("pressed_dismiss", "Ответ не нужен", "No answer is needed")
define("button_accept", "Принял", "Accept")
define("button_return", "Вернуть боту", "Return to the bot")
define("button_dismiss", "Ответ не нужен", "No answer needed")
define("button_came", "Пришёл", "Came")
define("button_no_show", "Не пришёл", "Did not come")
define(
    "pressed_too_early",
    "«Пришёл» и «Не пришёл» отмечают, когда визит начался; отметка не принята",
    "Came and did not come are for a visit that has begun; nothing was noted",
)

TALK = (Button.ACCEPT, Button.RETURN, Button.DISMISS)  # under what a customer says
VISIT = (Button.CAME, Button.NO_SHOW)  # under the question whether they came

# A timeline comment that is one of these words, and nothing else, presses the button.
WORDS = {
    "/принял": Button.ACCEPT,
    "/приняла": Button.ACCEPT,
    "/accept": Button.ACCEPT,
    "/бот": Button.RETURN,
    "/bot": Button.RETURN,
    "/не нужен": Button.DISMISS,
    "/ответ не нужен": Button.DISMISS,
    "/not needed": Button.DISMISS,
    "/пришёл": Button.CAME,
    "/пришла": Button.CAME,
    "/came": Button.CAME,
    "/не пришёл": Button.NO_SHOW,
    "/не пришла": Button.NO_SHOW,
    "/no show": Button.NO_SHOW,
}


def button_of(text: str) -> Button | None:
    word = " ".join(text.casefold().split()).rstrip(".!")
    return WORDS.get(word) or WORDS.get(word.replace("пришел", "пришёл"))


def take(desk: Desk, press: Pressed) -> None:
    """A second press of the same button changes nothing but its moment; of a conversation at rest, nothing at all."""
    if desk.c.enquiry is None:
        return
    desk.facts.append(Fact(kind="pressed", values={"button": press.button, "manager": press.manager}))
    if press.button in VISIT:
        _tell(desk, press)
        return
    desk.note(press.at, say(f"pressed_{press.button}", desk.business.locale))
    match press.button:
        case Button.ACCEPT:
            _accept(desk, press)
        case Button.RETURN:
            _return(desk)
        case Button.DISMISS:
            _dismiss(desk, press)


def _accept(desk: Desk, press: Pressed) -> None:
    """The ladder stands still for `sla.accepted_for`; the deadline does not: only an answer keeps the promise."""
    if desk.owner is not Owner.PERSON or desk.c.person_since is None:
        desk.facts.append(Fact(kind="taken", values={"door": "button"}))
    desk.owner = Owner.PERSON
    consent.unsaid(desk)
    desk.c = replace(desk.c, person_since=press.at)
    enquiry = desk.open_enquiry()
    clockwork.cancel(desk, (Target.BOT_REPLY,), press.at)  # the assistant is silent now, its own promise fell away
    desk.change(accepted_at=press.at)
    if press.manager is not None and press.manager != enquiry.assignee:
        had = (enquiry.assignee,) if enquiry.assignee is not None else ()
        desk.change(assignee=press.manager, tried=(*enquiry.tried, *had))


def _return(desk: Desk) -> None:
    if desk.owner is Owner.PERSON:
        desk.facts.append(Fact(kind="returned", values={"rule": "button"}))
    desk.owner = Owner.BOT
    desk.c = replace(desk.c, person_since=None)
    desk.change(accepted_at=None, handed_over="")


def _tell(desk: Desk, press: Pressed) -> None:
    """As if they had moved the deal's stage; of a visit whose card is not open any more only that it is known."""
    came = press.button is Button.CAME
    if not seeing_off.has_begun(desk):
        desk.note(press.at, say("pressed_too_early", desk.business.locale))
    elif has_visit(desk.c, desk.open_enquiry()):
        news.end(desk, Stage.WON if came else Stage.LOST, press.at)
    else:
        seeing_off.learn(desk, came=came)


def _dismiss(desk: Desk, press: Pressed) -> None:
    """What was promised falls away; a deadline that had passed before stays missed."""
    clockwork.cancel(desk, tuple(Target), press.at)
    desk.change(accepted_at=None, series_over=True)
