"""What a page tells its reader to type or follow exists: commands with their options, words of make, linked files."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import typer

from app.cli import app

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    path
    for path in (
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("deploy/**/*.md"),
        ROOT / "bitrix/README.md",
    )
    if "reference" not in path.parts  # vendors' facts, with vendors' links
)
CODE = re.compile(r"```\w*\n.*?```|`[^`\n]+`", re.DOTALL)
CALL = re.compile(r"(?<!\[)\botklik ([a-z]+)([^`\n|;#]*)")
LINK = re.compile(r"\]\(([^)\s#]+)(?:#[^)]*)?\)")


@cache
def commands() -> dict[str, set[str]]:
    """Verb → its options."""
    group = typer.main.get_command(app)
    found = getattr(group, "commands", {})
    return {name: {option for each in verb.params for option in each.opts} | {"--help"} for name, verb in found.items()}


def calls(page: Path) -> Iterator[tuple[str, str]]:
    """(verb, the rest of its line) of every `otklik …` in code."""
    for code in CODE.findall(page.read_text(encoding="utf-8")):
        yield from CALL.findall(code)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_names_commands_and_options_that_exist(page: Path) -> None:
    for verb, rest in calls(page):
        assert verb in commands(), f"otklik {verb}: no such command"
        unknown = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", rest)) - commands()[verb]
        assert not unknown, f"otklik {verb}{rest}: {unknown} unknown, expected of {sorted(commands()[verb])}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_links_is_there(page: Path) -> None:
    links = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in link]
    missing = [link for link in links if not (page.parent / link).exists()]
    assert not missing


def test_the_readme_names_every_command_and_word_of_make() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert not [verb for verb in commands() if not re.search(rf"`(otklik )?{verb}\b", text)]
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)\b", "\n".join(CODE.findall(text)))) <= targets
