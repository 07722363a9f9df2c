"""Files between the portal and messengers: each side fetches them from an address of ours that says nothing by itself.

The address holds what to fetch, encrypted; the portal's own links carry our access and never leave this process.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from app.portal import name_of
from app.runtime import Runtime
from app.store.vault import Sealed
from bitrix import Command
from bitrix.errors import BitrixError

LIVES_SECONDS = 30 * 24 * 3600
MAX_BYTES = 50 * 1024 * 1024  # what Telegram's bots may send
SECONDS = 30.0


class Gone(Exception):
    """Nothing can be fetched for this address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    name: str
    media_type: str
    content: bytes


def portal_file(runtime: Runtime, row: Mapping[str, Any]) -> str:
    """Our address for a file of a chat's history; empty without SECRET_KEY."""
    link = next((str(row[key]) for key in ("urlDownload", "link") if row.get(key)), "")
    record = {"disk": str(row.get("id", "")), "link": link, "name": str(row.get("name") or "file")}
    if runtime.vault is None or not (record["disk"] or link):
        return ""
    return f"{runtime.settings.general.public_url}/files/{runtime.vault.seal(record)}/{quote(record['name'])}"


async def fetch(runtime: Runtime, word: str) -> Fetched:
    """What an address of ours stands for. Raises Gone."""
    if runtime.vault is None:
        raise Gone
    try:
        record = runtime.vault.unseal(word, seconds=LIVES_SECONDS)
    except Sealed as error:
        raise Gone from error
    async with httpx.AsyncClient(timeout=SECONDS, trust_env=False, follow_redirects=False) as client:
        return await _download(client, await _link_of(runtime, record), str(record["name"]))


async def _link_of(runtime: Runtime, record: Mapping[str, Any]) -> str:
    """The portal's own link; only to its own host."""
    link = str(record["link"])
    if record["disk"] and runtime.crm is not None:
        try:
            command = Command(method="disk.file.get", params={"id": record["disk"]})
            link = str((await runtime.crm.client.call(command)).value["DOWNLOAD_URL"])
        except (BitrixError, KeyError, TypeError):
            pass  # without the right «disk» the link of the chat is all there is
    if urlsplit(link).netloc.lower() != name_of(runtime.settings).lower():
        raise Gone
    return link


async def _download(client: httpx.AsyncClient, link: str, name: str) -> Fetched:
    try:
        async with client.stream("GET", link) as answer:
            content = bytearray()
            async for piece in answer.aiter_bytes():
                content += piece
                if len(content) > MAX_BYTES:
                    raise Gone
    except httpx.HTTPError as error:
        raise Gone from error
    if answer.status_code != httpx.codes.OK:
        raise Gone
    media_type = answer.headers.get("content-type", "application/octet-stream")
    return Fetched(name=name, media_type=media_type, content=bytes(content))
