"""A table of bookings as a business writes it, xlsx or csv, columns in Russian or English → rows by field."""

import csv
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

from app.domain.words import define, say

MOST_ROWS = 20_000
# What a column may be called: the first word that begins its name decides.
NAMES = {
    "resource": "мастер сотрудник специалист исполнитель врач тренер преподаватель ресурс кабинет пост "
    "resource master staff employee",
    "date": "дата день date day",
    "starts": "начало время с starts start time from",
    "ends": "конец окончание до по ends end until to",
    "minutes": "длительность продолжительность минут минуты duration minutes",
    "service": "услуга услуги service services",
}
SHEETS, TEXTS = (".xlsx", ".xlsm"), (".csv", ".txt", ".tsv")
CODINGS = ("utf-8-sig", "cp1251")


define(
    "file_rows",
    "{file}: найдено строк: {count}, ожидается не больше {most}: разбейте файл",
    "{file}: found {count} rows, expected {most} at most: split the file",
)
define(
    "file_titles",
    "{file}, строка 1: найдено «{found}», ожидаются столбцы «Мастер», «Дата», «Начало», «Конец»: добавьте их",
    "{file}, row 1: found “{found}”, expected the titles Master, Date, Start, End: add a row with them",
)
define(
    "file_kind",
    "{file}: найдено «{found}», ожидается .xlsx или .csv: сохраните таблицу так",
    "{file}: found “{found}”, expected .xlsx or .csv: save the table as one of them",
)
define(
    "file_gone",
    "{file}: файла нет, ожидается таблица записей: проверьте путь",
    "{file}: there is no such file, expected a table of bookings: check the path",
)
define(
    "file_broken",
    "{file}: не читается как таблица Excel ({found}): сохраните её заново как .xlsx",
    "{file}: cannot be read as an Excel table ({found}): save it anew as .xlsx",
)
define(
    "file_coding",
    "{file}: кодировка не UTF-8 и не Windows-1251: сохраните файл в UTF-8",
    "{file}: neither UTF-8 nor Windows-1251: save the file as UTF-8",
)


class BadFile(Exception):
    """One line that names the file, what was found, what is expected and the cure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`number`: as the spreadsheet counts. `cells`: field → as it stands there: text, moment or number; never None."""

    number: int
    cells: dict[str, object]
    titles: dict[str, str]


def read(path: Path, locale: str) -> list[Row]:
    """Raises BadFile. Empty rows are left out; so is every column that we have no use for, names and phones first."""
    lines = list(_lines(path, locale))
    if len(lines) > MOST_ROWS:
        raise BadFile(say("file_rows", locale, file=path.name, count=len(lines), most=MOST_ROWS))
    for place, line in enumerate(lines[:10]):
        columns = _columns(line)
        if "starts" in columns.values():
            return list(_rows(lines, place, columns))
    found = ", ".join(str(cell) for cell in (lines[0] if lines else ()) if cell is not None)
    raise BadFile(say("file_titles", locale, file=path.name, found=found or "–"))


def _rows(lines: Sequence[Sequence[object]], place: int, columns: dict[int, str]) -> Iterator[Row]:
    titles = {field: str(lines[place][column]).strip() for column, field in columns.items()}
    for number, line in enumerate(lines[place + 1 :], place + 2):
        cells = {field: line[column] for column, field in columns.items() if column < len(line)}
        given = {field: cell for field, cell in cells.items() if cell is not None and str(cell).strip()}
        if given:
            yield Row(number=number, cells=given, titles=titles)


def _columns(line: Sequence[object]) -> dict[int, str]:
    """Place → field. Of two columns for one field the first counts."""
    found: dict[int, str] = {}
    for place, cell in enumerate(line):
        words = re.findall(r"[a-zа-яё]+", str(cell or "").casefold())
        field = next((name for name, known in NAMES.items() if words and words[0] in known.split()), "")
        if field and field not in found.values():
            found[place] = field
    return found


def _lines(path: Path, locale: str) -> Iterator[Sequence[object]]:
    suffix = path.suffix.casefold()
    if suffix not in (*SHEETS, *TEXTS):
        raise BadFile(say("file_kind", locale, file=path.name, found=suffix))
    if not path.is_file():
        raise BadFile(say("file_gone", locale, file=path))
    yield from (_sheet if suffix in SHEETS else _text)(path, locale)


def _sheet(path: Path, locale: str) -> Iterator[Sequence[object]]:
    """The first sheet, as values."""
    from openpyxl import load_workbook  # no other command waits for it
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(path, read_only=True, data_only=True)
        yield from book.worksheets[0].iter_rows(values_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise BadFile(say("file_broken", locale, file=path.name, found=error)) from error


def _text(path: Path, locale: str) -> Iterator[Sequence[object]]:
    for coding in CODINGS:
        try:
            text = path.read_text(encoding=coding)
        except UnicodeDecodeError:
            continue
        head = text.partition("\n")[0]
        yield from csv.reader(text.splitlines(), delimiter=max(";,\t", key=head.count))
        return
    raise BadFile(say("file_coding", locale, file=path.name))


def day_of(cell: object) -> date | None:
    """«05.03.2031», «5.3.31», «2031-03-05», a date of the spreadsheet, also with a time beside it."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = str(cell).strip()
    try:
        if match := re.match(r"(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)", text):
            return date(int(match[1]), int(match[2]), int(match[3]))
        if match := re.match(r"(\d{1,2})[./](\d{1,2})[./](\d{4}|\d{2})(?!\d)", text):
            year = int(match[3])
            return date(year if year > 99 else 2000 + year, int(match[2]), int(match[1]))
    except ValueError:
        return None
    return None


def time_of(cell: object) -> time | None:
    """«14:30», «14.30», «9:00:00», a time of the spreadsheet, the time beside a date."""
    if isinstance(cell, datetime):
        return cell.time()
    if isinstance(cell, time):
        return cell
    text = str(cell).strip()
    match = re.fullmatch(r"(?:.*[ T])?(\d{1,2})[:.](\d{2})(?::\d{2})?", text)
    if match and int(match[1]) < 24 and int(match[2]) < 60:
        return time(int(match[1]), int(match[2]))
    return None
