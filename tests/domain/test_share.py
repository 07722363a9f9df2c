"""A share in the reader's language."""

import pytest

from app.domain.figures.share import percent


@pytest.mark.parametrize(
    ("ratio", "russian", "english"),
    [(11 / 15, "73,3\u00a0%", "73.3%"), (1.0, "100\u00a0%", "100%"), (0.0, "0\u00a0%", "0%"), (None, "–", "–")],
)
def test_a_share_is_written_as_its_language_writes_it(ratio: float | None, russian: str, english: str) -> None:
    assert (russian, english) == (percent(ratio, "ru"), percent(ratio, "en"))
