"""A chat of our own people hears notices and makes no enquiry."""

from app.domain.mail import OutKind
from app.domain.message import STAFF_LEAVES, STAFF_REFUSED, Kind
from tests.domain.story import Story


def bound(role: str = "supervisor") -> Story:
    story = Story()
    story.take([story.received("", kind=Kind.START, staff=role)])
    return story


def test_one_of_ours_is_told_and_makes_no_enquiry_then_or_later() -> None:
    story = bound()
    story.take([story.received("Сколько сегодня заявок?")])
    assert [OutKind.CONFIRMATION] * 2 == [out.kind for turn in story.turns for out in turn.outs]
    assert [(None, ())] * 2 == [(turn.card, turn.lines) for turn in story.turns]
    assert [None] * 2 == [turn.conversation.enquiry for turn in story.turns]
    assert {"what": "bound", "role": "supervisor"} in [fact.values for fact in story.turns[0].facts]


def test_what_one_of_ours_had_asked_as_a_customer_is_waited_for_no_longer() -> None:
    story = Story()
    story.hear()
    assert story.take([story.received("", kind=Kind.START, staff="owner")]).wake_at is None


def test_a_chat_that_leaves_is_a_customers_again() -> None:
    story = bound()
    story.take([story.received("", kind=Kind.START, staff=STAFF_LEAVES)])
    assert story.hear("Хочу стрижку").card is not None


def test_a_wrong_code_makes_no_enquiry_and_binds_nothing() -> None:
    story = bound(STAFF_REFUSED)
    assert story.conversation is not None
    assert "" == story.conversation.staff
    assert story.turns[0].card is None
    assert "не подошёл" in story.turns[0].outs[0].message.text
