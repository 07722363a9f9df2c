"""The fields of leads, deals and contacts: their two names, their kinds, and how each kind is read and shown."""

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

LEAD, DEAL, CONTACT = 1, 2, 3
NAMES = {LEAD: "lead", DEAL: "deal", CONTACT: "contact"}
MULTI = ("PHONE", "EMAIL", "WEB", "IM", "LINK")


class Unreadable(ValueError):
    """A value that its field cannot hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    name: str  # old name: ASSIGNED_BY_ID
    item: str  # name in crm.item.*: assignedById
    kind: str  # int, double, string, char, user, status, date, datetime, enumeration, boolean
    default: Any = None
    readonly: bool = False
    multiple: bool = False


@dataclass(slots=True, kw_only=True)
class UserField:
    id: int
    entity: str  # CRM_LEAD, CRM_DEAL, CRM_CONTACT
    name: str
    type: str
    multiple: bool = False
    settings: dict[str, Any] = field(default_factory=dict)  # the rest of what was sent: SORT, MANDATORY, labels …
    options: list[dict[str, Any]] = field(default_factory=list)  # of an enumeration: ID, VALUE, SORT, DEF, XML_ID

    def as_field(self) -> Field:
        return Field(name=self.name, item=item_name_of(self.name), kind=self.type, multiple=self.multiple)


# name:kind, `*` several, `!` read-only, `=` default, `>` its name in crm.item.* where it is no camelCase (3.3–3.5)
_COMMON = """ID:int! DATE_CREATE:datetime!>createdTime DATE_MODIFY:datetime!>updatedTime CREATED_BY_ID:user!>createdBy
MODIFY_BY_ID:user!>updatedBy ASSIGNED_BY_ID:user OPENED:char=N COMMENTS:string SOURCE_ID:status
SOURCE_DESCRIPTION:string ORIGINATOR_ID:string ORIGIN_ID:string COMPANY_ID:int CONTACT_ID:int CONTACT_IDS:int*
UTM_SOURCE:string UTM_MEDIUM:string UTM_CAMPAIGN:string UTM_CONTENT:string UTM_TERM:string LAST_ACTIVITY_BY:user!
LAST_ACTIVITY_TIME:datetime!"""
_PERSON = "NAME:string SECOND_NAME:string LAST_NAME:string HONORIFIC:status BIRTHDATE:date POST:string"
_MONEY = (
    "TITLE:string CURRENCY_ID:string=RUB OPPORTUNITY:double=0 IS_MANUAL_OPPORTUNITY:char=N IS_RETURN_CUSTOMER:char!=N"
)
_TABLES = {
    LEAD: f"""{_COMMON} {_MONEY} {_PERSON} COMPANY_TITLE:string STATUS_ID:status>stageId STATUS_DESCRIPTION:string
        STATUS_SEMANTIC_ID:string!>stageSemanticId MOVED_BY_ID:user!>movedBy MOVED_TIME:datetime!
        DATE_CLOSED:datetime!""",
    DEAL: f"""{_COMMON} {_MONEY} TYPE_ID:status=SALE CATEGORY_ID:int=0 STAGE_ID:status STAGE_SEMANTIC_ID:string!
        IS_NEW:char! IS_RECURRING:char!=N IS_REPEATED_APPROACH:char!=N PROBABILITY:int TAX_VALUE:double=0 QUOTE_ID:int
        LEAD_ID:int
        BEGINDATE:date>begindate CLOSEDATE:date>closedate CLOSED:char=N MOVED_BY_ID:user!>movedBy MOVED_TIME:datetime!
        ADDITIONAL_INFO:string LOCATION_ID:string""",
    CONTACT: f"{_COMMON} {_PERSON} TYPE_ID:status=CLIENT EXPORT:char=Y LEAD_ID:int ORIGIN_VERSION:string",
}
_ENTRY = re.compile(
    r"(?P<name>[A-Z_]+):(?P<kind>[a-z]+)(?P<many>\*?)(?P<readonly>!?)(=(?P<default>\w+))?(>(?P<item>\w+))?"
)
_UF_LETTERS = re.compile(r"UF_CRM_[A-Z]+(_[A-Z]+)*")


def camel(name: str) -> str:
    head, *tail = name.lower().split("_")
    return head + "".join(word.capitalize() for word in tail)


def item_name_of(userfield: str) -> str:
    """UF_CRM_SLA_STATE → ufCrmSlaState; with digits only the prefix changes: ufCrm_17473 (reference 3.1)."""
    return camel(userfield) if _UF_LETTERS.fullmatch(userfield) else "ufCrm_" + userfield.removeprefix("UF_CRM_")


@lru_cache
def standard(type_id: int) -> dict[str, Field]:
    """Every standard field of a type by its old name."""
    found = {}
    for entry in _ENTRY.finditer(_TABLES[type_id]):
        name, kind, default = entry["name"], entry["kind"], entry["default"]
        found[name] = Field(
            name=name,
            item=entry["item"] or camel(name),
            kind=kind,
            default=read_plain(kind, default) if default else None,
            readonly=bool(entry["readonly"]),
            multiple=bool(entry["many"]),
        )
    if type_id == CONTACT:
        del found["CONTACT_ID"], found["CONTACT_IDS"]
    return found


def read(spec: Field, raw: Any, zone: ZoneInfo) -> Any:
    """A value off the wire → what a card holds; "" and null clear; raises `Unreadable`."""
    if spec.multiple:
        if not isinstance(raw, list | dict):
            if raw in ("", None, False):
                return []
            raise Unreadable(f"Expected iterable value for multiple field, but got `{_php_type(raw)}` instead")
        rows = raw.values() if isinstance(raw, dict) else raw
        return [value for value in (_read_one(spec.kind, row, zone) for row in rows) if value is not None]
    if isinstance(raw, list | dict):
        raise Unreadable(f"Invalid value for field {spec.item}")
    return _read_one(spec.kind, raw, zone)


def _read_one(kind: str, raw: Any, zone: ZoneInfo) -> Any:
    if raw is None or raw == "":
        return None
    if kind == "datetime":
        return parse_moment(raw, zone)
    if kind == "date":
        return parse_moment(raw, zone).date()
    return read_plain(kind, raw)


def read_plain(kind: str, raw: Any) -> Any:
    if isinstance(raw, list | dict):
        raise Unreadable(f"{raw!r} is not a {kind}")
    if kind in ("int", "user", "integer", "enumeration", "employee"):
        return int(_number(raw))
    if kind == "double":
        return _number(raw)
    if kind == "char":
        return "Y" if raw in ("Y", "y", True, 1, "1") else "N"
    if kind == "boolean":
        return raw in ("Y", "y", True, 1, "1")
    return "1" if raw is True else "" if raw is False else str(raw)


def _number(raw: Any) -> float:
    try:
        return float(raw)
    except (TypeError, ValueError):
        raise Unreadable(f"{raw!r} is not a number") from None


def _php_type(raw: Any) -> str:
    return {str: "string", int: "int", float: "float", bool: "bool"}.get(type(raw), "string")


def parse_moment(raw: Any, zone: ZoneInfo) -> datetime:
    """ISO, `YYYY-MM-DD HH:MM:SS` or `dd.mm.yyyy[ hh:mm:ss]`; no offset: the portal's time (reference 2.3)."""
    if isinstance(raw, datetime):
        return raw.astimezone(zone)
    if isinstance(raw, date):
        return datetime.combine(raw, time(), zone)
    text = str(raw).strip()
    if re.match(r"\d\d\.\d\d\.\d{4}", text):
        text = f"{text[6:10]}-{text[3:5]}-{text[:2]}{text[10:]}"
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Unreadable(f"{raw!r} is not a moment") from None
    return moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=zone)


def show_moment(moment: datetime | None, zone: ZoneInfo) -> str | None:
    """ISO in the portal's zone, never UTC (reference 11.3 (23))."""
    return moment.astimezone(zone).isoformat(timespec="seconds") if moment else None


def show_date(day: date | None, zone: ZoneInfo) -> str | None:
    """A date field: midnight UTC shifted into the portal's zone, as the vendor's pages show it (reference 2.3)."""
    return show_moment(datetime.combine(day, time(), UTC), zone) if day else None


def show_old(spec: Field, value: Any, zone: ZoneInfo) -> Any:
    """How crm.deal.* shows it: text or null (reference 11.3 (21))."""
    if spec.multiple:
        return [show_old_one(spec.kind, row, zone) for row in value or ()]
    return show_old_one(spec.kind, value, zone)


def show_old_one(kind: str, value: Any, zone: ZoneInfo) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if kind == "datetime":
        return show_moment(value, zone)
    if kind == "date":
        return show_date(value, zone)
    if isinstance(value, bool):
        return "1" if value else "0"
    return f"{value:.2f}" if kind == "double" else str(value)


def show_item(spec: Field, value: Any, zone: ZoneInfo) -> Any:
    """How crm.item.* shows it: typed (reference 11.3 (21))."""
    if spec.multiple:
        return [_show_item_one(spec.kind, row, zone) for row in value or ()]
    return _show_item_one(spec.kind, value, zone)


def _show_item_one(kind: str, value: Any, zone: ZoneInfo) -> Any:
    if isinstance(value, bool):
        return "Y" if value else "N"
    if isinstance(value, datetime):
        return show_moment(value, zone)
    if isinstance(value, date):
        return show_date(value, zone)
    return int(value) if kind == "double" and value is not None and value == int(value) else value
