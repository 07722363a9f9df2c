"""A conversation told turn by turn, as flow/answer and the store would lead it, with no clock but the test's."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.domain.business import Business
from app.domain.conversation import Conversation, Enquiry, Owner
from app.domain.decision import Out, Turn
from app.domain.mail import BOTS_OWN, Answered, Fate, Mail, Received, SendOutcome, Tick, in_order
from app.domain.message import InboundMessage
from app.domain.qualification import Heat, Intent, Reading, Understanding
from app.domain.roster import Roster
from app.domain.sla import Clock, Target
from app.domain.turn import take_turn, wants_answer
from app.profiles import load

SALON = load(Path(__file__).parents[2] / "profiles" / "salon.yaml")
ROSTER = Roster(managers=(7, 8, 9), supervisor=5, owner=1)
MORNING = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)  # Monday 11:00 in Moscow, the salon is open
WANTS = Reading(intent=Intent.BOOKING, heat=Heat.WARM, services=("haircut_w",))
THANKS = Reading(intent=Intent.SMALLTALK)


def said(text: str = "Здравствуйте", *, at: datetime, number: int = 1, **fields: object) -> Received:
    plain: dict[str, object] = {"channel": "telegram", "account": "7", "customer_id": "501", "sequence": number}
    message = InboundMessage(message_id=f"501:{number}", sent_at=at, text=text, **(plain | fields))  # type: ignore[arg-type]
    return Received(message=message, arrived_at=at)


def understood(reading: Reading = WANTS, reply: str = "Подберу время", **fields: str) -> Understanding:
    return Understanding(reading=reading, reply=reply, **fields)  # type: ignore[arg-type]


@dataclass(slots=True)
class Story:
    """`now` moves with every call by `later`; what the bot says waits in `outbox` until `sent`."""

    business: Business = SALON
    roster: Roster = ROSTER
    now: datetime = MORNING
    owner: Owner = Owner.NOBODY
    conversation: Conversation | None = None
    turns: list[Turn] = field(default_factory=list)
    outbox: list[Out] = field(default_factory=list)
    number: int = 0

    def take(self, mails: Sequence[Mail], understanding: Understanding | None = None) -> Turn:
        mails = in_order(mails)
        turn = take_turn(
            self.conversation,
            mails,
            understanding if wants_answer(mails) else None,
            self.business,
            roster=self.roster,
            owner=self.owner,
            now=self.now,
        )
        self.conversation, self.owner = turn.conversation, turn.owner or self.owner
        self.turns.append(turn)
        self.outbox += turn.outs
        return turn

    def hear(
        self, *texts: str, reading: Reading = WANTS, reply: str = "Подберу время", later: float = 60, **fields: object
    ) -> Turn:
        """A burst of the customer's, and the understanding of it."""
        self.now += timedelta(seconds=later)
        mails = [self.received(text, **fields) for text in texts or ("Запишите на стрижку",)]
        return self.take(mails, understood(reading, reply))

    def received(self, text: str = "Здравствуйте", *, at: datetime | None = None, **fields: object) -> Received:
        self.number += 1
        return said(text, at=at or self.now, number=self.number, **fields)

    def sent(self, fate: Fate = Fate.SENT, later: float = 1) -> Turn:
        """What became of everything in the outbox."""
        self.now += timedelta(seconds=later)
        outcomes = [
            SendOutcome(outbox_id=str(n), kind=out.kind, fate=fate, at=self.now, text=out.message.text)
            for n, out in enumerate(self.outbox)
        ]
        self.outbox = []
        return self.take(outcomes)

    def person(self, text: str = "Это Анна, помогу", later: float = 60) -> Turn:
        """A manager answers from Bitrix24: accept gives them the conversation and strikes the bot's own."""
        self.now += timedelta(seconds=later)
        mail = Answered(text=text, manager=7, at=self.now)
        self.owner = Owner.PERSON
        self.outbox = [out for out in self.outbox if out.kind not in BOTS_OWN]
        return self.take([mail])

    def wake(self) -> Turn:
        """The moment that the last turn asked for."""
        due = self.turns[-1].wake_at
        assert due is not None
        self.now = max(self.now, due)
        return self.take([Tick(due_at=due)])

    def wake_all(self, most: int = 100) -> list[Turn]:
        """Every moment until nothing is waited for."""
        woken: list[Turn] = []
        while self.turns[-1].wake_at is not None:
            assert len(woken) < most, "the conversation never comes to rest"
            woken.append(self.wake())
        return woken

    @property
    def enquiry(self) -> Enquiry:
        assert self.conversation is not None
        assert self.conversation.enquiry is not None
        return self.conversation.enquiry

    def clock(self, target: Target) -> Clock:
        clock = self.enquiry.clock(target)
        assert clock is not None
        return clock

    def copy(self) -> "Story":
        return replace(self, turns=list(self.turns), outbox=list(self.outbox))
