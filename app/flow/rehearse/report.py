"""The readiness report: what a rehearsal showed, in sections that a terminal and a page show alike."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import app.flow.rehearse.texts  # noqa: F401 - fills the catalogue
from app.domain.business import Business
from app.domain.readiness import Ailment, Weight
from app.domain.words import say

SIGNS = {Weight.ERROR: "✗", Weight.WARNING: "!", Weight.NOTE: "·"}

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """`heads` name the columns of `rows`; without them a row is (sign, text) or (name, value)."""

    title: str
    heads: Row = ()
    rows: tuple[Row, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`reasons`: why the business is not ready; none: it is."""

    title: str
    head: str
    reasons: tuple[str, ...]
    sections: tuple[Section, ...]
    locale: str

    @property
    def is_ready(self) -> bool:
        return not self.reasons

    def with_part(self, section: Section, reasons: tuple[str, ...]) -> "Report":
        return replace(self, sections=(*self.sections, section), reasons=(*self.reasons, *reasons))

    @property
    def verdict(self) -> str:
        if self.is_ready:
            return say("rehearse_ready", self.locale)
        return say("rehearse_not_ready", self.locale, count=len(self.reasons))


def of_profile(business: Business, found: Sequence[Ailment], problems: Sequence[str] = ()) -> Report:
    """No week was played: what the profile alone shows. `problems`: of its shape, a line each."""
    locale = business.locale
    return Report(
        title=say("rehearse_title", locale, name=business.name),
        head=say("rehearse_unplayed", locale),
        reasons=(*problems, *ailing(found, locale)),
        sections=(profile_section(found, locale),),
        locale=locale,
    )


def unreadable(profile: Path, problems: Sequence[str]) -> Report:
    """`problems`: a line each, with place, found, expected and cure. The locale could not be read either."""
    return Report(
        title=say("rehearse_title", name=profile.name),
        head=say("rehearse_unplayed"),
        reasons=tuple(problems),
        sections=(),
        locale="ru",
    )


def profile_section(found: Sequence[Ailment], locale: str) -> Section:
    rows = tuple((SIGNS[one.weight], f"{one.where}: {one.found(locale)} → {one.cure(locale)}") for one in found)
    notes = () if rows else (say("rehearse_profile_fine", locale),)
    return Section(title=say("rehearse_profile", locale), rows=rows, notes=notes)


def lines(report: Report) -> Iterator[str]:
    """For a terminal."""
    yield report.title
    yield report.head
    yield report.verdict
    for reason in report.reasons:
        yield f"  ✗ {reason}"
    for section in report.sections:
        yield ""
        yield section.title
        yield from _table(section.heads, section.rows)
        for note in section.notes:
            yield from (f"  {line}" for line in note.splitlines())


def _table(heads: Row, rows: Sequence[Row]) -> Iterator[str]:
    """Columns as wide as their longest word; the last one as it is."""
    table = [heads, *rows] if heads else list(rows)
    if not table:
        return
    widths = [max(len(row[place]) for row in table) for place in range(len(table[0]))]
    for row in table:
        cells = [cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=False)]
        yield "  " + "  ".join([*cells, row[-1]]).rstrip()


def ailing(found: Iterable[Ailment], locale: str) -> tuple[str, ...]:
    return tuple(
        say("reason_rehearse_profile", locale, where=one.where, found=one.found(locale))
        for one in found
        if one.weight is Weight.ERROR
    )
