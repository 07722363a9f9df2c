"""Whom the scheduled reports would reach: a chat that was bound, else the portal."""

from app.domain.business import Business, Reports
from app.domain.card import Role
from app.domain.summary import channel_name
from app.domain.words import define, say
from app.flow.check.findings import Notes
from app.settings import Settings
from app.store.link import Link, StoreAway, StoreError
from app.store.staff import Staff

define("check_reports_chat", "{role}: отчёт придёт в {channels}", "{role}: the report comes by {channels}")
define(
    "check_reports_portal",
    "{role}: чат не привязан, отчёт придёт уведомлением в Битрикс24",
    "{role}: no chat is bound, the report comes as a notice in Bitrix24",
)
define(
    "check_reports_unbound",
    "{role}: отчёт некуда отправить, чат не привязан и портала нет",
    "{role}: the report reaches nobody, no chat is bound and there is no portal",
)
define(
    "check_reports_unbound_cure",
    "откройте ссылку этой роли (её печатает строка telegram выше) или подключите портал",
    "open that role's link (the telegram line above prints it), or connect the portal",
)
define("check_reports_nobody", "время отчётов задано, получателя нет", "reports have a time and nobody to go to")
define("check_reports_nobody_cure", "впишите в профиль reports.to: [owner]", "put reports.to: [owner] into the profile")
define("check_reports_never", "получатель отчётов задан, времени нет", "reports have somebody to go to and no time")
define(
    "check_reports_never_cure",
    'впишите в профиль reports.daily: "09:00"',
    'put reports.daily: "09:00" into the profile',
)


async def check_reports(settings: Settings, business: Business | None, redis_url: str, notes: Notes) -> None:
    """Nothing where none are wanted. Without the store nobody knows who is bound, which the store's own part tells."""
    rules = business.reports if business else Reports()
    is_timed = rules.daily is not None or bool(rules.weekly) or rules.monthly is not None
    if business is None or not (is_timed or rules.to):
        return
    if not rules.to:
        notes.warn("reports_nobody")
    elif not is_timed:
        notes.warn("reports_never")
    else:
        link = Link(redis_url)
        try:
            bound = await Staff(link).staff_chats()
        except (StoreAway, StoreError):
            return
        finally:
            await link.close()
        for role in map(Role, rules.to):
            party = business.team.owner if role is Role.OWNER else business.team.supervisor
            channels = ["telegram"] if party.telegram else []
            channels += [chat.channel for chat in bound.get(role, ())]
            _reached(settings, role, channels, notes)


def _reached(settings: Settings, role: Role, channels: list[str], notes: Notes) -> None:
    rooms = settings.messengers
    there = [name for name in dict.fromkeys(channels) if name in rooms and rooms[name].is_open]
    who = say(f"staff_role_{role}", notes.locale)
    if there:
        notes.ok("reports_chat", role=who, channels=", ".join(channel_name(name, notes.locale) for name in there))
    elif settings.portal.is_untouched or settings.portal.missing():
        notes.warn("reports_unbound", role=who)
    else:
        notes.ok("reports_portal", role=who)
