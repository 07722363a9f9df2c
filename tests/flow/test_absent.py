"""`otklik absent`: a master falls ill, and each of the day's customers is told once and moves or cancels."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from app.flow import absent
from app.flow.diary_news import compare
from tests.flow.diary_house import DiaryHouse, opened_diary

DAY = date(2031, 3, 4)


@pytest.fixture
async def diary(tmp_path: Path, redis_url: str) -> AsyncIterator[DiaryHouse]:
    async with opened_diary(tmp_path, redis_url) as diary:
        yield diary


async def test_everybody_of_the_day_is_told_once_offered_others_and_the_manager_sees_what_became_of_each(
    diary: DiaryHouse,
) -> None:
    runtime, business = diary.runtime, diary.runtime.business
    for customer, hour in (("Ольга", 12), ("Ирина", 14), ("Вера", 16)):
        assert "запись подтверждена" in await diary.say(customer, f"Запишите на педикюр завтра в {hour}:00")
    await diary.person(do="create", resource=diary.resources["anna"], starts="2031-03-04T19:00", name="Сама")
    who = absent.named("анна", business)
    before = await absent.lines(runtime, who, DAY)
    assert ["Ольга: 04.03 12:00", "Ирина: 04.03 14:00", "Вера: 04.03 16:00"] == before[:3]
    assert "запись не через ассистента: во вторник, 4 марта, в 19:00" in before[3]
    for _ in range(2):  # a repeat tells nobody twice
        await absent.close(runtime, who, DAY)
        await diary.works()
    for customer in ("Ольга", "Ирина", "Вера"):
        history = [text for said, text in (await diary.conversation(customer)).history if said == "assistant"]
        assert 1 == sum("Анна не работает в этот день" in text for text in history)
    offered = (await diary.heard("Ольга")).splitlines()[1:4]
    assert ["5 марта, в 12:00", "6 марта, в 12:00", "7 марта, в 12:00"] == [line[-16:] for line in offered]
    assert "Запись перенесена" in await diary.say("Ольга", "1")
    assert "Запись отменена" in await diary.say("Ирина", "Отмените")
    await compare(runtime)  # the closed day is no booking that the portal lost
    asked = await diary.say("Новая", "Запишите на педикюр завтра в 12:00")
    assert "4 марта" not in asked.partition("время:")[2]
    after = "\n".join(await absent.lines(runtime, who, DAY))
    assert "Вера: 04.03 16:00, ждём ответа" in after
    assert "Ольга: перенесено на 05.03" in after
    assert "Ирина: запись отменена" in after


def test_an_unknown_name_is_one_line(diary: DiaryHouse) -> None:
    with pytest.raises(absent.NobodySuch, match="сотрудник «Зоя»: ожидается одно из: Анна, Мария, Ольга"):
        absent.named("Зоя", diary.runtime.business)
