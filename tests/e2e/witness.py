"""What an outsider sees of a town: the portal paged over REST, the customers' phones, the journal.

Nothing is counted from inside the product: Redis is asked whether work is under way, for the site's chat (whose page
would read it) and for the journal.
"""

import asyncio
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import redis.asyncio as redis
from redis.exceptions import RedisError

from app.flow.town import Town
from app.store import keys
from app.store.journal import Event, Journal
from app.store.link import Link
from bitrix import BitrixError, Client, LocalPace, Result, WebhookAccess, methods
from bitrix.methods import Entity
from bitrix.pace import Bucket

STREAMS = (
    keys.ANSWER,
    keys.SEND,
    keys.REGISTER,
    keys.REGISTER_HOT,
    keys.NOTICES,
    keys.TALK,
    keys.DEAL_CHATS,
    keys.BOOK,
)
WAITING = ("m:*", "o:*", "pd:*")  # mailboxes, outboxes, cards that differ from the portal
LOOK_SECONDS = 0.1
BATCH = 50
READERS_BUCKET = {"drain": 100, "block": 400}  # the product keeps to 2 a second; a witness reads beside it
SPOKEN = re.compile(
    r"(\d+) · \d\d\.\d\d \d\d:\d\d · (Клиент|Ассистент|Менеджер|Отметка|Сводка)(?:, \w+)?: (.*)", re.DOTALL
)
MARK = re.compile(r"\[otklik (\d+)-(\d+)\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One text that a customer's messenger showed. `at`: machine time of its arrival there."""

    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    number: int
    who: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """Everything the portal holds. `dialogues`: deal id → its lines, in the order in which they lie in the timeline."""

    contacts: Sequence[dict[str, Any]]
    leads: Sequence[dict[str, Any]]
    deals: Sequence[dict[str, Any]]
    dialogues: dict[int, list[Spoken]] = field(default_factory=dict)

    def deals_with(self, words: str) -> list[dict[str, Any]]:
        """The deals in whose dialogue the customer said this."""
        return [
            deal
            for deal in self.deals
            if any(line.who == "Клиент" and words in line.text for line in self.dialogues[deal["id"]])
        ]

    def deal_with(self, words: str) -> dict[str, Any]:
        """The one deal of whoever said this; fails if there are several or none."""
        [deal] = self.deals_with(words)
        return deal

    def said(self, who: str = "Клиент") -> list[str]:
        return [line.text for dialogue in self.dialogues.values() for line in dialogue if line.who == who]

    def check_no_doubles(self) -> None:
        """One lead and one deal an enquiry, one contact a person, and what belongs together hangs together."""
        for cards in (self.contacts, self.leads, self.deals):
            origins = [card["originId"] for card in cards]
            assert sorted(set(origins)) == sorted(origins)
        assert {lead["originId"] for lead in self.leads} == {deal["originId"] for deal in self.deals}
        leads = {lead["originId"]: lead["id"] for lead in self.leads}
        contacts = {contact["id"] for contact in self.contacts}
        for deal in self.deals:
            assert leads[deal["originId"]] == deal["leadId"]
            assert deal["contactId"] in contacts

    def check_lines_ascend(self) -> None:
        """Line numbers of every dialogue: 1, 2, 3, … as they stand in the timeline, no gap, none twice."""
        for deal in self.deals:
            numbers = [line.number for line in self.dialogues[deal["id"]]]
            assert list(range(1, len(numbers) + 1)) == numbers, deal["title"]


class Witness:
    def __init__(self, town: Town, client: "redis.Redis", portal: Client) -> None:
        self.town, self._redis, self._portal = town, client, portal

    async def otklik(self, *words: str) -> str:
        """Run the command with the town's settings; its standard output. Fails with what it said if it fails."""
        command = [sys.executable, "-m", "app.cli", *words]
        done = await asyncio.to_thread(
            subprocess.run,
            command,
            env=self.town.env,
            cwd=self.town.directory,
            capture_output=True,
            text=True,
            check=False,
        )
        assert 0 == done.returncode, done.stdout + done.stderr
        return done.stdout

    # --- customers

    async def replies(self, channel: str, chat: str) -> list[Reply]:
        """What the customer got, oldest first."""
        if channel == "site":
            return await self._site_replies(chat)
        rows = (await self.town.control(f"sent?channel={channel}&limit=100000"))["sent"]
        texts = [row for row in rows if row["chat"] == chat and row["kind"] in ("text", "template")]
        return [Reply(text=plain(row["text"]), at=datetime.fromisoformat(row["received_at"])) for row in texts]

    async def _site_replies(self, session: str) -> list[Reply]:
        entries = await self._redis.xrange(f"{keys.PREFIX}chat:{session}")
        lines = [(entry, orjson.loads(fields["m"])) for entry, fields in entries]
        return [
            Reply(text=plain(line["text"]), at=datetime.fromtimestamp(int(entry.split("-")[0]) / 1000, UTC))
            for entry, line in lines
            if line.get("from") != "customer"
        ]

    async def answered(self, channel: str, chat: str, *, within: float, count: int = 1) -> list[Reply]:
        """Wait until the customer has that many replies."""

        async def enough() -> list[Reply]:
            found = await self.replies(channel, chat)
            return found if len(found) >= count else []

        async def otherwise() -> str:
            return f"{channel} {chat} has not {count} replies; {await self._state()}"

        return await until(enough, within, otherwise)

    # --- portal

    async def books(self) -> Books:
        """Every contact, lead, deal and dialogue, page by page."""
        contacts, leads, deals = [await self._all(kind) for kind in (Entity.CONTACT, Entity.LEAD, Entity.DEAL)]
        return Books(contacts=contacts, leads=leads, deals=deals, dialogues=await self._dialogues(deals))

    async def _all(self, entity: Entity) -> list[dict[str, Any]]:
        command = methods.item_list(entity, select=["*", "UF_*"])
        return [row async for page in self._portal.pages(command, id_field="id") for row in page]

    async def _dialogues(self, deals: Sequence[dict[str, Any]]) -> dict[int, list[Spoken]]:
        found: dict[int, list[Spoken]] = {}
        for start in range(0, len(deals), BATCH):
            ids = [deal["id"] for deal in deals[start : start + BATCH]]
            answers = await self._portal.batch({f"d{deal}": methods.comments(Entity.DEAL, deal) for deal in ids})
            for deal in ids:
                answer = answers[f"d{deal}"]
                assert isinstance(answer, Result)
                rows = sorted(answer.value, key=lambda row: int(row["ID"]))
                assert len(rows) < BATCH, "a second page of comments is not read here"
                found[deal] = [line for row in rows for line in _spoken(row["COMMENT"])]
        return found

    async def notifications(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.town.control("portal/state"))["notifications"]
        return found

    async def deal_when(
        self, words: str, is_so: Callable[[dict[str, Any]], bool], *, within: float = 8.0
    ) -> dict[str, Any]:
        """The one deal of whoever said this, as soon as it is as expected."""

        async def look() -> dict[str, Any] | None:
            try:
                found = (await self.books()).deals_with(words)
            except BitrixError:
                return None
            return found[0] if len(found) == 1 and is_so(found[0]) else None

        return await until(look, within, f"the deal of {words!r} is not as expected", every=0.5)

    # --- journal and work under way

    async def journal(self, kind: str = "") -> list[Event]:
        """The events of three days of business time, which covers every move of the clock here."""
        link = Link(self.town.redis_url)
        try:
            today = datetime.now(UTC).date()
            events = [event async for event in Journal(link).between(today, today + timedelta(days=3))]
        finally:
            await link.close()
        return [event for event in events if kind in ("", event.kind)]

    async def dead_letters(self) -> int:
        return int(await self._redis.xlen(keys.DEAD))

    async def settled(self, *, within: float) -> None:
        """Wait until messengers have delivered everything and no work is under way or put off."""

        async def still() -> bool:
            for _ in range(3):
                if await self._under_way():
                    return False
                await asyncio.sleep(LOOK_SECONDS)
            return True

        await until(still, within, self._state)

    async def _under_way(self) -> dict[str, Any]:
        """What is: nothing is counted by it."""
        try:
            found: dict[str, Any] = {stream: await self._redis.xlen(stream) for stream in STREAMS}
            found["later"] = await self._redis.zrange(keys.LATER, 0, 5, withscores=True)
            for pattern in WAITING:
                found[pattern] = [key async for key in self._redis.scan_iter(f"{keys.PREFIX}{pattern}", count=1000)]
        except RedisError as error:
            return {"redis": str(error)}
        for channel, counts in (await self.town.control("customers"))["deliveries"].items():
            found[channel] = counts.get("webhooks", 0) - counts.get("accepted", 0) - counts.get("refused", 0)
        return {name: value for name, value in found.items() if value}

    async def _state(self) -> str:
        logs = {name: self.town.log(name)[-1500:] for name in self.town.processes}
        return f"under way: {await self._under_way()}\n" + "\n".join(f"{name}: {log}" for name, log in logs.items())


@asynccontextmanager
async def watched(town: Town) -> AsyncIterator[Witness]:
    """A town with a witness in it."""
    async with town, redis.Redis.from_url(town.redis_url, decode_responses=True) as client:
        await town.control("portal/limits", {"bucket": READERS_BUCKET})
        pace = LocalPace(Bucket(drain_per_second=READERS_BUCKET["drain"], block_above=READERS_BUCKET["block"] / 2))
        portal = Client(WebhookAccess(town.portal_url), pace=pace)
        try:
            yield Witness(town, client, portal)
        finally:
            await portal.aclose()


async def until(
    look: Callable[[], Awaitable[Any]],
    within: float,
    otherwise: str | Callable[[], Awaitable[str]],
    *,
    every: float = LOOK_SECONDS,
) -> Any:
    """The first true value of `look`; fails after `within` seconds."""
    ends = time.monotonic() + within
    while True:
        if found := await look():
            return found
        if time.monotonic() > ends:
            raise AssertionError(otherwise if isinstance(otherwise, str) else await otherwise())
        await asyncio.sleep(every)


def plain(text: str) -> str:
    """With ordinary spaces: prices are set with narrow ones that do not break."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def _spoken(comment: str) -> list[Spoken]:
    """The lines of one block; its closing mark names the first and the last of them."""
    *lines, last = comment.split("\n")
    mark = MARK.fullmatch(last)
    if mark is None:
        return []  # a manager's own comment
    whole: list[str] = []
    for line in lines:
        if line.startswith("\u00a0") and whole:
            whole[-1] += "\n" + line.strip("\u00a0")
        else:
            whole.append(line)
    found: list[Spoken] = []
    for line in whole:
        matched = SPOKEN.fullmatch(line)
        assert matched is not None, line
        found.append(Spoken(number=int(matched[1]), who=matched[2], text=plain(matched[3].replace("[\u2060", "["))))
    assert (int(mark[1]), int(mark[2])) == (found[0].number, found[-1].number)
    return found
