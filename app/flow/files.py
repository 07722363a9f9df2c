"""Files between the portal and messengers: each side fetches them from an address of ours that says nothing by itself.

The address holds what to fetch, encrypted; the portal's own links carry our access and never leave this process.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from app.domain.conversation import Conversation
from app.domain.failures import Failure
from app.domain.message import Attachment, Kind
from app.portal import name_of
from app.runtime import Runtime
from app.store.vault import Sealed
from bitrix import Command
from bitrix.errors import BitrixError

EXTENSIONS: Mapping[str, str] = {
    Kind.IMAGE: ".jpg",
    Kind.VIDEO: ".mp4",
    Kind.VOICE: ".ogg",
}  # of what has no name of its own
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


def customer_file(runtime: Runtime, conversation: Conversation, file: Attachment) -> str:
    """Our address for what a customer sent; empty for what cannot be fetched, or without SECRET_KEY."""
    channel = runtime.channels.get(conversation.channel)
    if runtime.vault is None or channel is None or channel.fetch(file, conversation.account) is None:
        return ""
    name = file.name or f"{file.kind}{EXTENSIONS.get(file.kind, '')}"
    record = {"channel": channel.name, "account": conversation.account, "ref": file.ref, "url": file.url, "name": name}
    return f"{runtime.settings.general.public_url}/files/{runtime.vault.seal(record)}/{quote(name)}"


async def fetch(runtime: Runtime, word: str) -> Fetched:
    """What an address of ours stands for. Raises Gone."""
    if runtime.vault is None:
        raise Gone
    try:
        record = runtime.vault.unseal(word, seconds=LIVES_SECONDS)
    except Sealed as error:
        raise Gone from error
    if "channel" in record:
        return await _of_customer(runtime, record)
    async with httpx.AsyncClient(timeout=SECONDS, trust_env=False, follow_redirects=False) as client:
        return await _download(client, await _link_of(runtime, record), str(record["name"]))


async def _of_customer(runtime: Runtime, record: Mapping[str, Any]) -> Fetched:
    """Ask the messenger where it is, then fetch it, with what only we know."""
    channel, wire = runtime.channels.get(record["channel"]), runtime.wires.get(record["channel"])
    file, account = Attachment(kind="file", ref=record["ref"], url=record["url"]), str(record["account"])
    request = channel.fetch(file, account) if channel and wire else None
    if channel is None or wire is None or request is None:
        raise Gone
    try:
        answer = await wire.send(request, most_bytes=MAX_BYTES)
        further = channel.found(answer, account)
        answer = await wire.send(further, most_bytes=MAX_BYTES) if further else answer
    except Failure as error:
        raise Gone from error
    if answer.status != httpx.codes.OK:
        raise Gone
    media_type = answer.headers.get("content-type", "application/octet-stream")
    return Fetched(name=str(record["name"]), media_type=media_type, content=answer.body)


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
