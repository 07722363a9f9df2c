"""Random bookings on a virtual clock, led by the app's own turns: what was sent, and how long each visit stood."""

import random
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta

from app.domain.booking import Part, Slot, Wish
from app.domain.business import Business, QuietHours, ReminderRules
from app.domain.card import Stage
from app.domain.conversation import Conversation, Owner, opened
from app.domain.decision import Turn
from app.domain.mail import BookingOutcome, Fate, Mail, OutKind, PortalNews, Received, SendOutcome, Tick
from app.domain.message import InboundMessage
from app.domain.qualification import Intent, Reading, Understanding
from app.domain.roster import Roster
from app.domain.turn import take_turn
from app.domain.visits.visit import BookingFate, Command, Do, Visit
from bench.remind_model import Rules, Standing

ZONES = ("Europe/Moscow", "Asia/Vladivostok", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland")
OFFSETS = (48 * 60, 24 * 60, 12 * 60, 180, 120, 90, 60, 45, 30)
BEGINS = datetime(2026, 3, 1, tzinfo=UTC)  # with the nights in which clocks change
STEP = timedelta(minutes=15)
ROSTER = Roster(managers=(7,), supervisor=5, owner=1)


@dataclass(slots=True)
class Life:
    """One customer: `sent` is (when, of a visit at); `stood` what the independent model is told."""

    business: Business
    rules: Rules
    dice: random.Random
    now: datetime
    conversation: Conversation | None = None
    wake_at: datetime | None = None
    sent: list[tuple[datetime, datetime]] = field(default_factory=list)
    stood: list[Standing] = field(default_factory=list)
    dead: int = 0
    number: int = 0

    def lead(self) -> None:
        self._hear()
        self._book(self._moment())
        for _ in range(self.dice.choice((0, 0, 1, 1, 2, 3))):
            visit = self.conversation.visit if self.conversation else None
            if visit is None or visit.starts - self.now < timedelta(minutes=40):
                break
            ahead = (visit.starts - self.now) / timedelta(minutes=1)
            self._until(self.now + timedelta(minutes=round(self.dice.uniform(1, ahead - 20)), seconds=17))
            acts = (self._move, self._move, self._cancel, self._portal_moves, self._portal_cancels, self._gives_up)
            act = self.dice.choice(acts)
            act(visit)
            if act == self._gives_up:  # a booking of a lost deal that moves on is nobody's plan
                break
        visit = self.conversation.visit if self.conversation else None
        self._until((visit.starts if visit else self.now) + timedelta(days=3))

    def _moment(self) -> datetime:
        ahead = self.dice.choice((self.dice.uniform(0.3, 4), self.dice.uniform(2, 30), self.dice.uniform(24, 200)))
        at = self.now + timedelta(hours=ahead)
        return at.replace(minute=self.dice.choice((0, 15, 30, 45)), second=0, microsecond=0) + STEP

    def _until(self, end: datetime) -> None:
        while self.wake_at is not None and self.wake_at <= end:
            self.now = max(self.now, self.wake_at)
            self._take([Tick(due_at=self.wake_at)])
        self.now = max(self.now, end)

    def _take(self, mails: list[Mail], reading: Reading | None = None) -> Turn:
        understanding = Understanding(reading=reading, reply="Хорошо") if reading else None
        turn = take_turn(
            self.conversation, mails, understanding, self.business, roster=ROSTER, owner=Owner.BOT, now=self.now
        )
        self.conversation, self.wake_at = turn.conversation, turn.wake_at
        for out in turn.outs:
            if out.kind is OutKind.REMINDER:
                self._reminded(out.message.about)
        if turn.outs:
            self._take(
                [
                    self._outcome(number, out.kind, out.message.text, out.message.about)
                    for number, out in enumerate(turn.outs)
                ]
            )
        return turn

    def _outcome(self, number: int, kind: OutKind, text: str, about: str) -> SendOutcome:
        return SendOutcome(outbox_id=f"o{number}", kind=kind, fate=Fate.SENT, at=self.now, text=text, about=about)

    def _reminded(self, about: str) -> None:
        visit = self.conversation.visit if self.conversation else None
        alive = visit is not None and about.startswith(f"{visit.id}.") and visit.starts > self.now
        self.dead += not alive
        if visit is not None:
            self.sent.append((self.now, visit.starts))

    def _hear(self) -> None:
        self.number += 1
        message = InboundMessage(
            channel="telegram", account="7", customer_id="501", message_id=f"m{self.number}", sent_at=self.now, text="…"
        )
        self.conversation = self.conversation or opened(message)
        self._take(
            [Received(message=message, arrived_at=self.now)], Reading(intent=Intent.BOOKING, services=("manicure",))
        )

    def _book(self, starts: datetime) -> None:
        assert self.conversation is not None
        command = self._pending(Do.BOOK, slot=_slot(starts))
        self._tell(BookingFate.BOOKED, command, _slot(starts))

    def _move(self, visit: Visit) -> None:
        slot = _slot(self._moment())
        self._tell(BookingFate.MOVED, self._pending(Do.MOVE, slot=slot, visit=visit), slot)

    def _cancel(self, visit: Visit) -> None:
        self._tell(BookingFate.CANCELLED, self._pending(Do.CANCEL, visit=visit), None)

    def _portal_moves(self, visit: Visit) -> None:
        slot = _slot(self._moment())
        self._close(slot.starts)
        self._take([BookingOutcome(command=visit.id, fate=BookingFate.MOVED, at=self.now, slot=slot, by="person")])

    def _portal_cancels(self, visit: Visit) -> None:
        self._close(None)
        self._take([BookingOutcome(command=visit.id, fate=BookingFate.CANCELLED, at=self.now, by="person")])

    def _gives_up(self, visit: Visit) -> None:
        self._close(None)
        self._take([PortalNews(deal=1, stage=Stage.LOST, at=self.now)])

    def _pending(self, does: Do, *, slot: Slot | None = None, visit: Visit | None = None) -> Command:
        assert self.conversation is not None
        self.number += 1
        command = Command(
            id=f"{self.conversation.id}-1-b{self.number}",
            does=does,
            conversation=self.conversation.id,
            slot=slot,
            visit=visit,
            wish=Wish(services=("manicure",)),
            asked_at=self.now,
        )
        self.conversation = replace(self.conversation, pending=command)
        return command

    def _tell(self, fate: BookingFate, command: Command, slot: Slot | None) -> None:
        self._close(slot.starts if slot else None)
        self._take([BookingOutcome(command=command.id, fate=fate, at=self.now, slot=slot, bookings=(41,))])

    def _close(self, starts: datetime | None) -> None:
        """The visit ends standing at its time, and stands at another, or at none."""
        last = self.stood[-1] if self.stood else None
        if last and last.until is None:
            if last.starts == starts:
                return
            self.stood[-1] = replace(last, until=self.now)
        if starts is not None:
            self.stood.append(Standing(starts=starts, since=self.now, until=None))


def _slot(starts: datetime) -> Slot:
    return Slot(parts=(Part(resource="anna", starts=starts, ends=starts + timedelta(hours=1), services=("manicure",)),))


def life(number: int, business: Business) -> Life:
    """The same for the same number."""
    dice = random.Random(number)
    night = dice.choice((None, (22 * 60, 9 * 60), (21 * 60, 8 * 60), (23 * 60 + 30, 7 * 60 + 30), (60, 6 * 60)))
    before, zone = tuple(dice.sample(OFFSETS, dice.randint(1, 4))), dice.choice(ZONES)
    quiet = QuietHours(starts=time(*divmod(night[0], 60)), ends=time(*divmod(night[1], 60))) if night else None
    reminders = ReminderRules(offsets=tuple(timedelta(minutes=each) for each in before), quiet_hours=quiet)
    bare = replace(
        business, zone=zone, reminders=reminders, ladder=(), follow_ups=replace(business.follow_ups, offsets=())
    )
    now = BEGINS + timedelta(minutes=dice.randrange(300 * 24 * 60), seconds=dice.randrange(60))
    return Life(business=bare, rules=Rules(before_minutes=before, night=night, zone=zone), dice=dice, now=now)
