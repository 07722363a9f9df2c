"""Who of the team can be told something at a moment, and whose turn it is. A picture of the portal, minutes old."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zlib import crc32

from app.domain.business import Business
from app.domain.calendar import is_open

LEVEL = 3  # open deals more than the least loaded has: still equal, so that a picture minutes old spreads evenly


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What the portal says of one user.

    at_work     the working day is opened, and no break is on; None: this user's time is not tracked
    away_until  on leave until then
    load        open deals
    name        as the portal shows it, empty where it tells none
    """

    user: int
    name: str = ""
    at_work: bool | None = None
    away_until: datetime | None = None
    load: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """Portal user ids. `managers`: those active, in a stable order. Of whom `people` says nothing, nothing is known."""

    managers: tuple[int, ...] = ()
    supervisor: int | None = None
    owner: int | None = None
    people: tuple[Person, ...] = ()
    portal_away: bool = False  # when it was last asked

    @property
    def names(self) -> dict[int, str]:
        """Of the users whose name is known."""
        return {person.user: person.name for person in self.people if person.name}

    def on_shift(self, at: datetime, business: Business) -> tuple[int, ...]:
        """Who can be given work: managers, and in peak hours their extra people, neither absent nor off work.

        Whose time is not tracked works the hours of the business: the roster is the shift.
        """
        extra = [user for peak in business.sla.peaks if is_open(at, peak.calendar) for user in peak.users]
        return tuple(user for user in dict.fromkeys((*self.managers, *extra)) if self._works(user, at, business))

    def hears(self, user: int | None, at: datetime, business: Business) -> bool:
        """Whether this user may be told now. Of those who lead, only a tracked day that is closed or leave forbids it,
        and nothing of the owner: somebody is always reached.
        """
        if user is None:
            return False
        if user == self.owner:
            return True
        if user == self.supervisor:
            person = self._person(user)
            return not _is_away(person, at) and person.at_work is not False
        return self._works(user, at, business)

    def first_for(self, card_id: str, at: datetime, business: Business) -> int | None:
        """Whose a new enquiry is: on shift and little loaded; the same card always alike. With nobody on shift one of
        those who are not on leave gets it, and hears of it when they come.
        """
        pool = self.on_shift(at, business) or tuple(m for m in self.managers if not _is_away(self._person(m), at))
        pool = self._least_loaded(pool or self.managers)
        return pool[crc32(card_id.encode()) % len(pool)] if pool else None

    def still_works(self, user: int | None, at: datetime) -> bool:
        """One of the managers, and not on leave: a customer who comes back may reach them again."""
        return user is not None and user in self.managers and not _is_away(self._person(user), at)

    def next_after(self, user: int | None, tried: Sequence[int], at: datetime, business: Business) -> int | None:
        """The least loaded on shift who has not had it yet; of equals the one whose turn it is."""
        order = self.on_shift(at, business)
        if user in order:
            start = order.index(user) + 1
            order = (*order[start:], *order[:start])
        pool = self._least_loaded([manager for manager in order if manager != user and manager not in tried])
        return next(iter(pool), None)

    def _works(self, user: int, at: datetime, business: Business) -> bool:
        person = self._person(user)
        if _is_away(person, at):
            return False
        return is_open(at, business.calendar) if person.at_work is None else person.at_work

    def _person(self, user: int) -> Person:
        return next((person for person in self.people if person.user == user), Person(user=user))

    def _least_loaded(self, users: Sequence[int]) -> tuple[int, ...]:
        least = min((self._person(user).load for user in users), default=0)
        return tuple(user for user in users if self._person(user).load <= least + LEVEL)


def _is_away(person: Person, at: datetime) -> bool:
    return person.away_until is not None and at < person.away_until
