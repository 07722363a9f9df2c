"""What every command shares: the runtime it opens, and one clear line for a user's mistake."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import date
from typing import Any, NoReturn

import typer

from app.flow import evaluate as judging
from app.flow import forget as oblivion
from app.flow import pause as switch
from app.flow.absent import NobodySuch
from app.flow.import_table import BadFile
from app.profiles import ProfileError
from app.runtime import Runtime, opened, redis_url_of
from app.settings import Settings, SettingsError
from app.store.birth import Unfit
from app.store.embedded import EmbeddedError
from app.store.link import StoreAway, StoreError
from bitrix import BitrixError

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
    BadFile,
    NobodySuch,
)


def day(option: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        fail(f"{option} {text!r}: expected a day such as 2026-12-07", 2)


def load_settings(code: int = 1) -> Settings:
    try:
        return Settings.load()
    except SettingsError as error:
        fail(str(error), code)


def with_runtime(run: Callable[[Runtime], Awaitable[None]]) -> None:
    async def within() -> None:
        settings = load_settings()
        async with opened(settings, redis_url_of(settings), prepare=False) as runtime:
            await run(runtime)

    guarded(lambda: asyncio.run(within()))


def guarded(call: Callable[[], Any]) -> None:
    try:
        call()
    except MISTAKES as error:
        fail(str(error))


def tell(lines: Iterable[str]) -> None:
    for line in lines:
        typer.echo(line)


def fail(text: str, code: int = 1) -> NoReturn:
    typer.echo(text, err=True)
    raise SystemExit(code)
