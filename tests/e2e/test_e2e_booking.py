"""A visit from the first words to «Пришёл», as the chat's page and the portal's page show it: booked, moved, reminded,
asked about (issue 6, line 1), and who said yes to it invited again. With real processes; `-m slow` plays it in a real
browser, `SHOTS` is a folder to see it.
"""

import os
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.crm import FIELDS
from app.domain.business import Business
from app.domain.calendar import is_open, open_intervals
from app.domain.sla import Target
from app.flow.town import Town
from app.profiles import load
from tests.e2e.visitor import Visitor, by_http, in_browser
from tests.e2e.witness import Witness, until, watched

pytestmark = pytest.mark.timeout(150)

PROFILES = Path(__file__).parents[2] / "profiles"
SLOT = re.compile(r"^(\d)\) (?:сегодня|завтра|послезавтра), \d+ \w+, в (\d\d):(\d\d)$", re.MULTILINE)
SALON = ("salon", "Хочу маникюр завтра после обеда", 1, (24, 3, 1))
GARAGE = ("auto", "Здравствуйте, нужен ремонт сегодня", 0, (24, 2))
BOTH = [pytest.param(SALON, id="salon"), pytest.param(GARAGE, id="garage")]
Case = tuple[str, str, int, tuple[int, ...]]  # profile, first words, days until the visit, hours of the reminders


@dataclass
class Play:
    """One customer's way. `said`: how much of what the business said was looked at."""

    visitor: Visitor
    witness: Witness
    business: Business
    said: int = 0

    async def hears(self, *, within: float = 12.0) -> str:
        """The next thing that the business says."""

        async def look() -> str:
            heard = await self.visitor.heard()
            return heard[self.said] if len(heard) > self.said else ""

        text: str = await until(look, within, f"nothing more was said than {await self.visitor.heard()}")
        self.said += 1
        return text

    async def asks(self, text: str) -> str:
        await self.visitor.say(text)
        return await self.hears()

    async def books(self, text: str) -> str:
        """What becomes of it in the diary; a portal that takes over 2.5 s on a busy machine is announced first."""
        heard = await self.asks(text)
        return await self.hears() if "Время за вами" in heard else heard

    async def sees(self, at: datetime) -> str:
        """The portal's day view shows the visit then; the number of its deal."""
        local = at.astimezone(ZoneInfo(self.business.zone))

        async def look() -> str:
            shown = [one for one in await self.visitor.visits() if one.startswith(f"{local:%d.%m %H:%M}")]
            return shown[0] if len(shown) == 1 else ""

        card: str = await until(look, 10, f"{local:%d.%m %H:%M} is not among {await self.visitor.visits()}")
        assert "Марина — " in card
        return card.rpartition("№ ")[2]


@pytest.mark.parametrize("case", [BOTH[0], pytest.param(GARAGE, id="garage", marks=pytest.mark.slow)])
async def test_a_visit_is_booked_moved_reminded_of_and_asked_about(case: Case) -> None:
    profile, *rest = case
    async with _town(profile) as (witness, business), by_http(witness.town) as visitor:
        await _play(Play(visitor, witness, business), *rest)


@pytest.mark.slow
@pytest.mark.parametrize("case", BOTH)
async def test_the_same_in_a_real_browser(case: Case) -> None:
    profile, *rest = case
    shots = Path(os.environ["SHOTS"]) / profile if "SHOTS" in os.environ else None
    if shots:
        shots.mkdir(parents=True, exist_ok=True)
    async with _town(profile) as (witness, business), in_browser(witness.town, business.zone, shots) as visitor:
        await _play(Play(visitor, witness, business), *rest)


@asynccontextmanager
async def _town(profile: str) -> AsyncIterator[tuple[Witness, Business]]:
    """An hour after the doors opened, on a day that three open days follow."""
    business = load(PROFILES / f"{profile}.yaml")
    async with watched(Town(profile=PROFILES / f"{profile}.yaml", zone=business.zone)) as witness:
        await witness.town.set_up()
        await witness.town.control("time", {"to": (_opening(business) + timedelta(hours=1)).isoformat()})
        yield witness, business


def _opening(business: Business) -> datetime:
    now = datetime.now(UTC)
    openings = [opens for opens, _ in open_intervals(now, business.calendar, 30) if opens > now]
    return next(at for at in openings if all(_is_open_on(business, at + timedelta(days=day)) for day in (1, 2, 3)))


def _is_open_on(business: Business, at: datetime) -> bool:
    return all(is_open(at + timedelta(hours=hour), business.calendar) for hour in (1, 8))


async def _play(play: Play, words: str, ahead: int, offsets: tuple[int, ...]) -> None:
    slot, deal = await _is_booked(play, words, ahead)
    await play.visitor.move_to(slot - timedelta(hours=24 if ahead else 4))
    if ahead:
        assert f"{slot:%H:%M}" in await play.hears()  # the first reminder of the time that will not hold
    moved = await _is_moved(play, slot, deal)
    for hours in offsets:
        await play.visitor.move_to(moved - timedelta(hours=hours))
        reminder = await play.hears()
        assert all(part in reminder for part in ("напоминаем о записи", f"{moved:%H:%M}", f" {moved.day} "))
        await play.visitor.look(f"{hours}h")
    await play.witness.settled(within=30)
    assert play.said == len(await play.visitor.heard())  # none for the old time
    await _is_seen_off(play, words, moved, deal)


async def _is_booked(play: Play, words: str, ahead: int) -> tuple[datetime, str]:
    """Three true slots, the second of them, a name; the time in the business's zone, and the number of its deal."""
    visitor, now = play.visitor, (await _now(play)).astimezone(ZoneInfo(play.business.zone))
    offer = await play.asks(words)
    await visitor.look("offer")
    day = now.replace(second=0, microsecond=0) + timedelta(days=ahead)
    slots = [day.replace(hour=int(hour), minute=int(minute)) for _, hour, minute in SLOT.findall(offer)]
    assert 3 == len(set(slots)), offer
    assert all(is_open(slot, play.business.calendar) and slot > now for slot in slots)
    assert not ahead or all(slot.hour >= 12 for slot in slots)  # after dinner
    assert "На какое имя записать?" in await play.asks("второе")
    confirmed = await play.books("Марина")
    told = ("запись подтверждена", f"{slots[1]:%H:%M}", play.business.address)
    assert all(part in confirmed for part in told), confirmed
    assert "Можно иногда приглашать вас" in await play.hears()
    await visitor.look("asked")
    assert "Спасибо, договорились!" in await play.asks("да, присылайте")
    deal = await play.sees(slots[1])
    await visitor.look("booked")
    await _is_linked(play, deal)
    [met] = [event for event in await play.witness.journal("clock") if _is_confirmed(event.facts)]
    assert met.at - now <= timedelta(minutes=5)
    return slots[1], deal


async def _is_moved(play: Play, slot: datetime, deal: str) -> datetime:
    """The same visit, the same deal, at the same time of another day."""
    day = (await _now(play)).astimezone(slot.tzinfo).date() + timedelta(days=2)
    moved = datetime.combine(day, slot.time(), slot.tzinfo)
    assert "Запись перенесена" in await play.books("перенесите на послезавтра")
    assert deal == await play.sees(moved)
    await play.visitor.look("moved")
    return moved


async def _is_seen_off(play: Play, words: str, visit: datetime, deal: str) -> None:
    """The manager is asked and presses; the card knows, the customer is thanked."""
    await play.visitor.move_to(visit + timedelta(hours=2, minutes=30))
    await until(lambda: _is_asked(play.visitor), 15, "nobody was asked whether they came")
    await play.visitor.press(deal, "Пришёл")
    card = await play.witness.deal_when(words, lambda deal: bool(deal[FIELDS["came"][0]]), within=20)
    stages = (await play.witness.town.control("portal/state"))["stages"]
    assert "Пришёл" in next(stage["name"] for stage in stages if stage["code"] == card["stageId"])
    await play.visitor.move_to(await _now(play) + timedelta(hours=2, minutes=5))
    assert "Спасибо, что были у нас!" in await play.hears()
    await play.visitor.look("came")
    if again := _repeats(play.business, words):
        await play.visitor.move_to(visit + again + timedelta(hours=2))
        assert "Пора повторить?" in await play.hears()
        await play.visitor.look("again")


def _repeats(business: Business, words: str) -> timedelta | None:
    """After how long the service of these words is offered again."""
    wanted = next((one for one in business.services if any(alias in words for alias in one.aliases)), None)
    return wanted.repeat_after if wanted else None


async def _now(play: Play) -> datetime:
    return datetime.fromisoformat((await play.witness.town.control("time"))["now"])


async def _is_asked(visitor: Visitor) -> bool:
    return "Клиент пришёл?" in await visitor.notices()


async def _is_linked(play: Play, deal: str) -> None:
    """The booking in the portal: its deal, whose stage says so, and the deal's contact."""

    async def look() -> bool:
        state = await play.witness.town.control("portal/state")
        [booking] = state["diary"]["bookings"]
        [card] = [card for card in state["deals"] if str(card["ID"]) == deal]
        assert ([deal], [int(card["CONTACT_ID"])]) == (booking["deals"], booking["contacts"])
        return "Записан" == next(stage["name"] for stage in state["stages"] if stage["code"] == card["STAGE_ID"])

    await until(look, 10, "the deal does not stand at «Записан»")


def _is_confirmed(facts: Mapping[str, object]) -> bool:
    return facts["target"] == Target.BOOKING_CONFIRMATION and facts["what"] == "met"
