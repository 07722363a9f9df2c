"""The `otklik` command: thin, every verb calls a flow. A user's mistake is one line, never a traceback."""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from app.domain.business import Mode
from app.domain.modes import ALL
from app.domain.words import say
from app.flow import check as doctor
from app.flow import demo as demonstration
from app.flow import evaluate as judging
from app.flow import explain as explanation
from app.flow import forget as oblivion
from app.flow import init as interview
from app.flow import pause as switch
from app.flow import rehearse as rehearsal
from app.flow import rehearse_page as rehearsal_page
from app.flow import rehearse_report as rehearsal_report
from app.flow import replay as letters
from app.flow import resync
from app.flow import setup as portal_setup
from app.flow import whatif as trial
from app.flow.rebuild import until_born
from app.flow.town import TownError
from app.observe import logs
from app.profiles import ProfileError
from app.runtime import Runtime, opened, redis_url_of
from app.settings import Settings, SettingsError
from app.store.birth import Unfit
from app.store.embedded import EmbeddedError
from app.store.link import StoreAway, StoreError
from bitrix import BitrixError

app = typer.Typer(
    name="otklik", no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False, rich_markup_mode=None
)

MISTAKES = (
    SettingsError,
    ProfileError,
    Unfit,
    EmbeddedError,
    StoreAway,
    StoreError,
    BitrixError,
    judging.BadLine,
    switch.UnknownChannel,
    oblivion.NobodyFound,
)


@app.command()
def demo(
    messages: Annotated[int, typer.Option(min=1, help="customers' messages to send")] = 100,
    serve: Annotated[bool, typer.Option("--serve", help="stay up with the page")] = False,
    seed: Annotated[int, typer.Option(help="the same seed sends the same messages")] = 1,
    port: Annotated[int, typer.Option(help="of the gateway")] = 8000,
) -> None:
    """Everything on one machine, no accounts: sandbox portal and messengers, gateway, workers, embedded Redis."""
    if not asyncio.run(demonstration.run(messages=messages, serve=serve, seed=seed, port=port)):
        raise typer.Exit(1)


@app.command()
def rehearse(
    profile: Annotated[Path | None, typer.Option(help="the business's file; without it that of PROFILE")] = None,
    messages: Annotated[int, typer.Option(min=1, help="customers' words in the week")] = 100,
    seed: Annotated[int, typer.Option(min=0, help="the same seed, the same report")] = 1,
    first: Annotated[str, typer.Option("--from", help="the week's first day, 2026-12-07; else the coming Monday")] = "",
    html: Annotated[Path | None, typer.Option(help="keep the report as a page")] = None,
) -> None:
    """A week of scripted customers against your own profile in about a minute: ready for real ones, or why not."""
    file, portal_url = _rehearsed(profile)
    wish = rehearsal.Wish(
        profile=file,
        messages=messages,
        seed=seed,
        first_day=_day("--from", first) if first else None,
        portal_url=portal_url,
    )
    try:
        report = asyncio.run(rehearsal.run(wish))
    except OSError as error:
        _fail(f"--profile {str(file)!r}: {error.strerror or error}, expected the path of a business's file", 2)
    except (BitrixError, TownError) as error:
        _fail(str(error), 2)
    _tell(rehearsal_report.lines(report))
    if html:
        _write(html, rehearsal_page.page(report))
    if not report.is_ready:
        raise typer.Exit(1)


def _rehearsed(profile: Path | None) -> tuple[Path, str]:
    """(the profile, the webhook of the configured portal or nothing). `--profile` alone needs no settings at all."""
    if profile is not None and not (Path(".env").exists() or "PROFILE" in os.environ):
        return profile, ""
    settings = _settings(2)
    webhook = settings.portal.webhook_url
    return profile or settings.general.profile, webhook.get_secret_value() if webhook else ""


def _day(option: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        _fail(f"{option} {text!r}: expected a day such as 2026-12-07", 2)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        _fail(f"--html {str(path)!r}: {error.strerror}, expected a file that can be written", 2)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="0: any free port")] = 8000,
) -> None:
    """The gateway: webhooks in, 200 once they are safe."""
    import uvicorn

    from app.main import build

    settings = _settings()
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
    _become("workers")


@app.command()
def sandbox(port: Annotated[int, typer.Option(help="0: any free port")] = 8100) -> None:
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
    settings = _settings()
    findings = asyncio.run(doctor.check(settings, redis_url_of(settings)))
    for line in doctor.lines(findings):
        typer.echo(line)
    if any(finding.state is doctor.State.ERROR for finding in findings):
        raise typer.Exit(1)


def _prove(text: str) -> None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        _fail(f"--proof {text!r}: expected a day such as 2026-12-01")

    async def run(runtime: Runtime) -> None:
        locale = runtime.business.locale
        if runtime.crm is None:
            _fail(say("proof_no_portal", locale))
        proof = await resync.prove(runtime, runtime.crm, day)
        _tell(resync.told(proof, locale))
        if proof.differences:
            raise typer.Exit(1)

    _with_runtime(run)


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
        _tell(portal_setup.lines(plan, locale))
        if plan.has_work and not plan_only and (yes or typer.confirm("apply?")):
            plan = await portal_setup.apply(runtime.crm, plan, runtime.lines)
            if runtime.crm:
                await runtime.schemes.save(await runtime.crm.scheme())
            _tell(portal_setup.lines(plan, locale))
        if plan.is_wrong:
            raise typer.Exit(1)

    _with_runtime(run)


@app.command()
def replay(
    letter: Annotated[str, typer.Argument(help="id of a dead letter, or `all`; none lists them")] = "",
    remove: Annotated[bool, typer.Option("--remove", help="forget it instead")] = False,
) -> None:
    """Dead letters: shows what finally failed, and puts it on its way again."""

    async def run(runtime: Runtime) -> None:
        if not letter:
            _tell([letters.line(found, runtime.business.locale) for found in await letters.letters(runtime)])
        elif remove:
            if not await letters.remove(runtime, letter):
                _fail(f"dead letter {letter!r}: not found; `otklik replay` lists them")
        else:
            count = await letters.replay(runtime, None if letter == "all" else letter)
            typer.echo(f"{count} on their way")

    _with_runtime(run)


@app.command()
def forget(
    whom: Annotated[str, typer.Argument(help="phone, e-mail, person's id or conversation's id")],
    yes: Annotated[bool, typer.Option("--yes", help="act; without it the plan alone is shown")] = False,
) -> None:
    """Removes a person from Redis, its file on disk and the portal's cards, and prints a certificate."""

    async def run(runtime: Runtime) -> None:
        locale = runtime.business.locale
        found = await oblivion.plan(runtime, whom)
        _tell(oblivion.plan_lines(found, locale))
        if yes:
            certificate = await oblivion.carry_out(runtime, found)
            _tell(["", *oblivion.certificate_lines(certificate, locale)])
            if certificate.removed.left:
                raise typer.Exit(1)

    _with_runtime(run)


@app.command()
def pause(
    channel: Annotated[str, typer.Argument(help="one channel, or all")] = ALL,
    suggest: Annotated[bool, typer.Option("--suggest", help="go on drafting, for managers only")] = False,
) -> None:
    """Stops the assistant's answers at once; customers are registered and wait for people."""

    async def run(runtime: Runtime) -> None:
        await switch.pause(runtime, channel, Mode.SUGGEST if suggest else Mode.OFF)
        _tell(await switch.lines(runtime))

    _with_runtime(run)


@app.command()
def resume(channel: Annotated[str, typer.Argument(help="one channel, or all")] = ALL) -> None:
    """Ends a pause: the profile's modes hold again."""

    async def run(runtime: Runtime) -> None:
        await switch.resume(runtime, channel)
        _tell(await switch.lines(runtime))

    _with_runtime(run)


@app.command()
def explain(
    conversation: Annotated[str, typer.Argument(help="id, as in the deal's origin without its number")],
    as_json: Annotated[bool, typer.Option("--json", help="for a program")] = False,
) -> None:
    """Why each clock of a conversation is due when it is: start, slices of open time, target."""

    async def run(runtime: Runtime) -> None:
        found = await explanation.explain(runtime, conversation)
        if found is None:
            _fail(f"conversation {conversation!r}: not found, expected an id such as te-0f3a…")
        told, now = found
        if as_json:
            typer.echo(json.dumps(explanation.as_json(told, runtime.business, now), ensure_ascii=False, indent=1))
        else:
            _tell(explanation.lines(told, runtime.business, now))

    _with_runtime(run)


@app.command()
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
        _tell(trial.lines(found, locale) if found else [trial.nothing(locale)])

    _with_runtime(run)


@app.command()
def understand(
    model: Annotated[str, typer.Option(help="none: the rules alone; auto: the configured models")] = "auto",
) -> None:
    """JSON lines {id, profile, now, text, context?} on stdin → {id, intent, heat, when, services, … reply}."""
    _guarded(lambda: asyncio.run(judging.understand(sys.stdin, sys.stdout, model)))


@app.command()
def evaluate(
    file: Annotated[Path, typer.Argument(help="labelled messages, JSON lines")],
    model: Annotated[str, typer.Option(help="none or auto")] = "none",
    misses: Annotated[int, typer.Option(help="how many of the worst to show")] = 10,
) -> None:
    """Scores the understanding of labelled messages, field by field, and shows the worst misses."""
    _guarded(lambda: asyncio.run(judging.evaluate(file, sys.stdout, model, misses)))


def main() -> None:
    """The console's entry."""
    try:
        app()
    except MISTAKES as error:
        _fail(str(error))
    except KeyboardInterrupt:
        raise SystemExit(130) from None


def _settings(code: int = 1) -> Settings:
    try:
        return Settings.load()
    except SettingsError as error:
        _fail(str(error), code)


def _with_runtime(run: Callable[[Runtime], Awaitable[None]]) -> None:
    async def within() -> None:
        settings = _settings()
        async with opened(settings, redis_url_of(settings), prepare=False) as runtime:
            await run(runtime)

    _guarded(lambda: asyncio.run(within()))


def _guarded(call: Callable[[], Any]) -> None:
    try:
        call()
    except MISTAKES as error:
        _fail(str(error))


def _tell(lines: Iterable[str]) -> None:
    for line in lines:
        typer.echo(line)


def _fail(text: str, code: int = 1) -> NoReturn:
    typer.echo(text, err=True)
    raise SystemExit(code)


def _become(module: str, *words: str) -> NoReturn:
    """This process turns into `python -m module`, so that signals reach it."""
    os.execv(sys.executable, [sys.executable, "-m", module, *words])  # noqa: S606  our own module


if __name__ == "__main__":
    main()
