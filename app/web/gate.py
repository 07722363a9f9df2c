"""Who may look: pages of figures and explanations ask for DASHBOARD_TOKEN. Without one they are closed."""

import base64
import binascii
import hmac

from fastapi import Request

from app.runtime import Runtime
from app.web.pages import Unseen

ASK = {"WWW-Authenticate": 'Basic realm="Otklik"'}


def signed_in(request: Request) -> None:
    """A dependency. The token comes as `Authorization: Bearer`, or as the password a browser asks for.

    Raises Unseen: 403 while no token is set, 401 without the right one.
    """
    runtime: Runtime = request.app.state.runtime
    token = runtime.settings.general.dashboard_token
    if token is None:
        raise Unseen(403, "page_closed")
    given = _given(request.headers.get("authorization", ""))
    if not hmac.compare_digest(token.get_secret_value().encode(), given):
        runtime.meter.count("otklik_webhooks_refused_total", channel="dashboard", reason="unauthentic")
        raise Unseen(401, "page_401", ASK)


def _given(header: str) -> bytes:
    kind, _, value = header.partition(" ")
    if kind.casefold() != "basic":
        return value.strip().encode()
    try:
        return base64.b64decode(value, validate=True).partition(b":")[2]
    except (binascii.Error, ValueError):
        return b""
