"""Everything a portal holds, in memory. One process, one loop: no locks."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.portal.access import Access
from sandbox.portal.calls import METHODS
from sandbox.portal.chats import Bot, Chat
from sandbox.portal.events import Events
from sandbox.portal.fields import CONTACT, DEAL, LEAD, Field, UserField
from sandbox.portal.line_chats import Lines
from sandbox.portal.shelf import Shelf


@dataclass(slots=True, kw_only=True)
class User:
    id: int
    name: str
    last_name: str
    position: str = ""
    departments: list[int] = field(default_factory=list)
    active: bool = True
    admin: bool = False
    crm: bool = True  # False: every CRM call ends in "Access denied." (reference 11.2 (16))
    workday: str = "OPENED"  # timeman.status; "" when time tracking is off
    absent: str = ""  # on leave until this moment (reference 4.1); "" at work


@dataclass(slots=True, kw_only=True)
class Status:
    """A stage or a source, as crm.status.* knows it."""

    id: int
    entity: str  # STATUS, SOURCE, DEAL_STAGE, DEAL_STAGE_7 …
    code: str
    name: str
    sort: int
    semantics: str = "P"  # P in progress, S success, F failure; always P outside stages
    color: str = ""
    category: int | None = None
    system: bool = False


@dataclass(slots=True, kw_only=True)
class Comment:
    id: int
    type_id: int
    entity_id: int
    author: int
    created: datetime
    text: str


# reference 11.6 (42): every kind counts from its own place, so that a mixed-up id hits nothing
_FIRST_IDS = {"card1": 3001, "card2": 7001, "card3": 501, "multi": 90001, "comment": 20001, "activity": 40001}
_FIRST_IDS |= {"status": 101, "category": 7, "userfield": 301, "option": 71, "notification": 60001, "message": 80001}
_FIRST_IDS |= {"line": 15, "session": 323, "guest": 585}
_FIRST_IDS |= {"resource_type": 3, "resource": 11, "slot": 171, "booking": 1823, "waitlist": 107, "event": 9001}
_FIRST_IDS |= {"task": 5001, "history": 11, "log": 30001}
_FIRST_IDS |= {
    "bot": 457,
    "bot_command": 78,
    "bot_event": 1001,
    "chat": 205,
    "chat_message": 110001,
    "file": 138,
    "download": 1,
}


class World:
    def __init__(self, *, now: Callable[[], datetime], timezone: str, crm_mode: int, access: Access) -> None:
        self.now_utc = now
        self.zone = ZoneInfo(timezone)
        self.crm_mode = crm_mode
        self.access = access
        self.events = Events()
        self.domain, self.scheme = "localhost", "https"  # of the last request, as events show them
        self.flat_comment_events = False  # reference 11.7 (61)
        self.users: dict[int, User] = {}
        self.departments: dict[int, dict[str, Any]] = {}
        self.shelves = {LEAD: Shelf(), DEAL: Shelf(), CONTACT: Shelf()}
        self.communications: dict[tuple[str, str], set[tuple[int, int]]] = defaultdict(set)
        self.statuses: dict[int, Status] = {}
        self.stages: dict[tuple[str, str], Status] = {}  # by entity and code
        self.categories: dict[int, dict[str, Any]] = {}
        self.userfields: dict[int, UserField] = {}
        self.schemas: dict[int, dict[str, Field]] = {}  # what `schema.py` worked out
        self.item_names: dict[tuple[int, bool], dict[str, Field]] = {}
        self.history: dict[int, list[dict[str, Any]]] = {LEAD: [], DEAL: []}
        self.history_of: dict[tuple[int, int], list[dict[str, Any]]] = defaultdict(list)
        self.comments: dict[int, Comment] = {}
        self.comments_of: dict[tuple[int, int], list[int]] = defaultdict(list)
        self.log: list[dict[str, Any]] = []
        self.activities: dict[int, dict[str, Any]] = {}
        self.activities_of: dict[tuple[int, int], list[int]] = defaultdict(list)
        self.notifications: dict[int, dict[str, Any]] = {}
        self.messages: dict[int, dict[str, Any]] = {}
        self.tasks: dict[int, dict[str, Any]] = {}
        self.booking: Any = None  # what diary.py keeps
        self.calendar: dict[int, dict[str, Any]] = {}
        self.absent: list[str] = []  # families of methods that this portal's plan lacks, such as `booking.`
        self.bots: dict[int, Bot] = {}
        self.chats: dict[int, Chat] = {}
        self.files: dict[int, dict[str, Any]] = {}
        self.downloads: dict[str, int] = {}  # links that have not been used yet: token → file
        self.lines = Lines()
        self.placements: dict[str, dict[str, str]] = {}  # application → code → handler
        self.methods = METHODS
        self._counters: Counter[str] = Counter()

    def now(self) -> datetime:
        return self.now_utc().astimezone(self.zone)

    def next_id(self, kind: str) -> int:
        self._counters[kind] += 1
        return _FIRST_IDS[kind] + self._counters[kind] - 1
