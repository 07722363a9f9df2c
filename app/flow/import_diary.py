"""`otklik import FILE`: the diary that a business keeps elsewhere, whole or not at all; the next file replaces it."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from app.domain.booking import Part, Slot
from app.domain.business import Business, DiaryKind, Service
from app.domain.calendar import local_to_utc
from app.domain.visits.slot_source import Entry
from app.domain.words import define, say
from app.flow.freed import freed
from app.flow.import_table import BadFile, Row, day_of, read, time_of
from app.runtime import Runtime
from app.store.imported import BELIEVED

LONGEST = timedelta(hours=24)
SHOWN = 20

define(
    "import_row",
    "строка {row}, столбец «{column}»: найдено «{found}», ожидается {expected}: {cure}",
    "row {row}, column “{column}”: found “{found}”, expected {expected}: {cure}",
)
define("import_none", "пусто", "nothing")
define("import_time", "время, например 14:30", "a time such as 14:30")
define("import_day", "дата, например 05.03.2031", "a date such as 2031-03-05")
define("import_later", "время позже начала, не больше суток", "a time after the start, within a day")
define(
    "import_end", "конец, длительность в минутах или услуга из профиля", "an end, minutes, or a service of the profile"
)
define("import_who", "одно из: {names}", "one of: {names}")
define("import_fix", "исправьте ячейку", "correct the cell")
define("import_fill", "заполните ячейку", "fill the cell in")
define("import_name", "пишите имя как в профиле", "write the name as the profile has it")
define("import_more", "… и ещё {count}", "… and {count} more")
define(
    "import_refused",
    "Ничего не загружено: не понято строк: {count}. Пропущенная запись означала бы двойную.",
    "Nothing was imported: {count} rows are not understood. A booking left out would be a double one.",
)
define(
    "import_preview",
    "Записей впереди: {count} ({who}), с {first} по {last}; прошедших пропущено: {past}.",
    "Bookings to come: {count} ({who}), {first} to {last}; past ones left out: {past}.",
)
define("import_empty", "Записей впереди нет; прошедших пропущено: {past}.", "No bookings to come; past ones: {past}.")
define(
    "import_done",
    "Загружено; прежний файл заменён. Освободилось времён: {freed}. Файлу верят до {until}, потом загрузите новый.",
    "Imported in place of the file before. Times freed: {freed}. It is believed until {until}; then import a new one.",
)
define("import_apply", "Чтобы загрузить: --yes", "To import: --yes")
define(
    "import_elsewhere",
    "booking.diary: найдено {found}, ожидается import: впишите в профиль «booking: {{diary: import}}»",
    "booking.diary: found {found}, expected import: write “booking: {{diary: import}}” into the profile",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    row: int
    column: str
    found: str
    expected: str
    cure: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A file as it was understood. `past`: rows of bookings that are over."""

    entries: tuple[Entry, ...]
    wrong: tuple[Wrong, ...]
    past: int


def understood(path: Path, business: Business, now: datetime) -> Sheet:
    """Raises BadFile."""
    if business.booking.diary is not DiaryKind.IMPORT:
        raise BadFile(say("import_elsewhere", business.locale, found=business.booking.diary))
    entries: list[Entry] = []
    wrong: list[Wrong] = []
    past = 0
    for row in read(path, business.locale):
        found = _entry(row, business)
        if isinstance(found, Wrong):
            wrong.append(found)
        elif found.ends <= now:
            past += 1
        else:
            entries.append(found)
    return Sheet(entries=tuple(entries), wrong=tuple(wrong), past=past)


async def apply(runtime: Runtime, sheet: Sheet) -> int:
    """Instead of what was imported before; how many times became free by it."""
    now = await runtime.now()
    before = await runtime.imported.replace(sheet.entries, now)
    await runtime.diary_copy.outdated()
    stands = {(entry.resources, entry.starts, entry.ends) for entry in sheet.entries}
    gone = [
        entry for entry in before if entry.starts > now and (entry.resources, entry.starts, entry.ends) not in stands
    ]
    for entry in gone:
        for resource in entry.resources:
            part = Part(resource=resource, services=(), starts=entry.starts, ends=entry.ends)
            await freed(runtime, Slot(parts=(part,)))
    return len(gone)


def lines(sheet: Sheet, business: Business) -> list[str]:
    """What was understood, or each row that was not."""
    locale, zone = business.locale, ZoneInfo(business.zone)
    if sheet.wrong:
        told = [
            say(
                "import_row",
                locale,
                row=one.row,
                column=one.column,
                found=one.found,
                expected=one.expected,
                cure=one.cure,
            )
            for one in sheet.wrong[:SHOWN]
        ]
        more = [say("import_more", locale, count=len(sheet.wrong) - SHOWN)] if len(sheet.wrong) > SHOWN else []
        return [*told, *more, say("import_refused", locale, count=len(sheet.wrong))]
    if not sheet.entries:
        return [say("import_empty", locale, past=sheet.past)]
    names = {resource.id: resource.name for resource in business.resources} or {"": business.name}
    tally = Counter(names[one] for entry in sheet.entries for one in entry.resources)
    days = sorted(entry.starts.astimezone(zone).date() for entry in sheet.entries)
    who = ", ".join(f"{name}: {count}" for name, count in sorted(tally.items()))
    span = {"first": f"{days[0]:%d.%m.%Y}", "last": f"{days[-1]:%d.%m.%Y}"}
    count = len(sheet.entries)
    return [
        say("import_preview", locale, count=count, who=who, past=sheet.past, first=span["first"], last=span["last"])
    ]


def done(count: int, business: Business, now: datetime) -> str:
    until = f"{(now + BELIEVED).astimezone(ZoneInfo(business.zone)):%d.%m.%Y}"
    return say("import_done", business.locale, freed=count, until=until)


def _entry(row: Row, business: Business) -> Entry | Wrong:
    resources = _resources(row, business)
    if isinstance(resources, Wrong):
        return resources
    day = day_of(row.cells.get("date", row.cells.get("starts", "")))
    if day is None:
        return _wrong(row, "date" if "date" in row.titles else "starts", "import_day", business)
    starts = time_of(row.cells.get("starts", ""))
    if starts is None:
        return _wrong(row, "starts", "import_time", business)
    begins = local_to_utc(datetime.combine(day, starts), business.zone)
    ends = _ends(row, day, begins, business)
    if isinstance(ends, Wrong):
        return ends
    return Entry(id=0, resources=resources, starts=begins.astimezone(UTC), ends=ends.astimezone(UTC))


def _resources(row: Row, business: Business) -> tuple[str, ...] | Wrong:
    if not business.resources:
        return ("",)
    named = str(row.cells.get("resource", "")).strip().casefold()
    found = [one.id for one in business.resources if named in (one.name.casefold(), one.id.casefold())]
    if found:
        return tuple(found[:1])
    names = ", ".join(resource.name for resource in business.resources)
    return _wrong(row, "resource", "import_who", business, cure="import_name", names=names)


def _ends(row: Row, day: date, begins: datetime, business: Business) -> datetime | Wrong:
    """An end, minutes, or the time that the service takes."""
    if "ends" in row.cells:
        clock = time_of(row.cells["ends"])
        if clock is None:
            return _wrong(row, "ends", "import_time", business)
        cell = row.cells["ends"]
        last = day_of(cell) or day
        ends = local_to_utc(datetime.combine(last, clock), business.zone)
        return ends if begins < ends <= begins + LONGEST else _wrong(row, "ends", "import_later", business)
    minutes = str(row.cells.get("minutes", "")).strip().partition(".")[0]
    if minutes.isdecimal() and 0 < int(minutes) <= LONGEST / timedelta(minutes=1):
        return begins + timedelta(minutes=int(minutes))
    if "minutes" not in row.cells and (service := _service(row, business)):
        return begins + service.duration
    column = next((name for name in ("minutes", "ends", "service") if name in row.titles), "starts")
    return _wrong(row, column, "import_end", business)


def _service(row: Row, business: Business) -> Service | None:
    named = str(row.cells.get("service", "")).strip().casefold()
    known = (
        (service, {service.id, service.name.casefold(), *map(str.casefold, service.aliases)})
        for service in business.services
    )
    return next((service for service, names in known if named in names), None)


def _wrong(row: Row, field: str, expected: str, business: Business, *, cure: str = "", names: str = "") -> Wrong:
    locale, given = business.locale, str(row.cells.get(field, "")).strip()
    return Wrong(
        row=row.number,
        column=row.titles.get(field, field),
        found=given or say("import_none", locale),
        expected=say(expected, locale, names=names),
        cure=say(cure or ("import_fix" if given else "import_fill"), locale),
    )
