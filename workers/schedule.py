"""arq: everything that waits for a time. The poll of what is due runs each second in exactly one worker."""

import asyncio
import logging
from functools import partial
from typing import Any

import orjson
from arq import Worker, cron
from arq.connections import RedisSettings
from arq.cron import CronJob

from app.flow.diary_news import compare, compare_if_changed
from app.flow.events import read_echoed
from app.flow.hear_bot import hear
from app.flow.line_hear import sweep_lines
from app.flow.mail_report import mail_reports
from app.flow.notify import tell_held
from app.flow.people import refresh_people
from app.flow.portal_sweep import sweep_portal
from app.flow.sweep import sweep
from app.flow.watch import look_again, watch
from app.runtime import Runtime

log = logging.getLogger("otklik.schedule")

QUEUE = "otklik:arq"
EVERY_SECOND = set(range(60))


async def poll(ctx: dict[str, Any]) -> None:
    """One second of polls; the next second's job may be another worker's."""
    await watch(_runtime(ctx), 1.0)


async def people(ctx: dict[str, Any]) -> None:
    """Who is on shift; and where the portal answers, what was held for it. A rehearsal asks at its own moments."""
    if _runtime(ctx).settings.general.rehearsal:
        return
    if await refresh_people(_runtime(ctx)):
        await tell_held(_runtime(ctx))


async def promises(ctx: dict[str, Any]) -> None:
    """At each start of a worker: the profile may have been edited."""
    await look_again(_runtime(ctx))


async def bot(ctx: dict[str, Any]) -> None:
    """Each second somebody looks whether it is time to ask for the bot's events; the store says yes to one."""
    await hear(_runtime(ctx))


async def portal(ctx: dict[str, Any]) -> None:
    await sweep_portal(_runtime(ctx))


async def echoes(ctx: dict[str, Any]) -> None:
    """A crowded portal leaves no room for them: the sweep sees what they would have told."""
    try:
        async with asyncio.timeout(20):
            await read_echoed(_runtime(ctx))
    except TimeoutError:
        log.warning("the echoes found no room in the portal; they are left to its sweep")


async def sweeps(ctx: dict[str, Any]) -> None:
    await sweep(_runtime(ctx))


async def reports(ctx: dict[str, Any]) -> None:
    """Those whose time has come; the store knows whom each has reached."""
    await mail_reports(_runtime(ctx))


async def open_lines(ctx: dict[str, Any]) -> None:
    await sweep_lines(_runtime(ctx))


async def diary(ctx: dict[str, Any]) -> None:
    """What people did to bookings, a few seconds after the portal told of it."""
    await compare_if_changed(_runtime(ctx))


async def whole_diary(ctx: dict[str, Any]) -> None:
    """What no event told of."""
    await compare(_runtime(ctx))


def _runtime(ctx: dict[str, Any]) -> Runtime:
    runtime: Runtime = ctx["runtime"]
    return runtime


CRON: tuple[CronJob, ...] = (
    cron(poll, second=EVERY_SECOND, microsecond=0, timeout=5, max_tries=1),
    cron(bot, second=EVERY_SECOND, microsecond=500_000, timeout=25, max_tries=1),
    cron(echoes, second=set(range(1, 60, 5)), timeout=25, max_tries=1),
    cron(portal, second={20}, timeout=25, max_tries=1),
    cron(people, minute=set(range(0, 60, 2)), second=10, timeout=15, max_tries=3, run_at_startup=True),
    cron(open_lines, second=set(range(2, 60, 5)), timeout=25, max_tries=1),
    cron(promises, minute=0, second=20, timeout=15, max_tries=3, run_at_startup=True),
    cron(sweeps, minute=None, second={30}, timeout=25, max_tries=3),
    cron(reports, second={5, 35}, timeout=25, max_tries=1),
    cron(diary, second=set(range(0, 60, 2)), timeout=20, max_tries=1),
    cron(whole_diary, minute=set(range(0, 60, 5)), second=45, timeout=25, max_tries=1),
)


def scheduler(runtime: Runtime) -> Worker:
    """An arq worker with every measured trap mended (docs/decisions/0003-arq-and-streams.md).

    max_jobs, queue_read_limit   a slot is never hidden behind jobs that run elsewhere
    keep_result=0                an id may be used again at once
    short timeouts               a killed worker's job is run again after the longest of them + 10 s
    job_completion_wait          SIGTERM lets a job end
    """
    return Worker(
        functions=[],
        cron_jobs=list(CRON),
        queue_name=QUEUE,
        redis_settings=settings_of(runtime.redis_url),
        ctx={"runtime": runtime},
        handle_signals=False,
        poll_delay=0.02,
        max_jobs=20,
        queue_read_limit=1000,
        job_timeout=25,
        keep_result=0,
        job_completion_wait=8,
        expires_extra_ms=7 * 24 * 3600 * 1000,
        job_serializer=partial(orjson.dumps, default=str),  # the end of a killed worker's job is an exception
        job_deserializer=orjson.loads,
        allow_abort_jobs=False,
    )


def settings_of(url: str) -> RedisSettings:
    return RedisSettings.from_dsn(url)
