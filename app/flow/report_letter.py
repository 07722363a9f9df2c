"""A period's figures as a message: a line each, short enough for a telephone. Nothing that is none is told."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from app.domain.business import Business
from app.domain.figures.report import Report
from app.domain.words import define, say
from app.flow.report import Row, told

define("letter_title", "{title}. {name}", "{title}. {name}")
define("letter_asked", "Обращений: {asked}, ответили на {answered}", "Enquiries: {asked}, answered {answered}")
define("letter_none", "Обращений не было.", "There were no enquiries.")
define(
    "letter_begins",
    "Журнал начат {at}: что было раньше, не посчитано.",
    "The journal begins {at}: what was before is not counted.",
)
define(
    "letter_worst",
    "Больше всего опозданий: {name}, {late} из {judged} сроков",
    "Most often late: {name}, {late} of {judged} deadlines",
)
define("letter_nobody", "сделки без ответственного", "deals that are nobody's")
MARKS = {True: "✓ ", False: "✗ ", None: ""}


def letter(found: Report, before: Report, business: Business, names: Mapping[int, str], begins: datetime) -> str:
    """`names`: of the portal's users; `begins`: the first moment of the journal."""
    return "\n".join(_lines(found, before, business, names, begins))


def _lines(
    found: Report, before: Report, business: Business, names: Mapping[int, str], begins: datetime
) -> Iterator[str]:
    locale, words = business.locale, told(found, before, business, names)
    yield say("letter_title", locale, title=words.title, name=business.name)
    if found.sla.whole:
        yield say("letter_asked", locale, asked=found.sla.whole, answered=found.answered)
    else:
        yield say("letter_none", locale)
    nothing = {say("report_none", locale), "0"}
    yield from (_line(row, locale) for row in words.rows if row.value not in nothing)
    team = say("report_managers", locale)
    for title, rows in words.groups.items():
        if title != team:
            yield f"{title}: {', '.join(f'{row.name} {row.value}' for row in rows)}"
    yield from _worst(found, names, locale)
    if begins > found.period.starts:
        yield say("letter_begins", locale, at=f"{begins.astimezone(ZoneInfo(business.zone)):%d.%m.%Y %H:%M}")


def _line(row: Row, locale: str) -> str:
    beside = [say("report_was", locale, was=row.was)] if row.was else []
    beside += [say("report_target", locale, target=row.target)] if row.target else []
    return f"{MARKS[row.is_kept]}{row.name}: {row.value}" + (f"; {', '.join(beside)}" if beside else "")


def _worst(found: Report, names: Mapping[int, str], locale: str) -> Iterator[str]:
    """Who missed most deadlines; of equals the one who kept the smaller share."""
    late = {user: share.whole - share.part for user, share in found.managers.items() if share.part < share.whole}
    if late:
        user = max(late, key=lambda user: (late[user], -found.managers[user].whole))
        name = names.get(user) or say("report_user", locale, user=user) if user else say("letter_nobody", locale)
        yield say("letter_worst", locale, name=name, late=late[user], judged=found.managers[user].whole)
