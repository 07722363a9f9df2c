"""A worker process with a stopwatch before its answers: `python -m bench.stopwatch FILE`.

The consumers are the real ones with their real work; a line `conversation unix-time` is written as each answer begins.
"""

import asyncio
import gc
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

import uvloop

from app.jobs import Entry
from app.runtime import Runtime, opened, redis_url_of
from app.settings import Settings
from workers.roles import ROLES
from workers.streams import Consumer


async def work(path: Path) -> None:
    settings, stopping = Settings.load(), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    answer = next(role for role in ROLES if role.name == "answer")
    async with opened(settings, redis_url_of(settings)) as runtime:
        with path.open("w", buffering=1) as file:

            async def stamped(runtime: Runtime, entries: list[Entry]) -> None:
                now = time.time()
                file.writelines(f"{entry.subject} {now}\n" for entry in entries)
                await answer.work(runtime, entries)

            roles = [replace(role, work=stamped) if role is answer else role for role in ROLES]
            gc.collect()
            gc.freeze()
            consumers = [Consumer(runtime, role) for role in roles]
            running = [asyncio.create_task(consumer.run()) for consumer in consumers]
            await stopping.wait()
            for consumer in consumers:
                consumer.stop()
            await asyncio.gather(*running)


if __name__ == "__main__":
    uvloop.run(work(Path(sys.argv[1])))
