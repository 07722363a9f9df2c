"""Free slots beside a slow oracle that looks at each moment alone, and the rules of what is offered."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.booking import LEAST_NOTICE, Busy, Choice, Part, Slot, Wish, choose, free_slots, resources_of
from app.domain.business import Business
from app.domain.calendar import is_open
from app.domain.qualification import When
from tests.domain.story import SALON

MOSCOW = ZoneInfo("Europe/Moscow")
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=MOSCOW)
TICK = timedelta(minutes=5)  # whatever begins and ends here does so at one of these
OPEN = {
    resource.id: {moment for n in range(4 * 288) if is_open(moment := MONDAY + n * TICK, resource.calendar)}
    for resource in SALON.resources
}
SHORT = replace(SALON, booking=replace(SALON.booking, horizon=timedelta(days=2)))


def at(text: str, day: int = 23) -> datetime:
    hour, minute = map(int, text.split(":"))
    return datetime(2026, 11, day, hour, minute, tzinfo=MOSCOW)


def busy(resource: str, starts: str, ends: str, day: int = 23) -> Busy:
    return Busy(resource=resource, starts=at(starts, day), ends=at(ends, day))


def times(slots: tuple[Slot, ...]) -> list[str]:
    return [f"{slot.starts.astimezone(MOSCOW):%H:%M}" for slot in slots]


def window(first: str, last: str, day: int = 23) -> When:
    return When(earliest=at(first, day), latest=at(last, day), exact=first == last)


def oracle(business: Business, services: tuple[str, ...], taken: list[Busy], now: datetime) -> set[datetime]:
    """Starts at which some sequence of resources is open and free at every moment of the visit."""
    wanted = [service for one in services if (service := business.service(one))]

    def free(resource: str, minute: datetime) -> bool:
        shut = any(
            one.resource == resource
            and one.starts - business.booking.buffer <= minute < one.ends + business.booking.buffer
            for one in taken
        )
        return minute in OPEN[resource] and not shut

    def fits(start: datetime) -> bool:
        for service in wanted:
            span = range(int(service.duration / TICK))
            if not any(all(free(one, start + n * TICK) for n in span) for one in resources_of(service, business)):
                return False
            start += service.duration
        return True

    first = now + LEAST_NOTICE
    start = now.astimezone(MOSCOW).replace(hour=0, minute=0, second=0, microsecond=0)
    found = set()
    while start < now + business.booking.horizon:
        if start >= first and fits(start):
            found.add(start.astimezone(UTC))
        start += business.booking.slot_step
    return found


SPANS = st.lists(
    st.builds(
        lambda who, start, length: Busy(
            resource=who,
            starts=at("08:00") + timedelta(minutes=5 * start),
            ends=at("08:00") + timedelta(minutes=5 * (start + length)),
        ),
        st.sampled_from(["anna", "maria", "olga"]),
        st.integers(0, 500),
        st.integers(1, 60),
    ),
    max_size=25,
)


@settings(max_examples=40, deadline=None)
@given(
    taken=SPANS,
    services=st.sampled_from([("manicure",), ("haircut_men",), ("manicure", "brows"), ("haircut_women", "brows")]),
    buffer=st.sampled_from([0, 10]),
    offset=st.integers(0, 1000),
)
def test_free_slots_are_those_that_each_moment_allows(
    taken: list[Busy], services: tuple[str, ...], buffer: int, offset: int
) -> None:
    business = replace(SHORT, booking=replace(SHORT.booking, buffer=timedelta(minutes=buffer)))
    now = MONDAY + timedelta(minutes=offset)
    slots = free_slots(business, Wish(services=services), taken, now=now)
    assert oracle(business, services, taken, now) == {slot.starts for slot in slots}
    for slot in slots:
        assert services == slot.services
        for part in slot.parts:
            for one in taken:
                apart = part.ends + business.booking.buffer <= one.starts
                assert part.resource != one.resource or apart or one.ends + business.booking.buffer <= part.starts
        assert all(before.ends == after.starts for before, after in zip(slot.parts, slot.parts[1:], strict=False))


@settings(max_examples=40, deadline=None)
@given(taken=SPANS, first=st.integers(0, 47), length=st.integers(0, 24), exact=st.booleans())
def test_an_offer_is_made_of_free_slots_in_order_and_fits_if_anything_does(
    taken: list[Busy], first: int, length: int, exact: bool
) -> None:
    slots = free_slots(SHORT, Wish(services=("manicure",)), taken, now=MONDAY)
    earliest = at("00:00") + timedelta(minutes=30 * first)
    latest = earliest if exact else earliest + timedelta(minutes=30 * length)
    found = choose(slots, When(earliest=earliest, latest=latest, exact=exact), 3, SALON.zone)
    inside = [slot for slot in slots if earliest <= slot.starts <= latest]
    assert set(found.slots) <= set(slots)
    assert sorted(found.slots, key=lambda slot: slot.starts) == list(found.slots)
    assert found.fits == bool(inside)
    assert len(found.slots) == min(1 if exact else 3, len(inside)) if inside else min(3, len(slots))


def test_an_afternoon_is_offered_from_end_to_end_not_three_in_a_row() -> None:
    slots = free_slots(SALON, Wish(services=("manicure",)), (), now=MONDAY)
    assert ["13:00", "16:00", "19:30"] == times(choose(slots, window("13:00", "20:59"), 3, SALON.zone).slots)


def test_without_a_wish_the_nearest_day_is_spread_over_and_the_next_one_helps_out() -> None:
    taken = [busy(who, "10:00", "18:00") for who in ("anna", "maria")]
    slots = free_slots(SALON, Wish(services=("manicure",)), taken, now=at("12:00"))
    assert ["18:00", "18:30", "19:30"] == times(choose(slots, None, 3, SALON.zone).slots)
    late = free_slots(SALON, Wish(services=("manicure",)), taken, now=at("19:00"))
    assert ["19:30", "10:00", "19:30"] == times(choose(late, None, 3, SALON.zone).slots)


def test_an_exact_time_that_is_taken_brings_its_neighbours() -> None:
    taken = [busy("olga", "15:00", "16:00")]
    slots = free_slots(SALON, Wish(services=("haircut_men",)), taken, now=MONDAY)
    found = choose(slots, window("15:00", "15:00"), 3, SALON.zone)
    assert (["13:30", "14:00", "16:00"], False) == (times(found.slots), found.fits)
    assert Choice(slots=(slots[0],)) == choose(slots, window("10:00", "10:00"), 3, SALON.zone)


def test_the_least_loaded_of_those_who_are_free_serves() -> None:
    taken = [busy("anna", "18:00", "19:30", day=24)]
    tuesday = [
        slot
        for slot in free_slots(SALON, Wish(services=("manicure",)), taken, now=MONDAY)
        if slot.starts == at("12:00", 24)
    ]
    assert ["maria"] == [part.resource for slot in tuesday for part in slot.parts]


def test_a_wished_person_is_kept_to_and_who_cannot_do_it_has_no_slots() -> None:
    mine = free_slots(SALON, Wish(services=("manicure",), resource="maria"), (), now=MONDAY)
    assert {"maria"} == {part.resource for slot in mine for part in slot.parts}
    assert at("11:00", 24).astimezone(UTC) == mine[0].starts  # she does not work on Mondays
    assert () == free_slots(SALON, Wish(services=("pedicure",), resource="maria"), (), now=MONDAY)


def test_a_visit_of_two_services_goes_from_one_to_the_other_where_no_one_does_both() -> None:
    [slot, *_] = free_slots(SALON, Wish(services=("pedicure", "brows")), (), now=at("09:00", 24))
    assert (
        Part(resource="anna", services=("pedicure",), starts=at("10:00", 24), ends=at("11:30", 24)),
        Part(resource="maria", services=("brows",), starts=at("11:30", 24), ends=at("12:15", 24)),
    ) == slot.parts


def test_a_business_without_resources_is_one_itself() -> None:
    alone = replace(SALON, resources=(), services=tuple(replace(one, resources=()) for one in SALON.services))
    taken = [Busy(resource="", starts=at("10:00"), ends=at("12:00"))]
    [first, *_] = free_slots(alone, Wish(services=("manicure",)), taken, now=MONDAY)
    assert at("12:00").astimezone(UTC) == first.starts
