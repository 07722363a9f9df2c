"""What the clocks say: deadlines that have passed, and the steps of the ladder that are due."""

from app.domain import clockwork, escalation, telling, touching
from app.domain.business import Act
from app.domain.card import Role
from app.domain.conversation import Owner
from app.domain.decision import Fact, Out
from app.domain.desk import Desk
from app.domain.mail import OutKind
from app.domain.message import OutboundMessage
from app.domain.sla import Target
from app.domain.visits import reminding, seeing_off, waiting
from app.domain.words import say


def watch(desk: Desk) -> None:
    """Deadlines that have passed, and the steps of the ladder that are due."""
    waiting.watch(desk)
    if desk.c.enquiry is None or desk.c.spam:
        return
    clockwork.resolve(desk)
    clockwork.redate(desk)
    clockwork.miss(desk)
    telling.release(desk)
    _climb(desk, escalation.steps_due(desk.open_enquiry(), desk.business, desk.now))
    touching.touch(desk)
    reminding.watch(desk)
    seeing_off.watch(desk)


def _climb(desk: Desk, dues: tuple[escalation.Due, ...]) -> None:
    """Steps that came due while everything stood are all taken, and each person hears of it once."""
    told: set[int | None] = set()
    goes_on = any(Act.REASSIGN_NEXT in due.step.acts for due in dues)
    for due in dues:
        desk.change(steps_done=escalation.done(desk.open_enquiry(), due.key))
        desk.facts.append(Fact(kind="escalated", values={"target": due.clock.target, "step": due.number}))
        for act in due.step.acts:
            if not (act is Act.REMIND_ASSIGNEE and goes_on):  # who loses the deal is not reminded of it
                _act(desk, act, due, told)


def _act(desk: Desk, act: Act, due: escalation.Due, told: set[int | None]) -> None:
    key, late = f"{due.key}:{act}", due.step.after >= 1
    match act:
        case Act.REMIND_ASSIGNEE:
            telling.escalate(desk, due, key, Role.ASSIGNEE, "notice_late" if late else "notice_soon", told)
        case Act.NOTIFY_SUPERVISOR:
            bot = due.clock.target is Target.BOT_REPLY
            telling.escalate(desk, due, key, Role.SUPERVISOR, "notice_bot_failed" if bot else "notice_late", told)
        case Act.NOTIFY_OWNER:
            telling.escalate(desk, due, key, Role.OWNER, "notice_late", told)
        case Act.CREATE_TASK:
            telling.task(desk, due, key)
        case Act.REASSIGN_NEXT:
            _reassign(desk, due, told)
        case Act.APOLOGISE:
            _apologise(desk, due.clock.target)


def _reassign(desk: Desk, due: escalation.Due, told: set[int | None]) -> None:
    """To the next on shift. With nobody there it is told above; where all had it already its holder is reminded."""
    enquiry, roster, now = desk.open_enquiry(), desk.roster, desk.now
    had = (*enquiry.tried, *((enquiry.assignee,) if enquiry.assignee is not None else ()))
    taker = roster.next_after(enquiry.assignee, had, now, desk.business)
    if taker is not None:
        desk.change(assignee=taker, tried=had)
    words = "notice_yours" if taker is not None else "notice_late"
    telling.escalate(desk, due, f"{due.key}:taker", Role.ASSIGNEE, words, told)


def _apologise(desk: Desk, target: Target) -> None:
    enquiry = desk.open_enquiry()
    if enquiry.apologised or desk.owner is Owner.PERSON or desk.c.blocked:
        return
    if target is Target.FIRST_CALL and enquiry.bot_replied_at is None:
        return  # a form of the site: there is no chat to say it in
    desk.change(apologised=True)
    text = say("apology", desk.c.language)
    desk.outs.append(Out(kind=OutKind.APOLOGY, message=OutboundMessage(text=text)))
