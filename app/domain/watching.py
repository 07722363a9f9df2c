"""What the clocks say: deadlines that have passed, and the steps of the ladder that are due."""

from dataclasses import replace

from app.domain import (
    escalation,
)
from app.domain.business import Act
from app.domain.card import Role
from app.domain.conversation import Owner
from app.domain.decision import Fact, Out
from app.domain.desk import Desk
from app.domain.mail import OutKind
from app.domain.message import OutboundMessage
from app.domain.sla import Target
from app.domain.words import say


def watch(desk: Desk) -> None:
    """Deadlines that have passed, and the steps of the ladder that are due."""
    if desk.c.enquiry is None or desk.c.spam:
        return
    enquiry, missed = escalation.judge(desk.c.enquiry, desk.now)
    desk.c = replace(desk.c, enquiry=enquiry)
    for clock in missed:
        desk.note_clock(clock, "missed")
    for due in escalation.steps_due(enquiry, desk.business, desk.now):
        desk.change(steps_done=escalation.done(desk.open_enquiry(), due.key))
        desk.facts.append(Fact(kind="escalated", values={"target": due.clock.target, "step": due.number}))
        for act in due.step.acts:
            _act(desk, act, due)


def _act(desk: Desk, act: Act, due: escalation.Due) -> None:
    late = due.step.after >= 1
    match act:
        case Act.REMIND_ASSIGNEE:
            desk.notice(f"{due.key}:{act}", Role.ASSIGNEE, "notice_late" if late else "notice_soon", due=due)
        case Act.NOTIFY_SUPERVISOR:
            bot = due.clock.target is Target.BOT_REPLY
            desk.notice(f"{due.key}:{act}", Role.SUPERVISOR, "notice_bot_failed" if bot else "notice_late", due=due)
        case Act.NOTIFY_OWNER:
            desk.notice(f"{due.key}:{act}", Role.OWNER, "notice_late", due=due)
        case Act.CREATE_TASK:
            desk.notice(f"{due.key}:{act}", Role.ASSIGNEE, "task_late", due=due, task=True)
        case Act.REASSIGN_NEXT:
            _reassign(desk, due)
        case Act.APOLOGISE:
            _apologise(desk)


def _reassign(desk: Desk, due: escalation.Due) -> None:
    enquiry = desk.open_enquiry()
    had = (*enquiry.tried, *((enquiry.assignee,) if enquiry.assignee else ()))
    taker = desk.roster.next_after(enquiry.assignee, had)
    if taker is not None:
        desk.change(assignee=taker, tried=had)
        desk.notice(f"{due.key}:taker", Role.ASSIGNEE, "notice_yours", due=due)


def _apologise(desk: Desk) -> None:
    if desk.open_enquiry().apologised or desk.owner is Owner.PERSON or desk.c.blocked:
        return
    desk.change(apologised=True)
    text = say("apology", desk.c.language)
    desk.outs.append(Out(kind=OutKind.APOLOGY, message=OutboundMessage(text=text)))
