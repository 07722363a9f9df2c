"""A month of three managers on the virtual clock: who was told, who answered in time, against a count of its own.

Nothing but `take_turn` is the product's in it. The judge keeps its own list of what happened and its own calendar in
plain seconds, so that a mistake of ours cannot hide in both.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from app.domain.figures.kpi import percentile, score
from bench.month_story import BUDGETS, DAY, DAYS, HOUR, OWNER, SHIFTS, Chat, Month, simulate, weekday, works
from bench.options import Options
from bench.report import Promise, Report, Table

ENQUIRIES = 2000
TOP, ACCEPTED_FOR = 2.0, 900  # the share at which the profile tells the owner; seconds that «Принял» buys
HOLIDAY, LAST_DAY = 3, 60  # November 4 and December 31, counted from 0


def spans() -> Iterator[tuple[int, int]]:
    """The salon's hours, two months of them."""
    for day in range(LAST_DAY):
        if day == HOLIDAY:
            continue
        opens, closes = (11, 20) if weekday(day) > 4 else (10, 21)
        yield day * DAY + opens * HOUR, day * DAY + closes * HOUR


OPEN = list(spans())
OPENS = [opens for opens, _ in OPEN]


def open_seconds(start: float, end: float) -> float:
    first = max(0, bisect_right(OPENS, start) - 1)
    return sum(max(0.0, min(end, closes) - max(start, opens)) for opens, closes in OPEN[first:] if opens < end)


def spent_at(start: float, seconds: float) -> float:
    for opens, closes in OPEN[max(0, bisect_right(OPENS, start) - 1) :]:
        begin = max(start, opens)
        if closes - begin >= seconds and closes > begin:
            return begin + seconds
        seconds -= max(0.0, closes - begin)
    raise AssertionError("the month is too short")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    off_shift: int
    doubled: int
    silent: int  # unanswered enquiries of which the owner did not hear in time
    unanswered: int
    notices: int
    enquiries: int
    kept: int
    frt: tuple[float, ...]


def judge(month: Month) -> Verdicts:
    """From the raw lists alone."""
    told: dict[int, list[float]] = {}
    seen: Counter[tuple[object, ...]] = Counter()
    for at, chat, notice in month.notices:
        seen[chat.number, notice.id] += 1
        if not notice.task:
            seen[chat.number, notice.user, at] += 1
        if notice.user == OWNER:
            told.setdefault(chat.number, []).append(at)
    silent = unanswered = kept = counted = 0
    frt: list[float] = []
    for chat in month.chats:
        waits = list(_waits(chat))
        for since, until, accepted in waits:
            latest = _top(chat, since, accepted)
            if until is None or until > latest:
                unanswered += 1
                silent += not any(since < at <= latest for at in told.get(chat.number, ()))
        first, answers = waits[0][0], [at for at, what in chat.raw if what == "person"]
        verdict = _verdict(chat)
        frt += [answers[0] - first] if answers and verdict is not None else []
        counted += verdict is not None
        kept += verdict is True
    off = sum(notice.user in SHIFTS and not works(notice.user, at) for at, _, notice in month.notices)
    doubled = sum(times - 1 for times in seen.values())
    return Verdicts(
        off_shift=off,
        doubled=doubled,
        silent=silent,
        unanswered=unanswered,
        notices=len(month.notices),
        enquiries=counted,
        kept=kept,
        frt=tuple(frt),
    )


def _waits(chat: Chat) -> Iterator[tuple[float, float | None, float | None]]:
    """(from the customer's word, until it was answered or needed no answer, when somebody took it on)."""
    since = accepted = None
    for at, what in chat.raw:
        if what == "customer" and since is None:
            since, accepted = at, None
        elif what == "accepted" and since is not None:
            accepted = at
        elif what in ("person", "dismissed") and since is not None:
            yield since, at, accepted
            since = None
    if since is not None:
        yield since, None, accepted


def _top(chat: Chat, since: float, accepted: float | None) -> float:
    """The latest moment at which the owner has to hear: twice the promise, or later where somebody took it on."""
    top = spent_at(since, TOP * BUDGETS[chat.heat])
    return max(top, accepted + ACCEPTED_FOR) if accepted is not None else top


def _verdict(chat: Chat) -> bool | None:
    """False: a promise was missed; True: all were kept; None: none was owed. What still waits at the end is late."""
    verdict = None
    ends = dict(_ends(chat))
    for since, until, _ in _waits(chat):
        late = until is None or open_seconds(since, until) > BUDGETS[chat.heat]
        if late:
            return False
        if ends[since] == "person":
            verdict = True
    return verdict


def _ends(chat: Chat) -> Iterator[tuple[float, str]]:
    since = None
    for at, what in chat.raw:
        if what == "customer" and since is None:
            since = at
        elif what in ("person", "dismissed") and since is not None:
            yield since, what
            since = None


async def run(options: Options) -> Report:
    count = options.of(ENQUIRIES, least=50)
    month = simulate(count)
    found, ours = judge(month), score(month.events)
    share = 100 * (ours.sla_ratio or 0)
    counted = 100 * found.kept / found.enquiries
    same = (ours.enquiries, ours.kept) == (found.enquiries, found.kept)
    frt = sorted(round(value, 3) for value in found.frt) == sorted(ours.frt_human)
    return Report(
        promises=[
            Promise(
                what=f"notices to anybody off shift, on a break or on leave, of {found.notices}",
                promised="0",
                measured=str(found.off_shift),
                kept=not found.off_shift,
            ),
            Promise(
                what=f"unanswered in twice the promise, {found.unanswered}: the owner heard in that time",
                promised="all",
                measured=f"{found.unanswered - found.silent}",
                kept=not found.silent,
            ),
            Promise(what="notices told twice", promised="0", measured=str(found.doubled), kept=not found.doubled),
            Promise(
                what=f"SLA% of {ours.enquiries} enquiries, beside a count from the raw events",
                promised=f"{counted:.1f} % ({found.kept} of {found.enquiries})",
                measured=f"{share:.1f} % ({ours.kept} of {ours.enquiries})",
                kept=same,
            ),
            Promise(
                what=f"first response by a person, {len(found.frt)} values, beside the same count",
                promised=f"median {percentile(found.frt, 0.5) or 0:.0f} s",
                measured=f"median {percentile(ours.frt_human, 0.5) or 0:.0f} s; all {'equal' if frt else 'differ'}",
                kept=frt,
            ),
        ],
        tables=[
            Table(
                title="Who was told.",
                heads=("portal user", "notices"),
                rows=[
                    (str(user), str(times))
                    for user, times in sorted(Counter(notice.user or 0 for _, _, notice in month.notices).items())
                ],
            )
        ],
        how=[
            f"{count} customers in {DAYS} days of November 2026, three managers and a supervisor with hours, breaks "
            f"and leave, {month.turns} turns of `take_turn` on the virtual clock, nothing else of the product",
            "the roster is exact here; in production it is at most two minutes old",
        ],
    )
