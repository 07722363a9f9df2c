"""A crew of worker processes, and a runtime for consumers that run inside the test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.runtime import Runtime, opened
from app.settings import Settings
from app.store.embedded import Embedded
from tests.workers.crew import PROFILE, Crew


@pytest.fixture
async def crew(tmp_path: Path) -> AsyncIterator[Crew]:
    with Embedded(tmp_path / "redis", appendfsync="everysec") as server:
        crew = Crew(tmp_path, server)
        try:
            yield crew
        finally:
            for process in crew.processes.values():
                process.kill()
                process.wait(10)
            await crew.client.aclose()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    file = tmp_path / ".env"
    file.write_text(f"PROFILE={PROFILE}\nSITE_WEBHOOK_SECRET=workers-site-secret\n")
    return Settings.load(file)


@pytest.fixture
async def runtime(settings: Settings, redis_url: str) -> AsyncIterator[Runtime]:
    async with opened(settings, redis_url) as runtime:
        yield runtime
