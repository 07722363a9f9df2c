"""`otklik setup`: what the portal and Telegram lack of what we need; shown as a plan, then made. May run any time.

Nothing that exists is changed: a field of another type, a stage of another meaning, a mapped thing that is not there
are named with their cure. What the profile's `crm:` maps is used as it is; only what is unmapped is created.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

import app.flow.setup.texts  # noqa: F401 - fills the catalogue
from app.crm import Crm
from app.domain.business import Business
from app.domain.failures import Failure
from app.domain.words import say
from app.flow import telegram_webhook
from app.flow.setup.bot import bot_items, make_bot
from app.flow.setup.diary import diary_items, make_resources
from app.flow.setup.line import install_item, line_items, make_lines
from app.flow.setup.portal import Item, State, make, make_pipeline, portal_items
from app.portal import Installed, is_installed
from app.settings import Settings
from app.store.lines import Lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    items: tuple[Item, ...]
    business: Business
    settings: Settings

    def of(self, *states: State) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.state in states)

    @property
    def has_work(self) -> bool:
        """Something that `apply` would make."""
        return bool(self.of(State.MISSING))

    @property
    def is_complete(self) -> bool:
        """Nothing to make and nobody to ask."""
        return not self.of(State.MISSING, State.WRONG)

    @property
    def is_wrong(self) -> bool:
        """Something cannot be made here; its line names the cure."""
        return bool(self.of(State.WRONG))


async def plan(
    crm: Crm | None,
    business: Business,
    settings: Settings,
    channels: Collection[str],
    installed: Installed | None = None,
) -> Plan:
    """What stands and what does not, in the order of making. Reads only.

    crm        None: no portal is configured, which is told
    installed  of a local application; None: the portal is entered by a webhook
    channels   names of the channels that need a source in the portal and a webhook
    raises     BitrixError when the portal cannot be read
    """
    if crm is None:
        items = [Item(part="portal", state=State.NOTE, text="setup_no_portal")]
    elif not await is_installed(installed):
        items = [install_item(settings)]
    else:
        items = await portal_items(crm, business.crm, channels) + await diary_items(crm, business)
        items += await line_items(crm, settings) if installed is not None else await bot_items(crm, settings)
    items += await _webhook_items(settings, channels)
    items += _cabinet_items(settings, channels, portal=crm is not None)
    return Plan(items=tuple(items), business=business, settings=settings)


async def apply(crm: Crm | None, plan: Plan, lines: Lines | None = None) -> Plan:
    """Make what is missing. Returns the plan as it ended: MADE, or WRONG with the portal's own words.

    lines   of this deployment's store, for an application: its dialogues go into the open line from now on

    Raises BitrixError when the portal went away on the way; a second run goes on where this one ended.
    """
    items = list(plan.items)
    if crm is not None:
        items = await make(crm, items, "field")
        items = await make_pipeline(crm, plan.business.crm, items)
        items = await make(crm, items, "stage", "source")
        items = await make_resources(crm, plan.business, items)
        items = await make_bot(crm, plan.settings, items)
        await crm.scheme(fresh=True)
        if lines is not None and any(item.part in ("line", "event") for item in items):
            roster = await crm.roster(plan.business.team)
            made = await make_lines(crm, lines, plan.settings, roster.managers)
            rest = [item for item in items if item.part not in ("line", "event") or item.state is State.STANDS]
            items = [*rest, *made]
    return replace(plan, items=tuple([await _with_webhook(item, plan.settings) for item in items]))


def lines(plan: Plan, locale: str = "ru") -> list[str]:
    """The plan for a terminal, a short line each; what stands is only counted."""
    told = []
    for part in dict.fromkeys(item.part for item in plan.items):
        items = [item for item in plan.items if item.part == part]
        stands = sum(item.state is State.STANDS for item in items)
        if stands:
            told.append(say("setup_stands", locale, part=say(f"setup_part_{part}", locale), count=stands))
        told += [line(item, locale) for item in items if item.state is not State.STANDS]
    counts = (("setup_count", State.MISSING), ("setup_count_made", State.MADE), ("setup_count_wrong", State.WRONG))
    told += [say(key, locale, count=len(plan.of(state))) for key, state in counts if plan.of(state)]
    return told if plan.of(State.MISSING, State.MADE, State.WRONG) else [*told, say("setup_nothing", locale)]


# --- messengers


async def _webhook_items(settings: Settings, channels: Collection[str]) -> list[Item]:
    if "telegram" not in channels or not settings.telegram.is_open:
        return []
    url = telegram_webhook.address(settings)
    if not telegram_webhook.is_reachable(settings):
        return [Item(part="webhook", state=State.NOTE, text="setup_public_url", values={"url": url})]
    item = Item(part="webhook", word="telegram", name="Telegram", code=url, state=State.STANDS)
    try:
        info = await telegram_webhook.webhook_info(settings)
    except Failure as failure:
        values = {"reason": failure.detail}
        return [replace(item, state=State.WRONG, text="setup_telegram_away", values=values)]
    right = info.url == url and not info.lacks and not info.is_refused
    return [item if right else replace(item, state=State.MISSING)]


async def _with_webhook(item: Item, settings: Settings) -> Item:
    if item.part != "webhook" or item.state is not State.MISSING:
        return item
    try:
        await telegram_webhook.set_webhook(settings)
    except Failure as failure:
        values = {"reason": failure.detail}
        return replace(item, state=State.WRONG, text="setup_telegram_away", values=values)
    return replace(item, state=State.MADE)


def _cabinet_items(settings: Settings, channels: Collection[str], *, portal: bool) -> list[Item]:
    """What only a person can click."""
    rooms = {"whatsapp": settings.whatsapp, "instagram": settings.instagram}
    doors = {f"webhooks/{name}": name for name, room in rooms.items() if name in channels and room.is_open}
    if portal and settings.portal.application_token is None and not settings.portal.is_application:
        doors = {"bitrix/events": "portal"} | doors
    return [
        Item(
            part="cabinet",
            state=State.NOTE,
            text=f"setup_cabinet_{name}",
            values={"url": f"{settings.general.public_url}/{path}"},
        )
        for path, name in doors.items()
    ]


# --- lines


def line(item: Item, locale: str = "ru") -> str:
    """One thing of the plan for a terminal."""
    part = say(f"setup_part_{item.part}", locale)
    key = {State.WRONG: "setup_wrong", State.NOTE: "setup_told"}.get(item.state, "")
    if not key:
        webhook, made = item.part == "webhook", item.state is State.MADE
        key = ("setup_was_set" if made else "setup_set") if webhook else "setup_made" if made else "setup_create"
    return say(key, locale, part=part, name=item.name, code=item.code, detail=detail(item, locale))


def detail(item: Item, locale: str) -> str:
    """What is wrong with it, and the cure; empty where nothing is."""
    if not item.text:
        return ""
    values = dict(item.values or {})
    if values.pop("several", False):
        values["found"] = say("setup_several", locale, type=values["found"])
    for word, key in (("found", "meaning"), ("expected", "wanted")):
        if key in values:
            values[word] = say(f"setup_meaning_{values.pop(key)}", locale)
    return say(item.text, locale, **values)
