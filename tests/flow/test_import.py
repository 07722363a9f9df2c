"""`otklik import`: the business's own diary from a file, and what the assistant offers beside it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from app.domain.business import DiaryKind
from app.flow import import_diary
from app.flow.import_table import BadFile
from app.profiles import load
from tests.flow.diary_house import FROM, opened_diary
from tests.flow.ops_house import PROFILE

TITLES = ("Клиент", "Мастер", "Дата", "Начало", "Конец", "Услуга")
ROWS = (
    ("Ирина", "Анна", datetime(2031, 3, 4), datetime(2031, 3, 4, 10).time(), datetime(2031, 3, 4, 15).time(), ""),
    ("Вера", "анна ", "04.03.2031", "16:30", "21:00", None),
    ("Была", "Анна", "01.03.2031", "10:00", None, "Педикюр"),
)


def sheet(folder: Path, *rows: tuple[object, ...]) -> Path:
    book = Workbook()
    for row in (TITLES, *rows):
        book.worksheets[0].append(row)
    path = folder / "bookings.xlsx"
    book.save(path)
    return path


def profile(folder: Path) -> Path:
    path = folder / "import.yaml"
    text = PROFILE.read_text(encoding="utf-8")
    path.write_text(text.replace("booking: {", "booking: {diary: import, "), encoding="utf-8")
    return path


async def test_free_times_honour_the_file_our_booking_stands_beside_it_and_the_next_file_replaces_it(
    tmp_path: Path, redis_url: str
) -> None:
    async with opened_diary(tmp_path, redis_url, PROFILE=str(profile(tmp_path))) as diary:
        runtime, business = diary.runtime, diary.runtime.business
        assert "1)" not in await diary.say("Ранняя", "Хочу педикюр завтра после обеда")  # nothing imported: a request
        read = import_diary.understood(sheet(tmp_path, *ROWS), business, FROM)
        assert ["Записей впереди: 2 (Анна: 2), с 04.03.2031 по 04.03.2031; прошедших пропущено: 1."] == (
            import_diary.lines(read, business)
        )
        assert 0 == await import_diary.apply(runtime, read)
        assert "15:00. Записать?" in await diary.say("Ольга", "Есть время на педикюр завтра после обеда?")
        assert "запись подтверждена" in await diary.say("Ольга", "Да")
        assert [] == await diary.bookings()  # the portal's online booking is not asked
        assert "Вы в листе ожидания" in await joined(diary)
        assert 1 == await import_diary.apply(runtime, import_diary.understood(sheet(tmp_path, ROWS[0]), business, FROM))
        await diary.works()
        assert "Освободилось время: завтра, 4 марта, в 16:30" in await diary.heard("Ирина")
        assert "Запись отменена" in await diary.say("Ольга", "Отмените запись, пожалуйста")
        [left] = await runtime.imported.entries(FROM, datetime(2031, 4, 1, tzinfo=UTC))
        assert (("anna",), 7) == (left.resources, left.starts.hour)


async def joined(diary) -> str:  # type: ignore[no-untyped-def]
    await diary.say("Ирина", "Запишите на педикюр завтра в 16:30")
    return str(await diary.say("Ирина", "В лист ожидания"))


def business():  # type: ignore[no-untyped-def]
    from dataclasses import replace

    salon = load(PROFILE)
    return replace(salon, booking=replace(salon.booking, diary=DiaryKind.IMPORT))


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (("", "Зоя", "04.03.2031", "10:00", "11:00", ""), "строка 3, столбец «Мастер»: найдено «Зоя», ожидается"),
        (("", "Анна", "31.02.2031", "10:00", "11:00", ""), "столбец «Дата»: найдено «31.02.2031», ожидается дата"),
        (("", "Анна", "04.03.2031", "утром", "11:00", ""), "столбец «Начало»: найдено «утром», ожидается время"),
        (("", "Анна", "04.03.2031", "10:00", "9:00", ""), "столбец «Конец»: найдено «9:00», ожидается время позже"),
        (("", "Анна", "04.03.2031", "10:00", "", "массаж"), "столбец «Конец»: найдено «пусто», ожидается конец"),
    ],
)  # fmt: skip
def test_a_bad_row_is_named_and_nothing_of_the_file_counts(tmp_path: Path, row: tuple[object, ...], told: str) -> None:
    read = import_diary.understood(sheet(tmp_path, ROWS[0], row), business(), FROM)
    lines = import_diary.lines(read, business())
    assert told in lines[0]
    assert "Ничего не загружено: не понято строк: 1" in lines[-1]


@pytest.mark.parametrize(
    ("text", "coding"),
    [
        ("Resource;Start;Minutes\nAnna;x;60\nАнна;2031-03-04 10:00;90\n", "utf-8"),
        ("Мастер,Дата,Время,Услуга\nАнна,4.3.31,10.00,педикюр\n", "cp1251"),
    ],
)
def test_csv_in_both_languages_and_codings(tmp_path: Path, text: str, coding: str) -> None:
    path = tmp_path / "bookings.csv"
    path.write_text(text, encoding=coding)
    read = import_diary.understood(path, business(), FROM)
    [entry] = read.entries
    assert (7, 90) == (entry.starts.hour, (entry.ends - entry.starts).total_seconds() / 60)


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.doc", "x", "a.doc: найдено «.doc», ожидается .xlsx или .csv"),
        ("a.xlsx", "no zip", "a.xlsx: не читается как таблица Excel"),
        ("a.csv", "Имя;Телефон\n", "a.csv, строка 1: найдено «Имя, Телефон», ожидаются столбцы"),
    ],
)
def test_a_file_that_is_no_table_of_bookings_is_one_line(tmp_path: Path, name: str, text: str, told: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(BadFile, match=told.replace("(", ".")):
        import_diary.understood(tmp_path / name, business(), FROM)
