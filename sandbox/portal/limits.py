"""How much the portal lets through: a leaky bucket of calls, and seconds of work per method (reference 11.9)."""

from collections import defaultdict
from dataclasses import dataclass, field
from time import monotonic, time

MINUTE = 60
WINDOW_MINUTES = 10


@dataclass(slots=True)
class Bucket:
    """+1 per HTTP call, `drain` a second off; above `block` a call is refused (reference 11.9 (70))."""

    drain: float = 2.0
    block: float = 50.0
    level: float = 0.0
    _at: float = field(default_factory=monotonic)

    def take(self) -> bool:
        now = monotonic()
        self.level = max(0.0, self.level - (now - self._at) * self.drain)
        self._at = now
        if self.level + 1 > self.block:
            return False
        self.level += 1
        return True


@dataclass(slots=True)
class Operating:
    """Seconds spent per method and caller in the last ten minutes, in one-minute buckets (reference 11.9 (71))."""

    limit_seconds: float | None = 480.0  # None: off, and the envelope says nothing of it
    billed_to_batch: bool = False  # what was measured, against what is documented (reference 11.4 (32))
    _spent: dict[tuple[str, str], dict[int, float]] = field(default_factory=lambda: defaultdict(dict))

    def blocked(self, method: str, key: str) -> bool:
        return self.limit_seconds is not None and self.spent(method, key) > self.limit_seconds

    def bill(self, method: str, key: str, seconds: float) -> None:
        if self.limit_seconds is not None:
            minute = int(time()) // MINUTE
            buckets = self._spent[method, key]
            buckets[minute] = buckets.get(minute, 0.0) + seconds

    def spent(self, method: str, key: str) -> float:
        buckets = self._spent[method, key]
        oldest = int(time()) // MINUTE - WINDOW_MINUTES
        for minute in [minute for minute in buckets if minute <= oldest]:
            del buckets[minute]
        return sum(buckets.values())

    def resets_at(self, method: str, key: str) -> int:
        """Unix time when the oldest minute drops out."""
        first = min(self._spent[method, key], default=int(time()) // MINUTE)
        return (first + WINDOW_MINUTES) * MINUTE


@dataclass(slots=True)
class Limits:
    bucket: Bucket | None = field(default_factory=Bucket)
    operating: Operating = field(default_factory=Operating)
