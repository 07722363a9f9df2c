"""The command line: what it offers is told whole, a user's mistake is one clear line and never a traceback."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli import app

ROOT = Path(__file__).parents[1]
UNREADABLE = {
    "nothing.yaml": b"",
    "list.yaml": b"- 1\n",
    "bytes.yaml": b"\xc1\xff\x00",
    "open.yaml": b"business: {name: X\n",
}


def otklik(*words: str) -> Result:
    return CliRunner().invoke(app, words, env={"COLUMNS": "80"})


def commands() -> list[str]:
    return re.findall(r"^  (\w+) {2,}\S", otklik("--help").stdout.partition("Commands:")[2], re.MULTILINE)


def test_help_names_every_command_of_the_readme_and_cuts_no_sentence() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Commands")[2].partition("##")[0]
    named = set(re.findall(r"(?:otklik |`, `)(\w+)", readme))
    assert named <= set(commands())
    assert "..." not in otklik("--help").stdout.partition("Commands:")[2]


@pytest.mark.parametrize("command", commands())
def test_every_command_explains_itself(command: str) -> None:
    told = otklik(command, "--help")
    assert (0, True) == (told.exit_code, "Usage: otklik" in told.stdout or "Usage: root" in told.stdout)


@pytest.mark.parametrize(
    "words",
    [
        ("nosuch",),
        ("demo", "--port", "70000"),
        ("sandbox", "--port", "99999"),
        ("serve", "--port", "abc"),
        ("report", "yearly"),
        ("report", "--day", "x"),
        ("absent", "Анна", "x"),
        ("check", "--proof", "x"),
        ("explain",),
    ],
    ids=" ".join,
)
def test_a_wrong_argument_is_told_and_ends_with_2(words: tuple[str, ...]) -> None:
    done = otklik(*words)
    assert (2, True) == (done.exit_code, bool(done.stderr.strip()))
    assert "Traceback" not in done.output


@pytest.mark.parametrize("file", ["gone.yaml", *UNREADABLE])
@pytest.mark.parametrize(
    "command", [("serve",), ("work",), ("explain", "te-1"), ("report",)], ids=lambda words: words[0]
)
def test_a_profile_that_cannot_be_read_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], file: str, redis_url: str
) -> None:
    if file in UNREADABLE:
        (tmp_path / file).write_bytes(UNREADABLE[file])
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PROFILE", file)
    monkeypatch.setenv("REDIS_URL", redis_url)
    done = otklik(*command)
    assert 1 == done.exit_code
    assert re.fullmatch(rf"{file}:\d+: found «.+», expected .+; .+\n", done.stderr)
