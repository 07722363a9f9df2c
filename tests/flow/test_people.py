"""Who is on shift, as the portal knows it: time tracking, leave, load, extra people of peak hours."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.domain.business import Peak
from app.domain.calendar import ALWAYS
from app.profiles import load
from tests.flow.ops_house import PROFILE, House, opened_house

OPEN = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)  # Monday 11:00 in Moscow
CLOSED = OPEN - timedelta(hours=6)
SALON = load(PROFILE)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with opened_house(tmp_path) as house:
        yield house


async def test_who_is_off_work_on_a_break_or_on_leave_is_not_on_shift(house: House) -> None:
    users = house.sandbox.portal.world.users
    users[5].workday, users[7].absent = "PAUSED", (OPEN + timedelta(days=2)).isoformat()
    roster = await house.crm().roster(SALON.team)
    assert (5, 7, 9) == roster.managers
    assert (9,) == roster.on_shift(OPEN, SALON)
    assert (7, 9) == roster.on_shift(OPEN + timedelta(days=2), SALON)
    users[3].workday = "CLOSED"
    roster = await house.crm().roster(SALON.team)
    assert [False, True] == [roster.hears(user, OPEN, SALON) for user in (roster.supervisor, roster.owner)]


async def test_the_team_is_known_by_name_too(house: House) -> None:
    roster = await house.crm().roster(SALON.team)
    assert {3, 5, 7, 9} <= set(roster.names)
    assert "Анна Первая" == roster.names[5]


async def test_whose_time_is_not_tracked_works_the_hours_of_the_business(house: House) -> None:
    for user in house.sandbox.portal.world.users.values():
        user.workday = ""
    roster = await house.crm().roster(SALON.team)
    assert (5, 7, 9) == roster.on_shift(OPEN, SALON)
    assert () == roster.on_shift(CLOSED, SALON)


async def test_an_opened_day_is_a_shift_also_outside_the_hours(house: House) -> None:
    assert (5, 7, 9) == (await house.crm().roster(SALON.team)).on_shift(CLOSED, SALON)


async def test_extra_people_of_peak_hours_are_on_shift_in_them_alone(house: House) -> None:
    peak = Peak(calendar=SALON.resources[1].calendar, users=(11,))  # Tuesday to Saturday
    business = replace(SALON, sla=replace(SALON.sla, peaks=(peak,)))
    roster = await house.crm(business).roster(business.team)
    assert (5, 7, 9) == roster.on_shift(OPEN, business)
    assert (5, 7, 9, 11) == roster.on_shift(OPEN + timedelta(days=1), business)


async def test_new_deals_go_to_the_least_loaded(house: House) -> None:
    for _ in range(10):
        for user in (5, 7):
            await house.portal("crm.item.add", entityTypeId=2, fields={"title": "Сделка", "assignedById": user})
    roster = await house.crm().roster(SALON.team)
    assert [10, 10, 0] == [person.load for person in roster.people if person.user in (5, 7, 9)]
    assert {9} == {roster.first_for(f"card-{number}", OPEN, SALON) for number in range(20)}
    assert 9 == roster.next_after(5, (5,), OPEN, SALON)


def test_round_the_clock_there_is_always_a_shift() -> None:
    from app.domain.roster import Roster

    assert (7,) == Roster(managers=(7,)).on_shift(CLOSED, replace(SALON, calendar=ALWAYS))
