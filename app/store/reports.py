"""Whom the report of a period has reached: each receiver once, whichever worker dies (scripts/report_claim.lua)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from app.store import keys
from app.store.link import Link

LEASE = timedelta(seconds=60)  # longer than its figures and the call take together
KEPT = timedelta(days=8)


class Fate(StrEnum):
    """What became of it. The last four are final."""

    WAITS = "waits"
    CLAIMED = "claimed"
    LEAVING = "leaving"  # the call has begun
    SENT = "sent"
    REFUSED = "refused"
    UNKNOWN = "unknown"  # its sender died in the call, or got no answer
    NEEDLESS = "needless"  # nothing was journalled yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One receiver's report in one worker's hands."""

    report: str
    receiver: str
    word: str


class Reports:
    """`lease`: how long a claim stands that nobody goes on with; another's may take it then."""

    def __init__(self, link: Link, lease: timedelta = LEASE) -> None:
        self._link, self._lease_ms = link, round(lease.total_seconds() * 1000)

    async def claim(
        self, claim: Claim, receivers: Sequence[str], *, again: bool = False, instead: bool = False
    ) -> bool:
        """True: ours to send. `receivers`: all of them, by which the first claim settles who is to have it.

        again     a second one takes the first one's place there: it may leave twice
        instead   it stands in for others whom the report cannot reach
        """
        flags = (int(again), int(instead))
        words = (claim.report, claim.receiver, claim.word, self._lease_ms, round(KEPT.total_seconds() * 1000), *flags)
        return bool(await self._link.run("report_claim", *words, *receivers))

    async def step(self, claim: Claim, fate: Fate) -> bool:
        """False: it is another worker's by now, and nothing is to be done."""
        words = (claim.report, claim.receiver, claim.word, fate, self._lease_ms)
        return bool(await self._link.run("report_step", *words))

    async def fates(self, report: str) -> dict[str, Fate]:
        """Receiver → what became of it; empty before the first claim."""
        words = await self._link.command("HGETALL", keys.REPORT + report)
        return {name: Fate(state.split(" ", 1)[0]) for name, state in zip(words[::2], words[1::2], strict=True)}
