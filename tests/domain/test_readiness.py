"""Each fault that may be planted in a profile is named with its key and its cure; the shipped profiles have none."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.domain.booking import Wish, free_slots
from app.domain.business import Act as Deed
from app.domain.business import Business, ClockMode, Party, Price, QuietHours, ReminderRules, Step
from app.domain.calendar import Calendar
from app.domain.qualification import Heat
from app.domain.readiness import Ailment, Facts, Weight, ailments, is_ready
from app.domain.roster import Person, Roster
from app.profiles import load

PROFILES = Path(__file__).parents[2] / "profiles"
MONDAY = datetime(2026, 11, 30, tzinfo=UTC)
STAFF = Roster(managers=(5, 7, 9), supervisor=3, owner=1)
SEEN = Facts(roster=STAFF)


@pytest.fixture(scope="module")
def clinic() -> Business:
    """Closed on Sundays."""
    return load(PROFILES / "clinic.yaml")


def named(business: Business, facts: Facts = SEEN) -> dict[str, Ailment]:
    return {one.key: one for one in ailments(business, facts, MONDAY)}


def test_a_shipped_profile_has_nothing_that_hurts() -> None:
    found = {path.stem: list(named(load(path))) for path in sorted(PROFILES.glob("*.yaml"))}
    assert {name: [] for name in ("auto", "clinic", "fitness", "salon", "tutor")} == found


def test_nobody_on_shift_is_named(clinic: Business) -> None:
    nobody = named(clinic, Facts(roster=replace(STAFF, managers=())))["no_managers"]
    assert (Weight.ERROR, "team.managers") == (nobody.weight, nobody.where)
    assert "«Администраторы»" in nobody.found("ru")
    assert "team.managers" in nobody.cure("ru")


def test_a_leave_of_everybody_is_nobody_on_shift_in_just_these_hours(clinic: Business) -> None:
    back = MONDAY + timedelta(days=1)
    people = tuple(Person(user=user, away_until=back) for user in STAFF.managers)
    found = named(clinic, Facts(roster=replace(STAFF, people=people)))["no_shift"]
    assert "30.11 08:00–20:00" in found.found("ru")
    one_is_there = (*people[:2], Person(user=9, at_work=False))  # whose day is closed now may work tomorrow
    assert "no_shift" not in named(clinic, Facts(roster=replace(STAFF, people=one_is_there)))


def test_a_promise_round_the_clock_over_a_closed_sunday_is_named(clinic: Business) -> None:
    always = replace(clinic, sla=replace(clinic.sla, clock=ClockMode.ALWAYS))
    found = named(always)["closed_promise"]
    assert (Weight.ERROR, "sla.clock") == (found.weight, found.where)
    assert "вс 06.12" in found.found("ru")
    assert "working_hours" in found.cure("ru")
    week = tuple(((0, 1440),) for _ in range(7))
    never_closed = replace(always, calendar=Calendar(zone=clinic.zone, weekly=week))
    assert "closed_promise" not in named(never_closed)


def test_a_supervisor_without_an_address_is_named(clinic: Business) -> None:
    team = replace(clinic.team, supervisor=Party(user="head"))
    found = named(replace(clinic, team=team), Facts(roster=replace(STAFF, supervisor=None)))["no_address"]
    assert (Weight.ERROR, "team.supervisor") == (found.weight, found.where)
    assert "у руководителя нет адреса" in found.found("ru")
    assert "team.supervisor.telegram" in found.cure("ru")
    assert "the supervisor has no address" in found.found("en")


def test_a_messenger_alone_or_a_portal_user_alone_weighs_less_or_more(clinic: Business) -> None:
    assert named(clinic, Facts(roster=replace(STAFF, owner=None)))["no_user"].weight is Weight.ERROR
    team = replace(clinic.team, owner=Party(user=1))
    assert named(replace(clinic, team=team))["no_messenger"].weight is Weight.WARNING


def test_a_stage_that_the_portal_lacks_is_named(clinic: Business) -> None:
    facts = Facts(roster=STAFF, lacks=(("crm.stages.won", "Пришёл", "C9:WON", "исправьте код"),))
    found = named(clinic, facts)["portal_lacks"]
    assert (Weight.ERROR, "crm.stages.won") == (found.weight, found.where)
    assert "C9:WON" in found.found("ru")
    assert "исправьте код" in found.cure("ru")


def test_a_service_that_no_shift_holds_is_named(clinic: Business) -> None:
    """Analyses are taken for three hours a day."""
    tests = next(service for service in clinic.services if service.id == "tests")
    services = tuple(replace(one, duration=timedelta(hours=4)) if one is tests else one for one in clinic.services)
    assert not free_slots(replace(clinic, services=services), Wish(services=("tests",)), (), now=MONDAY)
    found = named(replace(clinic, services=services))["nobody_can"]
    assert (Weight.ERROR, "services[3].resources") == (found.weight, found.where)
    assert "«Анализы» (4h)" in found.found("ru")


@pytest.mark.parametrize(
    ("key", "change"),
    [
        ("no_ladder", {"ladder": ()}),
        ("late_ladder", {"ladder": (Step(after=1.5, acts=(Deed.NOTIFY_OWNER,)),)}),
        ("no_one_above", {"ladder": (Step(after=1.0, acts=(Deed.REASSIGN_NEXT,)),)}),
        ("no_phone", {"phone": ""}),
        ("no_address_of_business", {"address": ""}),
        (
            "far_reminder",
            {"reminders": ReminderRules(offsets=(timedelta(days=14),), quiet_hours=None)},
        ),
    ],
)
def test_what_will_hurt_is_named_and_its_absence_is_not(key: str, change: dict[str, object], clinic: Business) -> None:
    assert key in named(replace(clinic, **change))  # type: ignore[arg-type]
    assert key not in named(clinic)


def test_a_promise_too_short_to_act_on_and_a_price_that_nobody_explained_are_warnings(clinic: Business) -> None:
    budgets = {**clinic.sla.first_response, Heat.HOT: timedelta(seconds=60)}
    services = (replace(clinic.services[0], price=Price(amount=0)), *clinic.services[1:])
    hurt = replace(clinic, sla=replace(clinic.sla, first_response=budgets), services=services)
    found = named(hurt)
    assert {"no_time", "no_price"} == set(found)
    assert is_ready(found.values())
    free = replace(hurt, facts=("Первый приём бесплатно",))
    assert {"no_time"} == set(named(free))


def test_the_gravest_comes_first_and_nothing_is_said_of_people_who_could_not_be_seen(clinic: Business) -> None:
    hurt = replace(clinic, phone="", ladder=())
    found = ailments(hurt, Facts(), MONDAY)
    assert [Weight.ERROR, Weight.WARNING, Weight.NOTE] == [one.weight for one in found]
    assert ["no_ladder", "no_phone", "people_unseen"] == [one.key for one in found]


def test_quiet_hours_alone_hurt_nothing(clinic: Business) -> None:
    night = QuietHours(starts=datetime(2026, 1, 1, 21).time(), ends=datetime(2026, 1, 1, 8).time())
    assert not named(replace(clinic, reminders=replace(clinic.reminders, quiet_hours=night)))
