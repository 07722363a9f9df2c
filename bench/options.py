"""How long and how large a run is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """
    rounds    interleaved repetitions whose median counts
    seconds   of one measured run under full load
    scale     share of the customers, messages, kills and bodies of the full run; small but never zero
    """

    rounds: int = 5
    seconds: float = 2.0
    scale: float = 1.0

    def of(self, full: int, least: int = 1) -> int:
        return max(least, round(full * self.scale))
