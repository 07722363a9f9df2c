"""The open line forgets too: the customer's messages and ours go, their name and chat's become nobody's.

What operators wrote in their own names the portal lets nobody else delete: it is counted, so that a person does.
"""

from collections.abc import Iterable

from app.domain.words import say
from app.flow.forget.portal import ask
from app.runtime import Runtime
from app.store.lines import OpenLine
from bitrix import Command, lines
from bitrix.lines import Guest, History


async def clear(runtime: Runtime, sessions: Iterable[tuple[str, int]]) -> tuple[int, int]:
    """
    sessions   (conversation, session of the open line)
    returns    messages that went, words of operators that stay
    raises     BitrixError
    """
    line, wanted = await runtime.lines.line(), list(sessions)
    if line is None or not wanted or runtime.crm is None:
        return 0, 0
    answers = await ask(
        runtime.crm, {f"s{n}": lines.history(session) for n, (_, session) in enumerate(wanted)}, spares=""
    )
    name = say("forgotten_name", runtime.business.locale)
    asks, left = dict[str, Command](), 0
    for number, (conversation, _) in enumerate(wanted):
        if value := answers.get(f"s{number}"):
            commands, stays = _commands(line, conversation, lines.read_history(value), name)
            asks |= {f"d{number}_{place}": command for place, command in enumerate(commands)}
            left += stays
    gone = await ask(runtime.crm, asks, spares="")
    return sum(lines.deletes(asks[key]) for key in gone), left


def _commands(line: OpenLine, conversation: str, history: History, name: str) -> tuple[list[Command], int]:
    """How many stay, too. What is deleted loses its text before: the portal may only mark it."""
    rows = [row for row in history.messages if not row.deleted and not row.internal]
    theirs = [row.external_ids[0] for row in rows if row.author in history.guests and row.external_ids]
    ours = [row.id for row in rows if row.author == line.author]
    guest = Guest(id=conversation, name=name, chat_name=name)
    commands = [lines.update(line.connector, line.line, guest, theirs, name)] if theirs else []
    commands += [lines.delete(line.connector, line.line, guest, theirs)] if theirs else []
    commands += [command for number in ours for command in (lines.own_update(number, name), lines.own_delete(number))]
    return commands, len(rows) - len(theirs) - len(ours)
