"""Two stories of one person become one: no promise is lost, moved later or missed twice, in whatever story."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.domain import sla, ways
from app.domain.card import Stage, Verdict
from app.domain.conversation import Conversation, Enquiry, Owner, Way
from app.domain.decision import Turn
from app.domain.figures import history, kpi
from app.domain.figures.history import Event
from app.domain.joining import farewell, host_of
from app.domain.mail import Button, Joined, Mail, PortalNews, Pressed, Received, Tick
from app.domain.qualification import Heat, Intent, Reading, Understanding, When
from app.domain.sla import Clock, Outcome, Pause, Target
from app.domain.summary import verdict_of
from tests.domain.diary_story import Diary
from tests.domain.story import MORNING, SALON, WANTS, Story
from tests.domain.test_history import decided
from tests.domain.test_turn_laws import STORIES

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
HUMAN = (Target.FIRST_RESPONSE, Target.NEXT_RESPONSE)
SECONDS = st.integers(0, 200_000)


@dataclass(slots=True)
class Heard(Story):
    """A story in a messenger of its own, every moment kept that was asked for; `journal` holds its facts."""

    channel: str = "telegram"
    journal: list[Event] = field(default_factory=list)

    def received(self, text: str = "Здравствуйте", *, at: datetime | None = None, **fields: object) -> Received:
        own = {"channel": self.channel, "customer_id": f"{self.channel}-501"}
        return Story.received(self, text, at=at, **(own | fields))

    def take(self, mails: Sequence[Mail], understanding: Understanding | None = None) -> Turn:
        now = self.now
        while self.turns and (due := self.turns[-1].wake_at) is not None and due <= now:
            self.now = due
            self._keep(Story.take(self, [Tick(due_at=due)]))
        self.now = now
        return self._keep(Story.take(self, mails, understanding))

    def _keep(self, turn: Turn) -> Turn:
        of = turn.conversation.id
        self.journal += [Event(at=self.now, kind=f.kind, conversation_id=of, facts=f.values) for f in turn.facts]
        return turn


def in_whatsapp(later: float = 0) -> Heard:
    return Heard(channel="whatsapp", now=MORNING + timedelta(seconds=later))


def said(story: Story) -> Conversation:
    assert story.conversation is not None
    return story.conversation


def enquiry(story: Story) -> Enquiry:
    found = said(story).enquiry
    assert found is not None
    return found


def join(one: Heard, other: Heard) -> tuple[Heard, Heard]:
    """Host and guest; what the store does (app/flow/join.py, join.lua), and the host's next turn."""
    now = max(one.now, other.now)
    one.now = other.now = now
    one.take([])
    other.take([])
    host = host_of(said(one), said(other), now)
    assert host is not None
    into, guest = (one, other) if host is said(one) else (other, one)
    into.owner = Owner.PERSON if Owner.PERSON in (one.owner, other.owner) else into.owner
    into.take([Joined(guest=said(guest), at=now)])
    return into, guest


def told_by(*stories: Heard) -> list[Event]:
    """One journal; what was told in the very moment of the join was told before it."""
    events = [event for story in stories for event in story.journal]
    return sorted(events, key=lambda event: (event.at, event.kind == "joined"))


def running(conversation: Conversation) -> list[Clock]:
    return list(conversation.enquiry.running()) if conversation.enquiry else []


@settings(max_examples=150)
@given(STORIES, STORIES, SECONDS)
def test_no_promise_is_lost_or_moved_later_and_none_runs_twice(
    first: list[Callable[[Story], Turn]], second: list[Callable[[Story], Turn]], later: int
) -> None:
    one, other = Heard(), in_whatsapp(later)
    for story, events in ((one, first), (other, second)):
        for event in events:
            event(story)
    one.now = other.now = max(one.now, other.now)
    for story in (one, other):
        story.take([])
    before = [
        clock
        for story in (one, other)
        if said(story).enquiry and not said(story).spam and not enquiry(story).has_ended
        for clock in running(said(story))
        if clock.target is not Target.RESOLUTION or not clock.is_paused
    ]
    missed = {clock.missed_at for clock in before if clock.missed_at}
    into, _ = join(one, other)
    after = running(said(into))
    for clock in before:
        twins = [each for each in after if each.target is clock.target or {each.target, clock.target} == set(HUMAN)]
        assert 1 == len(twins), clock
        assert twins[0].started_at <= clock.started_at
        assert twins[0].due_at <= clock.due_at
        assert sla.redate(twins[0], SALON.calendar).due_at <= clock.due_at
    now_missed = {clock.missed_at for clock in after if clock.missed_at}
    assert now_missed <= missed | {clock.due_at for clock in before}
    if Outcome.MISSED in {clock.outcome for clock in before if clock.target in HUMAN}:
        assert Verdict.MISSED is verdict_of(enquiry(into), SALON.sla.binds)


@settings(max_examples=100)
@given(STORIES, STORIES, SECONDS)
def test_a_joined_history_replays_to_itself(
    first: list[Callable[[Story], Turn]], second: list[Callable[[Story], Turn]], later: int
) -> None:
    one, other = Heard(), in_whatsapp(later)
    for story, events in ((one, first), (other, second)):
        for event in events:
            event(story)
    into, _ = join(one, other)
    into.now += timedelta(days=2)
    into.take([])
    journal = told_by(one, other)
    assert decided(journal) == decided(history.replay(journal, SALON, into.now))


CLOCKS = st.builds(
    lambda at, heat, target: sla.start_clock(
        target,
        at=MORNING + timedelta(seconds=at),
        heat=heat,
        policy=SALON.sla,
        calendar=SALON.calendar,
    ),
    SECONDS,
    st.sampled_from(Heat),
    st.sampled_from(HUMAN),
)


@settings(max_examples=300)
@given(st.lists(CLOCKS, min_size=3, max_size=3), st.none() | SECONDS)
def test_in_whatever_order_clocks_are_joined_the_deadline_is_the_same(clocks: list[Clock], seen: int | None) -> None:
    assume(len({clock.started_at for clock in clocks}) == len(clocks))
    if seen is not None:
        clocks = [sla.miss(clock, MORNING + timedelta(seconds=seen)) for clock in clocks]
    found = set()
    for one, two, three in permutations(clocks):
        both = sla.joined(sla.joined(one, two, SALON.calendar), three, SALON.calendar)
        found.add((both.started_at, both.due_at, both.missed_at is None))
    assert 1 == len(found)
    assert min(clock.due_at for clock in clocks) >= next(iter(found))[1]
    assert min(clock.started_at for clock in clocks) == next(iter(found))[0]


def test_a_pause_that_was_recorded_stays_and_ends_where_the_customer_wrote_elsewhere() -> None:
    promised = replace(SALON.sla, resolution=8 * HOUR)
    start = lambda at: sla.start_clock(  # noqa: E731
        Target.RESOLUTION, at=at, heat=Heat.WARM, policy=promised, calendar=SALON.calendar
    )
    first = sla.pause(start(MORNING), MORNING + HOUR)
    second = start(MORNING + 3 * HOUR)
    both = sla.joined(first, second, SALON.calendar)
    assert (MORNING, (Pause(starts=MORNING + HOUR, ends=MORNING + 3 * HOUR),)) == (both.started_at, both.pauses)
    assert both.due_at <= second.due_at
    assert sla.joined(first, sla.pause(second, MORNING + 4 * HOUR), SALON.calendar).is_paused


# --- what the host takes over


def test_the_younger_enquiry_goes_on_in_the_elder_and_counts_once() -> None:
    telegram, whatsapp = Heard(), in_whatsapp(600)
    telegram.hear(reading=WANTS)
    whatsapp.hear(reading=replace(WANTS, heat=Heat.HOT, services=("brows",)))
    into, guest = join(telegram, whatsapp)
    assert telegram is into
    [clock] = [clock for clock in running(said(into)) if clock.target in HUMAN]
    [elder] = [clock for clock in telegram.turns[0].conversation.enquiry.clocks if clock.target in HUMAN]  # type: ignore[union-attr]
    [hot] = [clock for clock in enquiry(guest).clocks if clock.target in HUMAN]
    assert (elder.started_at, min(hot.due_at, elder.due_at)) == (clock.started_at, clock.due_at)
    assert (Heat.HOT, ("brows",)) == (enquiry(into).heat, enquiry(into).services)
    into.person("Запишу", later=60)
    score = kpi.score(told_by(telegram, whatsapp))
    assert (1, 1, 0) == (score.enquiries, score.kept, score.missed)


@pytest.mark.parametrize("who", ["host", "guest", "both"])
def test_a_miss_of_either_is_one_missed_enquiry(who: str) -> None:
    telegram, whatsapp = Heard(), in_whatsapp(60)
    telegram.hear(reading=replace(WANTS, heat=Heat.HOT if who != "guest" else Heat.WARM))
    whatsapp.hear(reading=replace(WANTS, heat=Heat.HOT if who != "host" else Heat.WARM))
    for story in (telegram, whatsapp):
        story.now = MORNING + timedelta(minutes=20)
        story.take([])
    into, _ = join(telegram, whatsapp)
    into.person(later=60)
    journal = told_by(telegram, whatsapp)
    misses = [e for e in journal if e.facts.get("what") == "missed" and e.facts["target"] == "first_response"]
    score = kpi.score(journal)
    assert (1 + (who == "both"), 1, 1, 0) == (len(misses), score.enquiries, score.missed, score.kept)
    assert Verdict.MISSED is verdict_of(enquiry(into), SALON.sla.binds)


def test_words_after_silence_in_another_messenger_are_another_enquiry_on_the_same_card() -> None:
    telegram, whatsapp = Heard(), in_whatsapp(3 * 24 * 3600)
    telegram.hear(reading=WANTS)
    telegram.person(later=60)
    whatsapp.hear(reading=WANTS)
    into, _ = join(telegram, whatsapp)
    assert (2, "te") == (enquiry(into).number, enquiry(into).card_id[:2])
    score = kpi.score(told_by(telegram, whatsapp))
    assert (2, 1, 0) == (score.enquiries, score.kept, score.missed)


def test_an_open_enquiry_goes_on_where_the_hosts_deal_was_closed_meanwhile() -> None:
    telegram, whatsapp = Heard(), in_whatsapp(600)
    telegram.hear(reading=WANTS)
    whatsapp.hear(reading=WANTS)
    guest = said(whatsapp)
    telegram.now = whatsapp.now
    telegram.take([PortalNews(deal=1, stage=Stage.WON, at=telegram.now)])
    telegram.take([Joined(guest=guest, at=telegram.now)])
    card = enquiry(telegram).card_id
    assert (f"{said(telegram).id}-2", Stage.NEW) == (card, enquiry(telegram).stage)
    assert [clock.due_at for clock in running(guest)] == [clock.due_at for clock in running(said(telegram))]


def test_the_visit_belongs_to_the_person_and_two_visits_keep_two_cards() -> None:
    diary = Diary()
    diary.booked()
    [visit] = [said(diary).visit]
    whatsapp = in_whatsapp()
    whatsapp.hear(reading=WANTS)
    whatsapp.now = diary.now
    whatsapp.take([Joined(guest=said(diary), at=whatsapp.now)])
    assert (visit, True) == (said(whatsapp).visit, said(whatsapp).attendance is not None)
    card = whatsapp.turns[-1].card
    assert card is not None
    assert visit is not None
    assert visit.starts == card.booked_for
    assert host_of(said(whatsapp), said(diary), diary.now) is None


@pytest.mark.parametrize("deed", ["nothing", "answered", "accepted", "assigned"])
def test_a_guests_deal_is_closed_unless_somebody_worked_with_it(deed: str) -> None:
    telegram, whatsapp = Heard(), in_whatsapp(600)
    telegram.hear(reading=WANTS)
    whatsapp.hear(reading=WANTS)
    match deed:
        case "answered":
            whatsapp.person()
        case "accepted":
            whatsapp.take([Pressed(button=Button.ACCEPT, manager=7, at=whatsapp.now)])
        case "assigned":
            whatsapp.take([PortalNews(deal=1, assignee=1, at=whatsapp.now)])
    found = farewell(said(whatsapp), said(telegram), 7001, SALON)
    assert found is not None
    card, line = found
    assert (deed == "nothing", Verdict.NONE) == (card.stage is Stage.LOST, card.verdict)
    assert (enquiry(whatsapp).lines + 1, " № 7001") == (line.number, line.text)


# --- messengers


WAYS = st.lists(
    st.builds(
        Way,
        id=st.sampled_from(["wh-1", "in-1", "te-2"]),
        channel=st.just("whatsapp"),
        account=st.just("1"),
        customer_id=st.text(max_size=3),
        blocked=st.booleans(),
    ),
    max_size=3,
    unique_by=lambda way: way.id,
)


@given(WAYS, st.lists(st.sampled_from(["te-1", "wh-1", "in-1", "te-2", "none"]), max_size=6))
def test_there_and_back_again_changes_nothing(more: list[Way], path: list[str]) -> None:
    start = Conversation(id="te-1", channel="telegram", account="7", customer_id="501", chat_id="501", username="anna")
    start = ways.added(start, *more)
    there = start
    for id_ in path:
        there = ways.turned(there, id_)
        seen = ways.through(there, id_)
        assert ways.way(start, id_) is None or (id_, ways.way(start, id_)) == (seen.id, ways.way(seen, id_))
    assert start == ways.turned(there, start.id)


def test_the_bot_answers_where_the_customer_wrote_last_and_a_window_is_each_messengers_own() -> None:
    telegram, whatsapp = Heard(), in_whatsapp()
    telegram.hear(reading=WANTS)
    whatsapp.now = telegram.now + 5 * HOUR
    whatsapp.hear(reading=WANTS)
    into, _ = join(telegram, whatsapp)
    assert "whatsapp" == said(into).channel
    by = {way.channel: ways.through(said(into), way.id) for way in said(into).ways}
    assert {"telegram": MORNING + MINUTE, "whatsapp": whatsapp.now} == {
        channel: seen.last_customer_at for channel, seen in by.items()
    }
    into.hear("А завтра?", reading=Reading(intent=Intent.BOOKING), channel="telegram", customer_id="telegram-501")
    assert ("telegram", "") == (said(into).channel, said(into).way)


def test_a_join_breaks_no_promise_that_both_still_keep() -> None:
    """The wish for an hour after closing became known when it was closed: an answer before that hour is in time."""
    telegram, whatsapp = Heard(), in_whatsapp()
    evening = MORNING + 13 * HOUR
    telegram.hear(reading=replace(WANTS, heat=Heat.COLD), later=0)
    wish = When(earliest=evening, latest=evening)
    whatsapp.hear(reading=replace(WANTS, heat=Heat.COLD, when=wish), later=11.5 * 3600)
    into, _ = join(telegram, whatsapp)
    into.person(later=1800)
    assert Verdict.MET is verdict_of(enquiry(into), SALON.sla.binds)
