"""Who of the team can be given work: asked of the portal now and then, never by a message."""

import logging
from dataclasses import replace

from app.domain.business import Team
from app.domain.roster import Roster
from app.runtime import Runtime
from bitrix import BitrixError

log = logging.getLogger("otklik.people")


async def refresh_people(runtime: Runtime) -> bool:
    """The roster as the portal knows it now. While it is away the last one stays, at first the profile's own: False."""
    try:
        if runtime.crm is not None:
            await runtime.people.save(await runtime.crm.roster(runtime.business.team))
            return True
    except BitrixError as error:
        log.warning("the roster is the last one known: %s", error)
    known = await runtime.people.roster()
    known = _named(runtime.business.team) if known == Roster() else known
    await runtime.people.save(replace(known, portal_away=runtime.crm is not None))
    return False


def _named(team: Team) -> Roster:
    """Whom the profile names by number: somebody can be told before the portal was ever reached."""
    supervisor, owner = (user if isinstance(user, int) else None for user in (team.supervisor.user, team.owner.user))
    return Roster(managers=team.users, supervisor=supervisor, owner=owner)
