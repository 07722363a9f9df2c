"""`otklik check`: every configured token, secret and right tried at once, five seconds each; works with all away."""

import asyncio
import ssl
from collections.abc import Awaitable, Iterable
from datetime import UTC, datetime

from app.domain.business import Business
from app.flow import telegram_webhook
from app.flow.check import vendors
from app.flow.check.findings import Finding, Notes, State
from app.flow.check.portal import check_portal
from app.flow.check.reports import check_reports
from app.flow.check.store import check_store
from app.profiles import ProfileError, load, warnings
from app.settings import Settings

__all__ = ["Finding", "State", "check", "lines"]

SECONDS = 5.0
SIGNS = {State.OK: "✓", State.WARNING: "!", State.ERROR: "✗"}
VARIABLES = {"portal": "BITRIX", "model": "OPENAI", "fallback": "FALLBACK_OPENAI"}  # what a part's variables begin with


async def check(settings: Settings, redis_url: str, locale: str | None = None) -> list[Finding]:
    """What was found of each part, in a fixed order. `locale`: the profile's where it can be read, else Russian."""
    business, profile = _profile(settings, locale)
    words = profile.locale
    names = ("redis", "telegram", "whatsapp", "instagram", "sms", "model", "fallback", "portal", "reports")
    store, telegram, whatsapp, instagram, sms, model, fallback, portal, reports = (Notes(name, words) for name in names)
    parts = await asyncio.gather(
        _bounded(store, check_store(redis_url, store, sandbox=settings.general.sandbox)),
        _bounded(telegram, vendors.telegram(settings, telegram)),
        _bounded(whatsapp, vendors.whatsapp(settings, whatsapp)),
        _bounded(instagram, vendors.instagram(settings, instagram)),
        _bounded(sms, vendors.sms(settings, sms)),
        _bounded(model, vendors.model(settings, model)),
        _bounded(fallback, vendors.fallback(settings, fallback)),
        _bounded(portal, check_portal(settings, business, redis_url, portal), steps=2),
        _bounded(reports, check_reports(settings, business, redis_url, reports)),
    )
    return [finding for notes in (profile, *parts, *_own_doors(settings, words)) for finding in notes.findings]


def lines(findings: Iterable[Finding]) -> list[str]:
    """For a terminal: a line for each finding, its cure below."""
    told = []
    for finding in findings:
        told.append(f"{SIGNS[finding.state]} {finding.part:<10} {finding.found}")
        if finding.cure:
            told.append(f"{'':13}→ {finding.cure}")
    return told


async def _bounded(notes: Notes, probe: Awaitable[None], steps: int = 1) -> Notes:
    name = VARIABLES.get(notes.part, notes.part.upper())
    try:
        async with asyncio.timeout(SECONDS * steps):
            await probe
    except TimeoutError:
        notes.fail("silent", seconds=int(SECONDS), name=name)
    except (ssl.SSLError, PermissionError):  # while the vendor's own roots are read: all else is a vendor's failure
        notes.fail("ca_bundle", name=name)
    return notes


def _profile(settings: Settings, locale: str | None) -> tuple[Business | None, Notes]:
    try:
        business = load(settings.general.profile)
    except ProfileError as error:
        notes = Notes("profile", locale or "ru")
        for reason in str(error).splitlines():
            notes.fail("profile_wrong", reason=reason)
        return None, notes
    notes = Notes("profile", locale or business.locale)
    notes.ok("profile_ok", name=business.name)
    for reason in warnings(business, datetime.now(UTC)):
        notes.warn("profile_warning", reason=reason)
    return business, notes


def _own_doors(settings: Settings, locale: str) -> list[Notes]:
    """What needs no vendor: the site's forms, the dashboard, our own address."""
    site, dashboard, address = Notes("site", locale), Notes("dashboard", locale), Notes("address", locale)
    if settings.site.is_open:
        site.ok("site_ok")
    else:
        site.ok("site_closed", names=", ".join(settings.site.missing()))
    if settings.general.dashboard_token:
        dashboard.ok("dashboard_ok")
    else:
        dashboard.ok("closed", names="DASHBOARD_TOKEN")
    if any(room.is_open for room in settings.messengers.values()) and not telegram_webhook.is_reachable(settings):
        address.warn("local_url", url=settings.general.public_url)
    return [site, dashboard, address]
