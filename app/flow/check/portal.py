"""The portal: is the webhook taken, what may it do, and does the scheme of our cards still stand."""

import asyncio
from typing import Any

from app.crm import PIPELINE, SOURCES, Crm
from app.domain.business import Business
from app.domain.words import say
from app.flow.check.doors import told_away
from app.flow.check.findings import Notes
from app.flow.line_setup import standing
from app.flow.setup import line
from app.flow.setup.line import items_of
from app.flow.setup.portal import Item, State, portal_items
from app.portal import Installed, access_of, installed_of
from app.settings import Settings
from app.store.link import Link, StoreAway, StoreError
from app.store.vault import Vault
from bitrix import BitrixError, Client, HttpxTransport, LocalPace, Result, methods
from bitrix.errors import Closed, Denied, Moved, Throttled, Unauthorized, Unreachable

SECONDS = 5.0
# Of those a webhook may have (docs/reference/bitrix24.md, 1.6): today's, then those of bots, open lines and diaries.
SCOPES = ("crm", "user", "department", "im", "task")
APPLICATION_SCOPES = ("imopenlines", "imconnector")  # methods stand under the one, events under the other
MORE_SCOPES = ("imbot", "timeman", "calendar", "booking")  # each for a part that can be done without
SAME = {"user": "user_basic"}  # the weaker one is enough


async def check_portal(settings: Settings, business: Business | None, redis_url: str, notes: Notes) -> None:
    """Access first; the scheme and the people only where it works and the profile can be read."""
    room = settings.portal
    if room.is_untouched:
        notes.warn("portal_none")
    elif room.missing():
        notes.fail("portal_half", names=", ".join(room.missing()))
    elif not room.is_application:
        await _enter(settings, business, None, notes)
    elif settings.general.secret_key is None:
        notes.fail("portal_no_key")
    else:
        link = Link(redis_url)
        try:
            await _application(settings, business, link, notes)
        except (StoreAway, StoreError):
            notes.warn("portal_store")  # the store tells its own trouble
        finally:
            await link.close()


async def _application(settings: Settings, business: Business | None, link: Link, notes: Notes) -> None:
    key = settings.general.secret_key
    installed = installed_of(settings, Vault(link, key.get_secret_value()) if key else None)
    try:
        tokens = await installed.load() if installed else None
    except Unauthorized:
        notes.fail("portal_sealed")
        return
    if tokens is None:
        notes.fail("portal_not_installed", url=f"{settings.general.public_url}/bitrix/install")
        return
    await _enter(settings, business, installed, notes)


async def _enter(settings: Settings, business: Business | None, installed: Installed | None, notes: Notes) -> None:
    access, room, application = access_of(settings, installed), settings.portal, installed is not None
    if access is None:
        return
    proxy = room.proxy.get_secret_value() if room.proxy else None
    transport = HttpxTransport(proxy=proxy, ca_bundle=str(room.ca_bundle) if room.ca_bundle else None)
    async with Client(access, pace=LocalPace(), transport=transport, timeout_seconds=SECONDS) as client:
        try:
            async with asyncio.timeout(SECONDS):
                admitted = await _access(client, notes, application=application)
            if admitted and business is not None:
                async with asyncio.timeout(SECONDS):
                    await _inside(client, settings, business, notes, application=application)
        except BitrixError as error:
            _refused(error, notes, application=application)


async def _inside(client: Client, settings: Settings, business: Business, notes: Notes, *, application: bool) -> None:
    crm = Crm(client, business)
    await asyncio.gather(_scheme(crm, business, notes), _people(crm, business, notes))
    if application:
        await _line(client, settings, notes)


async def _line(client: Client, settings: Settings, notes: Notes) -> None:
    """The open line, its connector and the events: what the portal lost of them is what managers cannot do."""
    missing = [
        item for item in items_of(await standing(client, settings.general.public_url)) if item.state is not State.STANDS
    ]
    for item in missing:
        _missing(item, notes)
    if not missing:
        notes.ok("portal_line")


async def _access(client: Client, notes: Notes, *, application: bool) -> bool:
    """Whether CRM may be read."""
    answers = await client.batch({"who": methods.profile(), "scope": methods.scope(), "mode": methods.crm_mode()})
    who, scopes = _value(answers["who"]), set(_value(answers["scope"]))
    notes.ok(
        "portal_application" if application else "portal_ok",
        name=f"{who.get('NAME', '')} {who.get('LAST_NAME', '')}".strip() or who["ID"],
    )
    _scopes(scopes, notes, SCOPES + APPLICATION_SCOPES if application else SCOPES)
    if "crm" not in scopes:
        return False
    mode = answers["mode"]
    if isinstance(mode, Denied):
        notes.fail("portal_right", reason=mode.description or mode.code)
        return False
    if not who.get("ADMIN"):
        notes.warn("portal_not_admin")
    if int(_value(mode)) == 2:
        notes.ok("portal_simple")
    return True


def _scopes(given: set[str], notes: Notes, wanted: tuple[str, ...]) -> None:
    lacks = [scope for scope in wanted if scope not in given and SAME.get(scope) not in given]
    more = [f"{scope} ({say(f'scope_{scope}', notes.locale)})" for scope in MORE_SCOPES if scope not in given]
    if lacks:
        notes.fail("portal_scopes", names=", ".join(lacks))
    if more:
        notes.warn("portal_scopes_more", names=", ".join(more))


async def _scheme(crm: Crm, business: Business, notes: Notes) -> None:
    """What `setup` would make or cannot. A lost pipeline stands for its stages."""
    items = [item for item in await portal_items(crm, business.crm, SOURCES) if item.state != State.NOTE]
    missing = [item for item in items if item.state is State.MISSING]
    wrong = [item for item in items if item.state is State.WRONG]
    if not any(item.state is State.STANDS and item.part == "field" for item in items) and missing:
        notes.warn("scheme_none")
        return
    if any(item.part == "pipeline" for item in missing):
        notes.warn("scheme_lost", name=business.crm.pipeline or PIPELINE)
        missing = [item for item in missing if item.part not in ("pipeline", "stage")]
    for item in missing:
        _missing(item, notes)
    for item in wrong:
        notes.fail("scheme_wrong", reason=line(item, notes.locale).removeprefix("! "))
    if len(items) == sum(item.state is State.STANDS for item in items):
        notes.ok("scheme_ok")


def _missing(item: Item, notes: Notes) -> None:
    what = say(f"setup_part_{item.part}", notes.locale)
    notes.warn("scheme_missing", what=what, name=item.name, code=item.code)


async def _people(crm: Crm, business: Business, notes: Notes) -> None:
    """Those whom a customer can be handed to. Not asked where the scopes for it are missing, which is told apart."""
    try:
        roster = await crm.roster(business.team)
    except Denied:
        return
    if not roster.managers:
        notes.warn("portal_people")


def _refused(error: BitrixError, notes: Notes, *, application: bool) -> None:
    reason = error.description or error.code
    match error:
        case Closed() if "commercial" in error.description.lower():
            notes.fail("portal_plan")
        case Closed():
            notes.fail("portal_closed", reason=reason)
        case Unauthorized():
            notes.fail("portal_tokens" if application else "portal_key")
        case Unreachable():
            told_away(error, notes, name="BITRIX", reason=reason, address="BITRIX_WEBHOOK_URL")
        case Throttled():
            notes.warn("portal_busy", reason=reason)
        case Moved():
            notes.fail("portal_moved")
        case Denied():
            notes.fail("portal_right", reason=reason)
        case _ if error.code == "INVALID_REQUEST":
            notes.fail("portal_https")
        case _:
            notes.fail("portal_ill", reason=reason)


def _value(answer: Result | BitrixError) -> Any:
    if isinstance(answer, BitrixError):
        raise answer
    return answer.value
