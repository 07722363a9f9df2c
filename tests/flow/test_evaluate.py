"""What `otklik understand` and `evaluate` do with lines: every good one is answered, every bad one is named."""

import io
import json
from pathlib import Path

import pytest

from app.assistant.rules import learned
from app.flow import evaluate as judging
from bench import train

GOOD = {"id": "1", "profile": "salon", "now": "2026-12-01T10:00:00+03:00", "text": "маникюр завтра в 15"}


async def test_bad_line_is_named_and_costs_no_other_its_answer() -> None:
    told = io.StringIO()
    lines = [json.dumps(GOOD), "oops", json.dumps(GOOD | {"id": "3", "now": "2026-12-01T10:00:00"}), json.dumps(GOOD)]
    with pytest.raises(judging.BadLine) as raised:
        await judging.understand(lines, told, "none")
    assert ["line 2:", "line 3:"] == [line[:7] for line in str(raised.value).splitlines()]
    assert ["booking", "booking"] == [json.loads(line)["intent"] for line in told.getvalue().splitlines()]


@pytest.mark.parametrize("profile", ["salon", "profiles/salon.yaml", "profiles/salon"])
async def test_profile_is_a_name_a_file_or_a_name_in_a_folder(profile: str) -> None:
    told = io.StringIO()
    await judging.understand([json.dumps(GOOD | {"profile": profile})], told, "none")
    assert ["manicure"] == json.loads(told.getvalue())["services"]


def test_weights_were_learned_from_the_phrases_that_are_kept() -> None:
    assert train.digest() == learned.weights().digest, "run python -m bench.train"
    assert Path("app/assistant/rules/intents.json") == learned.FILE.relative_to(Path.cwd())
