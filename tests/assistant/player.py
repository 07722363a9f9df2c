"""A customer's conversation played with the real rules, or a model, and the real turn: no network but the model's."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from app.assistant import rules
from app.domain.business import Business
from app.domain.conversation import Conversation
from app.domain.desk import answers_itself
from app.domain.mail import Received
from app.domain.message import Attachment, Kind, Source
from app.domain.qualification import Known, Question, Understanding
from tests.domain.story import Story

Understand = Callable[[Question, Business], Awaitable[Understanding]]


async def by_rules(question: Question, business: Business) -> Understanding:
    return rules.answer(question, business)


@dataclass(slots=True)
class Player:
    """`says` gives what the customer reads; every reply of ours is delivered at once."""

    business: Business
    now: datetime
    understand: Understand = by_rules
    name: str = ""
    story: Story = field(init=False)
    unasked: list[str] = field(default_factory=list)  # what we said on our own account
    understood: list[Understanding] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.story = Story(business=self.business, now=self.now.astimezone(UTC))

    @property
    def conversation(self) -> Conversation | None:
        return self.story.conversation

    async def says(
        self, *texts: str, later: timedelta = timedelta(minutes=1), kind: Kind = Kind.TEXT, file: str = "", ad: str = ""
    ) -> str:
        """A burst of the customer's; returns our texts, joined."""
        story = self.story
        self._wait_until(story.now + later)
        fields: dict[str, object] = {"name": self.name, "kind": kind}
        if file:
            fields["attachments"] = (Attachment(kind="document", name=file),)
        if ad:
            fields["source"] = Source(kind="ad", title=ad)
        mails = [story.received(text, **fields) for text in texts or ("",)]
        understanding = await self._understood(mails)
        before = len(story.outbox)
        story.take(mails, understanding)
        said = "\n".join(out.message.text for out in story.outbox[before:])
        if story.outbox:
            story.sent()
        return said

    def _wait_until(self, moment: datetime) -> None:
        """Every wake that falls due before takes its turn at its own time."""
        story = self.story
        while story.turns and (due := story.turns[-1].wake_at) is not None and due <= moment:
            story.wake()
            if story.outbox:
                self.unasked += [out.message.text for out in story.outbox]
                story.sent(later=0)
        story.now = max(story.now, moment)

    async def _understood(self, mails: list[Received]) -> Understanding:
        """As flow/answer asks: the assistant where it may answer, else the rules alone, for the card."""
        conversation, story = self.conversation, self.story
        known = conversation.known() if conversation else Known()
        question = Question(
            texts=tuple(mail.message.text for mail in mails),
            kinds=tuple(mail.message.kind for mail in mails),
            history=conversation.history if conversation else (),
            known=replace(known, name=known.name or self.name),
            channel="telegram",
            now=story.now,
        )
        ours = answers_itself(conversation, story.owner, self.business, story.now)
        understanding = await (self.understand if ours else by_rules)(question, self.business)
        self.understood.append(understanding)
        return understanding
