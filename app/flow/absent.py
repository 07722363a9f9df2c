"""A master falls ill: the day is closed for them, and everybody who was to come is offered another time, once."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.domain import moments
from app.domain.booking import Part, Slot
from app.domain.business import Business, Resource
from app.domain.calendar import local_to_utc
from app.domain.conversation import Conversation
from app.domain.mail import Absence
from app.domain.visits.openings import nearest
from app.domain.visits.visit import Visit
from app.domain.words import define, say
from app.flow.diary import busy_now
from app.flow.diary_news import AWAY, PERSONS, conversation_of
from app.runtime import Runtime

define("away_none", "{who}, {day}: записей клиентов нет.", "{who}, {day}: no customer has a visit.")
define("away_waits", "{name}: {when}, ждём ответа", "{name}: {when}, no answer yet")
define("away_stands", "{name}: {when}", "{name}: {when}")
define("away_moved", "{name}: перенесено на {when}", "{name}: moved to {when}")
define("away_cancelled", "{name}: запись отменена", "{name}: cancelled")
define(
    "away_other", "запись не через ассистента: {when}, позвоните сами", "not booked by the assistant: {when}, call them"
)
define(
    "away_apply", "Закрыть день и предложить им другое время: --yes", "To close the day and offer them others: --yes"
)
define(
    "away_unknown",
    "сотрудник «{found}»: ожидается одно из: {names}; пишите имя как в профиле",
    "resource “{found}”: expected one of: {names}; write the name as the profile has it",
)
define(
    "away_no_diary",
    "журнал записи не отвечает: повторите через минуту",
    "the diary does not answer: try again in a minute",
)


class NobodySuch(Exception):
    """One line for a user's mistake, or a diary that is away."""


def named(text: str, business: Business) -> Resource:
    """Raises NobodySuch."""
    for one in business.resources:
        if text.strip().casefold() in (one.id.casefold(), one.name.casefold()):
            return one
    names = ", ".join(one.name for one in business.resources) or "–"
    raise NobodySuch(say("away_unknown", business.locale, found=text, names=names))


async def close(runtime: Runtime, who: Resource, day: date) -> None:
    """May be repeated: a closed day stays closed, who was told is not told again. Raises NobodySuch."""
    now, business, name = await runtime.now(), runtime.business, absence_id(who, day)
    opens, closes = span(day, business)
    part = Part(resource=who.id, services=(), starts=opens, ends=closes)
    await runtime.holds.keep(f"{AWAY}{name}", Slot(parts=(part,)))
    busy = await busy_now(runtime, fresh=True)
    if busy is None:
        raise NobodySuch(say("away_no_diary", business.locale))
    for conversation, visit in await _hit(runtime, who, day, now):
        await runtime.diary_copy.told_of(name, conversation.id)
        mail = Absence(id=name, resource=who.id, slots=nearest(visit, busy, business, now), at=now)
        await runtime.commands.tell(conversation.id, mail)


async def lines(runtime: Runtime, who: Resource, day: date) -> list[str]:
    """Who is hit, and what became of each who was told."""
    now, business, name = await runtime.now(), runtime.business, absence_id(who, day)
    standing = {conversation.id: (conversation, visit) for conversation, visit in await _hit(runtime, who, day, now)}
    told = []
    for number in await runtime.diary_copy.hit_by(name):
        found = (await runtime.mailbox.read(number)).conversation
        if found and number not in standing:
            told.append(_became(found, business))
    rows = [_waits(*pair, business, name) for pair in standing.values()]
    others = await _others(runtime, who, day)
    if not (rows or told or others):
        return [say("away_none", business.locale, who=who.name, day=f"{day:%d.%m.%Y}")]
    asked = [] if told or any(visit.absence == name for _, visit in standing.values()) else ["away_apply"]
    return [*rows, *told, *others, *(say(key, business.locale) for key in asked)]


async def _hit(runtime: Runtime, who: Resource, day: date, now: datetime) -> list[tuple[Conversation, Visit]]:
    opens, closes = span(day, runtime.business)
    found = []
    for kept in await runtime.holds.kept(now):
        theirs = any(part.resource == who.id and opens <= part.starts < closes for part in kept.slot.parts)
        if not theirs or kept.owner.startswith(AWAY):
            continue
        ours = not kept.owner.startswith(PERSONS)
        number = conversation_of(kept.owner) if ours else await runtime.diary_copy.whose(kept.owner)
        conversation = (await runtime.mailbox.read(number)).conversation if number else None
        visit = conversation.visit if conversation else None
        if conversation and visit and visit.id == kept.owner and visit.starts > now:
            found.append((conversation, visit))
    return sorted(found, key=lambda pair: pair[1].starts)


async def _others(runtime: Runtime, who: Resource, day: date) -> list[str]:
    """People's own bookings: nobody but a person can tell them."""
    opens, closes = span(day, runtime.business)
    shown = []
    for one in await busy_now(runtime, fresh=True) or ():
        if one.resource == who.id and opens <= one.starts < closes and not one.owner:
            when = moments.full(one.starts, runtime.business, runtime.business.locale)
            shown.append(say("away_other", runtime.business.locale, when=when))
    return shown


def absence_id(who: Resource, day: date) -> str:
    return f"{who.id}-{day.isoformat()}"


def span(day: date, business: Business) -> tuple[datetime, datetime]:
    """Local midnight to midnight."""
    midnight = datetime.combine(day, time())
    return local_to_utc(midnight, business.zone), local_to_utc(midnight + timedelta(days=1), business.zone)


def _waits(conversation: Conversation, visit: Visit, business: Business, name: str) -> str:
    key = "away_waits" if visit.absence == name else "away_stands"
    return say(key, business.locale, name=conversation.name or conversation.id, when=_at(visit, business))


def _became(conversation: Conversation, business: Business) -> str:
    name, visit = conversation.name or conversation.id, conversation.visit
    if visit is None:
        return say("away_cancelled", business.locale, name=name)
    return say("away_moved", business.locale, name=name, when=_at(visit, business))


def _at(visit: Visit, business: Business) -> str:
    return f"{visit.starts.astimezone(ZoneInfo(business.zone)):%d.%m %H:%M}"
