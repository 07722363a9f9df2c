"""The commands that show figures and reasons: nothing is changed by them."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from app.console import day, fail, guarded, tell, with_runtime
from app.domain.figures.report import Span
from app.flow import evaluate as judging
from app.flow import explain as explanation
from app.flow import report as reporting
from app.flow import whatif as trial
from app.runtime import Runtime

figures = typer.Typer()


@figures.command()
def report(
    span: Annotated[Span, typer.Argument(help="how much of the journal")] = Span.DAILY,
    on: Annotated[str, typer.Option("--day", help="a day of the period, such as 2026-12-01; the last whole one")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="for a program")] = False,
) -> None:
    """The owner's figures of a day, a week or a month, each with what it is of, beside the period before."""
    of = day("--day", on) if on else None

    async def run(runtime: Runtime) -> None:
        found, before = await reporting.figures(runtime, span, of)
        if as_json:
            typer.echo(json.dumps(reporting.as_json(found), ensure_ascii=False, indent=1))
        else:
            names = (await runtime.people.roster()).names
            told = reporting.told(found, before, runtime.business, names)
            tell(reporting.lines(told, runtime.business.locale))

    with_runtime(run)


@figures.command()
def explain(
    conversation: Annotated[str, typer.Argument(help="id, as in the deal's origin without its number")],
    as_json: Annotated[bool, typer.Option("--json", help="for a program")] = False,
) -> None:
    """Why each clock of a conversation is due when it is: start, slices of open time, target."""

    async def run(runtime: Runtime) -> None:
        found = await explanation.explain(runtime, conversation)
        if found is None:
            fail(f"conversation {conversation!r}: not found, expected an id such as te-0f3a…")
        told, now = found
        if as_json:
            typer.echo(json.dumps(explanation.as_json(told, runtime.business, now), ensure_ascii=False, indent=1))
        else:
            tell(explanation.lines(told, runtime.business, now))

    with_runtime(run)


@figures.command()
def whatif(
    hours: Annotated[str, typer.Option(help="«mon-fri: 9:00-21:00; sat: 10:00-18:00»")] = "",
    targets: Annotated[str, typer.Option(help="first response by class: «hot: 5m; warm: 30m; cold: 12h»")] = "",
    days: Annotated[int, typer.Option(min=1, max=100, help="of the journal")] = 30,
) -> None:
    """Replays the journal under other hours or targets: SLA%, escalations and load by hour, before a change is made."""

    async def run(runtime: Runtime) -> None:
        locale = runtime.business.locale
        changed = trial.changed_profile(runtime.settings.general.profile, hours, targets)
        found = await trial.whatif(runtime, changed, days)
        tell(trial.lines(found, locale) if found else [trial.nothing(locale)])

    with_runtime(run)


@figures.command()
def understand(
    model: Annotated[str, typer.Option(help="none: the rules alone; auto: the configured models")] = "auto",
) -> None:
    """JSON lines {id, profile, now, text, context?} on stdin → {id, intent, heat, when, services, … reply}."""
    guarded(lambda: asyncio.run(judging.understand(sys.stdin, sys.stdout, model)))


@figures.command()
def evaluate(
    file: Annotated[Path, typer.Argument(help="labelled messages, JSON lines")],
    model: Annotated[str, typer.Option(help="none or auto")] = "none",
    misses: Annotated[int, typer.Option(help="how many of the worst to show")] = 10,
) -> None:
    """Scores the understanding of labelled messages, field by field, and shows the worst misses."""
    guarded(lambda: asyncio.run(judging.evaluate(file, sys.stdout, model, misses)))
