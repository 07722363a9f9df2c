"""What follows a visit: whether they came is asked, then thanks or a word of regret, later one more. Pure.

Thanks and regret belong to the visit and need only that the customer did not say stop; what invites them anew is
advertising and needs a yes of its own. One text a day at most, none at night, none while a person has the conversation.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.business import Business
from app.domain.conversation import Conversation, Owner
from app.domain.nights import awake_at
from app.domain.visits.attendance import Attendance

ASKED_AFTER = timedelta(minutes=15)  # the visit's end: by then whoever came is still there or has just left
THANKS_AFTER = timedelta(hours=2)
REGRET_AFTER = timedelta(hours=1)  # after it was learned
WIN_BACK_AFTER = timedelta(days=14)
A_DAY = timedelta(hours=24)
STALE = timedelta(days=3)  # what an outage or a person's talk held back for longer is not said any more


class Step(StrEnum):
    THANKS = "thanks"
    REPEAT = "repeat"
    REGRET = "regret"
    WIN_BACK = "win_back"


ADVERTISING = (Step.REPEAT, Step.WIN_BACK)


def asks_at(conversation: Conversation) -> datetime | None:
    """When somebody is asked whether they came; None: it is known, or was asked."""
    plan = conversation.attendance
    return plan.ends + ASKED_AFTER if plan and plan.came is None and not plan.asked_came else None


def steps(conversation: Conversation, owner: Owner, business: Business) -> tuple[tuple[datetime, Step], ...]:
    """What is still to be said and may be, with its moment, ascending."""
    plan = conversation.attendance
    if plan is None or plan.came is None or owner is Owner.PERSON or conversation.blocked or conversation.opted_out:
        return ()
    free_at = conversation.touched_at + A_DAY if conversation.touched_at else plan.starts
    return tuple(
        (awake_at(max(at, free_at), business.reminders.quiet_hours, business.zone), step)
        for at, step in sorted(_planned(conversation, plan, business))
        if step not in plan.said and (step not in ADVERTISING or conversation.advertising)
    )


def _planned(conversation: Conversation, plan: Attendance, business: Business) -> list[tuple[datetime, Step]]:
    learned = max(plan.came_at or plan.ends, plan.ends)
    if not plan.came:
        return [(learned + REGRET_AFTER, Step.REGRET), (learned + WIN_BACK_AFTER, Step.WIN_BACK)]
    services = conversation.visit.services if conversation.visit else ()
    known = [service.repeat_after for one in services if (service := business.service(one))]
    again = min((after for after in known if after), default=None)
    thanks = [(learned + THANKS_AFTER, Step.THANKS)]
    return [*thanks, (plan.ends + again, Step.REPEAT)] if again else thanks


def next_wake(conversation: Conversation, owner: Owner, business: Business, now: datetime) -> datetime | None:
    wakes = [at for at, _ in steps(conversation, owner, business)]
    if asked := asks_at(conversation):
        wakes.append(asked)
    return min((at for at in wakes if at > now), default=None)
