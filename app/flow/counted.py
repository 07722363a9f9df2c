"""What the portal holds, counted page by page as a stranger would: the proof that nothing is lost or doubled."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.crm import FIELDS, ORIGINATOR
from app.domain.card import Verdict
from app.domain.sla import Target
from app.domain.words import EN, RU, say
from app.store import codec
from bitrix import Client, LocalPace, Result, WebhookAccess, methods
from bitrix.methods import Entity

# Words of the card, in both languages → ours.
SPEAKERS = {say(f"line_{who}", locale): who for who in ("customer", "assistant", "person") for locale in (RU, EN)}
VERDICTS = {say(f"verdict_{verdict}", locale): verdict for verdict in Verdict for locale in (RU, EN)}
LINE = re.compile(rf"^(\d+) · [\d. :]+ · ({'|'.join(SPEAKERS)})(?:, \w+)?: ", re.MULTILINE)


@dataclass(slots=True)
class Counted:
    """What the portal holds, counted page by page."""

    deals: int = 0
    leads: int = 0
    contacts: int = 0
    answered: int = 0
    lines: Counter[str] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)
    bot_seconds: list[float] = field(default_factory=list)
    human_seconds: list[float] = field(default_factory=list)
    steps: Counter[int] = field(default_factory=Counter)
    without_chat: int = 0
    conversations: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One deal as the portal's list shows it, and its timeline."""

    deal: Mapping[str, Any]
    comments: Sequence[Mapping[str, Any]]

    @property
    def conversation(self) -> str:
        return str(self.deal["originId"] or "").rpartition("-")[0]


async def count(portal_url: str) -> Counted:
    """Page through deals, leads, contacts and every deal's timeline."""
    counted = Counted()
    async with Client(WebhookAccess(portal_url), pace=LocalPace()) as client:
        for entity in (Entity.LEAD, Entity.CONTACT):
            setattr(counted, f"{entity.word}s", await total(client, entity))
        for shown in await cards(client):
            _count_deal(counted, shown.deal, shown.comments, {word: row[0] for word, row in FIELDS.items()})
    return counted


async def total(client: Client, entity: Entity) -> int:
    """How many of ours there are, page by page."""
    command = methods.item_list(entity, select=["id"], filters={"originatorId": ORIGINATOR})
    return len([row async for page in client.pages(command, id_field="id") for row in page])


async def cards(client: Client, extra: Sequence[str] = ()) -> list[Shown]:
    """Every deal of ours, lowest id first, with its whole timeline."""
    select = ["id", "createdTime", "originId", *(row[0] for row in FIELDS.values()), *extra]
    command = methods.item_list(Entity.DEAL, select=select, filters={"originatorId": ORIGINATOR})
    deals = [row async for page in client.pages(command, id_field="id") for row in page]
    found: list[Shown] = []
    for start in range(0, len(deals), 50):
        part = deals[start : start + 50]
        answers = await client.batch({f"d{deal['id']}": methods.comments(Entity.DEAL, deal["id"]) for deal in part})
        for deal in part:
            answer = answers[f"d{deal['id']}"]
            comments = sorted(answer.value, key=lambda row: int(row["ID"])) if isinstance(answer, Result) else []
            found.append(Shown(deal=deal, comments=comments))
    return found


def _count_deal(
    counted: Counted, deal: Mapping[str, Any], comments: Sequence[Mapping[str, Any]], code: Mapping[str, str]
) -> None:
    who = Counter(SPEAKERS[found.group(2)] for row in comments for found in LINE.finditer(row["COMMENT"]))
    started = _started(str(deal[code["state"]] or ""))
    counted.deals += 1
    counted.conversations.add(deal["originId"].rpartition("-")[0])
    counted.lines += who
    counted.verdicts[VERDICTS.get(deal[code["verdict"]], Verdict.RUNNING)] += 1
    counted.steps[int(deal[code["step"]] or 0)] += 1
    if Target.FIRST_CALL in started and Target.FIRST_RESPONSE not in started:  # a form: nobody waits in a chat
        counted.without_chat += 1
        return
    counted.answered += bool(who["assistant"] or who["person"])
    first = min(started.values(), default=None)
    for name, seconds in (("bot_replied_at", counted.bot_seconds), ("human_replied_at", counted.human_seconds)):
        if first and deal[code[name]]:
            seconds.append((datetime.fromisoformat(deal[code[name]]) - first).total_seconds())


def _started(state: str) -> dict[Target, datetime]:
    """When each promise of the card's enquiry began, by the state that the card keeps."""
    if not state:
        return {}
    enquiry = codec.load_state(state)[0].enquiry
    return {clock.target: clock.started_at for clock in reversed(enquiry.clocks)} if enquiry else {}
