"""What the portal tells us is believed only from our portal, and once."""

import logging
from hashlib import blake2b

from app.portal import Installation
from app.runtime import Runtime
from app.store import codec, keys
from app.store.mailbox import SEEN_SECONDS
from bitrix.errors import Unauthorized
from bitrix.events import Event

log = logging.getLogger("otklik.portal")


STATUSES = {"unauthentic": 401, "foreign": 401, "replayed": 409}  # the portal tries once, whatever we say


class Refused(Exception):
    """An event without effect. `reason`, the metric's label: `unauthentic`, `foreign`, `replayed`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


async def admit(runtime: Runtime, event: Event, body: bytes) -> None:
    """Pass an event that carries a token of ours, names our portal and was not here before. Raises Refused, StoreAway.

    The token is compared with every one we know, in constant time: the outgoing webhook's and the application's.
    """
    installation = await _installation(runtime)
    configured = runtime.settings.portal.application_token
    known = [configured.get_secret_value()] if configured else []
    known += [installation.application_token] if installation else []
    if True not in [event.is_from(token) for token in known]:  # all are compared, whichever fits
        raise Refused("unauthentic")
    if installation and event.is_from(installation.application_token) and event.member_id != installation.member_id:
        raise Refused("foreign")
    await _once(runtime, event, body)


async def _once(runtime: Runtime, event: Event, body: bytes) -> None:
    """No signature and no number protects an event: the same bytes count once, and old ones not at all."""
    now_ms = codec.milliseconds(await runtime.now())
    if event.ts and abs(now_ms / 1000 - event.ts) > SEEN_SECONDS:
        raise Refused("replayed")
    seen = f"{keys.PREFIX}seen:{blake2b(body, digest_size=16).hexdigest()}"
    if not await runtime.link.command("SET", seen, "1", "NX", "EX", SEEN_SECONDS):
        raise Refused("replayed")


async def _installation(runtime: Runtime) -> Installation | None:
    if runtime.installed is None:
        return None
    try:
        return await runtime.installed.installation()
    except Unauthorized as error:
        log.warning("the installation cannot be read: %s", error)
        return None
