"""What Open Lines hold: connectors, lines, chats, messages (reference 5.1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(slots=True, kw_only=True)
class Connector:
    id: str
    name: str
    owner: str  # client id of the application that hears its events
    handler: str
    signature: bool = True  # operators' names stand before their words
    groups: bool = False  # CHAT_GROUP: a chat for each chat.id, not for each user.id
    edits: bool = False  # EDIT_INTERNAL_MESSAGES
    deletes: bool = False  # DEL_INTERNAL_MESSAGES


@dataclass(slots=True, kw_only=True)
class Link:
    """A connector on a line."""

    active: bool = False
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Message:
    id: int
    author: int  # 0: the system
    text: str
    created: datetime
    files: list[dict[str, Any]] = field(default_factory=list)
    external: list[str] = field(default_factory=list)
    delivered: bool = False
    deleted: bool = False
    hidden: bool = False  # whispered among operators


@dataclass(slots=True, kw_only=True)
class Chat:
    """`entity`: what of the CRM it is bound to, by kind."""

    id: int
    connector: str
    line: int
    external_chat: str
    external_user: str
    guest: int
    name: str
    session: int
    closed: bool = False
    operator: int = 0
    members: set[int] = field(default_factory=set)
    messages: list[Message] = field(default_factory=list)
    sessions: dict[int, int] = field(default_factory=dict)  # session → number of its first message in `messages`
    entity: dict[str, int] = field(default_factory=dict)

    @property
    def code(self) -> str:
        """reference 5.1: opaque; this portal shows its own id of the guest."""
        return f"{self.connector}|{self.line}|{self.external_chat}|{self.guest}"


@dataclass(slots=True)
class Lines:
    connectors: dict[str, Connector] = field(default_factory=dict)
    lines: dict[int, dict[str, Any]] = field(default_factory=dict)
    links: dict[tuple[str, int], Link] = field(default_factory=dict)
    chats: dict[int, Chat] = field(default_factory=dict)
    guests: dict[tuple[str, str], int] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)  # of guests

    def chat_of(self, session: int) -> Chat | None:
        return next((chat for chat in self.chats.values() if session in chat.sessions), None)
