"""One turn: a conversation and what lay in its mailbox → everything that follows. Pure.

Learn `take_turn` and you know what the product decides. It never looks at a clock, a network or a setting.
"""

from collections.abc import Sequence
from datetime import datetime

import app.domain.phrases  # noqa: F401 - fills the catalogue
from app.domain import hearing, modes, replying, watching
from app.domain.business import Business, Mode
from app.domain.conversation import Conversation, Owner, opened
from app.domain.decision import Turn
from app.domain.desk import Desk
from app.domain.mail import Mail, Received, is_customers
from app.domain.message import WORDS, InboundMessage
from app.domain.qualification import Understanding
from app.domain.roster import Roster
from app.domain.visits.visit import Openings


def take_turn(
    conversation: Conversation | None,
    mails: Sequence[Mail],
    understanding: Understanding | None,
    business: Business,
    *,
    roster: Roster,
    owner: Owner,
    now: datetime,
    openings: Openings | None = None,
    mode: Mode = Mode.AUTO,
) -> Turn:
    """conversation    None before the first message
    mails          in order (mail.in_order)
    understanding  of the customer's words among them; None where there are none
    mode           of this channel now: the profile's, or what a person switched it to
    owner          who owned the conversation when it was read
    now            aware; not before any mail's moment
    openings       what the diary allows these words, where they ask for a time
    """
    desk = Desk(conversation or opened(_first_message(mails)), business, roster, owner, now, mode)
    for mail in mails:
        hearing.take(desk, mail)
    if understanding is not None:
        replying.understand(desk, understanding, openings)
    watching.watch(desk)
    modes.restrain(desk)
    return desk.turn()


def wants_answer(mails: Sequence[Mail]) -> list[Received]:
    """The customer's words among the mails, in order."""
    return [
        mail
        for mail in mails
        if isinstance(mail, Received) and is_customers(mail) and mail.message.kind in WORDS and not mail.message.staff
    ]


def _first_message(mails: Sequence[Mail]) -> InboundMessage:
    found = next((mail.message for mail in mails if isinstance(mail, Received)), None)
    if found is None:
        raise ValueError("a conversation begins with a message")
    return found
