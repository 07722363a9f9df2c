"""The one mechanism: whatever concerns a conversation is accepted into its mailbox, read, and committed as a turn."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2b

from app.domain import ways
from app.domain.card import Card, Line, Told
from app.domain.conversation import Conversation, Owner, conversation_id
from app.domain.decision import Out, Turn
from app.domain.mail import (
    REMINDS,
    Answered,
    Button,
    Folded,
    Joined,
    Mail,
    OutKind,
    PortalNews,
    Pressed,
    Received,
    Seen,
    Tick,
    Undelivered,
    in_order,
)
from app.domain.message import Attachment, Author, Delivery, DeliveryStatus, InboundMessage, OutboundMessage, Span
from app.domain.visits.waiters import place_of
from app.store import codec, keys
from app.store.link import Link

SEEN_SECONDS = 7 * 24 * 3600  # messengers redeliver for days (docs/reference/channels.md 0.2, point 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    outcome: str  # `accepted`, `seen`, `own`
    owner: Owner


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A conversation as it was read; of a joined one, its host.

    `now` is business time, `machine_ms` machine time, both by Redis's clock.
    """

    id: str
    version: str
    conversation: Conversation | None
    owner: Owner
    epoch: int
    person_id: str
    mails: list[Mail]
    host: str = ""  # the conversation that it was joined to; else its own id
    machine_ms: int
    now: datetime
    switches: Mapping[str, str] = field(default_factory=dict)  # channel or `all` → mode that a person set
    spent: float = 0.0  # on models today, in the currency of the prices


class Mailbox:
    def __init__(self, link: Link) -> None:
        self._link = link

    async def accept(self, message: InboundMessage) -> Accepted:
        """Make one message of a customer, or an echo of a person's, safe. Raises StoreAway or StoreError."""
        return await self._accept(
            conversation_id(message.channel, message.account, message.customer_id),
            codec.dump_mail(Received(message=message, arrived_at=message.sent_at)),
            channel=message.channel,
            kind=message.kind,
            message_id=message.message_id,
            author=message.author,
            text=message.text,
            source=message.source.kind if message.source else "",
        )

    async def answer(
        self,
        conversation: str,
        channel: str,
        message_id: str,
        text: str,
        manager: int | None,
        at: datetime,
        *,
        spans: tuple[Span, ...] = (),
        file: Attachment | None = None,
        aimed: bool = False,
    ) -> Accepted:
        """A person's text from Bitrix24: the owner changes and the text is in the outbox in one step.

        aimed   at this very messenger; else it goes to that which the customer wrote in last
        """
        out = Out(kind=OutKind.PERSON, message=OutboundMessage(text=text, spans=spans, file=file))
        return await self._accept(
            conversation,
            codec.dump_mail(Answered(text=text or (file.name if file else ""), manager=manager, at=at)),
            channel=channel,
            kind="answer",
            message_id=message_id,
            author=Author.PERSON,
            text=text,
            out=outbox_item(f"{conversation}:{message_id}", out, epoch=0),
            aimed=aimed,
        )

    async def press(
        self, conversation: str, channel: str, press_id: str, button: Button, manager: int | None, at: datetime
    ) -> Accepted:
        """A manager's button. «Принял» makes a person the owner in the same step, as an answer would."""
        return await self._accept(
            conversation,
            codec.dump_mail(Pressed(button=button, manager=manager, at=at)),
            channel=channel,
            kind="pressed",
            message_id=press_id,
            author=Author.PERSON if button is Button.ACCEPT else "press",
            text="",
        )

    async def news(self, conversation: str, channel: str, news_id: str, news: PortalNews) -> Accepted:
        """What people did in the portal. A sign of theirs makes a person the owner in the same step."""
        return await self._accept(
            conversation,
            codec.dump_mail(news),
            channel=channel,
            kind="news",
            message_id=news_id,
            author=Author.PERSON if news.is_a_sign else "portal",
            text="",
        )

    async def _accept(
        self,
        conversation: str,
        mail: str,
        *,
        channel: str,
        kind: str,
        message_id: str,
        author: str,
        text: str,
        out: str = "",
        source: str = "",
        aimed: bool = False,
    ) -> Accepted:
        facts = codec.to_json({"channel": channel, "kind": kind, "author": author, "source": source})
        outcome, owner = await self._link.run(
            "accept",
            seen_id(conversation, message_id),
            SEEN_SECONDS,
            conversation,
            mail,
            channel,
            kind,
            author,
            message_id,
            text_hash(text),
            out,
            facts,
            int(aimed),
        )
        return Accepted(outcome=outcome, owner=Owner(owner or Owner.NOBODY))

    async def folded(self, conversation: str, channel: str, news: Folded) -> Accepted:
        """What became of the deal of a conversation that was joined to another."""
        return await self._accept(
            conversation,
            codec.dump_mail(news),
            channel=channel,
            kind="folded",
            message_id=f"folded:{news.deal}",
            author="portal",
            text="",
        )

    async def status(self, status: DeliveryStatus) -> str:
        """What the messenger says of a message of ours: `accepted` or `seen`."""
        conversation = conversation_id(status.channel, status.account, status.customer_id)
        failed = status.status is Delivery.FAILED
        ref, told = status.message_id, (Delivery.DELIVERED, Delivery.READ)
        lost = Undelivered(
            outbox_id=status.outbox_id or ref, reason=status.reason, at=status.at, ref=ref, way=conversation
        )
        seen = codec.dump_mail(Seen(ref=ref, status=status.status, at=status.at)) if status.status in told else ""
        outcome: str = await self._link.run(
            "status",
            seen_id(conversation, f"{status.message_id}\0{status.status}"),
            SEEN_SECONDS,
            conversation,
            codec.dump_mail(lost) if failed else "",
            status.channel,
            status.status,
            status.message_id,
            status.outbox_id,
            seen,
            REMINDS,
        )
        return outcome

    async def read(self, conversation: str) -> Reading:
        """Everything there is of a conversation, its mails in order. Nothing is removed."""
        (
            version,
            state,
            owner,
            epoch,
            person,
            machine,
            business,
            mails,
            switches,
            spent,
            host,
        ) = await self._link.run("read", conversation)
        found = codec.load_conversation(state) if state else None
        return Reading(
            id=conversation,
            version=version,
            conversation=found,
            owner=Owner(owner or Owner.NOBODY),
            epoch=int(epoch or 0),
            person_id=person,
            host=host,
            mails=in_order(_known(codec.load_mail(item), found) for item in mails),
            machine_ms=int(machine),
            now=codec.moment(business),
            switches=dict(zip(switches[::2], switches[1::2], strict=True)),
            spent=float(spent or 0),
        )

    async def through(self, conversation: str) -> Reading:
        """As `read`, but as this messenger alone has it: for what is sent there and what is heard of that."""
        reading = await self.read(conversation)
        seen = ways.through(reading.conversation, conversation) if reading.conversation else None
        return replace(reading, conversation=seen)

    async def join(
        self, host: str, guest: Reading, told: Joined | None, card: str, last: tuple[Card, Line] | None, revision: str
    ) -> bool:
        """Fold the guest into its host; False: one of them has changed since it was read.

        card       `leave`, `drop` or `last` (store/scripts/join.lua)
        last       with `last`: the final state of its card, and its final line
        revision   of its card as it was read
        """
        answer = await self._link.run(
            "join",
            host,
            guest.id,
            guest.version,
            keys.GROUP,
            codec.dump_mail(told) if told else "",
            card,
            *((codec.dump(last[0]), codec.dump(last[1])) if last else ("", "")),
            revision,
        )
        return bool(answer == "joined")

    async def identify(self, conversation: str, phone: str) -> str:
        """The person who writes; `phone` only if it is proven to be the sender's: its first person is the elder."""
        person: str = await self._link.run("identify", conversation, f"p-{conversation}", phone)
        return person

    async def conversations_of(self, person: str) -> set[str]:
        """All that this person holds, in whatever messenger."""
        return set(await self._link.command("SMEMBERS", f"{keys.PREFIX}pc:{person}")) if person else set()

    async def commit(
        self,
        reading: Reading,
        entry: str,
        turn: Turn | None,
        *,
        person_id: str = "",
        figures: Mapping[str, float] | None = None,
        dead_letter: str = "",
    ) -> str:
        """Save a turn and remove what was read; `turn` None only ends an entry that has nothing to read.

        `done`, `more` (mails came meanwhile: the entry lives on) or `stale` (another was faster: nothing changed).
        """
        outs, lines, facts = (turn.outs, turn.lines, turn.facts) if turn else ((), (), ())
        commands = turn.commands if turn else ()
        notices = [notice for notice in turn.notices if not notice.task] if turn else []
        card = self._card(reading, turn)
        figures = figures or {}
        outcome: str = await self._link.run(
            "commit",
            reading.id,
            keys.GROUP,
            entry,
            reading.version,
            len(reading.mails),
            codec.dump(turn.conversation) if turn else "",
            person_id or reading.person_id,
            codec.milliseconds(turn.wake_at) if turn and turn.wake_at else "",
            (turn.owner if turn else None) or "",
            reading.epoch or "",
            codec.dump(card) if card else "",
            int(bool(card and card.hot)),
            dead_letter,
            len(outs),
            len(lines),
            len(facts),
            len(figures),
            len(notices),
            len(commands),
            codec.dump(place) if (place := place_of(turn.conversation) if turn else None) else "",
            turn.conversation.way if turn else "",
            *(outbox_item(_outbox_id(reading, place, out), out, reading.epoch) for place, out in enumerate(outs)),
            *(codec.dump(line) for line in lines),
            *(word for fact in facts for word in (fact.kind, codec.to_json(fact.values))),
            *(word for pair in figures.items() for word in pair),
            *(codec.dump(Told(conversation=reading.id, notice=notice)) for notice in notices),
            *(codec.dump(command) for command in commands),
        )
        return outcome

    @staticmethod
    def _card(reading: Reading, turn: Turn | None) -> Card | None:
        if turn is None or turn.card is None:
            return None
        return replace(turn.card, state=codec.dump_state(turn.conversation, turn.owner or reading.owner))


def _outbox_id(reading: Reading, place: int, out: Out) -> str:
    return f"{reading.id}:{reading.version or 0}:{place}{REMINDS if out.kind is OutKind.REMINDER else ''}"


def _known(mail: Mail, conversation: Conversation | None) -> Mail:
    """What a restored card holds already has come again: it is in the journal, and for the turn an idle tick."""
    until = conversation.known_until if conversation else None
    return Tick(due_at=mail.at) if until and isinstance(mail, Received) and mail.message.sent_at <= until else mail


def seen_id(conversation: str, message_id: str) -> str:
    return blake2b(f"{conversation}\0{message_id}".encode(errors="replace"), digest_size=12).hexdigest()


def text_hash(text: str) -> str:
    """Of a text as two messengers may show it: case, spaces and trailing dots do not count."""
    plain = " ".join(text.casefold().split()).rstrip(".")
    return blake2b(plain.encode(errors="replace"), digest_size=8).hexdigest()


def outbox_item(outbox_id: str, out: Out, epoch: int) -> str:
    """`kind epoch hash id json`: the scripts read the first four words, the sender the last."""
    return f"{out.kind} {epoch} {text_hash(out.message.text)} {outbox_id} {codec.dump(out.message)}"
