"""Notices to our own people, told in the portal: many of one moment become one message. While the portal is away those
who lead hear in their messenger, and the others' wait.

The portal replaces a notice by another of the same tag: one that is told again after a crash stands there once.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.domain.card import Role, Told
from app.domain.escalation import name_of
from app.domain.failures import Failure
from app.domain.message import Address, OutboundMessage
from app.domain.sla import Target
from app.domain.words import define, say
from app.jobs import Entry
from app.runtime import Runtime
from app.store import codec, keys
from app.store.dead_letters import Parked
from bitrix import BitrixError, Command, Priority, Result
from bitrix.errors import Refused
from bitrix.wire import MAX_COMMANDS

log = logging.getLogger("otklik.notify")

GROUP = 500  # notices of one telling: they are few messages
GATHER_SECONDS = 3.0  # misses of one moment become one message
SHOWN = 12  # of one message; the rest are counted
LONGEST = 400  # characters of one notice
TELLER, TELLER_MS = "teller", 30_000  # a teller that died is waited for so long
HELD = 1000  # notices that wait for the portal
LADDERS = frozenset(Target)  # a step's notice is named for its clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """Where one of those who lead hears. `conversation`: empty of one that the profile names."""

    channel: str
    to: Address
    conversation: str = ""


define("notices_many", "Ждут вас, обращений: {count}", "Waiting for you, enquiries: {count}")
define("notices_more", "и ещё {count}", "and {count} more")


async def notify(runtime: Runtime, entries: list[Entry], gather_seconds: float = GATHER_SECONDS) -> None:
    """Tell what has come in until then. One worker tells at a time, and takes the entries of the others over."""
    if not await runtime.link.command("SET", keys.TELLER, entries[0].id, "NX", "PX", TELLER_MS):
        return
    try:
        await asyncio.sleep(runtime.patience(gather_seconds))
        taken = await _taken(runtime)
        await _tell(runtime, list(taken.values()))
        for entry in taken:
            await runtime.link.command("XACK", keys.NOTICES, keys.GROUP, entry)
            await runtime.link.command("XDEL", keys.NOTICES, entry)
    finally:
        await runtime.link.command("DEL", keys.TELLER)


async def tell_held(runtime: Runtime) -> int:
    """The portal answers again: what waited for it goes on its way, if it still stands. Returns how many."""
    return int(await runtime.link.run("tell_held", HELD))


async def _taken(runtime: Runtime) -> dict[str, Told]:
    """Entry → notice, the oldest first: new ones and those that others hold. What cannot be read is a dead letter."""
    group = ("GROUP", keys.GROUP, TELLER)
    new = await runtime.link.command("XREADGROUP", *group, "COUNT", GROUP, "STREAMS", keys.NOTICES, ">")
    held = await runtime.link.command("XAUTOCLAIM", keys.NOTICES, keys.GROUP, TELLER, 0, "0", "COUNT", GROUP)
    rows = {entry: fields[1] for entry, fields in (*held[1], *(row for _, part in new or () for row in part)) if fields}
    found = {}
    for entry in sorted(rows, key=lambda entry: [int(part) for part in entry.split("-")]):
        try:
            found[entry] = codec.load(Told, rows[entry])
        except ValueError:
            parked = Parked(role="notify", stream=keys.NOTICES, subject=rows[entry], reason="unreadable")
            await runtime.dead_letters.park(parked, TELLER, entry)
    return found


async def _tell(runtime: Runtime, news: Sequence[Told]) -> None:
    """Each person once. What nobody took is held until the portal is back."""
    by_user: dict[int, list[Told]] = defaultdict(list)
    by_role: dict[Role, list[Told]] = defaultdict(list)  # the portal has no user for them
    for told, stands in zip(news, await _standing(runtime, news), strict=True):
        if stands and told.notice.user is None:
            by_role[told.notice.role].append(told)
        elif stands and told.notice.user is not None:
            by_user[told.notice.user].append(told)
    for role, those in by_role.items():
        if not await _tell_in_messenger(runtime, await _leaders(runtime, role), those):
            log.error("nobody is there to be told", extra={"conversation_id": those[0].conversation})
    for user, again in (await _tell_in_portal(runtime, by_user)).items():
        if await _tell_in_messenger(runtime, await _chats(runtime, user), by_user[user]):
            continue
        if again:
            await _hold(runtime, by_user[user])
        else:
            log.error("the portal refuses to tell user %d; is this user still active?", user)


async def _standing(runtime: Runtime, news: Sequence[Told]) -> list[bool]:
    """A notice of the ladder stands while its clock runs: whoever was answered meanwhile is nobody's alarm."""
    ids = {told.conversation for told in news}
    readings = dict(zip(ids, await asyncio.gather(*map(runtime.mailbox.read, ids)), strict=True))
    found = []
    for told in news:
        conversation = readings[told.conversation].conversation
        running = conversation.enquiry.running() if conversation and conversation.enquiry else ()
        clock = told.notice.id.split(":", 1)[0]
        of_ladder = clock.partition("@")[0] in LADDERS
        found.append(not of_ladder or clock in {name_of(each) for each in running})
    return found


async def _tell_in_portal(runtime: Runtime, by_user: Mapping[int, Sequence[Told]]) -> dict[int, bool]:
    """Whom it did not reach → whether to try again: it is away, not a user whom it refuses (gone, without rights)."""
    if runtime.crm is None or not by_user:
        return dict.fromkeys(by_user, True)
    asks = {f"u{user}": _command(user, news, runtime.business.locale) for user, news in by_user.items()}
    answers: dict[str, Result | BitrixError] = {}
    try:
        for start in range(0, len(asks), MAX_COMMANDS):
            part = dict(list(asks.items())[start : start + MAX_COMMANDS])
            answers |= await runtime.crm.client.batch(part, priority=Priority.URGENT)
    except BitrixError as error:
        log.warning("the portal takes no notices: %s", error)
    missed = {user: not isinstance(answers.get(f"u{user}"), Refused) for user in by_user}
    for user in by_user:
        if isinstance(answers.get(f"u{user}"), Result):
            del missed[user]
    count(runtime, "portal", len(by_user) - len(missed), len(missed))
    return missed


def _command(user: int, news: Sequence[Told], locale: str) -> Command:
    text = text_of(news, locale).replace("[", "[\u2060")  # a customer's name cannot write the portal's markup
    tag = f"OTKLIK|{news[0].conversation}|{news[0].notice.id}"
    return Command(method="im.notify.personal.add", params={"USER_ID": user, "MESSAGE": text, "TAG": tag})


def text_of(news: Sequence[Told], locale: str) -> str:
    """One notice as it is; several as a list, the oldest first."""
    texts = [told.notice.text[:LONGEST] for told in news]
    if len(texts) == 1:
        return texts[0]
    lines = [say("notices_many", locale, count=len(texts)), *(f"• {text}" for text in texts[:SHOWN])]
    if len(texts) > SHOWN:
        lines.append(say("notices_more", locale, count=len(texts) - SHOWN))
    return "\n".join(lines)


async def _tell_in_messenger(runtime: Runtime, chats: Sequence[Chat], news: Sequence[Told]) -> bool:
    """To every chat of those who lead; True as soon as one took it."""
    taken = False
    for chat in chats:
        channel = runtime.channels[chat.channel]
        request = channel.render(OutboundMessage(text=text_of(news, runtime.business.locale)), chat.to)
        try:
            channel.read(await runtime.wires[chat.channel].send(request))
            taken = True
        except Failure as failure:
            log.warning("a messenger takes no notice: %s", failure)
    count(runtime, "messenger", int(taken), int(not taken))
    return taken


async def _chats(runtime: Runtime, user: int) -> list[Chat]:
    """Of supervisor or owner; nobody else's."""
    roster = await runtime.people.roster()
    role = {roster.owner: Role.OWNER, roster.supervisor: Role.SUPERVISOR}.get(user)
    return await chats_of(runtime, role) if role else []


async def _leaders(runtime: Runtime, role: Role) -> list[Chat]:
    """Who hears what has no user in the portal: the supervisor, where there is none the owner."""
    above = [] if role is Role.OWNER else await chats_of(runtime, Role.SUPERVISOR)
    return above or await chats_of(runtime, Role.OWNER)


async def chats_of(runtime: Runtime, role: Role) -> list[Chat]:
    """The Telegram that the profile names, and every chat of an open messenger that was bound by its code."""
    team = runtime.business.team
    named = team.owner.telegram if role is Role.OWNER else team.supervisor.telegram
    bound = (await runtime.staff.staff_chats()).get(role, ())
    chats = [Chat(channel="telegram", to=Address(account="", chat_id=named))] if named else []
    chats += [
        Chat(
            channel=chat.channel,
            to=Address(account=chat.account, chat_id=chat.chat_id),
            conversation=chat.conversation_id,
        )
        for chat in bound
        if (chat.channel, chat.chat_id) != ("telegram", named)
    ]
    rooms = runtime.settings.messengers
    return [chat for chat in chats if chat.channel in rooms and rooms[chat.channel].is_open]


async def _hold(runtime: Runtime, news: Sequence[Told]) -> None:
    await runtime.link.command("RPUSH", keys.HELD_NOTICES, *(codec.dump(told) for told in news))
    await runtime.link.command("LTRIM", keys.HELD_NOTICES, -HELD, -1)


def count(runtime: Runtime, door: str, ok: int, failed: int) -> None:
    for outcome, count in (("ok", ok), ("failed", failed)):
        if count:
            runtime.meter.count("otklik_notices_total", count, door=door, outcome=outcome)
