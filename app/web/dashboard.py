"""GET /dashboard: the owner's figures of today, this week and this month, beside what came before. No script."""

from html import escape

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from app.domain.figures.report import Span
from app.domain.words import define, say
from app.flow import report
from app.flow.report import Row, Told
from app.runtime import Runtime
from app.store.link import StoreAway, StoreError
from app.web.gate import signed_in
from app.web.pages import HEADERS, Unseen

define("dashboard_title", "Отклик: цифры", "Otklik: figures")
define("dashboard_was", "до этого", "before")
define("dashboard_target", "цель", "target")

router = APIRouter(dependencies=[Depends(signed_in)])
MARKS = {True: "good", False: "late", None: ""}
STYLE = """
:root { --ink: #1c2430; --soft: #69748a; --line: #e3e7ee; --ground: #f3f5f8; --card: #fff; --accent: #0f766e;
  --late: #c2362b; --good: #1d7041; color: var(--ink);
  font: 15px/1.45 system-ui, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); }
main { max-width: 84rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
h1 { margin: 0 0 1rem; font-size: 1.6rem; color: var(--accent); }
h2 { margin: 0 0 .6rem; font-size: 1.05rem; }
h3 { margin: 1rem 0 .2rem; font-size: .85rem; color: var(--soft); font-weight: 500; }
.periods { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); align-items: start; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; font-weight: 400; padding: .35rem 0; border-bottom: 1px solid var(--line); }
td { text-align: right; padding-left: 1rem; }
tr:last-child > * { border-bottom: 0; }
small { display: block; color: var(--soft); }
.good { color: var(--good); font-weight: 600; }
.late { color: var(--late); font-weight: 600; }
"""


@router.get("/dashboard")
async def dashboard(request: Request) -> HTMLResponse:
    """Closed without DASHBOARD_TOKEN; 503 while Redis is away."""
    runtime: Runtime = request.app.state.runtime
    try:
        today = await report.today(runtime)
        pairs = [await report.figures(runtime, span, today) for span in Span]
        names = (await runtime.people.roster()).names
    except (StoreAway, StoreError):
        raise Unseen(503, "page_store_away") from None
    told = [report.told(found, before, runtime.business, names) for found, before in pairs]
    return HTMLResponse(page(told, runtime.business.name, runtime.business.locale), headers=HEADERS)


def page(told: list[Told], name: str, locale: str) -> str:
    title = escape(f"{say('dashboard_title', locale)} · {name}")
    periods = "".join(_period(each, locale) for each in told)
    return (
        f'<!doctype html>\n<html lang="{escape(locale)}">\n<meta charset="utf-8">\n<title>{title}</title>\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<style>{STYLE}</style>\n'
        f'<main><h1>{title}</h1><div class="periods">{periods}</div></main>\n</html>\n'
    )


def _period(told: Told, locale: str) -> str:
    groups = "".join(f"<h3>{escape(title)}</h3>{_table(rows, locale)}" for title, rows in told.groups.items())
    return f"<section><h2>{escape(told.title)}</h2>{_table(told.rows, locale)}{groups}</section>"


def _table(rows: tuple[Row, ...], locale: str) -> str:
    return f"<table>{''.join(_row(row, locale) for row in rows)}</table>"


def _row(row: Row, locale: str) -> str:
    beside = [f"{say('dashboard_was', locale)} {row.was}"] if row.was else []
    beside += [f"{say('dashboard_target', locale)} {row.target}"] if row.target else []
    small = f"<small>{escape(' · '.join(beside))}</small>" if beside else ""
    value = f'<span class="{MARKS[row.is_kept]}">{escape(row.value)}</span>'
    return f"<tr><th>{escape(row.name)}</th><td>{value}{small}</td></tr>"
