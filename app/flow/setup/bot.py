"""The bot's part of `otklik setup`: the one that sits in the deals' chats, and the commands of its buttons."""

from dataclasses import replace

import app.domain.pressing  # noqa: F401 - fills the catalogue
from app.crm import Crm
from app.domain.mail import Button
from app.domain.words import EN, RU, say
from app.flow.bot import CODE, COMMANDS, NAME, forget, token_of
from app.flow.setup.portal import Item, State
from app.settings import Settings
from bitrix import BitrixError, Command, Result, bots
from bitrix.errors import Refused


async def bot_items(crm: Crm, settings: Settings) -> list[Item]:
    """The bot, and each command that it lacks. Without the right for bots that is told. Raises BitrixError."""
    token = token_of(settings)
    try:
        rows = (await crm.client.call(bots.bot_list(token))).value["bots"]
    except Refused as error:
        values = {"reason": error.description or error.code}
        return [Item(part="bot", name=NAME, code=CODE, state=State.NOTE, text="setup_no_bot", values=values)]
    bot = next((int(row["id"]) for row in rows if row["code"] == CODE), None)
    if bot is None:
        command = bots.bot_register(CODE, token, name=NAME)
        return [Item(part="bot", name=NAME, code=CODE, state=State.MISSING, command=command)]
    listed = (await crm.client.call(bots.command_list(bot, token))).value["commands"]
    known = {str(row["command"]).lstrip("/") for row in listed}
    items = [Item(part="bot", name=NAME, code=CODE, state=State.STANDS)]
    return items + [
        Item(
            part="bot",
            name=say(f"button_{button}"),
            code=name,
            state=State.STANDS if name in known else State.MISSING,
            command=None if name in known else _register(bot, token, button),
        )
        for button, name in COMMANDS.items()
    ]


async def make_bot(crm: Crm, settings: Settings, items: list[Item]) -> list[Item]:
    """The bot and its commands in two calls. MADE, or WRONG with the portal's own words."""
    made = [await _made(crm, item) if item.part == "bot" and item.command else item for item in items]
    if any(item.part == "bot" and item.code == CODE and item.state is State.MADE for item in made):
        forget()
        rest = [item for item in await bot_items(crm, settings) if item.code != CODE]
        place = next(n for n, item in enumerate(made) if item.code == CODE)
        made[place + 1 : place + 1] = [await _made(crm, item) for item in rest if item.command]
    return made


async def _made(crm: Crm, item: Item) -> Item:
    assert item.command is not None  # noqa: S101  both callers looked
    answer = (await crm.client.batch({"made": item.command})).get("made")
    if isinstance(answer, Result):
        return replace(item, state=State.MADE, command=None)
    if isinstance(answer, BitrixError) and not isinstance(answer, Refused):
        raise answer
    reason = (answer.description or answer.code) if isinstance(answer, Refused) else "—"
    return replace(item, state=State.WRONG, text="setup_refused", values={"reason": reason}, command=None)


def _register(bot: int, token: str, button: Button) -> Command:
    title = {locale: say(f"button_{button}", locale) for locale in (RU, EN)}
    return bots.command_register(bot, token, COMMANDS[button], title)
