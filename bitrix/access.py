"""How the portal lets us in: an inbound webhook's address, or an application's tokens, renewed one at a time."""

import asyncio
import re
import time
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from typing import Any, Protocol
from urllib.parse import urlencode, urljoin, urlsplit, urlunsplit

import orjson

from bitrix.errors import ExpiredToken, Moved, Unanswered, Unauthorized, error_of
from bitrix.wire import Request, Response, Transport

REFRESH_TIMEOUT_SECONDS = 15.0
WEBHOOK_PATH = re.compile(r"/rest/\d+/[^/]+/?$")  # without the user the portal answers "Method not found!"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where to call: the REST root with its closing slash, and the token that goes into the body, if any."""

    url: str = field(repr=False)
    token: str | None = field(default=None, repr=False)


class Access(Protocol):
    """The way into one portal; `Client` asks it before every call."""

    async def target(self) -> Target:
        """Where to call now. Raises `Unauthorized` when there is no way in."""

    async def renew(self, used: Target, transport: Transport) -> Target:
        """The target after 401 expired_token on `used`. Raises `Unauthorized`, or `Unanswered` when nobody knows."""

    async def moved(self, used: Target, location: str) -> Target:
        """The target after a redirect of `used`. Raises `Moved` when `location` is not the same portal elsewhere."""

    async def aclose(self) -> None:
        """Finish what is under way. The transport is closed after it."""


class WebhookAccess:
    """`https://{portal}/rest/{user}/{code}/`, as the portal's page of inbound webhooks shows it."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("https", "http") or not parts.netloc or not WEBHOOK_PATH.search(parts.path):
            raise ValueError("a webhook's address looks like https://{portal}/rest/{user}/{code}/")
        self._target = Target(url=url.rstrip("/") + "/")

    async def target(self) -> Target:
        return self._target

    async def renew(self, used: Target, transport: Transport) -> Target:
        raise ExpiredToken("expired_token", "a webhook has nothing to renew: make a new one in the portal", status=401)

    async def moved(self, used: Target, location: str) -> Target:
        self._target = elsewhere(used, location)
        return self._target

    async def aclose(self) -> None:
        pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """An application's way into one portal. `member_id` stays when the domain changes; `expires_at` is unix time."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    client_endpoint: str
    server_endpoint: str
    member_id: str
    expires_at: float

    @classmethod
    def read(cls, auth: Mapping[str, Any]) -> "Tokens":
        """From the OAuth server's answer or the `auth` block of ONAPPINSTALL. KeyError: a part is missing."""
        return cls(
            access_token=str(auth["access_token"]),
            refresh_token=str(auth["refresh_token"]),
            client_endpoint=str(auth["client_endpoint"]).rstrip("/") + "/",
            server_endpoint=str(auth["server_endpoint"]),
            member_id=str(auth["member_id"]),
            expires_at=float(auth.get("expires") or time.time() + float(auth.get("expires_in", 3600))),
        )


class TokenStore(Protocol):
    """Shared by all processes that call as this application: every refresh replaces the refresh token (180 days)."""

    async def load(self) -> Tokens | None:
        """None: the application is not installed yet."""

    async def save(self, tokens: Tokens) -> None:
        """Durable on return: it is awaited before the new tokens are used."""

    def lock(self) -> AbstractAsyncContextManager[Any]:
        """Held around one refresh; concurrent ones invalidate each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """A local application of one portal. `oauth_url` outranks the server named in the tokens (the vendor runs two)."""

    client_id: str
    client_secret: str = field(repr=False)
    oauth_url: str = ""

    async def refresh(self, refresh_token: str, server: str, transport: Transport) -> dict[str, Any]:
        """The OAuth server's answer, which proves that the token was given to this application.

        raises   Unauthorized for a token that is spent, foreign or made up; Unanswered when nobody knows
        """
        fields = {
            "grant_type": "refresh_token",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "refresh_token": refresh_token,
        }
        url = urljoin(self.oauth_url or server, "/oauth/token/")
        response = await transport.send(Request(url=f"{url}?{urlencode(fields)}", verb="GET"), REFRESH_TIMEOUT_SECONDS)
        return _granted(response)


class OAuthAccess:
    """A local application. A renewal is finished even when its caller is gone: its tokens are the only ones left."""

    def __init__(self, client_id: str, client_secret: str, store: TokenStore, *, oauth_url: str = "") -> None:
        self._application = Application(client_id=client_id, client_secret=client_secret, oauth_url=oauth_url)
        self._store = store
        self._unsaved: Tokens | None = None  # the store was away when they came
        self._renewals: set[asyncio.Task[Target]] = set()

    async def target(self) -> Target:
        tokens = await self._tokens()
        return Target(url=tokens.client_endpoint, token=tokens.access_token)

    async def renew(self, used: Target, transport: Transport) -> Target:
        renewal = asyncio.create_task(self._renew(used, transport))
        self._renewals.add(renewal)
        renewal.add_done_callback(self._renewals.discard)
        return await asyncio.shield(renewal)

    async def _renew(self, used: Target, transport: Transport) -> Target:
        async with self._store.lock():
            tokens = await self._tokens()
            if tokens.access_token == used.token:  # else somebody has renewed them meanwhile
                tokens = await self._renewed(tokens, transport)
        return Target(url=tokens.client_endpoint, token=tokens.access_token)

    async def _renewed(self, tokens: Tokens, transport: Transport) -> Tokens:
        answer = await self._application.refresh(tokens.refresh_token, tokens.server_endpoint, transport)
        self._unsaved = tokens_of(answer, tokens)
        return await self._saved(self._unsaved)

    async def _saved(self, tokens: Tokens) -> Tokens:
        await self._store.save(tokens)
        self._unsaved = None
        return tokens

    async def moved(self, used: Target, location: str) -> Target:
        target = elsewhere(used, location)
        async with self._store.lock():
            await self._store.save(replace(await self._tokens(), client_endpoint=target.url))
        return target

    async def aclose(self) -> None:
        """A renewal that the server has carried out is kept: after it the old refresh token may be worth nothing."""
        await asyncio.gather(*self._renewals, return_exceptions=True)

    async def _tokens(self) -> Tokens:
        if self._unsaved is not None:
            return await self._saved(self._unsaved)
        tokens = await self._store.load()
        if tokens is None:
            raise Unauthorized("not_installed", "the application has not been installed in the portal yet")
        return tokens


def tokens_of(answer: Mapping[str, Any], before: Tokens | None = None) -> Tokens:
    """The tokens in the OAuth server's answer; some builds name neither server nor portal in it. Raises Unanswered."""
    known = {"server_endpoint": before.server_endpoint, "member_id": before.member_id} if before else {}
    try:
        return Tokens.read({**known, **answer})
    except (TypeError, KeyError, ValueError) as error:
        raise Unanswered("unanswered", "the OAuth server's answer lacks a part", method="oauth/token") from error


def _granted(response: Response) -> dict[str, Any]:
    try:
        answer = orjson.loads(response.body)
    except orjson.JSONDecodeError:
        answer = None
    if not isinstance(answer, dict) or (response.status >= 500 and "error" not in answer):
        raise Unanswered("unanswered", "the OAuth server's answer is unusable", status=response.status)
    if "error" in answer:
        raise error_of(answer["error"], answer.get("error_description"), method="oauth/token", status=response.status)
    return answer


def elsewhere(used: Target, location: str) -> Target:
    """The same REST root on the host that `location` names. A step down to http, or no other host, is no move."""
    before, after = urlsplit(used.url), urlsplit(location)
    if not after.netloc or after.netloc == before.netloc or (before.scheme == "https" and after.scheme != "https"):
        raise Moved("moved", "redirected to what is not the portal under another name")
    return Target(url=urlunsplit((after.scheme, after.netloc, before.path, "", "")), token=used.token)
