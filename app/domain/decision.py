"""What a turn decides: facts for the journal, texts for the outbox, and the turn as a whole."""

from dataclasses import dataclass, field
from datetime import datetime

from app.domain.card import Card, Line, Notice
from app.domain.conversation import Conversation, Owner
from app.domain.mail import OutKind
from app.domain.message import Button, OutboundMessage
from app.domain.visits.visit import Command


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One event of the journal (docs/journal.md): ids and words from closed sets, no personal data."""

    kind: str
    values: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Out:
    """One text that leaves through the outbox."""

    kind: OutKind
    message: OutboundMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The answer as it goes out. `waits`: none now; the diary's word comes within seconds and is the answer."""

    text: str = ""
    buttons: tuple[Button, ...] = ()
    asks: str = ""
    waits: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Everything that a turn decided. `owner`: set only where it changes. `wake_at`: aware, or nothing to wait for.

    commands   for the diary, carried out by flow/book.py
    """

    conversation: Conversation
    outs: tuple[Out, ...] = ()
    lines: tuple[Line, ...] = ()
    facts: tuple[Fact, ...] = ()
    notices: tuple[Notice, ...] = ()
    commands: tuple[Command, ...] = ()
    card: Card | None = None
    owner: Owner | None = None
    wake_at: datetime | None = None
