"""What people did in the portal moves the conversation: stage, assignee, the end of an enquiry.

Theirs wins: a stage may move back, an assignee may be anybody. A call is told by hearing, as an answer is.
"""

from dataclasses import replace
from datetime import datetime

from app.domain import clockwork
from app.domain.card import Stage
from app.domain.conversation import Owner
from app.domain.decision import Fact
from app.domain.desk import Desk
from app.domain.mail import PortalNews
from app.domain.sla import Target
from app.domain.words import say

ENDED = (Stage.WON, Stage.LOST)


def take(desk: Desk, news: PortalNews) -> None:
    """News that say what is known already change nothing."""
    if desk.c.enquiry is None:
        return
    if news.assignee is not None:
        _assign(desk, news.assignee, news)
    if news.gone:
        end(desk, Stage.LOST, news.at, reason="deleted")
    elif news.stage in ENDED:
        end(desk, news.stage, news.at)
    elif news.stage is not None:
        _move(desk, news.stage, news)


def _assign(desk: Desk, user: int, news: PortalNews) -> None:
    """The deadlines stay: they are the customer's."""
    enquiry = desk.open_enquiry()
    if user == enquiry.assignee:
        return
    had = (enquiry.assignee,) if enquiry.assignee is not None else ()
    desk.change(assignee=user, tried=(*enquiry.tried, *had), touched=True)
    desk.note(news.at, say("assigned", desk.business.locale))


def _move(desk: Desk, stage: Stage, news: PortalNews) -> None:
    """A deal that was closed and is open again begins another enquiry on the same card."""
    enquiry = desk.open_enquiry()
    if enquiry.stage in ENDED:
        desk.c = replace(desk.c, enquiry=enquiry.again(news.at))
    if enquiry.stage is not stage:
        desk.change(stage=stage, touched=True)


def end(desk: Desk, stage: Stage, at: datetime, *, reason: str = "") -> None:
    """Won, lost or deleted: what was promised falls away, and the next words are the assistant's again."""
    enquiry = desk.open_enquiry()
    if enquiry.stage in ENDED:
        if enquiry.stage is not stage:
            desk.change(stage=stage)
        return
    desk.change(stage=stage, handed_over="")
    clockwork.stop(desk, (Target.RESOLUTION,), at)
    clockwork.cancel(desk, tuple(Target), at)
    desk.facts.append(Fact(kind="closed", values={"reason": reason or str(stage)}))
    if desk.owner is Owner.PERSON:
        desk.facts.append(Fact(kind="returned", values={"rule": "closed"}))
        desk.owner = Owner.BOT
        desk.c = replace(desk.c, person_since=None)
