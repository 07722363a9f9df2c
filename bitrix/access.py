"""How the portal lets us in: an inbound webhook's address, or an application's tokens, renewed one at a time."""

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
    async def target(self) -> Target: ...

    async def renew(self, used: Target, transport: Transport) -> Target:
        """After 401 expired_token on `used`."""

    async def moved(self, used: Target, location: str) -> Target:
        """After a redirect of `used` to `location`; raises `Moved` when that is not the same portal elsewhere."""


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

    async def load(self) -> Tokens | None: ...

    async def save(self, tokens: Tokens) -> None:
        """Durable on return: it is awaited before the new tokens are used."""

    def lock(self) -> AbstractAsyncContextManager[Any]:
        """Held around one refresh; concurrent ones invalidate each other."""


class OAuthAccess:
    """A local application. `oauth_url` outranks the server named in the tokens (the vendor runs two)."""

    def __init__(self, client_id: str, client_secret: str, store: TokenStore, *, oauth_url: str = "") -> None:
        self._client_id = client_id
        self._client_secret = client_secret
        self._store = store
        self._oauth_url = oauth_url

    async def target(self) -> Target:
        tokens = await self._tokens()
        return Target(url=tokens.client_endpoint, token=tokens.access_token)

    async def renew(self, used: Target, transport: Transport) -> Target:
        async with self._store.lock():
            tokens = await self._tokens()
            if tokens.access_token == used.token:  # else somebody has renewed them meanwhile
                response = await transport.send(self._refresh(tokens), REFRESH_TIMEOUT_SECONDS)
                tokens = renewed(tokens, response)
                await self._store.save(tokens)
        return Target(url=tokens.client_endpoint, token=tokens.access_token)

    async def moved(self, used: Target, location: str) -> Target:
        target = elsewhere(used, location)
        async with self._store.lock():
            await self._store.save(replace(await self._tokens(), client_endpoint=target.url))
        return target

    async def _tokens(self) -> Tokens:
        tokens = await self._store.load()
        if tokens is None:
            raise Unauthorized("not_installed", "the application has not been installed in the portal yet")
        return tokens

    def _refresh(self, tokens: Tokens) -> Request:
        fields = {
            "grant_type": "refresh_token",
            "client_id": self._client_id,
            "client_secret": self._client_secret,
            "refresh_token": tokens.refresh_token,
        }
        server = urljoin(self._oauth_url or tokens.server_endpoint, "/oauth/token/")
        return Request(url=f"{server}?{urlencode(fields)}", verb="GET")


def renewed(tokens: Tokens, response: Response) -> Tokens:
    """The tokens after the OAuth server's answer; some builds name neither server nor portal in it."""
    try:
        answer = orjson.loads(response.body)
        if "error" not in answer:
            return Tokens.read({"server_endpoint": tokens.server_endpoint, "member_id": tokens.member_id, **answer})
    except (orjson.JSONDecodeError, TypeError, KeyError, ValueError) as error:
        status = response.status
        raise Unanswered("unanswered", "the OAuth server's answer is unusable", status=status) from error
    raise error_of(answer["error"], answer.get("error_description"), method="oauth/token", status=response.status)


def elsewhere(used: Target, location: str) -> Target:
    """The same REST root on the host that `location` names. A step down to http, or no other host, is no move."""
    before, after = urlsplit(used.url), urlsplit(location)
    if not after.netloc or after.netloc == before.netloc or (before.scheme == "https" and after.scheme != "https"):
        raise Moved("moved", "redirected to what is not the portal under another name")
    return Target(url=urlunsplit((after.scheme, after.netloc, before.path, "", "")), token=used.token)
