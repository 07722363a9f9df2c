"""The readiness report as one self-contained page: no script, no font, nothing fetched."""

from collections.abc import Iterator
from html import escape

from app.flow.rehearse.report import Report, Row, Section

STYLE = """\
:root { --ink: #1c2430; --soft: #69748a; --line: #e3e7ee; --ground: #f3f5f8; --card: #fff; --accent: #0f766e;
  --late: #c2362b; --late-soft: #fdeae8; --good: #1d7041; --good-soft: #e2f5e9;
  font: 15px/1.45 system-ui, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; color: var(--ink); }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); }
main { max-width: 62rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
h1 { margin: 0; font-size: 1.6rem; color: var(--accent); }
h2 { margin: 0 0 .6rem; font-size: 1rem; }
.head, .note { color: var(--soft); }
.verdict { padding: .8rem 1rem; border-radius: 12px; font-weight: 600; background: var(--good-soft);
  color: var(--good); }
.verdict.late { background: var(--late-soft); color: var(--late); }
.verdict li { font-weight: 400; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1rem; margin-top: 1rem;
  overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
tr:last-child td { border-bottom: 0; }
th { color: var(--soft); font-weight: 500; }
.note { margin: .7rem 0 0; white-space: pre-wrap; }
@media print { body { background: none; } section { break-inside: avoid; } }
"""


def page(report: Report) -> str:
    """HTML of the whole report. Every word of a customer is text, never markup."""
    parts = [
        f'<!doctype html>\n<html lang="{escape(report.locale)}">\n<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(report.title)}</title>\n<style>\n{STYLE}</style>\n<main>",
        f"<h1>{escape(report.title)}</h1>",
        f'<p class="head">{escape(report.head)}</p>',
        _verdict(report),
        *(_section(section) for section in report.sections),
        "</main>\n</html>\n",
    ]
    return "\n".join(parts)


def _verdict(report: Report) -> str:
    reasons = "".join(f"<li>{escape(reason)}</li>" for reason in report.reasons)
    tone = "verdict" if report.is_ready else "verdict late"
    return f'<div class="{tone}">{escape(report.verdict)}{f"<ul>{reasons}</ul>" if reasons else ""}</div>'


def _section(section: Section) -> str:
    title = f"<h2>{escape(section.title)}</h2>" if section.title else ""
    rows = "".join(_rows(section.heads, section.rows))
    table = f"<table>{rows}</table>" if rows else ""
    notes = "".join(f'<p class="note">{escape(note)}</p>' for note in section.notes)
    return f"<section>{title}{table}{notes}</section>"


def _rows(heads: Row, rows: tuple[Row, ...]) -> Iterator[str]:
    if heads:
        yield f"<tr>{''.join(f'<th>{escape(head)}</th>' for head in heads)}</tr>\n"
    for row in rows:
        yield f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>\n"
