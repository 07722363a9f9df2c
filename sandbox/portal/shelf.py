"""Cards of one type and the look-ups that keep 50 000 of them fast."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

INDEXED = ("ORIGIN_ID", "LEAD_ID", "CONTACT_IDS")


@dataclass(slots=True, kw_only=True)
class MultiRow:
    """One phone, e-mail or the like; rows have ids of their own (reference 11.6 (43))."""

    id: int
    kind: str  # PHONE, EMAIL, WEB, IM, LINK
    type: str  # WORK, MOBILE …
    value: str


@dataclass(slots=True, kw_only=True)
class Card:
    type_id: int
    id: int
    values: dict[str, Any]  # by old name, typed; a missing one has its field's default
    multi: list[MultiRow] = field(default_factory=list)


class Shelf:
    def __init__(self) -> None:
        self.cards: dict[int, Card] = {}
        self.ids: list[int] = []  # ascending
        self._index: dict[str, dict[Any, set[int]]] = {name: defaultdict(set) for name in INDEXED}

    def __len__(self) -> int:
        return len(self.ids)

    def add(self, card: Card) -> None:
        self.cards[card.id] = card
        self.ids.append(card.id)
        self.reindex(card, {}, card.values)

    def remove(self, card: Card) -> None:
        del self.cards[card.id]
        del self.ids[bisect_left(self.ids, card.id)]
        self.reindex(card, card.values, {})

    def reindex(self, card: Card, before: dict[str, Any], after: dict[str, Any]) -> None:
        for name, index in self._index.items():
            for value in _keys(before.get(name)):
                index[value].discard(card.id)
            for value in _keys(after.get(name)):
                index[value].add(card.id)

    def find(self, name: str, values: Iterable[Any]) -> set[int]:
        """Ids of the cards whose indexed field holds one of the values."""
        index = self._index[name]
        return {found for value in values for found in index.get(value, ())}

    def ascending(self, above: int = 0) -> Iterator[int]:
        for place in range(bisect_right(self.ids, above), len(self.ids)):
            yield self.ids[place]


def _keys(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
