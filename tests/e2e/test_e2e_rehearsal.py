"""`otklik rehearse` as an owner runs it: a small week that is ready, and planted faults that are all named at once."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CLINIC = ROOT / "profiles" / "clinic.yaml"
SECONDS = 120


def rehearse(directory: Path, *words: str) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
    return subprocess.run(
        [sys.executable, "-m", "app.cli", "rehearse", *words],
        cwd=directory,
        env={**env, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def test_a_small_week_of_a_shipped_profile_is_ready(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    done = rehearse(tmp_path, "--profile", str(CLINIC), "--messages", "5", "--html", str(page))
    assert 0 == done.returncode, done.stdout + done.stderr
    report = done.stdout
    assert "ГОТОВ: можно пускать настоящих клиентов." in report
    assert counted(report, "слов клиентов  ") == counted(report, "строк клиентов в таймлайнах") == 5
    assert counted(report, "клиентов без ответа") == 0
    html = page.read_text(encoding="utf-8")
    assert html.count("<section>") == html.count("</section>") >= 7
    assert not [word for word in ("src=", "http://", "<script") if word in html]


def test_planted_faults_are_all_named_with_their_cure(tmp_path: Path) -> None:
    text = CLINIC.read_text(encoding="utf-8")
    text = text.replace("{department: Администраторы}", "{department: Ресепшен}")  # nobody on shift
    text = text.replace("clock: working_hours", "clock: always")  # closed on Sundays
    text = text.replace('{user: head, telegram: "500000001"}', "{user: head}")  # and no such department has a head
    text += "crm: {stages: {won: C9:GONE}}\n"
    profile = tmp_path / "faulty.yaml"
    profile.write_text(text, encoding="utf-8")
    done = rehearse(tmp_path, "--profile", str(profile))
    assert 1 == done.returncode, done.stderr
    for place, cure in {
        "team.managers": "team.managers: {department: Администраторы}",
        "sla.clock": "sla.clock: working_hours",
        "team.supervisor": "team.supervisor.telegram",
        "crm.stages.won": "уберите строку из профиля",
    }.items():
        assert any(place in line and cure in line for line in done.stdout.splitlines()), (place, done.stdout)
    assert "НЕ ГОТОВ. Причин: 4." in done.stdout


def test_an_unknown_resource_is_named_with_its_line(tmp_path: Path) -> None:
    profile = tmp_path / "faulty.yaml"
    profile.write_text(CLINIC.read_text(encoding="utf-8").replace("[ivanova]", "[ivanov]"), encoding="utf-8")
    done = rehearse(tmp_path, "--profile", str(profile))
    assert 1 == done.returncode
    assert "services[0].resources[0]: found «ivanov»" in done.stdout
    assert "did you mean «ivanova»?" in done.stdout


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--profile", "absent.yaml"), "--profile 'absent.yaml': no such file, expected the path"),
        (("--profile", str(CLINIC), "--from", "soon"), "--from 'soon': expected a day such as 2026-12-07"),
        ((), "PROFILE: not set"),
        (("--profile", str(CLINIC), "--portal", "real", "--yes"), "--portal real: BITRIX_WEBHOOK_URL is not set"),
    ],
)
def test_a_users_mistake_is_one_line_and_exit_2(words: tuple[str, ...], expected: str, tmp_path: Path) -> None:
    done = rehearse(tmp_path, *words)
    assert (2, "") == (done.returncode, done.stdout)
    assert done.stderr.startswith(expected)
    assert 1 == len(done.stderr.splitlines()), done.stderr


def counted(report: str, what: str) -> int:
    line = next(line for line in report.splitlines() if line.strip().startswith(what.strip()))
    return int(line.split()[-1])
