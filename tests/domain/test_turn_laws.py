"""Laws of a turn that hold in any story: hypothesis tells thousands of them."""

from collections.abc import Callable
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.decision import Turn
from app.domain.mail import Fate, OutKind
from app.domain.message import Kind, Phone
from app.domain.qualification import Heat, Intent, Reading, When
from app.domain.sla import Clock, Outcome, Target
from app.domain.turn import take_turn
from app.store.codec import to_json
from tests.domain.story import ROSTER, Story, understood

# Letters that no id or word of ours holds, so that a leak cannot be a coincidence.
SECRET = st.text(alphabet="щъэЩЪЭ", min_size=4, max_size=12)
SPAN = st.integers(min_value=0, max_value=90_000)  # seconds; past a day an enquiry may end
Event = Callable[[Story], Turn]


@st.composite
def readings(draw: st.DrawFn) -> Reading:
    return Reading(
        intent=draw(st.sampled_from(Intent)),
        heat=draw(st.sampled_from([None, *Heat])),
        services=draw(st.sampled_from([(), ("manicure",), ("brows",)])),
        phone=draw(st.sampled_from([None, "+79995550199"])),
        name=draw(st.none() | SECRET),
        email=draw(st.none() | SECRET.map(lambda word: f"{word}@example.com")),
        confident=draw(st.booleans()),
    )


@st.composite
def hears(draw: st.DrawFn) -> Event:
    reading, texts, later = draw(readings()), draw(st.lists(SECRET, min_size=1, max_size=3)), draw(SPAN)
    visit, reply = draw(st.none() | st.integers(-3600, 90_000)), draw(st.sampled_from(["", "Подберу время"]))
    handoff = draw(st.sampled_from(["", "", "asked", "unclear"]))
    kind = draw(st.sampled_from([Kind.TEXT, Kind.VOICE, Kind.FORM, Kind.EDITED, Kind.OPT_OUT, Kind.BLOCKED]))
    name = draw(SECRET)

    def event(story: Story) -> Turn:
        story.now += timedelta(seconds=later)
        when = None
        if visit is not None:
            moment = story.now + timedelta(seconds=visit)
            when = When(earliest=moment, latest=moment)
        phone = Phone(number="+79995550100", proven=True) if visit else None
        mails = [story.received(text, kind=kind, name=name, phone=phone) for text in texts]
        wanted = Reading(**{field: getattr(reading, field) for field in reading.__slots__} | {"when": when})
        return story.take(mails, understood(wanted, reply, handoff=handoff))

    return event


@st.composite
def others(draw: st.DrawFn) -> Event:
    text, later, fate = draw(SECRET), draw(SPAN), draw(st.sampled_from(Fate))
    return draw(
        st.sampled_from(
            [
                lambda story: story.person(text, later=later),
                lambda story: story.sent(fate, later=later % 60),
                lambda story: story.wake() if story.turns[-1].wake_at else story.take([]),
            ]
        )
    )


STORIES = st.tuples(hears(), st.lists(hears() | others(), max_size=12)).map(lambda parts: [parts[0], *parts[1]])
tells = settings(max_examples=80)


def told(events: list[Event]) -> Story:
    story = Story()
    for event in events:
        event(story)
    return story


@tells
@given(STORIES)
def test_a_promise_that_runs_is_always_waited_for_and_never_in_the_past(events: list[Event]) -> None:
    story = Story()
    for event in events:
        turn = event(story)
        assert turn.wake_at is None or turn.wake_at > story.now
        enquiry = turn.conversation.enquiry
        if enquiry is None or turn.conversation.spam:
            continue
        promised = [clock.due_at for clock in enquiry.running() if clock.outcome is Outcome.RUNNING]
        if promised:
            assert turn.wake_at is not None
            assert turn.wake_at <= min(promised)


@tells
@given(STORIES)
def test_a_story_left_alone_comes_to_rest_with_every_deadline_judged(events: list[Event]) -> None:
    story = told(events)
    story.wake_all()
    enquiry = story.turns[-1].conversation.enquiry
    if enquiry is not None and not story.turns[-1].conversation.spam:
        assert Outcome.RUNNING not in {clock.outcome for clock in enquiry.running()}


@tells
@given(STORIES)
def test_the_lines_of_a_card_are_numbered_without_a_gap(events: list[Event]) -> None:
    story, numbers = Story(), dict[str, list[int]]()
    for event in events:
        turn = event(story)
        if turn.lines:
            numbers.setdefault(story.enquiry.card_id, []).extend(line.number for line in turn.lines)
    for found in numbers.values():
        assert list(range(1, len(found) + 1)) == found


@tells
@given(STORIES)
def test_the_journal_holds_nothing_that_a_person_wrote_or_is_called(events: list[Event]) -> None:
    story = told(events)
    story.wake_all()
    written = to_json([[fact.kind, fact.values] for turn in story.turns for fact in turn.facts])
    assert not set("щъэЩЪЭ@") & set(written)
    assert "7999555" not in written


@tells
@given(STORIES)
def test_the_state_that_a_card_carries_holds_no_personal_data(events: list[Event]) -> None:
    states = "".join(turn.card.state for turn in told(events).turns if turn.card)
    assert not set("щъэЩЪЭ") & set(states)
    assert "7999555" not in states


@tells
@given(STORIES)
def test_a_step_of_the_ladder_is_taken_once_and_nobody_gets_the_deal_twice(events: list[Event]) -> None:
    story, taken = Story(), set[tuple[int, str]]()
    for event in events:
        before = set(story.enquiry.steps_done) if story.conversation and story.conversation.enquiry else set[str]()
        turn = event(story)
        enquiry = turn.conversation.enquiry
        if enquiry is None:
            continue
        fresh = {(enquiry.number, step) for step in set(enquiry.steps_done) - before}
        assert not fresh & taken
        taken |= fresh
        had = [*enquiry.tried, *([enquiry.assignee] if enquiry.assignee else [])]
        assert len(set(had)) == len(had)
        assert set(had) <= set(ROSTER.managers)


@tells
@given(STORIES)
def test_the_privacy_line_is_said_at_most_once(events: list[Event]) -> None:
    """A reply that a takeover struck was never said: the next one of the bot's carries the line anew."""
    said = 0
    for turn in told(events).turns:
        texts = [out.message.text for out in turn.outs]
        assert sum("виртуальный помощник" in text or "virtual assistant" in text for text in texts) <= (not said)
        said += sum(fact.values.get("fate") == "said" for fact in turn.facts)
    assert said <= 1


@tells
@given(STORIES)
def test_one_turn_answers_at_most_once(events: list[Event]) -> None:
    for turn in told(events).turns:
        assert sum(out.kind is OutKind.REPLY for out in turn.outs) <= 1


@tells
@given(STORIES)
def test_a_deadline_never_moves_away_and_a_miss_never_heals(events: list[Event]) -> None:
    """No pause is told here. An answer at the very moment of the deadline is in time, though the miss was told."""
    story, seen = Story(), dict[tuple[int, Target, object], Clock]()
    for event in events:
        enquiry = event(story).conversation.enquiry
        if enquiry is None:
            continue
        for clock in enquiry.clocks:
            key = (enquiry.number, clock.target, clock.started_at)
            before = seen.setdefault(key, clock)
            assert clock.due_at <= before.due_at
            in_time = clock.stopped_at is not None and clock.stopped_at <= clock.due_at
            assert before.missed_at is None or Outcome.MISSED is clock.outcome or in_time
            seen[key] = clock


@tells
@given(STORIES)
def test_one_enquiry_has_one_first_promise(events: list[Event]) -> None:
    story, first = Story(), dict[int, object]()
    for event in events:
        enquiry = event(story).conversation.enquiry
        clock = enquiry and (enquiry.clock(Target.FIRST_RESPONSE) or enquiry.clock(Target.FIRST_CALL))
        if enquiry and clock:
            assert clock.started_at == first.setdefault(enquiry.number, clock.started_at)


@tells
@given(STORIES, readings())
def test_the_same_turn_from_the_same_state_is_the_same(events: list[Event], reading: Reading) -> None:
    story = told(events)
    mails = [story.received("ещё")]

    def turn() -> Turn:
        return take_turn(
            story.conversation,
            mails,
            understood(reading),
            story.business,
            roster=ROSTER,
            owner=story.owner,
            now=story.now,
        )

    assert turn() == turn()
