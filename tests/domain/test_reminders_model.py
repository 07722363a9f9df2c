"""What is sent is what the independent model says (bench/remind_model.py); `python -m bench reminders` tells 5 000."""

from bench import remind_model
from bench.remind_story import life
from tests.domain.story import SALON

LIVES = (*range(150), 1438, 3520, 3793)  # the last ones moved into the past


def test_sends_are_what_the_independent_model_says() -> None:
    for number in LIVES:
        one = life(number, SALON)
        one.lead()
        assert remind_model.sends(one.stood, one.rules) == sorted(one.sent), number
        assert (0, len(set(one.sent))) == (one.dead, len(one.sent)), number
