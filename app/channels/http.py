"""The only file here that touches the network: a described request → the vendor's response."""

import asyncio
import ssl
from datetime import timedelta

import httpx

from app.channels.base import Request, Response
from app.domain.failures import Unavailable

CONNECT_SECONDS = 4.0
TOTAL_SECONDS = 10.0  # below the lease of an entry (docs/design.md 3.5)
MAX_BODY_BYTES = 1 << 20
PAUSE = timedelta(seconds=1)

NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)


class Wire:
    """One channel's connections, pooled.

    proxy        URL, empty for none; the environment's proxies are not used
    ca_bundle    a PEM file that is trusted instead of the public roots
    """

    def __init__(
        self, vendor: str, *, proxy: str = "", ca_bundle: str = "", total_seconds: float = TOTAL_SECONDS
    ) -> None:
        self._vendor, self._total_seconds = vendor, total_seconds
        self._client = httpx.AsyncClient(
            proxy=proxy or None,
            verify=ssl.create_default_context(cafile=ca_bundle) if ca_bundle else True,
            timeout=httpx.Timeout(total_seconds, connect=min(CONNECT_SECONDS, total_seconds / 2)),
            limits=httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=30),
            follow_redirects=False,
            trust_env=False,
        )

    async def send(self, request: Request, *, most_bytes: int = MAX_BODY_BYTES) -> Response:
        """Any status is a response. Raises Unavailable: `executed` False if nothing was sent, None if nobody knows."""
        try:
            async with asyncio.timeout(self._total_seconds):
                return await self._exchange(request, most_bytes)
        except TimeoutError:
            raise Unavailable(self._vendor, "no answer in time", PAUSE, executed=None) from None
        except NEVER_SENT as error:
            raise Unavailable(self._vendor, type(error).__name__, PAUSE, executed=False) from error
        except httpx.RequestError as error:
            raise Unavailable(self._vendor, type(error).__name__, PAUSE, executed=None) from error

    async def _exchange(self, request: Request, most_bytes: int) -> Response:
        async with self._client.stream(
            request.method,
            request.url,
            headers=dict(request.headers),
            json=request.json,
            data=dict(request.form) if request.form is not None else None,
        ) as response:
            body = bytearray()
            async for piece in response.aiter_bytes():
                body += piece
                if len(body) > most_bytes:
                    raise Unavailable(self._vendor, "an answer without end", PAUSE, executed=None)
            headers = {name.lower(): value for name, value in response.headers.items()}
            return Response(status=response.status_code, headers=headers, body=bytes(body))

    async def close(self) -> None:
        await self._client.aclose()
