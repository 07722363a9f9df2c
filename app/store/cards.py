"""Desired CRM states per person, what the portal holds of them, and what is being attempted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from app.domain.card import Card, Line
from app.domain.conversation import Conversation, Owner
from app.domain.visits.waiters import place_of
from app.store import codec, keys
from app.store.link import Link

LINES = 100  # of one card in one turn of register


class Overtaken(Exception):
    """A worker that stood still for longer than its lease goes on: another has its work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One card that the portal may not have in this state yet.

    written    what we wrote and the portal confirmed: ids, values, the number of the last line, notices done
    attempted  step → machine ms at which a create was begun and never seen to end
    """

    conversation_id: str
    revision: str
    card: Card | None
    written: Mapping[str, Any]
    attempted: Mapping[str, int]
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """`turn` fences: only the newest reading of a person may attempt and write."""

    id: str
    turn: str
    contact: Mapping[str, Any]
    differences: Sequence[Difference]
    machine_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A card outside a turn of register. `under_way`: the portal does not have all of it yet, and that is known."""

    person: str
    card: Card
    written: Mapping[str, Any]
    stored: str
    under_way: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """`stands`: something of it is in the portal, or may be."""

    revision: str
    stands: bool
    lines: tuple[Line, ...]


class Cards:
    def __init__(self, link: Link) -> None:
        self._link = link

    async def read(self, person: str) -> Person:
        turn, machine, contact, *cards = await self._link.run("card_read", person, LINES)
        return Person(
            id=person,
            turn=turn,
            contact=orjson.loads(contact or "{}"),
            machine_ms=int(machine),
            differences=[
                Difference(
                    conversation_id=conversation,
                    revision=revision,
                    card=codec.load(Card, card) if card else None,
                    written=orjson.loads(written or "{}"),
                    attempted=orjson.loads(attempted or "{}"),
                    lines=[codec.load(Line, line) for line in lines],
                )
                for conversation, revision, card, written, attempted, lines in cards
            ],
        )

    async def contact_of(self, person: str) -> int | None:
        """The person's contact in the portal; None: not made yet."""
        text = await self._link.command("HGET", f"{keys.PREFIX}p:{person}", "contact") if person else None
        contact = orjson.loads(text or "{}").get("id")
        return int(contact) if contact else None

    async def deal_of(self, conversation: str) -> int | None:
        """The deal of its present card; None: not made yet."""
        host = await self._link.command("HGET", f"{keys.PREFIX}c:{conversation}", "host")
        text = await self._link.command("HGET", f"{keys.PREFIX}r:{host or conversation}", "written")
        deal = orjson.loads(text or "{}").get("deal")
        return int(deal) if deal else None

    async def begun(self, conversation: str) -> Begun:
        """How far its card has come, and the lines that it has not got."""
        words = await self._link.command("HMGET", f"{keys.PREFIX}r:{conversation}", "revision", "written", "attempted")
        rows = await self._link.command("LRANGE", f"{keys.PREFIX}l:{conversation}", 0, -1)
        written = orjson.loads(words[1] or "{}")
        return Begun(
            revision=words[0] or "",
            stands=bool(words[2]) or "deal" in written or "lead" in written,
            lines=tuple(codec.load(Line, row) for row in rows),
        )

    async def attempt(self, person: Person, conversation: str, attempted: Mapping[str, int]) -> None:
        """Note what is about to be created. Raises Overtaken: then nothing may be sent."""
        words = (person.id, person.turn, conversation, codec.to_json(dict(attempted)))
        if not await self._link.run("card_attempt", *words):
            raise Overtaken(f"another worker has person {person.id}")

    async def write(
        self,
        person: Person,
        difference: Difference,
        *,
        written: Mapping[str, Any],
        attempted: Mapping[str, int],
        contact: Mapping[str, Any] | None,
        lines: int,
        settled: bool,
        parked: bool = False,
        letter: Mapping[str, str] | None = None,
    ) -> str:
        """Save what the portal now holds: `clean`, `dirty` (something is left or came) or `stale` (overtaken).

        parked   a dead letter holds this card: its lines wait here for the replay
        letter   that dead letter, where it is not written yet
        """
        reply: str = await self._link.run(
            "card_write",
            person.id,
            difference.conversation_id,
            difference.revision,
            codec.to_json(dict(written)),
            lines,
            codec.to_json(dict(attempted)) if attempted else "",
            codec.to_json(dict(contact)) if contact is not None else "",
            "parked" if parked else int(settled),
            person.turn,
            codec.to_json(dict(letter)) if letter else "",
        )
        return reply

    async def release(
        self, person: str, stream: str, entry: str, again_after: timedelta | None, *, queue: bool = False
    ) -> str:
        """End a turn of register: `done`, `more` (work is left, keep the entry), `queued`, `later` or `stale`.

        queue   what is left goes to the end of the stream instead
        """
        wait = "" if again_after is None else str(round(again_after / timedelta(milliseconds=1)))
        reply: str = await self._link.run("person_release", person, stream, keys.GROUP, entry, wait, int(queue))
        return reply

    async def standing(self, conversation: str) -> Standing | None:
        """The card of a conversation as it stands, without a turn of register. None: there is none."""
        person = await self._link.command("HGET", f"{keys.PREFIX}c:{conversation}", "person")
        words = await self._link.command("HMGET", f"{keys.PREFIX}r:{conversation}", "card", "written")
        if not person or not words[0]:
            return None
        under_way = await self._link.command("SISMEMBER", f"{keys.PREFIX}pd:{person}", conversation)
        return Standing(
            person=person,
            card=codec.load(Card, words[0]),
            written=orjson.loads(words[1] or "{}"),
            stored=words[1] or "",
            under_way=bool(under_way),
        )

    async def again(self, conversation: str, standing: Standing, written: Mapping[str, Any]) -> bool:
        """Put a card on its way once more. False: somebody works on it, or it has changed since."""
        words = (conversation, standing.person, standing.stored, codec.to_json(dict(written)))
        return bool(await self._link.run("card_again", *words))

    async def look_first(self) -> bool:
        """Born while the portal was away: what is to be created may stand there already."""
        return bool(await self._link.command("EXISTS", keys.LOOK_FIRST))

    async def restore(
        self,
        conversation: Conversation,
        owner: Owner,
        card: Card,
        *,
        written: Mapping[str, Any],
        contact: Mapping[str, Any],
        proven_phone: str,
        is_open: bool,
    ) -> bool:
        """Bring a conversation back that the store has lost. False: it lives."""
        return bool(
            await self._link.run(
                "restore",
                conversation.id,
                codec.dump(conversation),
                owner,
                conversation.person_id,
                codec.dump(card),
                codec.to_json(dict(written)),
                codec.to_json(dict(contact)),
                proven_phone,
                int(is_open),
                codec.dump(place) if (place := place_of(conversation)) else "",
                conversation.way,
                *(way.id for way in conversation.ways if way.id != conversation.id),
            )
        )

    async def wrote(self, comments: Sequence[int]) -> None:
        """Timeline comments of ours, so that the portal's events about them cost no call."""
        if comments:
            now_ms = codec.milliseconds(await self.machine_now())
            words = (word for comment in comments for word in (now_ms, comment))
            await self._link.command("ZADD", keys.OWN_COMMENTS, *words)

    async def not_ours(self, comments: Sequence[int]) -> list[int]:
        scores = await self._link.command("ZMSCORE", keys.OWN_COMMENTS, *comments)
        return [comment for comment, score in zip(comments, scores, strict=True) if score is None]

    async def forget_comments(self) -> None:
        """The portal tells of a comment once, soon after it was made."""
        until = codec.milliseconds(await self.machine_now()) - 3600 * 1000
        await self._link.command("ZREMRANGEBYSCORE", keys.OWN_COMMENTS, "-inf", until)

    async def machine_now(self) -> datetime:
        seconds, micro = await self._link.command("TIME")
        return codec.moment(int(seconds) * 1000 + int(micro) // 1000)
