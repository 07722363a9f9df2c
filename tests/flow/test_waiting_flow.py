"""The waiting list from the full day to the filled window: real Redis, the flows of a worker, the sandbox's portal."""

import random
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.flow.diary_news import changed
from bench.waiting import day_of
from tests.flow.diary_house import DiaryHouse, opened_diary

ASKS = "Запишите на педикюр завтра в 15:00"  # Anna alone does it, 90 minutes


@pytest.fixture
async def diary(tmp_path: Path, redis_url: str) -> AsyncIterator[DiaryHouse]:
    async with opened_diary(tmp_path, redis_url) as diary:
        yield diary


async def taken(diary: DiaryHouse) -> int:
    """Somebody has Anna's whole day but 15:00, and a customer of ours has that."""
    await busy(diary, 4, "10:00", "15:00")
    await busy(diary, 4, "16:30", "21:00")
    assert "запись подтверждена" in await diary.say("Ольга", ASKS)
    visit = (await diary.conversation("Ольга")).visit
    assert visit is not None
    return visit.bookings[0]


async def busy(diary: DiaryHouse, day: int, starts: str, ends: str) -> None:
    span = {"starts": f"2031-03-{day:02}T{starts}", "ends": f"2031-03-{day:02}T{ends}"}
    await diary.person(do="create", resource=diary.resources["anna"], name="Другая", **span)


async def joined(diary: DiaryHouse, *customers: str) -> None:
    for customer in customers:
        offered = await diary.say(customer, ASKS)
        assert "Если ничего не подходит, напишите «в лист ожидания»" in offered
        assert "Вы в листе ожидания: педикюр, завтра, 4 марта" in await diary.say(customer, "В лист ожидания")


async def test_a_freed_time_goes_to_one_after_another_until_it_is_taken_and_the_card_tells_so(
    diary: DiaryHouse,
) -> None:
    await taken(diary)
    await joined(diary, "Ирина", "Мария", "Вера")
    assert "Запись отменена" in await diary.say("Ольга", "Отмените запись, пожалуйста")
    assert "Освободилось время: завтра, 4 марта, в 15:00 (педикюр (Анна))" in await diary.heard("Ирина")
    assert "Освободилось" not in await diary.heard("Мария")
    assert "1)" in await diary.say("Новая", ASKS)  # whoever asks now is not offered what is held
    assert "это время предложу другим" in await diary.say("Ирина", "нет, спасибо")
    assert "Освободилось время" in await diary.heard("Мария")
    await diary.forward(timedelta(minutes=16))
    await diary.retries()  # silence
    assert "Освободилось время" in await diary.heard("Вера")
    assert "Вера, запись подтверждена: педикюр (Анна), во вторник, 4 марта, в 15:00" in await diary.say("Вера", "Да")
    assert "Это время" not in await diary.say("Ирина", "спасибо")
    deals = diary.house.sandbox.portal.snapshot()["deals"]
    [deal] = [deal for deal in deals if "Вера" in deal["TITLE"]]
    told = "\n".join(comment["text"] for comment in deal["COMMENTS_LIST"])
    assert "Окно 15:00 заполнено за 16 мин" in told
    assert ["Ирина", "Мария"] == [await who(diary, one.conversation) for one in await diary.runtime.waiters.all()]


async def who(diary: DiaryHouse, conversation: str) -> str:
    found = (await diary.runtime.mailbox.read(conversation)).conversation
    assert found is not None
    return found.name


async def test_a_managers_cancel_frees_too_and_a_late_yes_is_judged_anew(diary: DiaryHouse) -> None:
    number = await taken(diary)
    await joined(diary, "Ирина", "Мария")
    await diary.person(do="cancel", id=number)
    await changed(diary.runtime, number)
    await diary.news()
    assert "Освободилось время" in await diary.heard("Ирина")
    await diary.forward(timedelta(minutes=16))
    await diary.retries()
    assert "запись подтверждена" in await diary.say("Мария", "да")
    late = await diary.say("Ирина", "да")
    assert "Это время только что заняли" in late
    assert 3 == len(await diary.bookings())


async def test_at_night_a_time_waits_for_the_morning(diary: DiaryHouse) -> None:
    await taken(diary)
    await joined(diary, "Ирина")
    await diary.forward(timedelta(hours=13))  # 22:00
    await diary.say("Ольга", "Отмените запись, пожалуйста")
    await diary.retries()
    assert "Освободилось" not in await diary.heard("Ирина")
    await diary.forward(timedelta(hours=11, minutes=1))
    await diary.retries()
    assert "Освободилось время: сегодня, 4 марта, в 15:00" in await diary.heard("Ирина")


async def test_a_full_day_offers_the_list_and_whoever_books_or_leaves_or_stops_is_off_it(diary: DiaryHouse) -> None:
    for day in range(3, 18):
        await busy(diary, day, "10:00", "21:00")
    for customer in ("Ирина", "Мария"):
        assert "Внести вас в лист ожидания?" in await diary.say(customer, ASKS)
        assert "Вы в листе ожидания" in await diary.say(customer, "да")
    assert 2 == len(await diary.runtime.waiters.all())
    assert "Убираю вас из листа ожидания" in await diary.say("Ирина", "Уберите меня из листа ожидания")
    await diary.say("Мария", "Запишите лучше на маникюр завтра в 12:00")
    assert [] == await diary.runtime.waiters.all()


async def test_a_day_of_cancellations_fills_what_somebody_would_take_and_offers_nothing_twice(
    diary: DiaryHouse,
) -> None:
    """The small twin of `python -m bench waiting`."""
    played = await day_of(diary, 0, random.Random(5), waiters=6, full={"anna": "pedicure"})
    assert ([], 7) == (played.wrong, played.cancelled)
    assert played.tally["filled"] >= 2
