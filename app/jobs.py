"""The contract of streams and queue: which entry means what, and how a worker treats it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from app.runtime import Runtime

LEASE = timedelta(seconds=15)  # an entry idle for longer is another worker's to claim
RENEW = timedelta(seconds=3)
ALONE_FROM = 3  # tries: an entry that ended its workers twice runs with nothing healthy beside it
PARKED_AT = 5  # times that an entry raised with nobody in its company, while others went well


def company(tries: int, together: int, alike: int) -> int:
    """How many of so many suspects may run at once: with every further try a fourth, at last an eighth.

    A worker that is killed makes suspects of all that it had; one by one, thousands of them would hold everybody up.
    Few enough for one company are parted at last: else what kills its worker would take the same ones along for ever.
    """
    most = max(1, together // 8, together >> 2 * (tries - ALONE_FROM))
    shrunk = together >> 2 * (tries - ALONE_FROM) <= together // 8
    return max(1, alike // 2) if shrunk and alike <= most else min(alike, most)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """
    subject   conversation or person
    tries     runs of it that began, this one included; what only waited in a worker that died was not tried
    """

    stream: str
    id: str
    subject: str
    tries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """One kind of work on one or more streams, the most urgent first.

    group      entries handed to one call of `work`; 1 where each is a story of its own
    slots      calls under way at once in one process
    together   suspects of the third try that may run at once; 1 where one may be parked for another's fault
    fill       awaited between the first entries of a group and the rest of it: what comes meanwhile goes along
    given_up   awaited before an entry that raises whenever it runs becomes a dead letter: who waits for it hears so
    """

    name: str
    streams: tuple[str, ...]
    work: Callable[[Runtime, list[Entry]], Awaitable[None]]
    slots: int
    group: int = 1
    together: int = 1
    fill: Callable[[Runtime], Awaitable[None]] | None = None
    given_up: Callable[[Runtime, Entry], Awaitable[None]] | None = None
