"""Our connector and its open line in the portal, and the events that we listen to: what stands, what is made."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import app.domain.line_words  # noqa: F401 - fills the catalogue
from app.domain.words import say
from app.store.lines import Lines, OpenLine
from bitrix import BitrixError, Client, Command, Result, lines, methods

CONNECTOR = "otklik"
ICON = (
    "data:image/svg+xml;charset=US-ASCII,%3Csvg%20xmlns%3D%22http%3A//www.w3.org/2000/svg%22%20viewBox%3D%220%200%2016"
    "%2016%22%3E%3Cpath%20fill%3D%22%23fff%22%20d%3D%22M2%202h12v9H8l-4%203v-3H2z%22/%3E%3C/svg%3E"
)
TO_CONNECTOR = (*lines.MESSAGE_EVENTS, *lines.STATE_EVENTS)
TO_EVENTS = ("ONCRMTIMELINECOMMENTADD",)
TO_INSTALL = ("ONAPPUNINSTALL",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the portal has of ours. `unbound`: (event, handler) pairs that are missing."""

    line: int | None
    creates: bool  # the line makes leads of its own: they would be second ones
    connector: bool
    active: bool
    unbound: tuple[tuple[str, str], ...]

    @property
    def is_complete(self) -> bool:
        return self.line is not None and self.connector and self.active and not self.creates and not self.unbound


async def standing(client: Client, public_url: str) -> Standing:
    """Reads only. Raises BitrixError."""
    asks = {
        "events": lines.bound_events(),
        "lines": lines.lines(),
        "known": Command(method="imconnector.list", params={}),
    }
    answers = await client.batch(asks)
    rows = _value(answers["lines"])
    row = next((row for row in _rows(rows) if row.get("LINE_NAME") == line_name()), None)
    line = int(row["ID"]) if row else None
    active = False
    if line is not None:
        state = (await client.call(lines.status(CONNECTOR, line))).value
        active = bool(state.get("STATUS")) if isinstance(state, dict) else False
    bound = {
        (str(row.get("event", "")).upper(), str(row.get("handler", ""))) for row in _rows(_value(answers["events"]))
    }
    return Standing(
        line=line,
        creates=row is not None and row.get("CRM_CREATE") != "none",
        connector=CONNECTOR in _value(answers["known"]),
        active=active,
        unbound=tuple(pair for pair in wanted_events(public_url) if pair not in bound),
    )


async def connect(client: Client, store: Lines, url: str, operators: Sequence[int]) -> Standing:
    """Make what is missing, and mirror dialogues from now on. Returns what stood before. Raises BitrixError.

    url         ours, where the portal's events go
    operators   portal users who answer in the line; a line that stands keeps its own
    """
    found = await standing(client, url)
    line = found.line or int((await client.call(lines.line_add(line_name(), operators))).value)
    if found.creates:
        await client.call(lines.line_update(line))
    handler = f"{url}/bitrix/placement"
    answer = await client.call(lines.register(CONNECTOR, name=say("line_title"), icon=ICON, handler=handler))
    lines.check_registered(answer.value)
    commands = {
        "activate": lines.activate(CONNECTOR, line),
        "describe": lines.describe(CONNECTOR, line, account=CONNECTOR, url=url, name=say("line_title")),
        "who": methods.profile(),
    }
    commands |= {f"e{n}": lines.bind(event, address) for n, (event, address) in enumerate(found.unbound)}
    answers = await client.batch(commands)
    for name in commands:
        _value(answers[name])
    author = int(_value(answers["who"])["ID"])
    await store.connect(OpenLine(connector=CONNECTOR, line=line, author=author))
    return found


def wanted_events(public_url: str) -> list[tuple[str, str]]:
    """Which event goes to which address of ours."""
    doors = (("connector", TO_CONNECTOR), ("events", TO_EVENTS), ("install", TO_INSTALL))
    return [(event, f"{public_url}/bitrix/{door}") for door, events in doors for event in events]


def line_name() -> str:
    """The same in every language: it is how we find our line again."""
    return "Отклик"


def _rows(value: Any) -> list[dict[str, Any]]:
    rows = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [row for row in rows if isinstance(row, dict)]


def _value(answer: Result | BitrixError) -> Any:
    if isinstance(answer, BitrixError):
        raise answer
    return answer.value
