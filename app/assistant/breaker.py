"""A circuit breaker: a model that keeps failing is left alone for a while, so that nobody waits for it."""

import time
from collections import deque
from collections.abc import Callable

IN_A_ROW = 5
LAST = 20
FAILED_RATIO = 0.5
REST_SECONDS = 30.0


class Breaker:
    """Closed, open for `REST_SECONDS`, then half-open: one probe decides.

    Every `allows() == True` is followed by exactly one of `succeeded`, `failed` or `abandoned`.
    clock   monotonic seconds
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last: deque[bool] = deque(maxlen=LAST)  # True: failed
        self._in_a_row = 0
        self._opened_at: float | None = None
        self._probing = False

    @property
    def is_open(self) -> bool:
        """No call may start now."""
        return self._opened_at is not None and (self._probing or self._clock() - self._opened_at < REST_SECONDS)

    def allows(self) -> bool:
        """Whether a call may start now; the first one after the rest is the probe."""
        if self.is_open:
            return False
        self._probing = self._opened_at is not None
        return True

    def succeeded(self) -> None:
        if self._probing:
            self._last.clear()
        self._opened_at, self._probing, self._in_a_row = None, False, 0
        self._last.append(False)

    def failed(self) -> None:
        self._last.append(True)
        self._in_a_row += 1
        full = len(self._last) == LAST
        if self._probing or self._in_a_row >= IN_A_ROW or (full and sum(self._last) > LAST * FAILED_RATIO):
            self._opened_at = self._clock()
        self._probing = False

    def abandoned(self) -> None:
        """The call was cut off before it could prove anything."""
        self._probing = False
