"""The commands about the diary."""

from pathlib import Path
from typing import Annotated

import typer

from app.console import tell, with_runtime
from app.domain.words import say
from app.flow import import_diary
from app.flow.rebuild import until_born
from app.runtime import Runtime

diary = typer.Typer()


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
