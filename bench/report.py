"""A bench's findings as a page: tables of what was measured and a verdict for each promise."""

import os
import platform
import statistics
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = Path(__file__).parent / "RESULTS.md"
HEAD = """\
# Results

Written by `python -m bench`; a section is replaced when its bench runs again. Never a figure that was not measured.
The machine's cores are shared by everything of a run (load, gateway, workers, Redis, sandbox): read the ratios first.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """One row of verdicts. `kept` None: printed for the reader, nothing was promised."""

    what: str
    promised: str
    measured: str
    kept: bool | None = None

    @property
    def verdict(self) -> str:
        return {True: "kept", False: "**missed**", None: "–"}[self.kept]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one bench found. `how`: sizes and method, a line each."""

    promises: Sequence[Promise]
    tables: Sequence[Table] = ()
    how: Sequence[str] = field(default=())


def section(name: str, proves: str, command: str, report: Report) -> str:
    """The Markdown of one bench."""
    parts = [f"## {name}\n\n{proves}\n\n`{command}` · {stamp()}\n"]
    parts.append("".join(f"- {line}\n" for line in report.how))
    rows = [(row.what, row.promised, row.measured, row.verdict) for row in report.promises]
    parts.append(_table(("promise", "promised", "measured", "verdict"), rows))
    parts += [f"{table.title}\n\n{_table(table.heads, table.rows)}" for table in report.tables]
    return "\n".join(part for part in parts if part)


def keep(name: str, text: str) -> None:
    """Put the section where it stood, or at its place at the end."""
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else HEAD
    head, *sections = page.split("\n## ")
    held = {part.split("\n", 1)[0].strip(): part for part in sections}
    held[name] = text.removeprefix("## ")
    PAGE.write_text("\n## ".join([head.rstrip() + "\n", *(part.rstrip() + "\n" for part in held.values())]), "utf-8")


def stamp() -> str:
    """Commit (`+` with changes not committed), day, machine."""
    changed = _git("status", "--porcelain", "--untracked-files=no")
    commit = _git("rev-parse", "--short", "HEAD") + ("+" if changed else "")
    machine = f"{_cores()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return f"commit {commit} · {datetime.now(UTC):%Y-%m-%d %H:%M} UTC · {machine}"


def quantile(values: Sequence[float], share: float) -> float:
    """The value that this share of them does not pass: nearest rank, nothing interpolated."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def median(values: Sequence[float]) -> float:
    return statistics.median(values) if values else float("nan")


def ms(seconds: float) -> str:
    """To three figures at most."""
    digits = 0 if seconds >= 0.1 else 1 if seconds >= 0.001 else 3
    return f"{seconds * 1000:.{digits}f} ms"


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
