"""Group commit: the dependent writes of many customers in few calls, each customer failing alone.

Many plans go by phases, one step of each plan in a batch without references, so that one customer's bad field touches
nobody else. A few go one by one, each as one chained batch that halts at its first error.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bitrix.client import Client
from bitrix.errors import BitrixError, Unsendable, Unusable
from bitrix.pace import Priority
from bitrix.wire import MAX_COMMANDS, Command, Reference, Result, is_read, line


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One command of a plan.

    command    from the values of the earlier steps, by name; in a chained batch `Reference`s stand in for them, so
               that a value may only be passed on whole. None: nothing to do, and None is the step's value
    read       the result → the step's value, e.g. the new id
    reference  where that value lies inside the result: "" for a bare id, "[item][id]" for crm.item.add
    creates    whether a repeat would make a second object
    decides    later commands look into its value: a chain ends behind it
    """

    name: str
    command: Callable[[Mapping[str, Any]], Command | None]
    read: Callable[[Any], Any]
    reference: str = ""
    creates: bool = False
    decides: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One customer's steps, in order; at most 50."""

    key: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How far a plan came; each of its steps stands in exactly one of the four.

    values     what was done, by step name
    failed     the step that was certainly not done, with its error
    unknown    writes that may have been done, with the error that left them so: look them up before any repeat
    not_tried  the others, not executed (or reads whose answer was lost); all of them: the portal failed others first
    """

    values: Mapping[str, Any]
    failed: tuple[str, BitrixError] | None = None
    unknown: Mapping[str, BitrixError] = field(default_factory=dict)
    not_tried: tuple[str, ...] = ()


class Fenced(Exception):
    """Raised by `before`: these plans may not go on. Nothing of this call is sent; the other plans go on at once."""

    def __init__(self, plans: Collection[str]) -> None:
        super().__init__(*plans)
        self.plans = frozenset(plans)


Before = Callable[[Sequence[tuple[Plan, Step]]], Awaitable[None]]
After = Callable[[Sequence[tuple[Plan, Step, Any]]], Awaitable[None]]


async def _nothing(_: Sequence[tuple[Plan, Step, Any]]) -> None:
    pass


async def commit(
    client: Client,
    plans: Sequence[Plan],
    *,
    priority: Priority = Priority.NORMAL,
    before: Before,
    after: After = _nothing,
) -> dict[str, Outcome]:
    """Carry the plans out in as few calls as possible: 50 customers of 4 steps are 4 calls, one customer is 1.

    before   awaited in front of every HTTP call, retries included, with the steps it carries; when it raises, nothing
             is sent, and the error goes to the caller unless it is `Fenced`
    after    awaited behind every call that was answered, with the steps it carried out and their values: the portal's
             events about them come long before the whole commit ends
    returns  an outcome for every plan; a call that fails as a whole ends the commit, the rest is `not_tried`
    """
    if len({plan.key for plan in plans}) < len(plans):
        raise ValueError("two plans with the same key")
    for plan in plans:
        if len({step.name for step in plan.steps}) < len(plan.steps) or len(plan.steps) > MAX_COMMANDS:
            raise ValueError(f"plan {plan.key}: at most {MAX_COMMANDS} steps, each with a name of its own")
    runs = [_Run(plan) for plan in plans]
    while active := [run for run in runs if run.is_active]:
        if not await _round(client, active, priority, before, after):
            break
    return {run.plan.key: run.outcome for run in runs}


async def _round(client: Client, active: list["_Run"], priority: Priority, before: Before, after: After) -> bool:
    """One HTTP call; whether the portal is there for another."""
    longest = max(active, key=lambda run: len(run.left))
    if len(active) < len(longest.left):  # a call per plan is fewer than a call per phase
        return await _send(client, _chain(longest), priority, before, after, halt=True)
    # Those with most left to do first: no other order needs fewer calls (Hu, 1961).
    ready = sorted(active, key=lambda run: -len(run.left))[:MAX_COMMANDS]
    parts = [part for n, run in enumerate(ready) if (part := run.next(f"p{n}"))]
    return await _send(client, parts, priority, before, after, halt=False)


async def _send(
    client: Client, parts: Sequence["_Part"], priority: Priority, before: Before, after: After, *, halt: bool
) -> bool:
    commands = {part.key: part.command for part in parts if part.command is not None}
    carried = [(part.run.plan, part.step) for part in parts if part.command is not None]
    if not parts:  # nothing was left to do
        return True

    async def announce() -> None:
        await before(carried)

    try:
        answers = await client.batch(commands, halt=halt, priority=priority, before=announce)
    except Fenced as fenced:
        for part in parts:
            part.run.fenced = part.run.plan.key in fenced.plans
        return True
    except BitrixError as error:
        for part in parts:
            part.run.lose(part, error)
        for part in parts:
            part.run.stop(error)
        return False
    for part in parts:
        part.run.take(part, answers.get(part.key))
    values = ((part.run, part.step) for part in parts if part.step.name in part.run.values)
    await after([(run.plan, step, run.values[step.name]) for run, step in values])
    return True


class _Run:
    """A plan on its way."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.left = list(plan.steps)
        self.values: dict[str, Any] = {}
        self.failed: tuple[str, BitrixError] | None = None
        self.unknown: dict[str, BitrixError] = {}
        self.fenced = False

    @property
    def is_active(self) -> bool:
        return bool(self.left) and self.failed is None and not self.unknown and not self.fenced

    @property
    def outcome(self) -> Outcome:
        names = tuple(step.name for step in self.left)
        return Outcome(values=self.values, failed=self.failed, unknown=self.unknown, not_tried=names)

    def next(self, key: str) -> "_Part | None":
        """What is to be done now; None: nothing is left to do."""
        while self.left:
            part = _Part.of(self, key)
            if part.command is not None or part.error is not None:
                return part
            self.values[part.step.name] = None
            self.left.remove(part.step)
        return None

    def take(self, part: "_Part", answer: Result | BitrixError | None) -> None:
        """The answer to one step; None: the portal says nothing of it."""
        if part.error is not None:
            self._fail(part, part.error)
        elif isinstance(answer, BitrixError):
            self._fail(part, answer)
        elif isinstance(answer, Result):
            self._read(part, answer)
        elif self.is_active:  # behind an error of its own chain it was not executed; elsewhere silence proves nothing
            self._fail(part, Unusable("unusable", "neither result nor error", method=part.method))

    def lose(self, part: "_Part", error: BitrixError) -> None:
        """The whole call brought no answer; what it carried for this plan may have been done."""
        if part.error is not None:
            self._fail(part, part.error)
        elif error.executed == "unknown" and not is_read(part.method):
            self._settle(part, unknown=error)

    def stop(self, error: BitrixError) -> None:
        """After `lose`: where nothing was written, the next step is the one that failed."""
        if self.is_active:
            self.failed = (self.left.pop(0).name, error)

    def _read(self, part: "_Part", result: Result) -> None:
        try:
            self.values[part.step.name] = part.step.read(result.value)
            self.left.remove(part.step)
        except (LookupError, TypeError, ValueError) as error:
            self._fail(part, Unusable("unusable", f"{type(error).__name__} in the result", method=part.method))

    def _fail(self, part: "_Part", error: BitrixError) -> None:
        if error.executed == "unknown" and not is_read(part.method):
            self._settle(part, unknown=error)
        elif self.failed is None:
            self.failed = (part.step.name, error)
            self.left.remove(part.step)

    def _settle(self, part: "_Part", *, unknown: BitrixError) -> None:
        self.unknown[part.step.name] = unknown
        self.left.remove(part.step)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """One step inside a batch: its command, or why it has none. Neither: it has nothing to do."""

    run: _Run
    step: Step
    key: str
    command: Command | None
    error: BitrixError | None = None

    @property
    def method(self) -> str:
        return self.command.method if self.command is not None else ""

    @classmethod
    def of(cls, run: _Run, key: str, values: Mapping[str, Any] | None = None, step: Step | None = None) -> "_Part":
        """The run's next step, or `step`; what cannot be built must not spoil the batch for the others."""
        step = step or run.left[0]
        try:
            command = step.command(run.values if values is None else values)
            if command is not None:
                line(command)
        except (LookupError, TypeError, ValueError) as error:
            detail = f"{type(error).__name__}: {error}"
            return cls(run=run, step=step, key=key, command=None, error=Unsendable("unsendable", detail))
        return cls(run=run, step=step, key=key, command=command)


def _chain(run: _Run) -> list[_Part]:
    """What is left of one plan, each step referring to the results of those before it, up to one that decides."""
    parts: list[_Part] = []
    part = run.next("s0")
    values = dict(run.values)
    rest = run.left[1:]
    while part is not None:
        parts.append(part)
        if part.command is None or part.step.decides or not rest:
            break  # the rest may need its value
        values[part.step.name] = Reference(part.key, part.step.reference)
        part = _Part.of(run, f"s{len(parts)}", values, rest.pop(0))
        if part.command is None and part.error is None:
            break
    return parts
