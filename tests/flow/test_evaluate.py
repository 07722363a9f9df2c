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


async def test_score_tells_names_and_phones_where_one_is_and_the_sealed_apart(tmp_path: Path) -> None:
    nothing = {"intent": "booking", "heat": "hot", "services": ["manicure"], "phone": None, "name": None}
    when = {"earliest": "2026-12-02T15:00:00+03:00", "latest": "2026-12-02T15:00:00+03:00", "exact": True}
    cases = [GOOD | {"id": str(number), "expect": nothing | {"when": when}} for number in range(8)]
    cases[0]["text"] = "маникюр завтра в 15, Вика"
    cases[1] |= {"text": "маникюр завтра в 15, Зоя", "expect": cases[1]["expect"] | {"name": "Зоя"}}
    file, told = tmp_path / "cases.jsonl", io.StringIO()
    file.write_text("\n".join(json.dumps(case) for case in cases), encoding="utf-8")
    await judging.evaluate(file, told, "none", 10)
    lines = [" ".join(line.split()) for line in told.getvalue().splitlines()]
    assert "name 0.875 (7 of 8)" in lines
    assert "name 0.500 (1 of 2) where one is expected or read" in lines
    sealed = sum(judging.is_sealed(str(case["id"])) for case in cases)
    assert any(line.startswith("sealed all") and line.endswith(f"of {sealed})") for line in lines)
