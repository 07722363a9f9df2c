"""The short form of a reminder: it fits its parts, and tells a stranger nothing of the customer."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.channels.sms import MOST_TEXT
from app.domain.booking import Part, Slot
from app.domain.visits.reminder_words import SMS_PARTS, short, sms_length
from app.domain.visits.visit import Visit
from tests.domain.story import SALON

STARTS = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
PART = Part(resource="anna", starts=STARTS, ends=STARTS + timedelta(hours=1), services=("manicure",))
VISIT = Visit(id="e-1-b1", slot=Slot(parts=(PART,)), bookings=(41,), made_at=STARTS - timedelta(days=2))
BUSINESS = replace(SALON, name="Ромашка", address="ул. Лесная, 5", phone="+74951234567")


def test_it_says_who_when_where_and_whom_to_call() -> None:
    assert short(VISIT, BUSINESS, "ru") == (
        "Ромашка: напоминаем о записи в пятницу, 27 ноября, в 15:00. "
        "ул. Лесная, 5. Перенести или отменить: +74951234567"
    )
    assert short(VISIT, BUSINESS, "en") == (
        "Ромашка: a reminder of your visit on Friday, November 27, at 15:00. "
        "ул. Лесная, 5. To move or cancel: +74951234567"
    )


def test_of_what_does_not_fit_the_number_stays_longest() -> None:
    far = replace(BUSINESS, address="проспект Маршала Жукова, дом 125, корпус 4, этаж 3, офис 318")
    assert short(VISIT, far, "ru").endswith("в 15:00. Перенести или отменить: +74951234567")
    assert short(VISIT, replace(BUSINESS, address="", phone=""), "ru").endswith("в 15:00.")


@pytest.mark.parametrize("locale", ["ru", "en"])
@given(name=st.text(min_size=1, max_size=120), address=st.text(max_size=200), phone=st.text(max_size=30))
def test_it_never_takes_more_than_three_parts(locale: str, name: str, address: str, phone: str) -> None:
    said = short(VISIT, replace(BUSINESS, name=name, address=address, phone=phone), locale)
    assert sms_length(said) <= MOST_TEXT
    assert "15:00" in said
    assert name.isascii() is False or sms_length(said) <= SMS_PARTS


def test_neither_name_nor_service_of_the_customer_stands_in_it() -> None:
    assert not [
        service.name for service in SALON.services if service.name.lower() in short(VISIT, BUSINESS, "ru").lower()
    ]
