"""The commands about the diary."""

from pathlib import Path
from typing import Annotated

import typer

from app.console import day, tell, with_runtime
from app.domain.words import say
from app.flow import absent as absence
from app.flow import import_diary
from app.flow.rebuild import until_born
from app.runtime import Runtime

diary = typer.Typer()


@diary.command()
def absent(
    resource: Annotated[str, typer.Argument(help="who is away: name or id of the profile")],
    on: Annotated[str, typer.Argument(metavar="date", help="a day such as 2026-12-01")],
    yes: Annotated[bool, typer.Option("--yes", help="act; without it the day's visits are shown")] = False,
) -> None:
    """A master falls ill: the day is closed, its customers are offered other times. Again: what became of each."""
    of = day("date", on)

    async def run(runtime: Runtime) -> None:
        await until_born(runtime)
        who = absence.named(resource, runtime.business)
        if yes:
            await absence.close(runtime, who, of)
        tell(await absence.lines(runtime, who, of))

    with_runtime(run)


@diary.command(name="import")
def import_file(
    file: Annotated[Path, typer.Argument(help="the business's own diary, .xlsx or .csv")],
    yes: Annotated[bool, typer.Option("--yes", help="act; without it what was understood is shown")] = False,
) -> None:
    """Bookings that the business keeps elsewhere (`booking.diary: import`); replaces what was imported before."""

    async def run(runtime: Runtime) -> None:
        business, now = runtime.business, await runtime.now()
        sheet = import_diary.understood(file, business, now)
        tell(import_diary.lines(sheet, business))
        if sheet.wrong:
            raise typer.Exit(1)
        if yes:
            await until_born(runtime)
            tell([import_diary.done(await import_diary.apply(runtime, sheet), business, now)])
        else:
            tell([say("import_apply", business.locale)])

    with_runtime(run)
