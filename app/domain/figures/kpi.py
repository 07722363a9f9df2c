"""Figures of the business from the journal's events, and from nothing else. Pure; each formula with its source.

Law: the order of conversations among each other changes nothing; within one, events stand in the order they happened.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import ceil
from typing import Protocol

from app.domain.business import Binds
from app.domain.sla import Target

FIRST = (Target.FIRST_RESPONSE, Target.FIRST_CALL)  # each opens an enquiry
HUMAN = (*FIRST, Target.NEXT_RESPONSE)
SAID = frozenset({"started", "met", "missed", "cancelled"})  # of a promise; the rest moves its deadline alone


class Happened(Protocol):
    """One event of the journal (docs/journal.md)."""

    @property
    def at(self) -> datetime: ...
    @property
    def kind(self) -> str: ...
    @property
    def conversation_id(self) -> str: ...
    @property
    def facts(self) -> Mapping[str, object]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One enquiry: from the start of its first promise to the next one's.

    promises      target → what the journal last said of it: started, met, missed, cancelled
    misses        promises that were missed, also when cured a second later
    human, bot    seconds to the first answer of each; None: there was none
    late          a promise that was missed was answered after all
    """

    conversation_id: str
    at: datetime
    promises: Mapping[str, str] = field(default_factory=dict)
    misses: int = 0
    human: float | None = None
    bot: float | None = None
    late: bool = False

    @property
    def owed(self) -> bool:
        """An answer was promised and the promise did not fall away («Ответ не нужен», blocked)."""
        return self.misses > 0 or any(what != "cancelled" for what in self.promises.values())

    @property
    def kept(self) -> bool:
        """Every promise was; one that is still awaited is not yet."""
        return self.owed and not self.misses and "started" not in self.promises.values()

    def answered(self, binds: Binds) -> bool:
        """By whom the profile wants it, in time or late; a call is an answer too."""
        spoken = self.human is not None or self.late or "met" in self.promises.values()
        return spoken or (binds is Binds.ANY and self.bot is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """`sla_ratio` = answered in time ÷ all enquiries (docs/design.md section 5: 160 of 200 is 0.8). None: no enquiry.

    An enquiry still awaited counts among all. `frt_*` in seconds, one value for each enquiry that was answered.
    """

    enquiries: int
    kept: int
    missed: int
    frt_human: tuple[float, ...]
    frt_bot: tuple[float, ...]

    @property
    def sla_ratio(self) -> float | None:
        return self.kept / self.enquiries if self.enquiries else None


def score(events: Iterable[Happened], binds: Binds = Binds.HUMAN) -> Score:
    """The figures of these events; an enquiry that began before the first of them is not seen."""
    asked = [one for one in enquiries(events, binds) if one.owed]
    return Score(
        enquiries=len(asked),
        kept=sum(one.kept for one in asked),
        missed=sum(one.misses > 0 for one in asked),
        frt_human=tuple(one.human for one in asked if one.human is not None),
        frt_bot=tuple(one.bot for one in asked if one.bot is not None),
    )


def enquiries(events: Iterable[Happened], binds: Binds = Binds.HUMAN) -> tuple[Asked, ...]:
    """In the order they began."""
    binding = {*HUMAN, *((Target.BOT_REPLY,) if binds is Binds.ANY else ())}
    done: list[Asked] = []
    open_: dict[str, Asked] = {}
    for event in events:
        current = open_.get(event.conversation_id)
        if event.kind == "clock":
            target, what = str(event.facts["target"]), str(event.facts["what"])
            if target in binding and what == "late" and current is not None:
                open_[event.conversation_id] = replace(current, late=True)
            if target not in binding or what not in SAID:
                continue
            if what == "started" and target in FIRST and (current is None or target in current.promises):
                done += [current] if current else []
                current = Asked(conversation_id=event.conversation_id, at=event.at)
            if current is not None:
                open_[event.conversation_id] = _clocked(current, target, what)
        elif event.kind == "joined":
            guest = open_.pop(str(event.facts["from"]), None)
            if guest and current and event.facts["anew"]:
                done.append(current)
            if guest:
                mine = None if event.facts["anew"] else current
                open_[event.conversation_id] = _joined(event.conversation_id, mine, guest)
        elif event.kind == "replied" and current is not None and "seconds" in event.facts:
            open_[event.conversation_id] = _replied(current, event.facts)
    return tuple(sorted((*done, *open_.values()), key=lambda one: one.at))


def percentile(values: Sequence[float], share: float) -> float | None:
    """Nearest rank: the least value that at least this share does not pass; nothing is interpolated. None of nothing.

    NIST/SEMATECH e-Handbook of Statistical Methods, 7.2.6.2, with the rank rounded up.
    """
    return sorted(values)[max(0, ceil(share * len(values)) - 1)] if values else None


def _clocked(asked: Asked, target: str, what: str) -> Asked:
    corrected = what == "met" and asked.promises.get(target) == "missed"  # an answer in time that was learnt of late
    misses = asked.misses + (what == "missed") - corrected
    return replace(asked, promises={**asked.promises, target: what}, misses=misses)


def _joined(conversation: str, mine: Asked | None, guest: Asked) -> Asked:
    """One person asked in two messengers: one enquiry, missed if either was, answered when the first was."""
    if mine is None:
        return replace(guest, conversation_id=conversation)
    promises = {**guest.promises, **mine.promises}
    promises |= {target: what for target, what in guest.promises.items() if what == "started"}
    return Asked(
        conversation_id=conversation,
        at=min(mine.at, guest.at),
        promises=promises,
        misses=mine.misses + guest.misses,
        human=mine.human if mine.human is not None else guest.human,
        bot=mine.bot if mine.bot is not None else guest.bot,
        late=mine.late or guest.late,
    )


def _replied(asked: Asked, facts: Mapping[str, object]) -> Asked:
    by, seconds = str(facts["by"]), float(str(facts["seconds"]))
    if by == "bot":
        return replace(asked, bot=seconds if asked.bot is None else asked.bot)
    return replace(asked, human=seconds if asked.human is None else asked.human)
