"""An application is put into a portal: what the portal posts then, in its two shapes, and the proof that it did.

Nothing in the request proves its sender. What does: the OAuth server takes its refresh token from this application and
names the portal that it belongs to (`prove`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from bitrix.access import Application, Tokens, tokens_of
from bitrix.errors import Unauthorized
from bitrix.events import MalformedEvent, parse_event, parse_form
from bitrix.wire import Transport

INSTALL, UNINSTALL = "ONAPPINSTALL", "ONAPPUNINSTALL"
MAX_FIELDS = 200  # a frame posts about a dozen


@dataclass(frozen=True, slots=True, kw_only=True)
class Installing:
    """What the portal claims. `page`: a person sees our answer in a frame, which has to call `BX24.installFinish()`."""

    refresh_token: str = field(repr=False)
    application_token: str = field(repr=False)
    page: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A page of ours opened in the portal's frame: by whom, where (`DEFAULT`: the application's own page), on what."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    application_token: str = field(repr=False)
    member_id: str
    placement: str
    options: str  # JSON


def parse_install(body: bytes, content_type: str) -> Installing:
    """From ONAPPINSTALL, or from the application's page opened for the first time. Raises MalformedEvent."""
    if "json" not in content_type.lower() and b"AUTH_ID=" in body:
        placed = parse_placed(body)
        return Installing(
            refresh_token=placed.refresh_token,
            application_token=placed.application_token,
            page=True,
        )
    event = parse_event(body, content_type)
    if event.name != INSTALL:
        raise MalformedEvent(f"not {INSTALL}")
    return Installing(
        refresh_token=_text(event.auth, "refresh_token"),
        application_token=event.application_token,
        page=False,
    )


def parse_placed(body: bytes) -> Placed:
    """The POST of a frame. Raises MalformedEvent; nothing in it has been verified."""
    fields = parse_form(body, max_fields=MAX_FIELDS)
    return Placed(
        access_token=_text(fields, "AUTH_ID"),
        refresh_token=_text(fields, "REFRESH_ID"),
        application_token=_text(fields, "APPLICATION_TOKEN", ""),
        member_id=_text(fields, "member_id", ""),
        placement=_text(fields, "PLACEMENT", "DEFAULT"),
        options=_text(fields, "PLACEMENT_OPTIONS", ""),
    )


async def prove(application: Application, installing: Installing, domain: str, transport: Transport) -> Tokens:
    """New tokens of this portal: those that travelled are spent by it.

    raises   Unauthorized when the token is spent, made up, of another application or of another portal;
             ValueError without `oauth_url`: a server that the request names would confirm whatever its sender says
    """
    if not application.oauth_url:
        raise ValueError("an installation is proven by an OAuth server of our own choice: give oauth_url")
    answer = await application.refresh(installing.refresh_token, application.oauth_url, transport)
    tokens = tokens_of(answer)
    if urlsplit(tokens.client_endpoint).netloc.lower() != domain.lower():
        raise Unauthorized("foreign_portal", "the tokens belong to another portal", method="oauth/token")
    return tokens


def _text(fields: Mapping[str, Any], name: str, default: str | None = None) -> str:
    value = fields.get(name, default)
    if not isinstance(value, str):
        raise MalformedEvent(f"{name} is missing")
    return value
