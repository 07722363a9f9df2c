"""Secrets that change while we run: encrypted with SECRET_KEY, saved whole, changed by one process at a time."""

import asyncio
import base64
import secrets
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Any

import orjson
from cryptography.fernet import Fernet, InvalidToken

from app.store import keys
from app.store.link import Link

LOCK_SECONDS = 30.0  # longer than what is done under it: a dead holder's lock opens by itself
LOOK_SECONDS = 0.05


class Sealed(Exception):
    """What is kept was encrypted with another SECRET_KEY."""


class Vault:
    """Law: nothing readable of a record is in Redis."""

    def __init__(self, link: Link, secret_key: str) -> None:
        self._link = link
        self._fernet = Fernet(base64.urlsafe_b64encode(sha256(b"otklik vault\0" + secret_key.encode()).digest()))

    async def load(self, name: str) -> dict[str, Any] | None:
        """None where nothing is kept. Raises Sealed."""
        kept = await self._link.command("GET", _key(name))
        if kept is None:
            return None
        try:
            record: dict[str, Any] = orjson.loads(self._fernet.decrypt(kept.encode()))
        except (InvalidToken, orjson.JSONDecodeError) as error:
            raise Sealed(f"{name} was encrypted with another SECRET_KEY") from error
        return record

    async def save(self, name: str, record: Mapping[str, Any]) -> None:
        """Durable on return, as far as the server's append-only file is."""
        await self._link.command("SET", _key(name), self._fernet.encrypt(orjson.dumps(dict(record))).decode())

    async def forget(self, name: str) -> None:
        await self._link.command("DEL", _key(name))

    @asynccontextmanager
    async def lock(self, name: str) -> AsyncIterator[None]:
        """Held by one process of all at a time; the next one waits. Raises TimeoutError after `LOCK_SECONDS`."""
        word, until = secrets.token_hex(8), time.monotonic() + LOCK_SECONDS
        milliseconds = round(LOCK_SECONDS * 1000)
        while not await self._link.command("SET", f"{keys.LOCK}{name}", word, "NX", "PX", milliseconds):
            if time.monotonic() > until:
                raise TimeoutError(f"{name} is locked")
            await asyncio.sleep(LOOK_SECONDS)
        try:
            yield
        finally:
            await self._link.run("unlock", name, word)

    def seal(self, record: Mapping[str, Any]) -> str:
        """A record as a word that only we can read: it may stand in an address."""
        return self._fernet.encrypt(orjson.dumps(dict(record))).decode()

    def unseal(self, word: str, *, seconds: int) -> dict[str, Any]:
        """Raises Sealed for a word that is not ours, or is older than `seconds`."""
        try:
            record: dict[str, Any] = orjson.loads(self._fernet.decrypt(word.encode(), ttl=seconds))
        except (InvalidToken, orjson.JSONDecodeError, UnicodeEncodeError) as error:
            raise Sealed("not a word of ours") from error
        return record


def _key(name: str) -> str:
    return f"{keys.VAULT}{name}"
