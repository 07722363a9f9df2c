"""One of the race's worker processes: reads nothing but the stream of bookings, with the workers' own consumer."""

import asyncio
import contextlib
import signal

import uvloop

from app.runtime import opened, redis_url_of
from app.settings import Settings
from workers.roles import ROLES
from workers.streams import Consumer


async def run() -> None:
    settings = Settings.load(None)
    async with opened(settings, redis_url_of(settings)) as runtime:
        consumer = Consumer(runtime, next(role for role in ROLES if role.name == "book"))
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, consumer.stop)
        with contextlib.suppress(asyncio.CancelledError):
            await consumer.run()


if __name__ == "__main__":
    uvloop.run(run())
