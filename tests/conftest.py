"""What every room's tests share: a real Redis, empty before each test."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import redis
import redis.asyncio
from hypothesis import HealthCheck, settings

from app.store.embedded import Embedded

# The suite draws the same examples every time; `--hypothesis-profile=explore` draws others.
# A busy machine makes the drawing slow; that says nothing of the code.
settings.register_profile("explore", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("house", settings.get_profile("explore"), max_examples=60, derandomize=True, database=None)
settings.load_profile("house")


# These mostly wait: begun first, they wait beside everything else.
WAITING = {"e2e", "workers", "peers", "flow"}
# Whole minutes of one worker each, longest first: begun late, one of them is what all others wait for at the end.
LONG = (
    "test_register_laws.py",
    "test_e2e_portal_away.py",
    "test_workers_streams.py",
    "test_e2e_kills.py",
    "test_e2e_application.py",
    "test_one_person.py",
    "test_e2e_away.py",
    "test_workers_schedule.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: (_length(item), not WAITING & set(item.path.parts)))


def _length(item: pytest.Item) -> int:
    return LONG.index(item.path.name) if item.path.name in LONG else len(LONG)


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of this session's own server. Its disk is not waited for: what must survive has its own tests."""
    with Embedded(tmp_path_factory.mktemp("redis"), appendfsync="everysec") as server:
        yield server.url


@pytest.fixture
def redis_url(redis_server: str) -> str:
    with redis.Redis.from_url(redis_server) as client:
        client.flushall()
        client.script_flush()
    return redis_server


@pytest.fixture
async def redis_client(redis_url: str) -> AsyncIterator["redis.asyncio.Redis"]:
    """Gives bytes, as redis-py does by default."""
    async with redis.asyncio.Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
def repository() -> Path:
    """The folder of pyproject.toml."""
    return Path(__file__).parent.parent
