"""A manager's sign through each door silences the bot, their words arrive once, the customer's are shown in time."""

import asyncio
import random
import sys
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from app.domain.conversation import conversation_id
from app.flow.bot import NONE_SECONDS
from app.flow.town import Town
from app.store import keys
from app.store.link import Link
from bench.options import Options
from bench.report import Promise, Report, Table, ms, quantile

CUSTOMERS, ROUNDS, ANSWERS = 40, 12, 60  # at scale 1
SHOWN_SECONDS = 3.0
SWEEP_SECONDS = 150.0  # two sweeps, and what they send
ROAD = {"delay_ms": 50, "drop": 0.2, "duplicate": 0.2, "reorder": 0.5, "seed": 7}
SIGNS: dict[str, dict[str, Any]] = {
    "comment": {"do": "comment", "text": "/ответ Это Анна, сейчас отвечу"},
    "button's word": {"do": "comment", "text": "/принял"},
    "call": {"do": "call", "seconds": 30},
}


class Office:
    """A town with its portal set up, and customers of its Telegram who asked for a person."""

    def __init__(self, town: Town, link: Link) -> None:
        self.town, self.link = town, link
        self.account = town.env["TELEGRAM_BOT_TOKEN"].partition(":")[0]

    async def state(self) -> dict[str, Any]:
        found: dict[str, Any] = await self.town.control("portal/state")
        return found

    async def newcomer(self, name: str, words: str) -> str:
        """Their conversation, once its deal stands."""
        said = await self.town.say("telegram", name, words, name=name)
        conversation = conversation_id("telegram", self.account, said["chat"])
        await until(lambda: self._deal(conversation))
        return conversation

    async def _deal(self, conversation: str) -> Any:
        deals = (await self.state())["deals"]
        return next((deal for deal in deals if str(deal.get("ORIGIN_ID", "")).startswith(conversation)), None)

    async def deal(self, conversation: str) -> dict[str, Any]:
        found: dict[str, Any] = await until(lambda: self._deal(conversation))
        return found

    async def chat(self, conversation: str) -> dict[str, Any]:
        mark = f"№ {(await self.deal(conversation))['ID']}"

        async def look() -> Any:
            chats = (await self.state())["chats"]
            return next((chat for chat in chats if chat["messages"] and chat["title"].endswith(mark)), None)

        found: dict[str, Any] = await until(look)
        return found

    async def silent(self, conversation: str) -> float:
        """Seconds until a person owns it."""
        began = time.monotonic()
        while await self.link.command("HGET", f"{keys.PREFIX}c:{conversation}", "owner") != "person":
            if time.monotonic() - began > SWEEP_SECONDS:
                raise AssertionError("the bot was never silenced")
            await asyncio.sleep(0.005)
        return time.monotonic() - began

    async def types(self, chat: dict[str, Any], text: str, **deed: Any) -> None:
        who = {"user": chat["members"][-1], "chat": chat["id"]}
        await self.town.control("portal/chat", who | {"text": text} | deed)


async def run(options: Options) -> Report:
    async with Town(extra={"PUBLIC_URL": "https://gate.example.com"}) as town:
        link = Link(town.redis_url)
        try:
            office = Office(town, link)
            await _set_up(town)
            lags = await _lags(office, options.of(ROUNDS, 2))
            shown = await _shown(office, options.of(CUSTOMERS, 4))
            typed, arrived, doubled = await _bad_road(office, options.of(ANSWERS, 6))
        finally:
            await link.close()
    return _report(lags, shown, typed, arrived, doubled)


async def _set_up(town: Town) -> None:
    await town.control("portal/limits", {"bucket": {"drain": 50, "block": 200}})
    done = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "app.cli", "setup", "--yes", env=town.env, stdout=asyncio.subprocess.DEVNULL
    )
    await done.wait()
    await asyncio.sleep(NONE_SECONDS + 0.5)


async def _lags(office: Office, rounds: int) -> dict[str, list[float]]:
    """Seconds from the act in the portal, or in the messenger's app, until accept has silenced the bot."""
    lags: dict[str, list[float]] = {}
    for door, deed in SIGNS.items():
        for number in range(rounds):
            conversation = await office.newcomer(f"{door}-{number}", "Сколько стоит маникюр?")
            deal = await office.deal(conversation)
            await office.town.control("portal/human", {"user": 5, "id": int(deal["ID"]), **deed})
            lags.setdefault(door, []).append(await office.silent(conversation))
    for number in range(rounds):
        conversation = await office.newcomer(f"chat-{number}", "Позовите администратора")
        chat = await office.chat(conversation)
        await office.types(chat, "", do="press", command="bot")
        await until(partial(_is_bots, office, conversation))
        await office.types(chat, "Это Анна, слушаю вас")
        lags.setdefault("deal's chat", []).append(await office.silent(conversation))
    for number in range(rounds):
        said = await office.town.say("whatsapp", f"app-{number}", "Сколько стоит маникюр?")
        conversation = conversation_id("whatsapp", office.town.env["WHATSAPP_PHONE_NUMBER_ID"], said["chat"])
        echo = {"channel": "whatsapp", "customer": f"app-{number}", "text": "Это Анна"}
        await office.town.control("customers/echo", echo)
        lags.setdefault("messenger's app", []).append(await office.silent(conversation))
    return lags


async def _is_bots(office: Office, conversation: str) -> bool:
    return bool(await office.link.command("HGET", f"{keys.PREFIX}c:{conversation}", "owner") == "bot")


async def _shown(office: Office, count: int) -> list[float]:
    """Seconds from a customer's next message until the deal's chat shows it."""
    names = [f"waits-{number}" for number in range(count)]
    conversations = [await office.newcomer(name, "Позовите администратора, пожалуйста") for name in names]
    for conversation in conversations:
        await office.chat(conversation)
    seconds: list[float] = []
    for name, conversation in zip(names, conversations, strict=True):
        words, began = f"Вы тут? {name}", time.monotonic()
        await office.town.say("telegram", name, words)

        async def look(conversation: str = conversation, words: str = words) -> bool:
            return any(words in row["text"] for row in (await office.chat(conversation))["messages"])

        await until(look)
        seconds.append(time.monotonic() - began)
    return seconds


async def _bad_road(office: Office, count: int) -> tuple[int, int, int]:
    """Answers typed by comment and in the chat while events are lost, doubled and late: (typed, arrived, twice)."""
    conversation = await office.newcomer("road", "Позовите администратора")
    chat, deal = await office.chat(conversation), await office.deal(conversation)
    await office.town.control("portal/events", ROAD)
    dice = random.Random(7)
    for number in range(count):
        if dice.random() < 0.5:
            await office.types(chat, f"ответ {number};")
        else:
            deed = {"user": 5, "id": int(deal["ID"]), "do": "comment", "text": f"/ответ ответ {number};"}
            await office.town.control("portal/human", deed)
        await asyncio.sleep(0.05)
    ends = time.monotonic() + SWEEP_SECONDS
    while True:
        texts = [row["text"] for row in (await office.town.control("sent?channel=telegram&limit=100000"))["sent"]]
        times = [sum(f"ответ {number};" in text for text in texts) for number in range(count)]
        if min(times) > 0 or time.monotonic() > ends:
            await asyncio.sleep(5)  # what would come twice comes now
            return count, sum(each > 0 for each in times), sum(max(0, each - 1) for each in times)
        await asyncio.sleep(1)


async def until(look: Callable[[], Awaitable[Any]]) -> Any:
    ends = time.monotonic() + 60
    while not (found := await look()):
        if time.monotonic() > ends:
            raise AssertionError("it never came")
        await asyncio.sleep(0.03)
    return found


def _report(lags: dict[str, list[float]], shown: list[float], typed: int, arrived: int, doubled: int) -> Report:
    p95 = quantile(shown, 0.95)
    rows = [(door, ms(quantile(each, 0.5)), ms(max(each)), str(len(each))) for door, each in lags.items()]
    return Report(
        promises=[
            Promise(
                what="the customer's next message in the deal's chat, p95",
                promised="≤ 3 s",
                measured=f"{p95:.2f} s of {len(shown)}",
                kept=p95 <= SHOWN_SECONDS,
            ),
            Promise(
                what="answers while events are dropped 20 %, doubled 20 %, reordered",
                promised="each once",
                measured=f"{arrived} of {typed} arrived, {doubled} twice",
                kept=arrived == typed and doubled == 0,
            ),
        ],
        tables=[
            Table(title="From the sign to the bot's silence.", heads=("door", "median", "worst", "signs"), rows=rows)
        ],
        how=[
            "one gateway, one worker, the sandbox's portal with events after 20 ms; the chat is read each 2 s while a "
            "customer waits for a person and each 10 s otherwise; what no event told is swept each minute"
        ],
    )
