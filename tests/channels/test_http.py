"""The wire over real sockets: what a failure says of whether the vendor may have acted."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trustme

from app.channels.base import Request
from app.channels.http import Wire
from app.domain.failures import Unavailable

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def vendor(handler: Handler, ssl: object = None) -> AsyncIterator[int]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handler(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=ssl)  # type: ignore[arg-type]
    async with server:
        yield server.sockets[0].getsockname()[1]


@asynccontextmanager
async def wire(**settings: object) -> AsyncIterator[Wire]:
    opened = Wire("telegram", **settings)  # type: ignore[arg-type]
    try:
        yield opened
    finally:
        await opened.close()


def answering(*lines: str, body: bytes = b"{}") -> Handler:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = "\r\n".join(["HTTP/1.1 200 OK", *lines, f"content-length: {len(body)}", "", ""])
        writer.write(
            (head if not lines or not lines[0].startswith("HTTP") else head.partition("\r\n")[2]).encode() + body
        )
        await writer.drain()

    return answer


def request_to(port: int, scheme: str = "http") -> Request:
    return Request(method="POST", url=f"{scheme}://127.0.0.1:{port}/send", json={"text": "привет"})


async def test_answer_comes_with_lower_case_headers() -> None:
    async with vendor(answering("Retry-After: 7", body=b'{"ok":true}')) as port, wire() as ours:
        response = await ours.send(request_to(port))
    assert (response.status, response.headers["retry-after"], response.body) == (200, "7", b'{"ok":true}')


async def test_redirect_is_an_answer_and_is_not_followed() -> None:
    moved = answering("HTTP/1.1 302 Found", "Location: http://127.0.0.1:1/")
    async with vendor(moved) as port, wire() as ours:
        assert (await ours.send(request_to(port))).status == 302


async def test_nothing_was_executed_when_nobody_listens() -> None:
    async with vendor(answering()) as port:
        pass
    async with wire() as ours:
        with pytest.raises(Unavailable) as caught:
            await ours.send(request_to(port))
    assert caught.value.executed is False
    assert caught.value.retry_after is not None


async def test_nobody_knows_when_the_vendor_hangs_after_the_bytes_left() -> None:
    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1 << 16)
        await asyncio.sleep(2)

    async with vendor(hang) as port, wire(total_seconds=0.2) as ours:
        with pytest.raises(Unavailable) as caught:
            await ours.send(request_to(port))
    assert caught.value.executed is None


async def test_total_time_is_kept_on_a_dripping_answer() -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n")
        for _ in range(100):
            writer.write(b"x")
            await asyncio.sleep(0.05)

    started = asyncio.get_running_loop().time()
    async with vendor(drip) as port, wire(total_seconds=0.3) as ours:
        with pytest.raises(Unavailable) as caught:
            await ours.send(request_to(port))
    assert caught.value.executed is None
    assert asyncio.get_running_loop().time() - started < 1.5


async def test_nobody_knows_when_the_connection_breaks_before_the_answer() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")

    async with vendor(hang_up) as port, wire() as ours:
        with pytest.raises(Unavailable) as caught:
            await ours.send(request_to(port))
    assert caught.value.executed is None


async def test_answer_without_end_is_cut_off() -> None:
    async with vendor(answering(body=b"x" * (3 << 20))) as port, wire() as ours:
        with pytest.raises(Unavailable, match="without end"):
            await ours.send(request_to(port))


async def test_own_ca_bundle_is_trusted_and_a_stranger_is_not(tmp_path: Path) -> None:
    import ssl

    authority = trustme.CA()
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    async with vendor(answering(), ssl=context) as port:
        async with wire(ca_bundle=str(bundle)) as ours:
            assert (await ours.send(request_to(port, "https"))).status == 200
        async with wire() as stranger:
            with pytest.raises(Unavailable) as caught:
                await stranger.send(request_to(port, "https"))
    assert caught.value.executed is False


async def test_requests_go_through_the_proxy() -> None:
    seen: list[bytes] = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readline())
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
        await writer.drain()

    async with vendor(proxy) as port, wire(proxy=f"http://127.0.0.1:{port}") as ours:
        await ours.send(Request(method="POST", url="http://api.example/send", json={}))
    assert seen == [b"POST http://api.example/send HTTP/1.1\r\n"]


async def test_form_travels_as_a_form() -> None:
    got: list[bytes] = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got.append(await reader.readuntil(b"\r\n\r\n"))
        got.append(await reader.readexactly(3))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        await writer.drain()

    async with vendor(take) as port, wire() as ours:
        await ours.send(Request(method="POST", url=f"http://127.0.0.1:{port}/", form={"a": "1"}))
    assert b"application/x-www-form-urlencoded" in got[0]
    assert got[1] == b"a=1"
