"""Who of the team can be given work: asked of the portal now and then, never by a message."""

import logging

from app.domain.roster import Roster
from app.runtime import Runtime
from bitrix import BitrixError

log = logging.getLogger("otklik.people")


async def refresh_people(runtime: Runtime) -> bool:
    """The roster as the portal knows it now. While the portal is away the last one stays: False."""
    team = runtime.business.team
    if runtime.crm is None:
        await runtime.people.save(Roster(managers=team.users))
        return False
    try:
        roster = await runtime.crm.roster(team)
    except BitrixError as error:
        log.warning("the roster is the last one known: %s", error)
        return False
    await runtime.people.save(roster)
    return True
