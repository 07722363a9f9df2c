"""Replies in order, one in flight: claimed by kind and owner, marked before the call, settled after it."""

from dataclasses import dataclass
from datetime import timedelta

from app.domain.mail import OutKind, SendOutcome
from app.domain.message import OutboundMessage
from app.store import codec, keys
from app.store.link import Link

WRITTEN_SECONDS = 30 * 24 * 3600  # how long an echo or a status finds what we wrote


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What the outbox allows now.

    state      `send` | `flight` (a dead sender's: its fate is unknown) | `wait` | `empty` | `stale`
    age        of a flight, since its call began
    crowded    it waits with everybody whose messages leave by the same account
    vendor_id  of a flight that a status or an echo has already confirmed
    """

    state: str
    outbox_id: str = ""
    kind: OutKind = OutKind.REPLY
    message: OutboundMessage | None = None
    tries: int = 1
    age: timedelta = timedelta(0)
    wait: timedelta = timedelta(0)
    crowded: bool = False
    vendor_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast one chat and one account may be written to."""

    chat_interval: timedelta
    chat_burst: int
    account: str
    account_per_second: float


class Outbox:
    def __init__(self, link: Link) -> None:
        self._link = link

    async def claim(self, conversation: str, entry: str, pace: Pace) -> Claim:
        state, *rest = await self._link.run(
            "claim",
            conversation,
            keys.GROUP,
            entry,
            round(pace.chat_interval / timedelta(milliseconds=1)),
            pace.chat_burst,
            pace.account,
            pace.account_per_second,
        )
        match state:
            case "send" | "flight":
                kind, _, _, outbox_id, body = rest[0].split(" ", 4)
                return Claim(
                    state=state,
                    outbox_id=outbox_id,
                    kind=OutKind(kind),
                    message=codec.load(OutboundMessage, body),
                    tries=int(rest[1]),
                    age=timedelta(milliseconds=int(rest[2] or 0)) if state == "flight" else timedelta(0),
                    vendor_id=rest[-1],
                )
            case "wait":
                return Claim(state=state, wait=timedelta(milliseconds=int(rest[0])), crowded=rest[1] == "account")
            case _:
                return Claim(state=state)

    async def again(self, conversation: str, entry: str, outbox_id: str, tries: int) -> str:
        """Count one more try of a flight that had so many: `again`, or why not.

        `person`   somebody took over: it is not said a second time
        `stale`    somebody else settled it or tries it already
        """
        answer: str = await self._link.run("again", conversation, entry, outbox_id, tries)
        return answer

    async def settle(
        self, conversation: str, entry: str, outcome: SendOutcome, vendor_id: str = "", *, tries: int
    ) -> str:
        """Take it out of the outbox and tell the conversation: `done`, `more` or `stale`. `tries`: of the claim."""
        return await self._settle(conversation, entry, outcome.outbox_id, outcome.fate, vendor_id, outcome, "", tries)

    async def retry(self, conversation: str, entry: str, outbox_id: str, after: timedelta, *, tries: int) -> str:
        """It surely was not sent: it stays at the head and is tried again."""
        wait = str(round(after / timedelta(milliseconds=1)))
        return await self._settle(conversation, entry, outbox_id, "retry", "", None, wait, tries)

    async def wrote(self, conversation: str, vendor_id: str, outbox_id: str) -> None:
        """Another conversation's text went through this one: an echo of it is ours."""
        key = f"{keys.PREFIX}s:{conversation}"
        await self._link.command("HSET", key, vendor_id, outbox_id)
        await self._link.command("EXPIRE", key, WRITTEN_SECONDS)

    async def _settle(
        self,
        conversation: str,
        entry: str,
        outbox_id: str,
        fate: str,
        vendor_id: str,
        outcome: SendOutcome | None,
        wait: str,
        tries: int,
    ) -> str:
        mail = codec.dump_mail(outcome) if outcome else ""
        reply: str = await self._link.run(
            "settle", conversation, keys.GROUP, entry, outbox_id, fate, vendor_id, mail, wait, WRITTEN_SECONDS, tries
        )
        return reply
