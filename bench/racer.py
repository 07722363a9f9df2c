"""One of the race's worker processes: the stream of bookings and the poll of what is to be tried again, no more."""

import asyncio
import contextlib
import signal

import uvloop

from app.flow.watch import watch
from app.runtime import Runtime, opened, redis_url_of
from app.settings import Settings
from workers.roles import ROLES
from workers.streams import Consumer


async def run() -> None:
    settings = Settings.load(None)
    async with opened(settings, redis_url_of(settings)) as runtime:
        consumer = Consumer(runtime, next(role for role in ROLES if role.name == "book"))
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, consumer.stop)
        watching = asyncio.create_task(_watch(runtime), name="watch")
        with contextlib.suppress(asyncio.CancelledError):
            await consumer.run()
        watching.cancel()


async def _watch(runtime: Runtime) -> None:
    """What the scheduler of a whole worker does: a command that nobody answered goes on after its pause."""
    while True:
        await watch(runtime, 1.0)


if __name__ == "__main__":
    uvloop.run(run())
