"""A profile becomes a business, or every mistake in it is named at once."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
import yaml
from pydantic import BaseModel

from app import profiles
from app.domain.business import Business, Price
from app.domain.calendar import is_open, open_intervals
from app.domain.qualification import Heat, Intent
from app.profile_shape import Days, Profile

SMALL: dict[str, Any] = {
    "business": {"name": "Салон", "kind": "salon", "timezone": "Europe/Moscow"},
    "hours": {"mon-fri": "10:00-14:00, 15:00-21:00"},
    "services": [{"id": "cut", "name": "Стрижка", "duration": "60m", "price": 1500, "resources": ["olga"]}],
    "resources": [{"id": "olga", "name": "Ольга"}],
    "team": {"managers": {"department": "Администраторы"}, "supervisor": {"user": "head"}, "owner": {"user": 1}},
}


@pytest.fixture
def write(tmp_path: Path) -> Any:
    """The small profile with parts of it replaced, as a file."""

    def written(**parts: Any) -> Path:
        path = tmp_path / "small.yaml"
        path.write_text(yaml.safe_dump(SMALL | parts, allow_unicode=True, sort_keys=False))
        return path

    return written


@pytest.mark.parametrize("name", ["auto", "clinic", "fitness", "salon", "tutor"])
def test_the_five_profiles_load(repository: Path, name: str) -> None:
    assert name == profiles.load(repository / "profiles" / f"{name}.yaml").kind


@pytest.fixture
def salon(repository: Path) -> Business:
    return profiles.load(repository / "profiles/salon.yaml")


def test_what_the_salon_says_is_what_the_business_knows(salon: Business) -> None:
    cut = salon.service("haircut_women")
    assert cut
    assert cut.price == Price(amount=2200, starts_from=True)
    assert cut.duration == timedelta(hours=1)
    assert salon.sla.first_response == {
        Heat.HOT: timedelta(minutes=5),
        Heat.WARM: timedelta(hours=1),
        Heat.COLD: timedelta(hours=24),
    }
    assert [step.after for step in salon.ladder] == [0.8, 1.0, 2.0]
    assert salon.answers[1].ends == date(2026, 12, 31)
    assert salon.kpi_targets["first_reply"] == 180.0


def test_an_exception_outranks_the_holiday_and_a_holiday_is_closed(salon: Business) -> None:
    assert is_open(datetime(2026, 12, 31, 8, tzinfo=UTC), salon.calendar)  # a day off by the state, 10:00-16:00 here
    assert not is_open(datetime(2026, 12, 31, 13, tzinfo=UTC), salon.calendar)
    assert not is_open(datetime(2026, 11, 4, 9, tzinfo=UTC), salon.calendar)


def test_a_resource_works_inside_the_hours_of_the_business(salon: Business) -> None:
    maria = next(found for found in salon.resources if found.id == "maria")
    assert not is_open(datetime(2026, 11, 23, 9, tzinfo=UTC), maria.calendar)  # Monday
    saturday = open_intervals(datetime(2026, 11, 27, 18, tzinfo=UTC), maria.calendar, 1)
    assert saturday == ((datetime(2026, 11, 28, 8, tzinfo=UTC), datetime(2026, 11, 28, 17, tzinfo=UTC)),)


# The production calendar of a five-day week: weekdays off, and Saturdays that are worked. Labour Code, article 112, and
# the resolutions of the Government No. 1335 of 4 October 2024 (for 2025), No. 1466 of 24 September 2025 (for 2026) and,
# for 2027, the one kept by ConsultantPlus as LAW_544706. Each year has 247 working days, as the published ones say.
DAYS_OFF = {
    2025: "01-01 01-02 01-03 01-06 01-07 01-08 05-01 05-02 05-08 05-09 06-12 06-13 11-03 11-04 12-31",
    2026: "01-01 01-02 01-05 01-06 01-07 01-08 01-09 02-23 03-09 05-01 05-11 06-12 11-04 12-31",
    2027: "01-01 01-04 01-05 01-06 01-07 01-08 02-22 02-23 03-08 05-03 05-10 06-14 11-04 11-05 12-31",
}
WORKED = {2025: "11-01", 2026: "", 2027: "02-20"}


@pytest.mark.parametrize("year", DAYS_OFF)
def test_every_day_of_the_production_calendar_is_open_or_closed_as_published(write: Any, year: int) -> None:
    business = profiles.load(write(hours={"mon-fri": "10:00-20:00", "holidays": {"calendar": "RU", "open": False}}))
    days = [date(year, 1, 1) + timedelta(days=number) for number in range(366)]
    open_days = {day for day in days if day.year == year and is_open(_noon(day), business.calendar)}
    off = {date.fromisoformat(f"{year}-{day}") for day in DAYS_OFF[year].split()}
    worked = {date.fromisoformat(f"{year}-{day}") for day in WORKED[year].split()}
    weekdays = {day for day in days if day.year == year and day.weekday() < 5}
    assert off <= weekdays
    assert weekdays - off | worked == open_days
    assert 247 == len(open_days)


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo("Europe/Moscow"))


def test_a_saturday_made_a_working_day_has_friday_s_hours_unless_it_has_its_own(write: Any) -> None:
    worked = datetime(2025, 11, 1, 8, tzinfo=UTC)  # 11:00
    holidays = {"calendar": "RU", "open": False}
    assert is_open(worked, profiles.load(write(hours={"mon-fri": "10:00-20:00", "holidays": holidays})).calendar)
    own = {"mon-fri": "10:00-20:00", "sat": "12:00-18:00", "holidays": holidays}
    assert not is_open(worked, profiles.load(write(hours=own)).calendar)


def test_a_year_that_the_library_does_not_know_is_warned_of(salon: Business) -> None:
    assert profiles.warnings(salon, datetime(2026, 11, 22, tzinfo=UTC)) == []
    assert "2040" in profiles.warnings(salon, datetime(2040, 3, 1, tzinfo=UTC))[0]


def test_optional_keys_are_carried(write: Any) -> None:
    peaks = [{"hours": {"fri": "17:00-21:00"}, "classes": {"hot": {"first_response": "3m"}}, "users": [9]}]
    business = profiles.load(
        write(
            sla={"peaks": peaks},
            crm={"pipeline": "Продажи", "stages": {"booked": "C1:WON"}},
            channels={"order": ["telegram", "sms"]},
            consent={"text": "Присылать акции?"},
            follow_ups={"offsets": ["2h"], "by_intent": {"price": ["1h", "1d"]}},
            scenarios={"complaint": "Извиниться"},
            bot_returns_after="3h",
        )
    )
    assert business.sla.peaks[0].first_response == {Heat.HOT: timedelta(minutes=3)}
    assert business.sla.peaks[0].users == (9,)
    assert business.crm.stages == {"booked": "C1:WON"}
    assert business.channel_order == ("telegram", "sms")
    assert business.consent_text == "Присылать акции?"
    assert business.follow_ups.by_intent[Intent.PRICE] == (timedelta(hours=1), timedelta(days=1))
    assert business.follow_ups.stop_after == 2
    assert business.bot_returns_after == timedelta(hours=3)


SERVICE = SMALL["services"][0]
MISTAKES: list[tuple[dict[str, Any], str, str]] = [
    ({"hourz": {}}, "hourz", "«hours»"),
    ({"hours": {"mon": "10:00-14:00, 13:00-21:00"}}, "hours.mon", "do not overlap"),
    ({"hours": {"mon-fri": "10:00-20:00", "fri": "10:00-19:00"}}, "hours.fri", "fri once"),
    ({"hours": {"mond": "10:00-20:00"}}, "hours.mond", "«mon»"),
    ({"hours": {"mon": "25:00-26:00"}}, "hours.mon", "HH:MM"),
    ({"hours": {"mon": "closed"}}, "hours", "a day that is open"),
    ({"hours": {"mon": "9:00-18:00", "exceptions": {"2026-02-30": "closed"}}}, "hours.exceptions.2026-02-30", "date"),
    ({"hours": {"mon": "9:00-18:00", "holidays": {"calendar": "XX"}}}, "hours.holidays.calendar", "write RU"),
    ({"services": [SERVICE | {"resources": ["olgo"]}]}, "services[0].resources[0]", "«olga»"),
    ({"services": [SERVICE, SERVICE]}, "services[1].id", "an id of its own"),
    ({"services": [SERVICE | {"duration": "1 hour"}]}, "services[0].duration", "90s, 30m, 2h, 1d"),
    ({"services": [SERVICE | {"price": "дорого"}]}, "services[0].price", "{from: 2200}"),
    ({"services": []}, "services", "at least one"),
    ({"resources": [{"id": "olga", "name": "О", "hours": {"sun": "10:00-12:00"}}]}, "resources[0].hours", "meet"),
    ({"business": SMALL["business"] | {"timezone": "Moscow"}}, "business.timezone", "Europe/Moscow"),
    ({"escalation": [{"after": 1, "do": ["create_task"]}] * 2}, "escalation[1].after", "greater than 1"),
    ({"escalation": [{"after": 1, "do": ["shout"]}]}, "escalation[0].do[0]", "notify_owner"),
    ({"reminders": {"quiet_hours": "09:00-22:00"}}, "reminders.quiet_hours", "evening first"),
    ({"team": SMALL["team"] | {"managers": {}}}, "team.managers", "either"),
    ({"team": SMALL["team"] | {"owner": {"user": "boss"}}}, "team.owner.user", "head"),
]


@pytest.mark.parametrize(
    ("parts", "where", "said"), MISTAKES, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_mistake_is_named_with_its_place_and_cure(write: Any, parts: dict[str, Any], where: str, said: str) -> None:
    path = write(**parts)
    with pytest.raises(profiles.ProfileError) as caught:
        profiles.load(path)
    told = [
        line
        for line in str(caught.value).splitlines()
        if re.match(rf"{re.escape(str(path))}:\d+: {re.escape(where)}: ", line)
    ]
    assert len(told) == 1
    assert said in told[0]


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(write: Any) -> None:
    path = write(sla={"clok": "always"}, hours={"mon": "x", "tue": "y"}, services=[SERVICE | {"resources": ["zz"]}])
    with pytest.raises(profiles.ProfileError) as caught:
        profiles.load(path)
    lines = [int(line.split(":")[1]) for line in str(caught.value).splitlines()]
    assert len(lines) == 4
    assert lines == sorted(lines)


def test_a_key_given_twice_is_named(write: Any) -> None:
    path = write()
    path.write_text(path.read_text() + "resources: []\n")
    with pytest.raises(profiles.ProfileError, match=r"resources: found «line .* again»"):
        profiles.load(path)


@pytest.mark.parametrize("text", ["", "a: [", "- 1\n", "a: 'ё\n", "business: !!python/object:os.system x\n"])
def test_a_file_that_is_no_profile_is_a_profile_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "odd.yaml").write_text(text)
    with pytest.raises(profiles.ProfileError):
        profiles.load(tmp_path / "odd.yaml")


def keys(model: type[BaseModel], above: str = "") -> dict[str, str]:
    """Every key of the shape with its default as the page writes it; a list's rows as `services[].id`."""
    found = {}
    for name, field in model.model_fields.items():
        path = f"{above}{field.alias or name}"
        found[path] = "required" if field.is_required() else written(field.default)
        rows = "[]" if "tuple" in str(field.annotation) else ""
        for inner in (field.annotation, *get_args(field.annotation)):
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                found |= keys(inner, f"{path}{rows}.")
    return found


def written(default: object) -> str:
    if isinstance(default, timedelta):
        seconds = int(default.total_seconds())
        return next(
            f"{seconds // size}{unit}" for unit, size in (("h", 3600), ("m", 60), ("s", 1)) if seconds % size == 0
        )
    if isinstance(default, BaseModel) or default in (None, "", (), {}):
        return "–"
    return str(default).lower() if isinstance(default, bool) else str(default)


def test_the_page_lists_every_key_with_its_default(repository: Path) -> None:
    page = (repository / "docs/profile.md").read_text()
    assert dict(re.findall(r"^\| `([^`]+)` \| ([^|]+) \|", page, re.M)) == keys(Profile)


def test_day_keys_go_round_the_week() -> None:
    week = Days.model_validate({"sat-mon": "10:00-12:00"}).weekly()
    assert [bool(spans) for spans in week] == [True, False, False, False, False, True, True]
