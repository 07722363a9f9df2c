"""By either way into the portal a manager answers from it and is shown what follows; their sign silences the bot."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from bench.office import ANNA, CHANNELS, Guest, Office, office, until
from bench.options import Options
from bench.report import Promise, Report, Table, ms, quantile

STORIES, ROUNDS, ANSWERS = 6, 6, 60  # of each channel, of each sign, over a bad road; at scale 1
SHOWN_SECONDS = 3.0
SWEEPS_SECONDS = 150.0  # two sweeps, and what they send
ROAD = {"delay_ms": 50, "drop": 0.2, "duplicate": 0.2, "reorder": 0.5, "seed": 7}
PRICE, PERSON = "Сколько стоит маникюр?", "Позовите администратора, пожалуйста"


@dataclass(slots=True)
class Story:
    """Seconds of one customer's story. `spoken`: texts of the bot after the manager's answer."""

    channel: str
    answered: float = 0.0
    read: float = 0.0
    shown: float = 0.0
    spoken: int = 0


@dataclass(slots=True)
class Found:
    lags: dict[str, list[float]] = field(default_factory=dict)
    stories: dict[str, list[Story]] = field(default_factory=dict)
    roads: dict[str, tuple[int, int, int]] = field(default_factory=dict)  # answers typed, arrived, come twice
    calls: dict[str, float] = field(default_factory=dict)  # of the portal, a second


async def run(options: Options) -> Report:
    """Three towns at once, each with a portal of its own: most of the time goes to waiting for a portal's bucket."""
    found, stories, rounds, answers = Found(), *(options.of(each, 2) for each in (STORIES, ROUNDS, ANSWERS))

    async def by_chat() -> None:
        async with office() as alone:
            found.stories["webhook alone: deal's chat"] = await _stories(
                alone, "deal's chat", _in_chat, stories, found.calls
            )
            found.roads["webhook alone: comments and the deal's chat"] = await _bad_road(alone, _typist(alone), answers)

    async def by_comments() -> None:
        async with office() as alone:
            found.stories["webhook alone: comment in the card"] = await _stories(
                alone, "comment in the card", _in_comments, stories, found.calls
            )
            await _signs(alone, rounds, found.lags)

    async def by_line() -> None:
        async with office(application=True) as local:
            await _line_signs(local, rounds, found.lags)
            found.stories["local application: open line"] = await _stories(
                local, "open line", _in_line, stories, found.calls
            )
            found.roads["local application: open line"] = await _bad_road(local, _operator(local), answers)

    await asyncio.gather(by_chat(), by_comments(), by_line())
    return _report(found)


# --- the whole story, through each door


async def _stories(
    office: Office,
    door: str,
    play: Callable[[Office, Story, Guest], Awaitable[None]],
    count: int,
    calls: dict[str, float],
) -> list[Story]:
    """One after another: a portal takes two calls a second, and each story needs several."""
    played, before, began = list[Story](), await _calls(office), time.monotonic()
    for number in range(count):
        for channel in CHANNELS:
            story, name = Story(channel=channel), f"{door[:4]}-{channel}-{number}"
            words, started = PERSON if play is _in_chat else PRICE, time.monotonic()
            guest = await office.says(channel, name, words)
            await until(partial(office.replies, guest))
            story.answered = time.monotonic() - started
            await play(office, story, guest)
            played.append(story)
    calls[door] = (await _calls(office) - before) / (time.monotonic() - began)
    return played


async def _calls(office: Office) -> int:
    return int((await office.town.control("portal/calls"))["http"])


async def _in_chat(office: Office, story: Story, guest: Guest) -> None:
    chat = await office.chat(f"{PERSON} {guest.name}")
    await _answer(office, story, guest, lambda text: office.types(chat, text), "chats")


async def _in_comments(office: Office, story: Story, guest: Guest) -> None:
    deal = await until(lambda: office.deal(f"{PRICE} {guest.name}"))
    guest = Guest(channel=guest.channel, name=guest.name, chat=guest.chat, deal=deal["id"])
    await _answer(office, story, guest, lambda text: office.comments(guest, f"/ответ {text}"), "deals")


async def _in_line(office: Office, story: Story, guest: Guest) -> None:
    line = await office.line(f"{PRICE} {guest.name}")
    await _answer(office, story, guest, lambda text: office.operates(line, text), "lines")


async def _answer(
    office: Office, story: Story, guest: Guest, types: Callable[[str], Awaitable[None]], page: str
) -> None:
    """The manager answers, the customer reads it and writes again, the manager's page shows that, the bot is silent."""
    before, began = len(await office.replies(guest)), time.monotonic()
    await types(f"Здравствуйте, это Анна! {guest.name}")
    await office.reads(guest, "это Анна")
    story.read = time.monotonic() - began
    again, began = f"А в субботу можно? {guest.name}", time.monotonic()
    await office.town.say(guest.channel, guest.name, again)

    async def shown() -> bool:
        return bool((await office.where(again))[page])

    await until(shown)
    story.shown = time.monotonic() - began
    await asyncio.sleep(1.5)  # the bot would have answered by now
    story.spoken = len(await office.replies(guest)) - before - 1
    await types("Да, приходите!")  # who is left waiting sets the ladder going, and it the portal


# --- from each sign to the bot's silence


async def _signs(office: Office, rounds: int, lags: dict[str, list[float]]) -> None:
    deeds: dict[str, dict[str, Any]] = {
        "timeline comment": {"do": "comment", "text": "/ответ Это Анна, сейчас отвечу"},
        "button's word in a comment": {"do": "comment", "text": "/принял"},
        "outgoing call": {"do": "call", "seconds": 30},
    }
    for number in range(rounds):
        for door, deed in deeds.items():
            guest = await office.newcomer("telegram", f"{deed['do']}{deed.get('text', '')[1:3]}-{number}", PRICE)
            await office.town.control("portal/human", {"user": ANNA, "id": guest.deal, **deed})
            lags.setdefault(door, []).append(await office.owned_by(guest, "person"))
        guest = await office.newcomer("whatsapp", f"app-{number}", PRICE)
        echo = {"channel": "whatsapp", "customer": guest.name, "text": "Это Анна"}
        await office.town.control("customers/echo", echo)
        lags.setdefault("messenger's own app", []).append(await office.owned_by(guest, "person"))
    for number in range(rounds):
        guest = await office.newcomer("telegram", f"chat-{number}", PERSON)
        chat = await office.chat(f"{PERSON} {guest.name}")
        await office.types(chat, do="press", command="bot")
        await office.owned_by(guest, "bot")
        await office.types(chat, "Это Анна, слушаю вас")
        lags.setdefault("deal's chat (imbot.v2)", []).append(await office.owned_by(guest, "person"))


async def _line_signs(office: Office, rounds: int, lags: dict[str, list[float]]) -> None:
    for number in range(rounds):
        guest = await office.newcomer("telegram", f"line-{number}", PRICE)
        await office.operates(await office.line(f"{PRICE} {guest.name}"), "Это Анна, слушаю вас")
        lags.setdefault("open line", []).append(await office.owned_by(guest, "person"))


# --- a road that loses events

Typist = Callable[[Guest], Awaitable[Callable[[str], Awaitable[None]]]]


def _typist(office: Office) -> Typist:
    """A manager who answers now in the deal's chat, now by a comment."""

    async def opened(guest: Guest) -> Callable[[str], Awaitable[None]]:
        chat, dice = await office.chat(f"{PERSON} {guest.name}"), random.Random(7)

        async def types(text: str) -> None:
            await (office.types(chat, text) if dice.random() < 0.5 else office.comments(guest, f"/ответ {text}"))

        return types

    return opened


def _operator(office: Office) -> Typist:
    async def opened(guest: Guest) -> Callable[[str], Awaitable[None]]:
        line = await office.line(f"{PERSON} {guest.name}")
        return lambda text: office.operates(line, text)

    return opened


async def _bad_road(office: Office, typist: Typist, count: int) -> tuple[int, int, int]:
    """Answers while events are lost, doubled and late: (typed, arrived, come twice)."""
    guest = await office.newcomer("telegram", "road", PERSON)
    types = await typist(guest)
    await office.town.control("portal/events", ROAD)
    for number in range(count):
        await types(f"ответ {number};")
        await asyncio.sleep(0.05)
    ends = time.monotonic() + SWEEPS_SECONDS
    while True:
        texts = await office.replies(guest)
        times = [sum(f"ответ {number};" in text for text in texts) for number in range(count)]
        if min(times) > 0 or time.monotonic() > ends:
            break
        await asyncio.sleep(1)
    await asyncio.sleep(6)  # what would come twice comes now
    texts = await office.replies(guest)
    times = [sum(f"ответ {number};" in text for text in texts) for number in range(count)]
    return count, sum(each > 0 for each in times), sum(max(0, each - 1) for each in times)


# --- what was found


def _report(found: Found) -> Report:
    promises = [_shown(way, played) for way, played in found.stories.items()]
    promises += [_silent(way, played) for way, played in found.stories.items()]
    promises += [
        Promise(
            what=f"answers while events are dropped 20 %, doubled 20 %, reordered; {way}",
            promised="each once",
            measured=f"{arrived} of {typed} arrived, {twice} twice",
            kept=arrived == typed and twice == 0,
        )
        for way, (typed, arrived, twice) in found.roads.items()
    ]
    rows = [
        (way, channel, *_figures([story for story in played if story.channel == channel]))
        for way, played in found.stories.items()
        for channel in CHANNELS
    ]
    heads = ("door", "channel", "answered", "manager's words read", "next message shown", "worst", "stories")
    signs = [(door, ms(quantile(each, 0.5)), ms(max(each)), str(len(each))) for door, each in found.lags.items()]
    rate = ", ".join(f"{door} {calls:.1f}" for door, calls in found.calls.items())
    return Report(
        promises=promises,
        tables=[
            Table(title="The story in each channel, medians from the act to what is seen.", heads=heads, rows=rows),
            Table(
                title="From the sign in the portal to the bot's silence.",
                heads=("door", "median", "worst", "signs"),
                rows=signs,
            ),
        ],
        how=[
            "a customer writes, is answered; a manager types in Bitrix24; the customer reads it and writes again; the "
            "manager's page shows it; the bot is silent",
            "three towns at once, of one gateway and one worker each; in each one story after another",
            f"calls of its portal a second, of two it takes: {rate}",
            "events come after 20 ms; the bot's are read each 2 s while a customer waits for a person, each 10 s "
            "otherwise; what no event told of is swept each minute, open lines each 5 s",
        ],
    )


def _shown(way: str, played: Sequence[Story]) -> Promise:
    p95 = quantile([story.shown for story in played], 0.95)
    return Promise(
        what=f"the customer's next message on the manager's page, p95; {way}",
        promised="≤ 3 s",
        measured=f"{p95:.2f} s of {len(played)} in {len(CHANNELS)} channels",
        kept=p95 <= SHOWN_SECONDS,
    )


def _silent(way: str, played: Sequence[Story]) -> Promise:
    spoken = sum(story.spoken for story in played)
    return Promise(
        what=f"texts of the bot after the manager's answer; {way}",
        promised="0",
        measured=f"{spoken} in {len(played)} stories, each read by its customer",
        kept=spoken == 0,
    )


def _figures(played: Sequence[Story]) -> tuple[str, ...]:
    answered, read, shown = ([getattr(story, name) for story in played] for name in ("answered", "read", "shown"))
    medians = [f"{quantile(each, 0.5):.2f} s" for each in (answered, read, shown)]
    return (*medians, f"{max(shown):.2f} s", str(len(played)))
