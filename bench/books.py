"""What the portal holds in the end, page by page: cards by origin, every customer's words, every dialogue's lines."""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from app.crm import ORIGINATOR
from app.flow.town import Town
from bitrix import Client as Portal
from bitrix import LocalPace, WebhookAccess, methods
from bitrix.methods import Entity
from bitrix.pace import Bucket

TOKEN = re.compile(r"m(\d+)x")  # the benches number their customers' messages so
SAID = re.compile(r"^(\d+) · [\d. :]+ · (Клиент|Ассистент|Менеджер|Отметка|Сводка)(?:, \w+)?: ", re.MULTILINE)
TOGETHER = 50


@dataclass(slots=True)
class Books:
    """
    origins    `contact`, `lead`, `deal` → origin id → how often it stands there
    messages   number → how often it stands in a timeline
    said       conversation → who → lines
    in_order   conversation → the customer's message numbers, as they lie in the timeline
    gaps       conversations whose line numbers do not run 1, 2, 3, …
    """

    origins: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    messages: Counter[int] = field(default_factory=Counter)
    said: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    in_order: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    gaps: set[str] = field(default_factory=set)

    @property
    def doubled(self) -> dict[str, int]:
        return {word: sum(times - 1 for times in origins.values()) for word, origins in self.origins.items()}

    def read(self, conversation: str, timeline: str) -> None:
        numbers = list(map(int, TOKEN.findall(timeline)))
        lines = SAID.findall(timeline)
        self.messages.update(numbers)
        self.in_order[conversation] += numbers
        self.said[conversation].update(who for _, who in lines)
        if [int(number) for number, _ in lines] != list(range(1, len(lines) + 1)):
            self.gaps.add(conversation)


async def books_of(town: Town) -> Books:
    """Reads beside the product's bucket, which is taken off first."""
    await town.control("portal/limits", {"bucket": None})
    books, fast = Books(), LocalPace(Bucket(drain_per_second=1000, block_above=1000))
    portal = Portal(WebhookAccess(town.portal_url), pace=fast)
    try:
        deals = []
        for entity in (Entity.CONTACT, Entity.LEAD, Entity.DEAL):
            listing = methods.item_list(entity, select=["id", "originId"], filters={"originatorId": ORIGINATOR})
            rows = [row async for page in portal.pages(listing, id_field="id") for row in page]
            books.origins[entity.word].update(row["originId"] for row in rows)
            deals = rows
        for start in range(0, len(deals), TOGETHER):
            part = deals[start : start + TOGETHER]
            answers = await portal.batch({f"d{deal['id']}": methods.comments(Entity.DEAL, deal["id"]) for deal in part})
            for deal in part:
                answer = answers[f"d{deal['id']}"]
                if isinstance(answer, Exception):
                    raise answer
                rows = sorted(answer.value, key=lambda row: int(row["ID"]))
                text = "\n".join(row["COMMENT"] for row in rows)
                books.read(deal["originId"].rsplit("-", 1)[0], text)
    finally:
        await portal.aclose()
    return books
