"""What would change: the journal of the last days, replayed under other hours or targets, beside what was."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from app.domain.business import Business
from app.domain.figures import kpi
from app.domain.figures.history import Event, replay
from app.domain.figures.share import percent
from app.domain.words import define, say
from app.profiles import load, wrong_option
from app.runtime import Runtime

define("whatif_head", "Последние {days} дн.: было → стало бы", "Last {days} days: was → would have been")
define("whatif_sla", "SLA: {was} → {then}", "SLA: {was} → {then}")
define("whatif_enquiries", "обращений: {was} → {then}", "enquiries: {was} → {then}")
define("whatif_missed", "просрочено: {was} → {then}", "missed: {was} → {then}")
define("whatif_alerts", "эскалаций: {was} → {then}", "escalations: {was} → {then}")
define("whatif_hours", "час: сообщений, эскалаций было → стало бы", "hour: messages, escalations was → would have been")
define(
    "whatif_same",
    "проверка: журнал воспроизведён, решений {decisions}, расхождений {differences}",
    "proof: the journal was replayed, {decisions} decisions, {differences} differences",
)
define("whatif_nothing", "за эти дни журнал пуст", "the journal of these days is empty")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """alerts, messages   by local hour of the day"""

    score: kpi.Score
    alerts: Counter[int]
    messages: Counter[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """differences   between the journal and its replay under today's profile: 0 unless the profile has changed since"""

    days: int
    was: Figures
    then: Figures
    decisions: int
    differences: int


async def whatif(runtime: Runtime, changed: Business, days: int) -> Answer | None:
    """None: there is nothing to replay."""
    now = await runtime.due.now()
    events = [
        Event(at=event.at, kind=event.kind, conversation_id=event.conversation_id, facts=event.facts)
        async for event in runtime.journal.between((now - timedelta(days=days)).date(), now.date())
    ]
    return answer(events, runtime.business, changed, days=days, now=now) if events else None


def answer(events: Sequence[Event], business: Business, changed: Business, *, days: int, now: datetime) -> Answer:
    was, then = replay(events, business, now), replay(events, changed, now)
    noted, found = Counter(_decisions(events)), Counter(_decisions(was))
    return Answer(
        days=days,
        was=_figures(events, business),
        then=_figures(then, changed),
        decisions=noted.total(),
        differences=((noted - found) + (found - noted)).total(),
    )


def changed_profile(path: Path, hours: str, targets: str) -> Business:
    """The profile with other hours («mon-fri: 9:00-20:00; sat: 10:00-18:00») or targets («hot: 5m; warm: 30m»).

    Raises ProfileError. A day that `hours` leaves out is closed; holidays and exceptions stay.
    """
    changes: dict[str, Any] = {}
    if hours:
        changes["hours"] = _pairs(path, "--hours", hours)
    if targets:
        classes = {heat: {"first_response": budget} for heat, budget in _pairs(path, "--targets", targets).items()}
        changes["sla"] = {"classes": classes}
    return load(path, changes)


def lines(found: Answer, locale: str) -> list[str]:
    was, then = found.was, found.then
    pairs = {
        "whatif_sla": (percent(was.score.sla_ratio, locale), percent(then.score.sla_ratio, locale)),
        "whatif_enquiries": (was.score.enquiries, then.score.enquiries),
        "whatif_missed": (was.score.missed, then.score.missed),
        "whatif_alerts": (was.alerts.total(), then.alerts.total()),
    }
    told = [say("whatif_head", locale, days=found.days)]
    told += [say(key, locale, was=before, then=after) for key, (before, after) in pairs.items()]
    told.append(say("whatif_hours", locale))
    for hour in sorted(was.messages | was.alerts | then.alerts):
        told.append(f"  {hour:02}:00  {was.messages[hour]:5}  {was.alerts[hour]:5} → {then.alerts[hour]}")
    told.append(say("whatif_same", locale, decisions=found.decisions, differences=found.differences))
    return told


def nothing(locale: str) -> str:
    return say("whatif_nothing", locale)


def _figures(events: Iterable[Event], business: Business) -> Figures:
    events, zone = list(events), ZoneInfo(business.zone)
    alerts = Counter(event.at.astimezone(zone).hour for event in events if event.kind == "escalated")
    messages = Counter(
        event.at.astimezone(zone).hour
        for event in events
        if event.kind == "received" and event.facts.get("author") == "customer"
    )
    return Figures(score=kpi.score(events, business.sla.binds), alerts=alerts, messages=messages)


def _decisions(events: Iterable[Event]) -> Iterable[tuple[object, ...]]:
    """Which clock was met or missed, which step was taken."""
    for event in events:
        facts: Mapping[str, object] = event.facts
        if event.kind == "clock" and facts["what"] in ("met", "missed"):
            yield event.conversation_id, str(facts["target"]), facts["start"], facts["what"]
        elif event.kind == "escalated":
            yield event.conversation_id, str(facts["target"]), facts["step"]


def _pairs(path: Path, option: str, text: str) -> dict[str, Any]:
    try:
        pairs = yaml.safe_load("\n".join(part.strip() for part in text.split(";")))
    except yaml.YAMLError:
        pairs = None
    if not isinstance(pairs, dict):
        raise wrong_option(path, option, text, "pairs such as «mon-fri: 10:00-20:00; sat: 11:00-18:00»")
    return {str(key): value for key, value in pairs.items()}
