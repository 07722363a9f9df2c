"""The application's half of `otklik setup`: is it installed, do its connector, open line and events stand."""

import app.flow.setup.texts  # noqa: F401 - fills the catalogue
from app.crm import Crm
from app.flow.line_setup import CONNECTOR, Standing, connect, line_name, standing
from app.flow.setup.portal import Item, State
from app.settings import Settings
from app.store.lines import Lines
from bitrix import BitrixError
from bitrix.errors import Refused

SCOPES = "crm, user, department, im, task, imopenlines, imconnector, imbot, placement, disk"


def install_item(settings: Settings) -> Item:
    """What an admin of the portal clicks."""
    values = {"url": f"{settings.general.public_url}/bitrix/install", "scopes": SCOPES}
    return Item(part="cabinet", state=State.NOTE, text="setup_cabinet_application", values=values)


async def line_items(crm: Crm, settings: Settings) -> list[Item]:
    """Connector, line and events; for an application that is installed. Raises BitrixError."""
    return items_of(await standing(crm.client, settings.general.public_url))


def items_of(found: Standing) -> list[Item]:
    line = State.STANDS if found.line is not None and not found.creates else State.MISSING
    connector = State.STANDS if found.connector and found.active else State.MISSING
    items = [
        Item(part="line", word="line", name=line_name(), code=str(found.line or ""), state=line),
        Item(part="line", word="connector", name=CONNECTOR, code=CONNECTOR, state=connector),
    ]
    return items + [
        Item(part="event", word="event", name=event, code=address, state=State.MISSING)
        for event, address in found.unbound
    ]


async def make_lines(crm: Crm, lines: Lines, settings: Settings, operators: tuple[int, ...]) -> list[Item]:
    """All that was missing, made: MADE, or WRONG with the portal's own words. Raises BitrixError when it went away."""
    missing = [item for item in await line_items(crm, settings) if item.state is State.MISSING]
    try:
        await connect(crm.client, lines, settings.general.public_url, operators)
    except Refused as error:
        return [_as(item, State.WRONG, error) for item in missing]
    return [_as(item, State.MADE) for item in missing]


def _as(item: Item, state: State, error: BitrixError | None = None) -> Item:
    values = {"reason": error.description or error.code} if error else None
    return Item(
        part=item.part,
        word=item.word,
        name=item.name,
        code=item.code,
        state=state,
        text="setup_refused" if error else "",
        values=values,
    )
