"""The processes of a bench: a town with what is measured, and servers beside it on the same Redis."""

import asyncio
import contextlib
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from app.flow.town import Town, free_port
from app.store import birth
from app.store.embedded import Embedded
from app.store.link import Link
from bench.report import ROOT

PEER = ROOT / ".venv-peers" / "bin" / "python"
START_SECONDS = 20.0


@contextlib.asynccontextmanager
async def town(**parts: Any) -> AsyncIterator[Town]:
    """A Town whose store is born before it, so that it may stand without workers; `appendfsync always`."""
    with tempfile.TemporaryDirectory(prefix="otklik-bench-") as folder:
        directory = Path(folder)
        with Embedded(directory / "redis", appendfsync="always") as redis:
            link = Link(redis.url)
            await birth.open_store(link)
            await link.close()
            async with Town(directory=directory, **parts) as found:
                if found.portal_url:
                    await _set_up(found)
                yield found


async def _set_up(found: Town) -> None:
    """`otklik setup`, as an integrator would run it."""
    words = (sys.executable, "-m", "app.cli", "setup", "--yes")
    with (found.directory / "setup.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(*words, env=found.env, stdout=log, stderr=log)
    if await process.wait():
        raise RuntimeError(f"otklik setup failed: {found.log('setup')[-1500:]}")


async def wipe(link: Link) -> None:
    """An empty store, born again."""
    await link.command("FLUSHALL")
    await birth.open_store(link)


@contextlib.asynccontextmanager
async def served(
    command: Sequence[str], env: Mapping[str, str], log: Path, *, cwd: Path = ROOT
) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """A server of this command, `{port}` in it filled in; yields it with its address once it listens."""
    port = free_port()
    words = [word.format(port=port) for word in command]
    with log.open("ab") as file:
        process = await asyncio.create_subprocess_exec(*words, env=dict(env), stdout=file, stderr=file, cwd=cwd)
    try:
        await _listens(process, port, log)
        yield process, f"http://127.0.0.1:{port}"
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def asgi(app: str, *, python: str = sys.executable) -> list[str]:
    """uvicorn as it is best: uvloop, httptools, no log lines."""
    words = f"-m uvicorn {app} --port {{port}} --loop uvloop --http httptools --no-access-log --log-level warning"
    return [python, *words.split()]


async def _listens(process: asyncio.subprocess.Process, port: int, log: Path) -> None:
    async with asyncio.timeout(START_SECONDS):
        while process.returncode is None:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                return
            await asyncio.sleep(0.05)
    raise RuntimeError(f"did not come up: {log.read_text(errors='replace')[-1500:]}")


def rss_mb(pid: int) -> float:
    """Resident memory of a process, MB."""
    rows = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(row.split()[1]) for row in rows if row.startswith("VmRSS")) / 1024
