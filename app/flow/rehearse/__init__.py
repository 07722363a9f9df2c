"""`otklik rehearse`: a week of scripted customers against the owner's own profile, then a readiness report.

The profile is looked at first: what no week can mend is told at once. The portal's people and stages are read from the
configured portal, where there is one, else from the sandbox; nothing is written to a real one here.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from app.crm import SOURCES, Crm
from app.domain.business import Business
from app.domain.calendar import local_to_utc
from app.domain.readiness import Facts, ailments, is_ready
from app.domain.roster import Roster
from app.flow import setup
from app.flow.counted import cards, total
from app.flow.rehearse import real
from app.flow.rehearse.customers import DAYS, script
from app.flow.rehearse.play import Play
from app.flow.rehearse.report import Report, of_profile, unreadable
from app.flow.rehearse.week import CARD_FIELDS, Portal, of_week
from app.flow.setup.portal import Item, State, portal_items
from app.flow.town import Town
from app.profiles import ProfileError, load
from app.settings import Settings
from app.store import keys
from app.store.link import Link
from app.store.schemes import Schemes
from bitrix import Client, LocalPace, WebhookAccess
from bitrix.methods import Entity

TAIL = timedelta(days=1)  # after the week, so that the last customers are seen to the end


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """profile   the business's file
    first_day    of the week; None: the coming Monday
    portal_url   of the configured portal; empty: the sandbox's people and stages stand for it
    """

    profile: Path
    messages: int = 100
    seed: int = 1
    first_day: date | None = None
    portal_url: str = ""
    real: bool = False  # lay the played cards into that portal's marked pipeline, compare, remove


async def run(wish: Wish) -> Report:
    """Raises BitrixError of a portal that cannot be read, TownError where the processes do not come up."""
    with tempfile.TemporaryDirectory(prefix="otklik-rehearsal-") as folder:
        directory = Path(folder)
        legible, problems = _legible(wish.profile, directory)
        if legible is None:
            return unreadable(wish.profile, problems)
        business = load(legible)
        starts = first_moment(business, wish.first_day)
        if wish.portal_url:
            found = ailments(business, await facts_of(wish.portal_url, business), starts)
            if problems or not is_ready(found):
                return of_profile(business, found, problems)
        town = Town(
            profile=_played_profile(legible, directory, real=bool(wish.portal_url)),
            directory=directory,
            appendfsync="no",
            extra={"REHEARSAL": "1"},
        )
        async with town:
            if not wish.portal_url:
                found = ailments(business, await facts_of(town.portal_url, business), starts)
                if problems or not is_ready(found):
                    return of_profile(business, found, problems)
            await _set_up(town)
            return await _week(town, wish, business, found, starts)


def _legible(profile: Path, directory: Path) -> tuple[Path | None, tuple[str, ...]]:
    """The profile, or a copy without what is wrong in it, so that the rest is looked at too; None: nothing is left.

    With a line for each problem of the file.
    """
    try:
        load(profile)
    except ProfileError as error:
        problems = tuple(str(error).splitlines())
        try:
            raw = yaml.safe_load(profile.read_text(encoding="utf-8"))
            for problem in sorted(error.problems, key=lambda each: [str(part) for part in each.where], reverse=True):
                _take_out(raw, problem.where)
            copy = directory / "legible.yaml"
            copy.write_text(yaml.safe_dump(raw, allow_unicode=True, sort_keys=False), encoding="utf-8")
            load(copy)
        except (ProfileError, yaml.YAMLError, LookupError, TypeError, ValueError):
            return None, problems
        return copy, problems
    return profile, ()


def _take_out(raw: Any, where: Sequence[str | int]) -> None:
    """Raises LookupError, TypeError where the path leads nowhere."""
    for part in where[:-1]:
        raw = raw[part]
    del raw[where[-1]]


async def _set_up(town: Town) -> None:
    """As `otklik setup --yes` does, in this process."""
    business, link = load(Path(town.env["PROFILE"])), Link(town.redis_url)
    try:
        async with _client(town.portal_url) as client:
            crm = Crm(client, business)
            plan = await setup.plan(crm, business, Settings.of(town.env), SOURCES)
            await setup.apply(crm, plan)
            await Schemes(link).save(await crm.scheme())
    finally:
        await link.close()


async def _week(town: Town, wish: Wish, business: Business, found: Any, starts: datetime) -> Report:
    ends = starts + timedelta(days=DAYS) + TAIL
    async with Play(town, load(Path(town.env["PROFILE"])), starts, ends, wish.seed) as play:
        words = script(business, starts, wish.messages, wish.seed)
        played = await play.run(words, wish.messages)
        portal = Portal(
            cards=await cards(play.client, CARD_FIELDS),
            leads=await total(play.client, Entity.LEAD),
            contacts=await total(play.client, Entity.CONTACT),
            dead=await _dead_letters(town.redis_url),
        )
    report = of_week(business, found, played, portal, wish.seed)
    if not wish.real:
        return report
    async with _client(wish.portal_url) as client:
        compared = await real.compare(client, portal.cards, business.name)
    return report.with_part(compared.section(business.locale), compared.reasons(business.locale))


def first_moment(business: Business, day: date | None) -> datetime:
    """Local midnight of the week's first day."""
    today = datetime.now(UTC).astimezone(ZoneInfo(business.zone)).date()
    monday = today + timedelta(days=7 - today.weekday())
    return local_to_utc(datetime.combine(day or monday, time()), business.zone)


async def facts_of(portal_url: str, business: Business) -> Facts:
    """What the portal says of the profile. Reads only. Raises BitrixError."""
    async with _client(portal_url) as client:
        crm = Crm(client, business)
        roster: Roster = await crm.roster(business.team)
        wrong = [item for item in await portal_items(crm, business.crm, SOURCES) if item.state is State.WRONG]
    return Facts(roster=roster, lacks=tuple(_lack(item, business.locale) for item in wrong))


def _lack(item: Item, locale: str) -> tuple[str, str, str, str]:
    where = "crm.pipeline" if item.part == "pipeline" else f"crm.{item.part}s.{item.word}".rstrip(".")
    return where, item.name, item.code, setup.detail(item, locale)


def _client(portal_url: str) -> Client:
    return Client(WebhookAccess(portal_url), pace=LocalPace())


def _played_profile(profile: Path, directory: Path, *, real: bool) -> Path:
    """The owner's own file; where a real portal was asked, with the sandbox's people and our own pipeline instead."""
    if not real:
        return profile
    raw = yaml.safe_load(profile.read_text(encoding="utf-8"))
    raw.pop("crm", None)
    raw["team"]["managers"] = {"department": "Администраторы"}
    raw["team"]["supervisor"]["user"], raw["team"]["owner"]["user"] = "head", 1
    path = directory / "profile.yaml"
    path.write_text(yaml.safe_dump(raw, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


async def _dead_letters(redis_url: str) -> int:
    link = Link(redis_url)
    try:
        return int(await link.command("XLEN", keys.DEAD))
    finally:
        await link.close()
