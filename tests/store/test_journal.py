"""docs/journal.md against what the code writes: the scripts, and every fact of told stories."""

import ast
import json
import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis

from app.domain.card import Stage
from app.domain.conversation import Conversation
from app.domain.mail import Absence, Button, Fate, Joined, PortalNews, Pressed, Tick
from app.domain.message import Author, Kind
from app.domain.qualification import Intent, Reading
from app.domain.visits.visit import BookingFate, ListWord
from app.store.journal import Journal
from app.store.link import Link
from app.store.mailbox import Mailbox
from tests.domain.diary_story import TOMORROW, WANTS, Diary, day, exactly
from tests.domain.story import MORNING, SALON, Story, understood
from tests.store.conftest import message

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "journal.md").read_text(encoding="utf-8")
ROWS = {row[0]: row[1:] for row in re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \| `(\{.*\})` \|$", PAGE, re.MULTILINE)}
NO_PRODUCER = {kind for kind, (_, producer, _) in ROWS.items() if producer.startswith("no producer yet: issue ")}
DESIGNED = {
    "received",
    "replied",
    "qualified",
    "offered",
    "held",
    "booked",
    "moved",
    "cancelled",
    "reminded",
    "clock",
    "escalated",
    "taken",
    "returned",
    "came",
    "no_show",
    "paid",
    "closed",
    "consent",
    "opted_out",
}  # fmt: skip  design section 3, point 8


def fields_of(kind: str) -> tuple[set[str], set[str]]:
    """(always, sometimes) of the page's row."""
    cell = ROWS[kind][0]
    sometimes = set(re.findall(r"\[`(\w+)`\]", cell))
    return set(re.findall(r"`(\w+)`", cell)) - sometimes, sometimes


def produced() -> set[str]:
    """Every kind that the code names: `Fact(kind=…)` of the domain and flows, `journal(…)` of the scripts."""
    kinds: set[str] = set()
    for path in (ROOT / "app").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Fact":
                [kind] = [word.value for word in node.keywords if word.arg == "kind"]
                branches = [kind.body, kind.orelse] if isinstance(kind, ast.IfExp) else [kind]
                kinds |= {ast.literal_eval(branch) for branch in branches}
    for path in (ROOT / "app/store/scripts").glob("*.lua"):
        kinds |= set(re.findall(r"journal\(\w+, '(\w+)'", path.read_text(encoding="utf-8")))
    return kinds


def stories() -> list[Story]:
    """Told so that every event of a turn happens at least once."""
    served = Story()
    served.hear()
    served.hear(reading=Reading(intent=Intent.BOOKING, services=("manicure",)))
    served.sent()
    served.person()
    served.hear("Вы тут?", later=SALON.bot_returns_after.total_seconds())
    served.take([served.received(kind=Kind.OPT_OUT), served.received(kind=Kind.OPT_IN)])
    neglected = Story()
    neglected.hear("Заявка", kind=Kind.FORM, consent=True)
    neglected.wake_all()
    written_to = Story()
    written_to.take([written_to.received(author=Author.PERSON)])
    called = Story()
    called.take([called.received()], understood(handoff="asked"))
    called.sent(Fate.SENT)
    spam = Story(now=MORNING + timedelta(hours=1))
    spam.hear(reading=Reading(intent=Intent.SPAM), reply="")
    dismissed = Story()
    dismissed.hear()
    dismissed.take([Pressed(button=Button.DISMISS, manager=7, at=dismissed.now)])
    fell_silent = Story()
    fell_silent.hear()
    fell_silent.sent()
    fell_silent.wake_all()
    ours = Story()
    ours.take([ours.received("", kind=Kind.START, staff="owner")])
    joined = Story()
    joined.hear()
    joined.take([Joined(guest=said_in_whatsapp(), at=joined.now)])
    return [
        joined,
        fell_silent,
        served,
        neglected,
        written_to,
        called,
        spam,
        dismissed,
        ours,
        visited(),
        waited(),
        reminded(),
    ]


def said_in_whatsapp() -> Conversation:
    story = Story()
    return story.take([story.received(channel="whatsapp", customer_id="79995550101")]).conversation


def visited() -> Diary:
    """Offered, held while the diary was away, booked, moved and cancelled."""
    diary = Diary()
    diary.ask("Хочу маникюр завтра", replace(WANTS, when=day(TOMORROW)))
    diary.sent()
    wednesday = exactly(TOMORROW + timedelta(days=1))
    for reading, fates in (
        (replace(WANTS, when=exactly(TOMORROW)), (BookingFate.UNKNOWN, BookingFate.BOOKED)),
        (Reading(intent=Intent.RESCHEDULE, when=wednesday), (BookingFate.MOVED,)),
        (Reading(intent=Intent.CANCEL), (BookingFate.CANCELLED,)),
    ):
        [command] = diary.ask("В 12", reading).commands
        for fate in fates:
            diary.diary(fate, command)
    return diary


def waited() -> Diary:
    """On the waiting list, asked, silent, and then booked from it."""
    diary = Diary()
    diary.waits()
    diary.vacancy()
    diary.now += timedelta(minutes=15)
    diary.take([Tick(due_at=diary.now)])
    diary.vacancy(TOMORROW + timedelta(hours=2), hold="te-1-w2")
    [command] = diary.ask("да", WANTS, word=ListWord.TAKE).commands
    diary.diary(BookingFate.BOOKED, command)
    diary.take([Absence(id="maria-1", resource="maria", at=diary.now)])
    return diary


def reminded() -> Diary:
    """A visit that an outage kept silent about until it had begun, and what became of it."""
    diary = Diary()
    diary.booked()
    diary.now = TOMORROW
    diary.wake()
    for stage in (Stage.LOST, Stage.WON):  # a manager takes one for a no-show, and corrects it
        diary.take([PortalNews(deal=1, stage=stage, at=diary.now)])
    return diary


def test_the_page_tells_every_event_of_the_design_and_no_other_than_the_code_writes() -> None:
    assert set(ROWS) == DESIGNED | produced()
    assert set(ROWS) - NO_PRODUCER == produced()


@pytest.mark.parametrize("kind", sorted(ROWS))
def test_an_example_has_the_fields_of_its_row(kind: str) -> None:
    always, sometimes = fields_of(kind)
    assert always <= set(json.loads(ROWS[kind][2])) <= always | sometimes


def test_facts_of_told_stories_have_the_fields_of_the_page() -> None:
    facts = [fact for story in stories() for turn in story.turns for fact in turn.facts]
    for fact in facts:
        always, sometimes = fields_of(fact.kind)
        assert always <= set(fact.values) <= always | sometimes, fact
    assert {fact.kind for fact in facts} == produced() - {"received"}


async def test_a_received_message_is_journalled_once_with_the_fields_of_the_page(
    link: Link, redis_client: Redis
) -> None:
    for _ in range(2):
        await Mailbox(link).accept(message(text="Меня зовут Анна, +79995550199"))
    [key] = [key async for key in redis_client.scan_iter("otklik:journal:*")]
    [(_, entry)] = await redis_client.xrange(key)
    assert {b"at", b"kind", b"conversation", b"facts"} == set(entry)
    assert fields_of("received")[0] == set(json.loads(entry[b"facts"]))
    assert b"7999555" not in entry[b"facts"]
    day = date.fromisoformat(key.decode().rpartition(":")[2])
    assert ["received"] == [event.kind async for event in Journal(link).day(day)]
