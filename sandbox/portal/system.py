"""The methods that say who calls and what may be called, and an application's events (reference 11.2 (17))."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sandbox.portal.access import SCOPES
from sandbox.portal.calls import METHODS, Call, method
from sandbox.portal.errors import RestError, missing
from sandbox.portal.fields import NAMES, show_moment

BASIC = "basic"  # the scope that every caller has
_FEATURES = ("rest_offline_extended", "rest_auth_connector")
EVENTS = frozenset(
    [f"ONCRM{name.upper()}{what}" for name in NAMES.values() for what in ("ADD", "UPDATE", "DELETE")]
    + [f"ONCRM{kind}{what}" for kind in ("TIMELINECOMMENT", "ACTIVITY") for what in ("ADD", "UPDATE", "DELETE")]
    + [f"ONCRM{name.upper()}USERFIELD{what}" for name in NAMES.values() for what in ("ADD", "UPDATE", "DELETE")]
    + ["ONTASKADD", "ONTASKUPDATE", "ONCRMDEALMOVETOCATEGORY", "ONAPPINSTALL", "ONAPPUNINSTALL"]
    + [f"ONIMCONNECTOR{what}" for what in ("MESSAGEADD", "MESSAGEUPDATE", "MESSAGEDELETE", "DIALOGSTART")]
    + [f"ONIMCONNECTOR{what}" for what in ("DIALOGFINISH", "STATUSDELETE", "LINEDELETE")]
)


@method("profile", scope=BASIC)
def profile(call: Call) -> dict[str, Any]:
    user = call.world.users[call.caller.user_id]
    offset = int((call.world.now().utcoffset() or timedelta()).total_seconds())
    shown = {"ID": str(user.id), "ADMIN": user.admin, "NAME": user.name, "LAST_NAME": user.last_name}
    return shown | {"PERSONAL_GENDER": "", "TIME_ZONE": "", "TIME_ZONE_OFFSET": offset}


@method("server.time", scope=BASIC)
def server_time(call: Call) -> str | None:
    return show_moment(call.world.now(), call.world.zone)


@method("scope", scope=BASIC)
def scope(call: Call) -> list[str]:
    return sorted(SCOPES if call.loose("full") in (True, "true", "1", 1) else call.caller.scopes)


@method("methods", scope=BASIC)
def methods(call: Call) -> list[str]:
    allowed = call.caller.scopes | {BASIC}
    wanted = call.loose("scope")
    return sorted(row.name for row in METHODS.values() if row.scope in ({wanted} & allowed if wanted else allowed))


@method("method.get", scope=BASIC)
def method_get(call: Call) -> dict[str, bool]:
    name = str(call.loose("name") or "").lower()
    row = None if name.startswith(tuple(call.world.absent)) else METHODS.get(name)
    available = row is not None and row.scope in call.caller.scopes | {BASIC}
    return {"isExisting": row is not None, "isAvailable": available}


@method("feature.get", scope=BASIC)
def feature_get(call: Call) -> dict[str, str]:
    return {"value": "Y" if call.loose("CODE") in _FEATURES else "N"}


@method("user.admin", scope=BASIC)
def user_admin(call: Call) -> bool:
    return call.world.users[call.caller.user_id].admin


@method("app.info", scope=BASIC)
def app_info(call: Call) -> dict[str, Any]:
    """To a webhook the source answers SCOPE and LICENSE only (reference 1.3)."""
    if call.caller.application is None:
        return {"SCOPE": sorted(call.caller.scopes), "LICENSE": "ru_project"}
    shown: dict[str, Any] = {"ID": 1, "CODE": call.caller.application, "VERSION": 1, "STATUS": "L", "INSTALLED": True}
    shown |= {"PAYMENT_EXPIRED": "N", "DAYS": None, "LANGUAGE_ID": "ru", "LICENSE": "ru_project"}
    return shown | {"LICENSE_TYPE": "project", "LICENSE_FAMILY": "project"}


@method("events", scope=BASIC)
def events(call: Call) -> list[str]:
    return sorted(EVENTS)


@method("event.bind", scope=BASIC)
def event_bind(call: Call) -> bool:
    event, handler = _event_and_handler(call)
    hooks = call.world.events.hooks
    if any(row.url == handler and event in row.events and row.application == call.caller.application for row in hooks):
        raise RestError("ERROR_EVENT_BINDING_EXISTS", "Unable to set event handler: Handler already binded")
    token = call.world.access.application_token
    call.world.events.subscribe(handler, token, [event], call.caller.application, call.caller.user_id)
    return True


@method("event.get", scope=BASIC)
def event_get(call: Call) -> list[dict[str, Any]]:
    rows = [row for row in call.world.events.hooks if row.application == call.caller.application]
    return [
        {"event": event, "handler": row.url, "auth_type": "0", "offline": 0}
        for row in rows
        for event in sorted(row.events)
    ]


@method("event.unbind", scope=BASIC)
def event_unbind(call: Call) -> dict[str, int]:
    event, handler = _event_and_handler(call)
    hooks, mine = call.world.events.hooks, call.caller.application
    gone = [row for row in hooks if row.url == handler and event in row.events and row.application == mine]
    for row in gone:
        hooks.remove(row)
    return {"count": len(gone)}


def _event_and_handler(call: Call) -> tuple[str, str]:
    event, handler = str(call.loose("event") or "").upper(), str(call.loose("handler") or "")
    if not event or not handler:
        raise missing("event" if not event else "handler")
    if event not in EVENTS:
        raise RestError("ERROR_EVENT_NOT_FOUND", "Event not found")
    return event, handler
