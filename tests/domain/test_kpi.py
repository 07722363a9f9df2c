"""SLA% and response times from the journal, beside a count by hand; and a small month of `bench month`."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from app.domain.business import Binds
from app.domain.figures.kpi import percentile, score
from bench.month import judge
from bench.month_story import simulate
from tests.domain.story import MORNING


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    at: datetime
    kind: str
    conversation_id: str
    facts: dict[str, object]


def clock(conversation: str, what: str, target: str = "first_response", after: float = 0) -> Event:
    facts: dict[str, object] = {"target": target, "what": what, "class": "warm"}
    return Event(at=MORNING + timedelta(seconds=after), kind="clock", conversation_id=conversation, facts=facts)


def replied(conversation: str, by: str, seconds: float) -> Event:
    facts: dict[str, object] = {"by": by, "seconds": seconds, "first": True, "channel": "telegram"}
    return Event(at=MORNING, kind="replied", conversation_id=conversation, facts=facts)


def test_160_of_200_is_80_percent() -> None:
    events = []
    for number in range(200):
        events.append(clock(str(number), "started"))
        events += [clock(str(number), "met" if number < 160 else "missed")] if number < 190 else []
    found = score(events)
    assert (200, 160, 30) == (found.enquiries, found.kept, found.missed)
    assert 0.8 == found.sla_ratio


def test_a_month_without_enquiries_has_no_ratio() -> None:
    assert None is score([]).sla_ratio
    assert None is percentile([], 0.5)


def test_a_miss_cured_a_second_later_is_a_miss_and_one_that_was_none_is_taken_back() -> None:
    cured = [clock("a", "started"), clock("a", "missed")]
    late_news = [clock("b", "started"), clock("b", "missed"), clock("b", "met")]
    assert (1, 1) == (score([*cured, *late_news]).missed, score([*cured, *late_news]).kept)


def test_a_promise_that_fell_away_is_no_enquiry() -> None:
    gone = [clock("a", "started"), clock("a", "cancelled")]
    assert 0 == score(gone).enquiries
    assert 1 == score([*gone, clock("a", "started", "next_response")]).enquiries


def test_a_second_first_promise_is_another_enquiry_and_a_call_beside_it_is_not() -> None:
    one = [
        clock("a", "started"),
        clock("a", "started", "first_call"),
        clock("a", "met"),
        clock("a", "met", "first_call"),
    ]
    assert 1 == score(one).enquiries
    assert 2 == score([*one, clock("a", "started")]).enquiries


def test_the_assistants_promise_counts_only_where_any_answer_binds() -> None:
    events = [clock("a", "started"), clock("a", "met"), clock("a", "started", "bot_reply")]
    events.append(clock("a", "missed", "bot_reply"))
    assert (1, 0) == (score(events).kept, score(events, Binds.ANY).kept)


def test_first_responses_of_bot_and_people_are_kept_apart() -> None:
    found = score([clock("a", "started"), replied("a", "bot", 2.5), replied("a", "human", 61)])
    assert ((2.5,), (61.0,)) == (found.frt_bot, found.frt_human)


@pytest.mark.parametrize(("share", "value"), [(0.5, 20), (0.95, 40), (0.25, 10), (1.0, 40), (0.0, 10)])
def test_a_percentile_is_a_value_that_was_measured(share: float, value: float) -> None:
    assert value == percentile([40, 10, 30, 20], share)


def test_a_small_month_tells_nobody_off_shift_reaches_the_owner_and_counts_as_the_judge_does() -> None:
    month = simulate(120, seed=7)
    found, ours = judge(month), score(month.events)
    assert (0, 0, 0) == (found.off_shift, found.doubled, found.silent)
    assert found.unanswered > 10
    assert (found.enquiries, found.kept) == (ours.enquiries, ours.kept)
    assert sorted(round(value, 3) for value in found.frt) == sorted(ours.frt_human)
