"""A conversation about bookings, with a diary that is looked up as flow/openings.py does."""

from dataclasses import replace
from datetime import datetime, timedelta

from app.domain.booking import Busy, Part, Slot
from app.domain.conversation import opened
from app.domain.decision import Turn
from app.domain.mail import BookingOutcome, Vacancy, in_order
from app.domain.qualification import Heat, Intent, Reading, Understanding, When
from app.domain.turn import take_turn
from app.domain.visits import openings
from app.domain.visits.visit import BookingFate, Chance, Command, Freed, ListWord
from tests.domain.story import MORNING, Story

TOMORROW = datetime(2026, 11, 24, 9, 0, tzinfo=MORNING.tzinfo)  # 12:00 in Moscow
WANTS = Reading(intent=Intent.BOOKING, heat=Heat.HOT, services=("manicure",))


def exactly(at: datetime) -> When:
    return When(earliest=at, latest=at, exact=True)


def day(at: datetime) -> When:
    return When(earliest=at.replace(hour=6), latest=at.replace(hour=20, minute=59))


class Diary(Story):
    """A story with a diary: what the customer asks for is looked up as flow/openings does."""

    __slots__ = ("busy",)

    def ask(
        self,
        text: str,
        reading: Reading,
        *,
        payload: str = "",
        reply: str = "Свободно:",
        word: ListWord | None = None,
    ) -> Turn:
        self.now += timedelta(seconds=60)
        mails = in_order([self.received(text, payload=payload, name="Ольга")])
        c = self.conversation or opened(mails[0].message)  # type: ignore[union-attr]
        found = openings.seek(c, reading, [payload], "", self.now)
        if found and found.needs_diary:
            busy = getattr(self, "busy", ())
            found = openings.look(found, c, busy, self.business, asks="?" in text, now=self.now)
        found = openings.of_list(word, found, c) if word else found
        turn = take_turn(
            c,
            mails,
            Understanding(reading=reading, reply=reply),
            self.business,
            roster=self.roster,
            owner=self.owner,
            now=self.now,
            openings=found,
        )
        self.conversation, self.owner = turn.conversation, turn.owner or self.owner
        self.turns.append(turn)
        self.outbox += turn.outs
        return turn

    def diary(self, fate: BookingFate, command: Command, **fields: object) -> Turn:
        self.now += timedelta(seconds=1)
        values = {"command": command.id, "fate": fate, "at": self.now, "slot": command.slot, "bookings": (41,)}
        return self.take([BookingOutcome(**(values | fields))])  # type: ignore[arg-type]

    def waits(self) -> Turn:
        """On the list for tomorrow, where everything is taken."""
        hours = {"starts": TOMORROW.replace(hour=6), "ends": TOMORROW.replace(hour=18)}
        self.busy = [Busy(resource=one.id, **hours) for one in self.business.resources]
        self.ask("Маникюр завтра", replace(WANTS, when=day(TOMORROW)))
        self.sent()
        return self.ask("В лист ожидания", WANTS, word=ListWord.JOIN)

    def vacancy(self, at: datetime = TOMORROW, *, hold: str = "te-1-w1", minutes: int = 15) -> Turn:
        """A time became free and is held for them."""
        self.now += timedelta(seconds=1)
        part = Part(resource="maria", services=("manicure",), starts=at, ends=at + timedelta(minutes=90))
        slot = Slot(parts=(part,))
        freed = Freed(slot=slot, at=self.now)
        chance = Chance(hold=hold, slot=slot, until=self.now + timedelta(minutes=minutes), freed=freed)
        return self.take([Vacancy(chance=chance, at=self.now)])

    def booked(self, at: datetime = TOMORROW) -> Command:
        """A visit that stands."""
        [command] = self.ask("Маникюр завтра в 12", replace(WANTS, when=exactly(at))).commands
        self.diary(BookingFate.BOOKED, command)
        self.sent()
        return command
