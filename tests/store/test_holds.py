"""Times that we keep: one owner at a time, all parts or none, nothing for longer than promised."""

import asyncio
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.booking import Part, Slot
from app.store.holds import Holds
from app.store.link import Link

NOON = datetime(2031, 3, 1, 12, 0, tzinfo=UTC)
RESOURCES = ("anna", "maria")
FAR = datetime(2040, 1, 1, tzinfo=UTC)


def slot(*parts: tuple[str, int, int]) -> Slot:
    """Parts as (resource, minutes from noon, minutes it lasts)."""
    return Slot(
        parts=tuple(
            Part(
                resource=resource,
                services=("manicure",),
                starts=NOON + timedelta(minutes=start),
                ends=NOON + timedelta(minutes=start + lasts),
            )
            for resource, start, lasts in parts
        )
    )


PARTS = st.lists(st.tuples(st.sampled_from(RESOURCES), st.integers(0, 20), st.integers(1, 8)), min_size=1, max_size=2)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=st.lists(PARTS, min_size=2, max_size=12), buffer=st.sampled_from([0, 3]))
async def test_no_time_has_two_owners_and_a_refused_one_leaves_nothing(
    link: Link, asked: list[list[tuple[str, int, int]]], buffer: int
) -> None:
    holds = Holds(link, RESOURCES, timedelta(minutes=buffer))
    await link.command("DEL", "otklik:hold:anna", "otklik:hold:maria")
    slots = [slot(*parts) for parts in asked]
    won = await asyncio.gather(*(holds.hold(f"b-{n}", one, FAR) for n, one in enumerate(slots)))
    kept = await holds.all(NOON)
    assert {f"b-{n}" for n, one in enumerate(won) if one} == {one.owner for one in kept}
    assert won[0]
    for one in kept:
        for other in kept:
            apart = one.ends + timedelta(minutes=buffer) <= other.starts
            apart = apart or other.ends + timedelta(minutes=buffer) <= one.starts
            assert one.owner == other.owner or one.resource != other.resource or apart


async def test_of_a_hundred_who_want_one_time_one_gets_it(link: Link) -> None:
    holds = Holds(link, RESOURCES, timedelta(0))
    won = await asyncio.gather(*(holds.hold(f"b-{n}", slot(("anna", 0, 60)), FAR) for n in range(100)))
    assert 1 == sum(won)


async def test_a_hold_ends_by_business_time_and_then_hinders_nobody(link: Link) -> None:
    holds, wanted = Holds(link, RESOURCES, timedelta(0)), slot(("anna", 0, 60))
    past = datetime(2020, 1, 1, tzinfo=UTC)
    assert await holds.hold("b-1", wanted, past)
    assert [] == await holds.all(past)
    assert await holds.hold("b-2", wanted, FAR)
    assert ["b-2"] == [one.owner for one in await holds.all(NOON)]


async def test_a_visit_moves_over_its_own_time_but_not_over_anothers(link: Link) -> None:
    holds = Holds(link, RESOURCES, timedelta(0))
    await holds.keep("b-1", slot(("anna", 0, 60)))
    await holds.keep("b-2", slot(("anna", 60, 60)))
    assert not await holds.hold("b-3", slot(("anna", 30, 60)), FAR, instead_of="b-1")
    assert await holds.hold("b-4", slot(("anna", -30, 60)), FAR, instead_of="b-1")
    await holds.keep("b-1", slot(("anna", -30, 60)), instead_of="b-4")
    kept = sorted((one.starts, one.owner) for one in await holds.all(NOON))
    assert [(NOON - timedelta(minutes=30), "b-1"), (NOON + timedelta(minutes=60), "b-2")] == kept
    await holds.free("b-1")
    assert ["b-2"] == [one.owner for one in await holds.all(NOON)]
