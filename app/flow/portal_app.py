"""Our application in the portal: put in, taken out, and everything that it needs there made to stand."""

import logging

from app.flow.line_setup import connect
from app.flow.people import refresh_people
from app.portal import Installation, application_of
from app.runtime import Runtime
from bitrix import BitrixError
from bitrix.events import Event
from bitrix.install import Installing, parse_install, prove

log = logging.getLogger("otklik.portal")


async def install(runtime: Runtime, body: bytes, content_type: str) -> Installing:
    """Keep the portal's tokens, once the OAuth server has confirmed them.

    raises   MalformedEvent; Unauthorized: forged, spent or of another portal; BitrixError: the server is away
    """
    installing = parse_install(body, content_type)
    if runtime.installed is None or runtime.crm is None:
        raise NotConfigured
    async with runtime.installed.lock():
        room = runtime.settings.portal
        tokens = await prove(application_of(runtime.settings), installing, room.domain, runtime.crm.client.transport)
        await runtime.installed.install(Installation(tokens=tokens, application_token=installing.application_token))
    log.info("the application is installed in %s", room.domain)
    try:
        await refresh_people(runtime)
        roster = await runtime.people.roster()
        await connect(runtime.crm.client, runtime.lines, runtime.settings.general.public_url, roster.managers)
    except BitrixError as error:  # `otklik setup` says what is missing and makes it
        log.warning("installed, but not set up yet; run `otklik setup`: %s", error)
    return installing


async def uninstall(runtime: Runtime, event: Event) -> None:
    """The event has been admitted: nothing of the portal's is kept but the customers' own conversations."""
    if runtime.installed is not None:
        await runtime.installed.remove()
    await runtime.lines.disconnect()
    log.warning("the application was taken out of the portal; install it again or set BITRIX_WEBHOOK_URL")


class NotConfigured(Exception):
    """BITRIX_DOMAIN, BITRIX_CLIENT_ID, BITRIX_CLIENT_SECRET and SECRET_KEY open this door."""
