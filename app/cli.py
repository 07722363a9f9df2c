"""The `otklik` command: thin, every verb calls a flow. A user's mistake is one line, never a traceback."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from app.cli_diary import diary
from app.cli_figures import figures
from app.console import MISTAKES, day, fail, guarded, load_settings, tell, with_runtime
from app.domain.business import Mode
from app.domain.modes import ALL
from app.domain.words import say
from app.flow import check as doctor
from app.flow import demo as demonstration
from app.flow import forget as oblivion
from app.flow import init as interview
from app.flow import pause as switch
from app.flow import rehearse as rehearsal
from app.flow import replay as letters
from app.flow import resync
from app.flow import setup as portal_setup
from app.flow.demo import PROFILE as SALON
from app.flow.rebuild import until_born
from app.flow.rehearse import options as rehearsal_options
from app.flow.rehearse import page as rehearsal_page
from app.flow.rehearse import report as rehearsal_report
from app.flow.town import TownError
from app.observe import logs
from app.profiles import ProfileError, load
from app.runtime import Runtime, redis_url_of
from app.settings import SettingsError
from bitrix import BitrixError

Port = Annotated[int, typer.Option(min=0, max=65535, help="0: any free port")]


class Listing(TyperGroup):
    """The list of commands with each first sentence whole: click would cut it at the terminal's edge."""

    def format_commands(self, ctx: typer.Context, formatter: Any) -> None:  # type: ignore[override]  # typer's own click is private
        commands = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
        rows = [(name, " ".join((command.help or "").split())) for name, command in commands if command]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


app = typer.Typer(
    cls=Listing,
    name="otklik",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)


@app.command()
def demo(
    messages: Annotated[int, typer.Option(min=1, help="customers' messages to send")] = 100,
    serve: Annotated[bool, typer.Option("--serve", help="stay up with the page")] = False,
    seed: Annotated[int, typer.Option(help="the same seed sends the same messages")] = 1,
    port: Annotated[int, typer.Option(min=1, max=65535, help="of the gateway")] = 8000,
    profile: Annotated[
        Path, typer.Option(help="the business's file", exists=True, dir_okay=False, show_default="a salon's")
    ] = SALON,
) -> None:
    """Everything on one machine, no accounts: sandbox portal and messengers, gateway, workers, embedded Redis."""
    try:
        done = asyncio.run(demonstration.run(messages=messages, serve=serve, seed=seed, port=port, profile=profile))
    except (ProfileError, TownError) as error:
        fail(str(error), 2)
    if not done:
        raise typer.Exit(1)


@app.command()
def rehearse(
    profile: Annotated[Path | None, typer.Option(help="the business's file; without it that of PROFILE")] = None,
    messages: Annotated[int, typer.Option(min=1, help="customers' words in the week")] = 100,
    seed: Annotated[int, typer.Option(min=0, help="the same seed, the same report")] = 1,
    first: Annotated[str, typer.Option("--from", help="the week's first day, 2026-12-07; else the coming Monday")] = "",
    html: Annotated[Path | None, typer.Option(help="keep the report as a page")] = None,
    portal: Annotated[
        str, typer.Option(help="real: compare the cards in a marked pipeline of your portal")
    ] = "sandbox",
    yes: Annotated[bool, typer.Option("--yes", help="write to the real portal")] = False,
) -> None:
    """A week of scripted customers against your own profile in about a minute: ready for real ones, or why not."""
    try:
        wish = rehearsal_options.wish(
            profile=profile,
            messages=messages,
            seed=seed,
            first_day=day("--from", first) if first else None,
            portal=portal,
            yes=yes,
        )
        report = asyncio.run(rehearsal.run(wish))
        tell(rehearsal_report.lines(report))
        if html:
            rehearsal_options.keep(html, rehearsal_page.page(report))
    except (rehearsal_options.Wrong, SettingsError, BitrixError, TownError) as error:
        fail(str(error), 2)
    if not report.is_ready:
        raise typer.Exit(1)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="address to listen on")] = "127.0.0.1",
    port: Port = 8000,
) -> None:
    """The gateway: webhooks in, 200 once they are safe."""
    import uvicorn

    from app.main import build

    settings = load_settings()
    guarded(lambda: load(settings.general.profile))
    logs.setup(settings.general.log_level)
    config = uvicorn.Config(
        build(settings, redis_url_of(settings), sandbox_url=os.environ.get("SANDBOX_URL", "")),
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=3,
        server_header=False,
    )
    uvicorn.Server(config).run()


@app.command()
def work() -> None:
    """A worker process: answers, sends, registers, watches. Run as many as you like."""
    settings = load_settings()
    guarded(lambda: load(settings.general.profile))
    _become("workers")


@app.command()
def sandbox(port: Port = 8100) -> None:
    """Stands in for Bitrix24, the messengers and the model, with a page that shows them."""
    _become("sandbox", "--port", str(port))


@app.command()
def init(
    profile: Annotated[Path, typer.Option(help="where the business's file goes")] = Path("profile.yaml"),
    env: Annotated[Path, typer.Option(help="where the settings go")] = Path(".env"),
) -> None:
    """Ten questions → the business's profile and .env, and what to click in each vendor's cabinet."""
    interview.run(profile, env)


@app.command()
def check(
    proof: Annotated[str, typer.Option(help="a day such as 2026-12-01: compare what came with the CRM")] = "",
) -> None:
    """Tests every configured token, secret and portal scope, and names the cure of what fails."""
    if proof:
        _prove(proof)
        return
    settings = load_settings()
    findings = asyncio.run(doctor.check(settings, redis_url_of(settings)))
    for line in doctor.lines(findings):
        typer.echo(line)
    if any(finding.state is doctor.State.ERROR for finding in findings):
        raise typer.Exit(1)


def _prove(text: str) -> None:
    of = day("--proof", text)

    async def run(runtime: Runtime) -> None:
        locale = runtime.business.locale
        if runtime.crm is None:
            fail(say("proof_no_portal", locale))
        proof = await resync.prove(runtime, runtime.crm, of)
        tell(resync.told(proof, locale))
        if proof.differences:
            raise typer.Exit(1)

    with_runtime(run)


@app.command()
def setup(
    yes: Annotated[bool, typer.Option("--yes", help="apply without asking")] = False,
    plan_only: Annotated[bool, typer.Option("--plan", help="show the plan and stop")] = False,
) -> None:
    """Brings the portal to what we need: fields, pipeline, stages, sources. Shows its plan first; safe to repeat."""

    async def run(runtime: Runtime) -> None:
        await until_born(runtime)
        locale = runtime.business.locale
        house = (runtime.crm, runtime.business, runtime.settings, runtime.channels, runtime.installed)
        plan = await portal_setup.plan(*house)
        tell(portal_setup.lines(plan, locale))
        if plan.has_work and not plan_only and (yes or typer.confirm(say("setup_ask", locale))):
            plan = await portal_setup.apply(runtime.crm, plan, runtime.lines)
            if runtime.crm:
                await runtime.schemes.save(await runtime.crm.scheme())
            tell(portal_setup.lines(plan, locale))
        if plan.is_wrong:
            raise typer.Exit(1)

    with_runtime(run)


@app.command()
def replay(
    letter: Annotated[str, typer.Argument(help="id of a dead letter, or `all`; none lists them")] = "",
    remove: Annotated[bool, typer.Option("--remove", help="forget it instead")] = False,
) -> None:
    """Dead letters: shows what finally failed, and puts it on its way again."""

    async def run(runtime: Runtime) -> None:
        standing = await letters.letters(runtime)
        if not letter:
            locale = runtime.business.locale
            tell([letters.line(found, locale) for found in standing] or [say("replay_none", locale)])
        elif letter != "all" and letter not in {found.id for found in standing}:
            fail(f"dead letter {letter!r}: not found; `otklik replay` lists them")
        elif remove:
            await letters.remove(runtime, letter)
        else:
            count = await letters.replay(runtime, None if letter == "all" else letter)
            typer.echo(say("replay_went", runtime.business.locale, count=count))

    with_runtime(run)


@app.command()
def forget(
    whom: Annotated[str, typer.Argument(help="phone, e-mail, person's id or conversation's id")],
    yes: Annotated[bool, typer.Option("--yes", help="act; without it the plan alone is shown")] = False,
) -> None:
    """Removes a person from Redis, its file on disk and the portal's cards, and prints a certificate."""

    async def run(runtime: Runtime) -> None:
        locale = runtime.business.locale
        found = await oblivion.plan(runtime, whom)
        tell(oblivion.plan_lines(found, locale))
        if yes:
            certificate = await oblivion.carry_out(runtime, found)
            tell(["", *oblivion.certificate_lines(certificate, locale)])
            if certificate.removed.left:
                raise typer.Exit(1)

    with_runtime(run)


@app.command()
def pause(
    channel: Annotated[str, typer.Argument(help="one channel, or all")] = ALL,
    suggest: Annotated[bool, typer.Option("--suggest", help="go on drafting, for managers only")] = False,
) -> None:
    """Stops the assistant's answers at once; customers are registered and wait for people."""

    async def run(runtime: Runtime) -> None:
        await switch.pause(runtime, channel, Mode.SUGGEST if suggest else Mode.OFF)
        tell(await switch.lines(runtime))

    with_runtime(run)


@app.command()
def resume(channel: Annotated[str, typer.Argument(help="one channel, or all")] = ALL) -> None:
    """Ends a pause: the profile's modes hold again."""

    async def run(runtime: Runtime) -> None:
        await switch.resume(runtime, channel)
        tell(await switch.lines(runtime))

    with_runtime(run)


app.add_typer(figures)
app.add_typer(diary)


def main() -> None:
    """The console's entry."""
    try:
        app()
    except MISTAKES as error:
        fail(str(error))
    except KeyboardInterrupt:
        raise SystemExit(130) from None


def _become(module: str, *words: str) -> NoReturn:
    """This process turns into `python -m module`, so that signals reach it."""
    os.execv(sys.executable, [sys.executable, "-m", module, *words])  # noqa: S606  our own module


if __name__ == "__main__":
    main()
