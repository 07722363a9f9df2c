"""Workers as real processes on a Redis of their own, with messages of the site, whose replies need no vendor."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import redis.asyncio as redis

from app.domain.conversation import conversation_id
from app.domain.message import InboundMessage
from app.store import keys
from app.store.birth import open_store
from app.store.embedded import Embedded
from app.store.link import Link
from app.store.mailbox import Mailbox
from tests.store.conftest import message

ROOT = Path(__file__).parents[2]
PROFILE = ROOT / "profiles" / "salon.yaml"
START_SECONDS = 30.0


class Crew:
    """`redis_server` may be killed and started again; `start` and `kill` do it to workers, by name."""

    def __init__(self, folder: Path, server: Embedded) -> None:
        self.folder, self.redis_server = folder, server
        self.client = redis.Redis.from_url(server.url, decode_responses=True)
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str) -> None:
        env = {
            **{word: value for word, value in os.environ.items() if word in ("PATH", "HOME", "LANG")},
            "PYTHONPATH": str(ROOT),
            "PROFILE": str(PROFILE),
            "REDIS_URL": self.redis_server.url,
            "SITE_WEBHOOK_SECRET": "workers-site-secret",
            "LOG_LEVEL": "info",
        }
        with (self.folder / f"{name}.log").open("ab") as log:
            command = [sys.executable, "-m", "workers"]
            self.processes[name] = subprocess.Popen(command, env=env, stdout=log, stderr=log, cwd=self.folder)

    def kill(self, name: str, sign: signal.Signals = signal.SIGKILL) -> int:
        """Its exit code."""
        self.processes[name].send_signal(sign)
        return self.processes[name].wait(15)

    def kill_redis(self, sign: signal.Signals = signal.SIGKILL) -> None:
        os.kill(int((self.folder / "redis" / "valkey.pid").read_text()), sign)

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    async def say(self, customer: str = "visitor", **fields: object) -> str:
        """A message of the site's chat, whose replies need no vendor. Its conversation."""
        link = Link(self.redis_server.url)
        await open_store(link)
        await Mailbox(link).accept(site_message(customer, **fields))
        await link.close()
        return conversation_id("site", "site", customer)

    async def answered(self, customer: str = "visitor", *, within: float) -> None:
        await eventually(lambda: self.client.exists(f"{keys.PREFIX}chat:{customer}"), within, self._logs)

    async def lag(self, conversation: str, *, within: float) -> float:
        """Make a wake of this conversation due now; the seconds until a worker has moved it."""
        seconds, micro = await self.client.time()
        due_ms = int(seconds) * 1000 + int(micro) // 1000
        began = time.monotonic()
        await self.client.zadd(keys.DUE, {conversation: due_ms})

        async def moved() -> bool:
            return await self.client.zscore(keys.DUE, conversation) != due_ms

        await eventually(moved, within, self._logs)
        return time.monotonic() - began

    def _logs(self) -> str:
        return "\n".join(f"{name}: {self.log(name)[-2000:]}" for name in self.processes)


def site_message(customer: str = "visitor", **fields: object) -> InboundMessage:
    own = {"channel": "site", "account": "site", "customer_id": customer, "text": "Сколько стоит маникюр?"}
    return message(**(own | fields))


async def eventually(look: object, within: float, otherwise: object = "it never came") -> None:
    ends = time.monotonic() + within
    while not await look():  # type: ignore[operator]
        assert time.monotonic() < ends, otherwise() if callable(otherwise) else otherwise
        await asyncio.sleep(0.02)
