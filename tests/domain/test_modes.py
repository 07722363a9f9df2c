"""What each mode lets out, and what it never costs the customer."""

from dataclasses import replace

from app.domain.business import Mode
from app.domain.mail import Tick
from app.domain.modes import ALL, mode_of
from app.domain.sla import Target
from app.domain.turn import take_turn
from tests.domain.story import MORNING, ROSTER, SALON, Story, understood


def turned(mode: Mode, story: Story | None = None):  # type: ignore[no-untyped-def]
    story = story or Story()
    mails = [story.received("Хочу стрижку")]
    return take_turn(
        story.conversation, mails, understood(), SALON, roster=ROSTER, owner=story.owner, now=MORNING, mode=mode
    )


def test_off_says_nothing_promises_nothing_for_the_bot_and_registers_as_ever() -> None:
    turn = turned(Mode.OFF)
    assert () == turn.outs
    assert turn.card is not None
    assert ["customer"] == [line.who for line in turn.lines]
    targets = {clock.target for clock in turn.conversation.enquiry.clocks}
    assert Target.FIRST_RESPONSE in targets
    assert Target.BOT_REPLY not in targets


def test_a_suggestion_goes_to_the_manager_and_not_to_the_customer() -> None:
    turn = turned(Mode.SUGGEST)
    assert () == turn.outs
    assert ["customer", "note"] == [line.who for line in turn.lines]
    assert "Подберу время" in turn.lines[1].text
    assert any("предлагает" in notice.text for notice in turn.notices)
    assert turn.conversation.privacy_said_at is None  # nothing was said


def test_what_the_clocks_word_is_kept_back_too() -> None:
    """The apology of a ladder is the bot's own."""
    story = Story()
    story.take([story.received("Хочу стрижку")], understood())
    due = story.turns[-1].wake_at
    late = [MORNING + (due - MORNING) * 40]
    for mode in (Mode.OFF, Mode.SUGGEST):
        turn = take_turn(
            story.conversation,
            [Tick(due_at=late[0])],
            None,
            SALON,
            roster=ROSTER,
            owner=story.owner,
            now=late[0],
            mode=mode,
        )
        assert () == turn.outs


def test_a_switch_outranks_the_profile_and_all_outranks_one() -> None:
    business = replace(SALON, modes={"whatsapp": Mode.SUGGEST})
    assert Mode.AUTO is mode_of("telegram", business, {})
    assert Mode.SUGGEST is mode_of("whatsapp", business, {})
    assert Mode.AUTO is mode_of("whatsapp", business, {"whatsapp": "auto"})
    assert Mode.OFF is mode_of("whatsapp", business, {"whatsapp": "auto", ALL: "off"})
