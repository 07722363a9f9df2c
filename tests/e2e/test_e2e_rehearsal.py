"""`otklik rehearse` as an owner runs it: a small week that is ready."""

import os
import subprocess
import sys
from pathlib import Path

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
    done = rehearse(tmp_path, "--profile", str(CLINIC), "--messages", "3", "--html", str(page))
    assert 0 == done.returncode, done.stdout + done.stderr
    report = done.stdout
    assert "ГОТОВ: можно пускать настоящих клиентов." in report
    assert counted(report, "слов клиентов  ") == counted(report, "строк клиентов в таймлайнах") == 3
    assert counted(report, "клиентов без ответа") == 0
    html = page.read_text(encoding="utf-8")
    assert html.count("<section>") == html.count("</section>") >= 7
    assert not [word for word in ("src=", "http://", "<script") if word in html]


def test_a_users_mistake_is_one_line_and_exit_2(tmp_path: Path) -> None:
    done = rehearse(tmp_path, "--profile", str(CLINIC), "--from", "soon")
    assert (2, "", "--from 'soon': expected a day such as 2026-12-07\n") == (done.returncode, done.stdout, done.stderr)


def counted(report: str, what: str) -> int:
    line = next(line for line in report.splitlines() if line.strip().startswith(what.strip()))
    return int(line.split()[-1])
