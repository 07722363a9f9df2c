"""`otklik rehearse` with its real processes: a small week that is ready, and the same week again behind `slow`."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.flow import rehearse
from app.flow.rehearse.page import page
from app.flow.rehearse.report import Report, lines

ROOT = Path(__file__).parents[2]
CLINIC = ROOT / "profiles" / "clinic.yaml"
NEXT_WEEK = datetime.now(UTC).date() + timedelta(days=7)


async def rehearsed(messages: int) -> Report:
    return await rehearse.run(rehearse.Wish(profile=CLINIC, messages=messages, first_day=NEXT_WEEK))


async def test_a_small_week_of_a_shipped_profile_is_ready() -> None:
    report = await rehearsed(3)
    told = "\n".join(lines(report))
    assert report.is_ready, told
    assert "ГОТОВ: можно пускать настоящих клиентов." in told
    assert counted(told, "слов клиентов  ") == counted(told, "строк клиентов в таймлайнах") == 3
    assert counted(told, "клиентов без ответа") == 0
    html = page(report)
    assert html.count("<section>") == html.count("</section>") >= 7
    assert not [word for word in ("src=", "http://", "<script") if word in html]


@pytest.mark.slow
async def test_a_week_of_every_kind_of_customer_is_ready_and_the_same_seed_tells_the_same() -> None:
    first, again = await rehearsed(30), await rehearsed(30)
    assert first.is_ready, "\n".join(lines(first))
    assert list(lines(first)) == list(lines(again))


def test_a_users_mistake_is_one_line_and_exit_2() -> None:
    done = CliRunner().invoke(app, ["rehearse", "--profile", str(CLINIC), "--from", "soon"])
    assert (2, "--from 'soon': expected a day such as 2026-12-07\n") == (done.exit_code, done.stderr)


def counted(report: str, what: str) -> int:
    line = next(line for line in report.splitlines() if line.strip().startswith(what.strip()))
    return int(line.split()[-1])
