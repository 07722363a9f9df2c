"""The working copy of one turn, with the small tools that every part of it uses."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from app.domain import escalation, follow_ups, summary, ways
from app.domain.business import Business, Mode
from app.domain.card import Line, Notice, Role, Stage
from app.domain.conversation import Conversation, Enquiry, Owner
from app.domain.decision import Fact, Out, Turn
from app.domain.mail import Received
from app.domain.message import Attachment
from app.domain.roster import Roster
from app.domain.visits import after_visit, reminders, waiters
from app.domain.visits.visit import Command
from app.domain.words import CATALOGUE, say

FORWARD = tuple(Stage)  # a stage only moves forward
SPEAKERS = frozenset({"customer", "assistant", "person"})


class Desk:
    """What lies on the desk during one turn: the conversation as it becomes, and what is decided so far."""

    def __init__(
        self,
        start: Conversation,
        business: Business,
        roster: Roster,
        owner: Owner,
        now: datetime,
        mode: Mode = Mode.AUTO,
    ) -> None:
        self.c, self.business, self.roster, self.now = start, business, roster, now
        self.before = start
        self.owner, self.owner_before = owner, owner
        self.mode = mode
        self.outs: list[Out] = []
        self.lines: list[Line] = []
        self.facts: list[Fact] = []
        self.notices: list[Notice] = []
        self.heard: list[Received] = []
        self.commands: list[Command] = []
        self.answered_at: datetime | None = None  # a person's last answer among the mails
        self.told = False  # there is a reason to bring the card up to date

    @property
    def answers(self) -> bool:
        """The assistant answers the customer itself."""
        return self.mode is Mode.AUTO and self.drafts

    @property
    def drafts(self) -> bool:
        """The assistant may word an answer, for the customer or for the manager."""
        if self.mode is Mode.OFF:
            return False
        if self.answered_at or self.owner is not self.owner_before:  # a person came among these mails
            return False
        return answers_itself(self.before, self.owner_before, self.business, self.now)

    def open_enquiry(self) -> Enquiry:
        if self.c.enquiry is None:
            raise ValueError("the conversation has no enquiry")
        return self.c.enquiry

    def change(self, **changes: object) -> None:
        self.c = replace(self.c, enquiry=replace(self.open_enquiry(), **changes))  # type: ignore[arg-type]
        self.told = True

    def move(self, stage: Stage) -> None:
        if FORWARD.index(stage) > FORWARD.index(self.open_enquiry().stage):
            self.change(stage=stage)

    @property
    def in_chat(self) -> bool:
        """A person is asked or has it: what is said now, the manager should see where they answer."""
        enquiry = self.c.enquiry
        return self.owner is Owner.PERSON or bool(enquiry and (enquiry.handed_over or enquiry.steps_done))

    def line(
        self,
        at: datetime,
        who: str,
        text: str,
        *,
        ref: str = "",
        files: tuple[Attachment, ...] = (),
        shown: bool = False,
        asks: bool = False,
        way: str = "",
        moved: bool = False,
    ) -> None:
        """
        shown   the deal's chat has it already
        asks    a person answers it there, by the buttons of a visit
        way     messenger it was said in; empty: that of the last word
        """
        if self.c.enquiry is None or self.c.spam:
            return
        number = self.c.enquiry.lines + 1
        self.change(lines=number)
        said_in = ways.way(self.c, way or ways.spoken(self.c)) if self.c.ways else None
        self.lines.append(
            Line(
                number=number,
                at=at,
                who=who,
                text=text,
                ref=ref,
                files=files,
                chat=(self.in_chat or asks) and not shown and not moved,
                asks=asks,
                way=said_in.id if said_in else "",
                channel=said_in.channel if said_in and who in SPEAKERS else "",
                moved=moved,
            )
        )

    def note(self, at: datetime, text: str) -> None:
        self.line(at, "note", text)

    def notice(
        self,
        key: str,
        role: Role,
        words: str,
        *,
        user: int | None,
        due: escalation.Due | None = None,
        task: bool = False,
        **values: str,
    ) -> None:
        if self.c.enquiry is None:
            return
        enquiry = self.c.enquiry
        facts = {
            "title": summary.title_of(self.c, enquiry, self.business),
            "since": _local(due.clock.started_at if due else self.now, self.business),
            "due": _local(due.clock.due_at if due else self.now, self.business),
            **values,
        }
        if "reason" in values:
            facts["reason"] = self.reason(values["reason"])
        text = say(words, self.business.locale, seed=0, **facts)
        notice = Notice(id=key, role=role, user=user, text=text, task=task, at=self.now)
        self.notices.append(notice)
        self.change(notices=(*enquiry.notices, notice)[-20:])

    def reason(self, words: str) -> str:
        """Of one word or of several: why each way failed."""
        known = [f"reason_{word}" if f"reason_{word}" in CATALOGUE else "reason_refused" for word in words.split()]
        return "; ".join(say(key, self.business.locale) for key in known or ["reason_refused"])

    def turn(self) -> Turn:
        enquiry = self.c.enquiry
        wakes = [
            escalation.next_wake(enquiry, self.business, self.now) if enquiry and not self.c.spam else None,
            follow_ups.next_wake(self.c, self.owner, self.business, self.now),
            waiters.next_wake(self.c, self.now),
            reminders.next_wake(self.c, self.now),
            after_visit.next_wake(self.c, self.owner, self.business, self.now),
        ]
        card = summary.card_of(self.c, self.business) if self.told or self.lines else None
        if card and self.owner is Owner.PERSON:  # they read along in the card too
            card = replace(card, hot=True)
        return Turn(
            conversation=self.c,
            outs=tuple(self.outs),
            lines=tuple(self.lines),
            facts=tuple(self.facts),
            notices=tuple(self.notices),
            commands=tuple(self.commands),
            card=card,
            owner=self.owner if self.owner is not self.owner_before else None,
            wake_at=min(filter(None, wakes), default=None),
        )


def _local(at: datetime, business: Business) -> str:
    return at.astimezone(ZoneInfo(business.zone)).strftime("%d.%m %H:%M")


def answers_itself(conversation: Conversation | None, owner: Owner, business: Business, now: datetime) -> bool:
    """Whether the assistant may answer: no person owns the conversation, or theirs has been silent for too long."""
    if owner is not Owner.PERSON:
        return True
    since = conversation.person_since if conversation else None
    return since is not None and now - since >= business.bot_returns_after
