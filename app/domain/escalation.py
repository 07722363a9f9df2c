"""The ladder: who is told, at which share of the target. Looks at clocks and says what must happen now."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from app.domain.business import Act, Business, Step
from app.domain.conversation import Enquiry
from app.domain.nights import awake_at
from app.domain.qualification import Heat
from app.domain.sla import Clock, Target, share_spent_at

HUMAN_TARGETS = (Target.FIRST_RESPONSE, Target.NEXT_RESPONSE, Target.FIRST_CALL)
CLIMBS = frozenset({*HUMAN_TARGETS, Target.BOOKING_CONFIRMATION})  # these have the profile's whole ladder
BOT_FAILED = (Step(after=1.0, acts=(Act.NOTIFY_SUPERVISOR,)),)  # the assistant's own promise has a ladder of one step

STEPS = 24  # of one enquiry that are remembered
HELD = 10  # notices of one enquiry that wait for the morning


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A step whose moment has come. `key` says that it was taken."""

    key: str
    clock: Clock
    step: Step
    number: int


def is_urgent(enquiry: Enquiry) -> bool:
    """Of these people are told by night too."""
    return enquiry.heat is Heat.HOT or enquiry.handed_over == "emergency"


def steps_due(enquiry: Enquiry, business: Business, now: datetime) -> tuple[Due, ...]:
    """The steps to take now, in the order of their moments."""
    pending = [(at, due) for at, due in _pending(enquiry, business) if at <= now]
    return tuple(due for _, due in sorted(pending, key=lambda pair: pair[0]))


def next_wake(enquiry: Enquiry, business: Business, now: datetime) -> datetime | None:
    """When to look again; None: nothing is promised any more."""
    moments = [clock.due_at for clock in enquiry.running() if clock.missed_at is None]
    moments += [at for at, _ in _pending(enquiry, business)]
    moments += [held.until for held in enquiry.held]
    return min((at for at in moments if at > now), default=None)


def done(enquiry: Enquiry, key: str) -> tuple[str, ...]:
    """The steps taken, with one more. The oldest are forgotten, but none of a clock that runs: it would be repeated."""
    running = {name_of(clock) for clock in enquiry.running()}
    steps = sorted((*enquiry.steps_done, key), key=lambda step: step.rpartition(":")[0] in running)
    return tuple(steps[-STEPS:])


def name_of(clock: Clock) -> str:
    """Of one clock within its enquiry; a step's key and its notices begin with it."""
    return f"{clock.target}@{clock.started_at.timestamp():.0f}"


def _pending(enquiry: Enquiry, business: Business) -> Iterator[tuple[datetime, Due]]:
    for clock in enquiry.running():
        if clock.is_paused:
            continue
        ladder = business.ladder if clock.target in CLIMBS else BOT_FAILED
        for number, step in enumerate(ladder, 1):
            key = f"{name_of(clock)}:{number}"
            if key not in enquiry.steps_done:
                at = share_spent_at(clock, step.after, business.calendar)
                if enquiry.accepted_at is not None:  # somebody said that they would answer: the return timer
                    at = max(at, enquiry.accepted_at + business.sla.accepted_for)
                if not is_urgent(enquiry):
                    at = awake_at(at, business.reminders.quiet_hours, business.zone)
                yield at, Due(key=key, clock=clock, step=step, number=number)
