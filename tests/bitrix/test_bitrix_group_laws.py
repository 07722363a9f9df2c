"""Whatever the portal does, group commit tells the truth about every step."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from fake_portal import FakePortal, refused
from hypothesis import given, settings
from hypothesis import strategies as st

from bitrix.access import WebhookAccess
from bitrix.client import Client
from bitrix.errors import Unanswered
from bitrix.group import Plan, Step, commit
from bitrix.methods import lead_add
from bitrix.pace import Bucket, LocalPace
from bitrix.wire import Request, Response


class Moody(FakePortal):
    """Refuses single commands, and loses whole answers before or after it executed them, by a seeded dice."""

    def __init__(self, seed: int, trouble: float) -> None:
        super().__init__()
        self.dice = random.Random(seed)
        self.trouble = trouble
        self.refuse = self.mood

    def mood(self, method: str, params: Any) -> tuple[str, str] | None:
        return ("ERROR_CORE", "no") if self.dice.random() < self.trouble / 5 else None

    def answer(self, request: Request) -> Response:
        if self.dice.random() > self.trouble:
            return super().answer(request)
        end = self.dice.choice(["before", "after", "denied"])
        if end == "denied":
            return refused(403, "ACCESS_DENIED")
        if end == "after":
            super().answer(request)
        raise Unanswered("unanswered", end)

    @property
    def created(self) -> Counter[str]:
        return Counter(params["fields"]["TITLE"] for _, params in self.executed)


def plan_of(key: int, length: int) -> Plan:
    def step(n: int) -> Step:
        def command(done: Mapping[str, Any]) -> Any:
            return lead_add({"TITLE": f"{key}.{n}", "CONTACT_ID": done.get(f"s{n - 1}")})

        return Step(name=f"s{n}", command=command, read=int, creates=True)

    return Plan(key=str(key), steps=tuple(step(n) for n in range(length)))


LENGTHS = st.lists(st.integers(0, 5), max_size=70)


@settings(max_examples=150, deadline=None)
@given(LENGTHS, st.integers(0, 10**6), st.sampled_from([0.0, 0.1, 0.4]))
async def test_every_step_is_told_truly_and_nothing_is_made_twice(
    lengths: list[int], seed: int, trouble: float
) -> None:
    portal = Moody(seed, trouble)
    attempted: Counter[str] = Counter()

    async def before(carried: Sequence[tuple[Plan, Step]]) -> None:
        attempted.update(f"{plan.key}.{step.name.removeprefix('s')}" for plan, step in carried)

    pace = LocalPace(Bucket(drain_per_second=10_000, block_above=10_000))
    client = Client(WebhookAccess("https://p.example/rest/1/c/"), pace=pace, transport=portal)
    plans = [plan_of(key, length) for key, length in enumerate(lengths)]
    outcomes = await commit(client, plans, before=before)

    created = portal.created
    assert all(times == 1 for times in created.values())
    assert set(created) <= set(attempted)
    for plan in plans:
        outcome = outcomes[plan.key]
        failed = [outcome.failed[0]] if outcome.failed else []
        told = [*outcome.values, *outcome.unknown, *failed, *outcome.not_tried]
        assert sorted(told) == sorted(step.name for step in plan.steps)
        assert list(outcome.values) == [step.name for step in plan.steps][: len(outcome.values)]
        for name in outcome.values:
            assert created[f"{plan.key}.{name.removeprefix('s')}"] == 1
        for name in [*failed, *outcome.not_tried]:
            assert created[f"{plan.key}.{name.removeprefix('s')}"] == 0
    if trouble == 0:
        longest = max(lengths, default=0)
        assert all(len(outcomes[plan.key].values) == len(plan.steps) for plan in plans)
        assert len(portal.requests) <= max(longest, -(-sum(lengths) // 50) + longest)
