"""Commands for the diary: what a turn decided, carried out once, with one outcome."""

from datetime import timedelta

from app.domain.mail import Absence, BookingOutcome, Vacancy
from app.domain.visits.visit import Command
from app.store import codec, keys
from app.store.link import Link


class Commands:
    def __init__(self, link: Link) -> None:
        self._link = link

    async def tell(self, conversation: str, news: BookingOutcome | Vacancy | Absence) -> bool:
        """What a person did in the portal, or a time that is free. False: nobody ever began that conversation."""
        return bool(await self._link.run("tell", conversation, codec.dump_mail(news)))

    async def begin(self, owner: str, settles: timedelta) -> None:
        """This visit is about to be written into a diary that would take it twice.

        settles   after so long nothing of it can be running
        """
        await self._link.command("SET", _writing(owner), 1, "PX", round(settles / timedelta(milliseconds=1)))

    async def settled(self, owner: str) -> None:
        """How it ended is known."""
        await self._link.command("DEL", _writing(owner))

    async def is_under_way(self, owner: str) -> bool:
        """Somebody began to write it, and nobody saw the end."""
        return bool(await self._link.command("EXISTS", _writing(owner)))

    async def end(
        self, entry: str, conversation: str, outcome: BookingOutcome | None, again: Command | None, after: timedelta
    ) -> str:
        """One try is over: tell the conversation, or try again later, or both. `done`, or `stale`: another ended it."""
        reply: str = await self._link.run(
            "book_end",
            keys.GROUP,
            entry,
            conversation,
            codec.dump_mail(outcome) if outcome else "",
            round(after / timedelta(milliseconds=1)) if again else "",
            codec.dump(again) if again else "",
        )
        return reply


def _writing(owner: str) -> str:
    return f"{keys.PREFIX}writing:{owner}"
