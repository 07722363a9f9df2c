"""Who may call: inbound webhooks and applications' tokens (reference 11.2)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sandbox.portal.calls import Caller, whole
from sandbox.portal.errors import RestError

_CHAT_SCOPES = ("im", "disk", "imbot", "imopenlines", "imconnector", "messageservice", "telephony")
SCOPES = frozenset(
    ("crm", "user", "user_basic", "department", "task", "timeman", "calendar", "booking", "placement", *_CHAT_SCOPES)
)
MEMBER_ID = "a223c6b3710f85df22e9377d6c4f7553"
CODE_SECONDS = 30
ACCESS_SECONDS = 3600  # reference 11.2 (13)

# reference 1.5: groups that a webhook may not call
_APP_ONLY = ("imconnector.", "placement.", "event.", "telephony.externalcall.", "telephony.externalline.")
_DENIED_TO_WEBHOOKS = ("messageservice.sender.", "messageservice.message.status.")


@dataclass(slots=True, kw_only=True)
class InboundWebhook:
    user_id: int
    code: str
    scopes: frozenset[str] = SCOPES
    active: bool = True
    expires_at: datetime | None = None


@dataclass(slots=True, kw_only=True)
class Grant:
    """What a token stands for."""

    client_id: str
    user_id: int
    scopes: frozenset[str]
    expires_at: datetime


@dataclass(slots=True)
class Access:
    webhooks: dict[tuple[int, str], InboundWebhook] = field(default_factory=dict)
    applications: dict[str, str] = field(default_factory=dict)  # client id → client secret
    tokens: dict[str, Grant] = field(default_factory=dict)
    refresh_tokens: dict[str, Grant] = field(default_factory=dict)
    unfinished: set[str] = field(default_factory=set)  # installed, but nobody has called installFinish yet
    codes: dict[str, tuple[Grant, datetime]] = field(default_factory=dict)  # single use, 30 s (reference 1.2)
    application_token: str = "51856fefc120afa4b628cc82d3935cce"
    scope_status: int = 403  # sources disagree on 401 and 403 (reference 11.2 (12))

    def add(self, webhook: InboundWebhook) -> None:
        self.webhooks[webhook.user_id, webhook.code] = webhook

    def by_webhook(self, user_id: int, code: str, now: datetime) -> Caller:
        webhook = self.webhooks.get((user_id, code))
        if webhook is None or not webhook.active or (webhook.expires_at and webhook.expires_at <= now):
            raise RestError("INVALID_CREDENTIALS", "Invalid request credentials", 401)
        return Caller(user_id=user_id, scopes=webhook.scopes, key=code)

    def by_token(self, token: Any, now: datetime) -> Caller:
        if not token:
            raise RestError("NO_AUTH_FOUND", "Wrong authorization data", 401)
        grant = self.tokens.get(str(token))
        if grant is None:
            raise RestError("invalid_token", "Unable to get application by token", 401)
        if grant.expires_at <= now:
            raise RestError("expired_token", "The access token provided has expired.", 401)
        return Caller(user_id=grant.user_id, scopes=grant.scopes, key=grant.client_id, application=grant.client_id)

    def issue(
        self, client_id: str, user_id: int, scopes: frozenset[str], now: datetime, seconds: int
    ) -> tuple[str, str]:
        """A new pair of access and refresh token."""
        access, refresh = secrets.token_hex(35), secrets.token_hex(35)
        expires_at = now + timedelta(seconds=seconds)
        self.tokens[access] = Grant(client_id=client_id, user_id=user_id, scopes=scopes, expires_at=expires_at)
        self.refresh_tokens[refresh] = self.tokens[access]
        return access, refresh

    def forget(self, client_id: str) -> None:
        """Everything that an application was given."""
        self.applications.pop(client_id, None)
        self.unfinished.discard(client_id)
        for kept in (self.tokens, self.refresh_tokens):
            for token in [token for token, grant in kept.items() if grant.client_id == client_id]:
                del kept[token]

    def code(self, client_id: str, user_id: int, now: datetime) -> str:
        code = secrets.token_hex(20)
        grant = Grant(client_id=client_id, user_id=user_id, scopes=SCOPES, expires_at=now)
        self.codes[code] = (grant, now + timedelta(seconds=CODE_SECONDS))
        return code

    def token(self, query: dict[str, Any], now: datetime) -> tuple[str, str, Grant]:
        """What /oauth/token/ gives for a code or a refresh token."""
        if query.get("grant_type") != "authorization_code":
            return self.refresh(query, now)
        client_id = self._client(query)
        grant, until = self.codes.pop(str(query.get("code", "")), (None, now))
        if grant is None or grant.client_id != client_id or until <= now:
            raise RestError("invalid_grant", "Invalid authorization code", 400)
        access, refresh = self.issue(client_id, grant.user_id, grant.scopes, now, ACCESS_SECONDS)
        return access, refresh, self.tokens[access]

    def _client(self, query: dict[str, Any]) -> str:
        client_id = str(query.get("client_id", ""))
        if not client_id or self.applications.get(client_id) != query.get("client_secret"):
            raise RestError("invalid_client", "Client authentication failed", 401)
        return client_id

    def refresh(self, query: dict[str, Any], now: datetime) -> tuple[str, str, Grant]:
        """Rotation: the old refresh token is spent (reference 11.2 (14))."""
        if query.get("grant_type") != "refresh_token":
            raise RestError("invalid_request", "Unsupported grant type", 400)
        client_id = self._client(query)
        grant = self.refresh_tokens.pop(str(query.get("refresh_token", "")), None)
        if grant is None or grant.client_id != client_id:
            raise RestError("invalid_grant", "Invalid refresh token", 400)
        access, refresh = self.issue(client_id, grant.user_id, grant.scopes, now, ACCESS_SECONDS)
        return access, refresh, self.tokens[access]


def token_body(access: str, refresh: str, grant: Grant, *, domain: str, scheme: str, now: datetime) -> dict[str, Any]:
    """The full set of fields that b24pysdk insists on (reference 1.2, 11.2 (14))."""
    return {
        "access_token": access,
        "refresh_token": refresh,
        "expires": int(grant.expires_at.timestamp()),
        "expires_in": max(0, int((grant.expires_at - now).total_seconds())),
        "scope": ",".join(sorted(grant.scopes)),
        "domain": domain,
        "client_endpoint": f"{scheme}://{domain}/rest/",
        "server_endpoint": f"{scheme}://{domain}/rest/",
        "member_id": MEMBER_ID,
        "user_id": grant.user_id,
        "status": "L",
    }


def check_context(method: str, caller: Caller) -> None:
    """Methods that need an application refuse a webhook, whether they exist or not (reference 11.2 (15))."""
    if caller.application is not None:
        return
    if method.startswith(_APP_ONLY) or method == "events":
        text = "Current authorization type is denied for this method Application context required"
        raise RestError("WRONG_AUTH_TYPE", text, 403)
    if method.startswith(_DENIED_TO_WEBHOOKS):
        raise RestError("ACCESS_DENIED", "Access denied! Application context required", 403)


def user_of_path(segment: str) -> int:
    return whole(segment, -1)
