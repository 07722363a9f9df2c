"""Reports sent by the schedule: once a period to each chat of those whom the profile names, else into the portal.

A chat that refuses for good, or stays away for an hour, is given up for the portal, which shows a report that is told
again in the place of the first. A call whose end nobody knows is not repeated: the portal has the report then too.
"""

import logging
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

from app.channels.base import fit
from app.domain.card import Role
from app.domain.failures import Failure
from app.domain.figures.timetable import Due, due
from app.domain.message import OutboundMessage
from app.domain.roster import Roster
from app.flow.notify import Chat, chats_of, count
from app.flow.report import figures
from app.flow.report_letter import letter
from app.flow.send import in_window
from app.runtime import Runtime
from app.store.reports import Claim, Fate
from bitrix import BitrixError, Command, Priority
from bitrix.errors import Refused

log = logging.getLogger("otklik.report")

PATIENCE = timedelta(hours=1)  # with a messenger that is away
LOST = frozenset({Fate.REFUSED, Fate.UNKNOWN})


async def mail_reports(runtime: Runtime) -> None:
    """Whatever is due and has not reached somebody yet. Not in a rehearsal, whose time is nobody's morning."""
    rules = runtime.business.reports
    if not rules.to or runtime.settings.general.rehearsal:
        return
    now = await runtime.now()
    for each in due(rules, now, ZoneInfo(runtime.business.zone)):
        await _Mailing(runtime, each, late=now - each.at > PATIENCE).run([Role(role) for role in rules.to])


@dataclass(slots=True)
class _Mailing:
    """One report. `late`: a messenger that is away is not waited for any more."""

    runtime: Runtime
    due: Due
    late: bool
    receivers: tuple[str, ...] = ()
    text: str | None = None

    async def run(self, roles: list[Role]) -> None:
        chats = {role: await chats_of(self.runtime, role) for role in roles}
        self.receivers = tuple(
            name for role in roles for name in ([_name(chat) for chat in chats[role]] or [f"portal:{role}"])
        )
        for role in roles:
            for chat in chats[role]:
                await self._to_chat(chat)
            fates = await self.runtime.reports.fates(self.due.name)
            mine = [fates[name] for chat in chats[role] if (name := _name(chat)) in fates]
            if not chats[role] or (mine and LOST.issuperset(mine)):
                await self._to_portal(role, instead=bool(mine))

    async def _to_chat(self, chat: Chat) -> None:
        claim = self._claim(_name(chat))
        if not await self.runtime.reports.claim(claim, self.receivers) or not await self._is_written(claim):
            return
        message = await self._allowed(chat)
        if message is None:
            await self._end(claim, Fate.REFUSED, "messenger")
        elif await self.runtime.reports.step(claim, Fate.LEAVING):
            await self._end(claim, await self._sent(chat, message), "messenger")

    async def _sent(self, chat: Chat, message: OutboundMessage) -> Fate:
        """As soon as a part of it has left, it is sent: it does not begin anew."""
        channel, wire, fate = self.runtime.channels[chat.channel], self.runtime.wires[chat.channel], Fate.REFUSED
        try:
            for text in fit(message.text, channel.capabilities):
                channel.read(await wire.send(channel.render(OutboundMessage(text=text), chat.to)))
                fate = Fate.SENT
        except Failure as failure:
            log.warning("a messenger takes no report: %s", failure)
            if fate is not Fate.SENT and failure.executed is None:
                fate = Fate.UNKNOWN
            elif fate is not Fate.SENT and failure.retry_after is not None and not self.late:
                fate = Fate.WAITS
        return fate

    async def _allowed(self, chat: Chat) -> OutboundMessage | None:
        """None where the messenger's window is closed; a template has no room for a report."""
        message, channel = OutboundMessage(text=self.text or ""), self.runtime.channels[chat.channel]
        if not chat.conversation or channel.capabilities.window is None:
            return message
        reading = await self.runtime.mailbox.read(chat.conversation)
        return in_window(channel, reading.conversation, message, reading.now, None) if reading.conversation else message

    async def _to_portal(self, role: Role, *, instead: bool) -> None:
        roster = await self.runtime.people.roster()
        user = roster.owner if role is Role.OWNER else roster.supervisor
        claim = self._claim(f"portal:{role}")
        reports, crm = self.runtime.reports, self.runtime.crm
        if not await reports.claim(claim, self.receivers, again=True, instead=instead):
            return
        if crm is not None and user is None and (roster == Roster() or roster.portal_away):
            await reports.step(claim, Fate.WAITS)  # who that is will be known once it answers
        elif crm is None or user is None:
            log.error("nobody is there to be told the report %s: no chat is bound to %s", self.due.name, role)
            await reports.step(claim, Fate.REFUSED)
        elif await self._is_written(claim) and await reports.step(claim, Fate.LEAVING):
            params = {"USER_ID": user, "MESSAGE": _plain(self.text or ""), "TAG": f"OTKLIK|report|{self.due.name}"}
            fate = Fate.SENT
            try:
                await crm.client.call(Command(method="im.notify.personal.add", params=params), priority=Priority.NORMAL)
            except BitrixError as error:
                log.warning("the portal takes no report: %s", error)
                fate = Fate.REFUSED if isinstance(error, Refused) else Fate.WAITS
            await self._end(claim, fate, "portal")

    async def _is_written(self, claim: Claim) -> bool:
        """The text is there. With nothing in the journal yet there is nothing to tell, now or later."""
        if self.text is None:
            runtime, of = self.runtime, self.due.period
            begins = await runtime.journal.begins(await runtime.now())
            if begins is None or begins >= of.ends:
                await runtime.reports.step(claim, Fate.NEEDLESS)
                return False
            found, before = await figures(runtime, of.span, of.starts.date())
            self.text = letter(found, before, runtime.business, (await runtime.people.roster()).names, begins)
        return True

    async def _end(self, claim: Claim, fate: Fate, door: str) -> None:
        await self.runtime.reports.step(claim, fate)
        count(self.runtime, door, int(fate is Fate.SENT), int(fate is not Fate.SENT))

    def _claim(self, receiver: str) -> Claim:
        return Claim(report=self.due.name, receiver=receiver, word=uuid4().hex)


def _name(chat: Chat) -> str:
    return f"{chat.channel}:{chat.to.account}:{chat.to.chat_id}"


def _plain(text: str) -> str:
    return text.replace("[", "[\u2060")  # a customer's name cannot write the portal's markup
