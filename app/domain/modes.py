"""Modes per channel: `auto` says the draft, `suggest` shows it to the manager, `off` leaves the customer to people.

What concerns a standing booking (reminder, confirmation) and a person's own text leave in every mode.
"""

from collections.abc import Mapping

from app.domain import telling
from app.domain.business import Business, Mode
from app.domain.card import Role
from app.domain.desk import Desk
from app.domain.mail import BOTS_OWN
from app.domain.words import define, say

ALL = "all"  # in place of a channel: every one of them

define(
    "suggested",
    "Предложение ассистента (клиенту не отправлено): {text}",
    "The assistant suggests (not sent to the customer): {text}",
)
define(
    "notice_suggested",
    "{title}: ассистент предлагает ответ, он в карточке; отправьте свой или этот",
    "{title}: the assistant suggests an answer, it is in the card; send yours or this one",
)


def mode_of(channel: str, business: Business, switches: Mapping[str, str]) -> Mode:
    """What a person switched outranks the profile; everything at once outranks one channel."""
    switched = switches.get(ALL) or switches.get(channel)
    return Mode(switched) if switched else business.modes.get(channel, Mode.AUTO)


def suggest(desk: Desk, text: str) -> None:
    """The draft goes where the manager works, numbered like every line of the dialogue."""
    if not text or desk.c.enquiry is None:
        return
    desk.note(desk.now, say("suggested", desk.business.locale, text=text))
    desk.notice(
        f"suggested@{desk.now.timestamp():.0f}",
        Role.ASSIGNEE,
        "notice_suggested",
        user=telling.hearer(desk, Role.ASSIGNEE),
    )


def restrain(desk: Desk) -> None:
    """Nothing of the bot's own leaves outside `auto`, whichever part of the turn worded it."""
    if desk.mode is Mode.AUTO or desk.c.staff:
        return
    own = [out for out in desk.outs if out.kind in BOTS_OWN]
    desk.outs = [out for out in desk.outs if out.kind not in BOTS_OWN]
    if desk.mode is Mode.SUGGEST:
        for out in own:
            suggest(desk, out.message.text)
