"""Reports sent by the schedule, over real HTTP: whom they reach, once, whatever is away or dies."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson
import pytest

from app.channels import Telegram
from app.channels.http import Wire
from app.domain.business import Party, Reports
from app.domain.card import Role
from app.domain.conversation import opened
from app.domain.decision import Turn
from app.domain.message import InboundMessage
from app.domain.roster import Person, Roster
from app.flow.mail_report import mail_reports
from app.runtime import Runtime
from app.runtime import opened as opened_runtime
from app.store import keys
from app.store.reports import Claim, Fate
from app.store.reports import Reports as Store
from app.store.staff import StaffChat
from sandbox.faults import Fault
from sandbox.portal.faults import Faults
from tests.flow.ops_house import BOT_TOKEN, TELEGRAM, WHATSAPP, House, opened_house
from tests.flow.test_notify import in_portal, in_telegram

SUPERVISOR, OWNER = 3, 1
MOSCOW, NOVOSIBIRSK = ZoneInfo("Europe/Moscow"), ZoneInfo("Asia/Novosibirsk")
NINE = datetime(2026, 11, 25, 9, tzinfo=MOSCOW)  # a Wednesday
DAY, HOUR, MINUTE, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
DAILY = Reports(daily=time(9), to=("owner",))
WITH_CHAT, CHAT = "500000002", "telegram::500000002"  # the owner's, as the profile names it


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with opened_house(tmp_path) as house:
        house.sandbox.world.rules.strangers = True
        yield house


@pytest.fixture
async def runtime(house: House, redis_url: str) -> AsyncIterator[Runtime]:
    async with opened_runtime(house.settings(TELEGRAM | WHATSAPP), redis_url) as runtime:
        await runtime.people.save(
            Roster(managers=(5, 7), supervisor=SUPERVISOR, owner=OWNER, people=(Person(user=7, name="Анна Первая"),))
        )
        runtime = asking(runtime, DAILY)
        await write(runtime, [NINE - 10 * DAY], who="te-0")
        await move(runtime, NINE)
        yield runtime


def asking(runtime: Runtime, rules: Reports, *, zone: str = "", chat: str = WITH_CHAT) -> Runtime:
    """The business with these reports; `chat` empty: the profile names no messenger of anybody."""
    business = runtime.business
    team = business.team
    owner, supervisor = replace(team.owner, telegram=chat), Party(user=SUPERVISOR)
    team = replace(team, owner=owner, supervisor=supervisor)
    return replace(runtime, business=replace(business, reports=rules, team=team, zone=zone or business.zone))


async def move(runtime: Runtime, to: datetime) -> None:
    """Business time stands there."""
    await runtime.link.command("SET", keys.OFFSET, f"={round(to.timestamp() * 1000)}")


async def write(runtime: Runtime, moments: Iterable[datetime], *, who: str = "te-1", late: bool = False) -> None:
    """An enquiry at each moment: answered by a person after five minutes, or missed after an hour."""
    for number, at in enumerate(moments):
        clock = {"target": "first_response", "class": "warm", "manager": 7, "start": 0, "on": 0}
        end = {"what": "missed", "cause": "not_accepted"} if late else {"what": "met"}
        after = HOUR if late else 5 * MINUTE
        for moment, kind, facts in (
            (at, "received", {"channel": "telegram", "kind": "text", "author": "customer", "source": ""}),
            (at, "clock", {**clock, "what": "started"}),
            (at + 2 * SECOND, "replied", {"by": "bot", "channel": "telegram", "first": True, "seconds": 2.0}),
            (at + after, "clock", {**clock, **end}),
        ):
            words = ("at", round(moment.timestamp() * 1000), "kind", kind, "conversation", f"{who}-{number}")
            day = moment.astimezone(UTC).date().isoformat()
            await runtime.link.command(
                "XADD", f"{keys.PREFIX}journal:{day}", "*", *words, "facts", orjson.dumps(facts).decode()
            )


def titles(house: House) -> list[str]:
    """First lines of what the messenger shows, in order."""
    return [text.splitlines()[0].partition(". ")[0] for _, text in in_telegram(house)]


async def fates(runtime: Runtime, report: str = "daily:2026-11-24") -> dict[str, Fate]:
    return await runtime.reports.fates(report)


async def test_yesterday_reaches_the_owner_at_the_time_and_once(house: House, runtime: Runtime) -> None:
    await write(runtime, [NINE - 20 * HOUR, NINE - 19 * HOUR, NINE - 18 * HOUR])
    await write(runtime, [NINE - 17 * HOUR], who="te-2", late=True)
    await move(runtime, NINE - SECOND)
    await mail_reports(runtime)
    assert ["День 23.11.2026"] == titles(house)  # the day before: it was missed, and is not yet a day old
    for ahead in (0, 1, 5, 60, 14 * 60, 24 * 60 - 1):
        await move(runtime, NINE + ahead * MINUTE)
        await asyncio.gather(*(mail_reports(runtime) for _ in range(3)))
    assert ["День 23.11.2026", "День 24.11.2026"] == titles(house)
    [_, (chat, text)] = in_telegram(house)
    assert WITH_CHAT == chat
    assert "Обращений: 4, ответили на 3" in text
    assert "Ответили вовремя: 75\u00a0% (3 из 4)" in text
    assert "Почему опоздали: никто не взял 1" in text
    assert "Больше всего опозданий: Анна Первая, 1 из 4 сроков" in text
    assert [] == in_portal(house)


async def test_a_quiet_day_is_one_honest_line(house: House, runtime: Runtime) -> None:
    await mail_reports(runtime)
    [(_, text)] = in_telegram(house)
    assert ["День 24.11.2026. Салон красоты «Нева»", "Обращений не было."] == text.splitlines()


async def test_before_anything_was_journalled_nothing_is_told(house: House, runtime: Runtime) -> None:
    await runtime.link.command("DEL", f"{keys.PREFIX}journal:{(NINE - 10 * DAY).astimezone(UTC).date()}")
    await mail_reports(runtime)
    assert [] == in_telegram(house) + in_portal(house)
    assert {CHAT: Fate.NEEDLESS} == await fates(runtime)


async def test_a_journal_that_begins_in_the_period_says_so(house: House, runtime: Runtime) -> None:
    await runtime.link.command("DEL", f"{keys.PREFIX}journal:{(NINE - 10 * DAY).astimezone(UTC).date()}")
    await write(runtime, [NINE - 12 * HOUR])
    await mail_reports(runtime)
    [(_, text)] = in_telegram(house)
    assert "Журнал начат 24.11.2026 21:00: что было раньше, не посчитано." == text.splitlines()[-1]


async def test_day_week_and_month_of_a_business_in_its_own_zone(house: House, runtime: Runtime) -> None:
    """Novosibirsk, Monday 1 February: the last minute of January there is 19:59 of the 31st in Moscow."""
    rules = Reports(daily=time(9), weekly="mon", monthly=1, to=("owner",))
    runtime = asking(runtime, rules, zone="Asia/Novosibirsk")
    midnight = datetime(2027, 2, 1, tzinfo=NOVOSIBIRSK)
    await write(runtime, [midnight - DAY - MINUTE], who="te-2")  # of the week and the month
    await write(runtime, [midnight - MINUTE], who="te-3")  # of all three
    await write(runtime, [midnight], who="te-4")  # of none
    await move(runtime, midnight + 9 * HOUR - SECOND)
    await mail_reports(replace(runtime, business=replace(runtime.business, reports=replace(rules, daily=None))))
    assert [] == in_telegram(house)
    await move(runtime, midnight + 9 * HOUR)
    await mail_reports(runtime)
    assert ["День 31.01.2027", "Неделя 25.01 – 31.01.2027", "Месяц 01.2027"] == titles(house)
    asked = [text.splitlines()[1] for _, text in in_telegram(house)]
    assert ["Обращений: 1", "Обращений: 2", "Обращений: 2"] == [line.partition(",")[0] for line in asked]


async def test_after_an_outage_what_is_younger_than_a_day_comes_and_nothing_older(
    house: House, runtime: Runtime
) -> None:
    await move(runtime, NINE + 5 * DAY + 23 * HOUR)
    await mail_reports(runtime)
    assert ["День 29.11.2026"] == titles(house)


async def test_without_a_chat_it_is_a_notice_in_the_portal_for_each_who_is_named(
    house: House, runtime: Runtime
) -> None:
    runtime = asking(runtime, replace(DAILY, to=("owner", "supervisor")), chat="")
    await mail_reports(runtime)
    await mail_reports(runtime)
    assert [OWNER, SUPERVISOR] == [user for user, _ in in_portal(house)]
    assert all(text.startswith("День 24.11.2026") for _, text in in_portal(house))
    assert [] == in_telegram(house)


async def test_every_bound_chat_hears_and_one_that_is_bound_later_hears_the_next(
    house: House, runtime: Runtime
) -> None:
    runtime = asking(runtime, DAILY, chat="")
    for number in ("500000011", "500000012"):
        await bind(runtime, "telegram", number)
    await bind(runtime, "telegram", "500000013", Role.SUPERVISOR)
    await mail_reports(runtime)
    await bind(runtime, "telegram", "500000014")
    await mail_reports(runtime)
    assert ["500000011", "500000012"] == sorted(chat for chat, _ in in_telegram(house))
    await move(runtime, NINE + DAY)
    await mail_reports(runtime)
    assert 5 == len(in_telegram(house))
    assert [] == in_portal(house)


async def test_a_chat_that_binds_after_the_portal_had_it_hears_the_next(house: House, runtime: Runtime) -> None:
    runtime = asking(runtime, DAILY, chat="")
    await mail_reports(runtime)
    await bind(runtime, "telegram", "500000011")
    await mail_reports(runtime)
    assert ([], 1) == (in_telegram(house), len(in_portal(house)))


async def test_one_that_died_between_claim_and_send_is_followed_by_another(house: House, runtime: Runtime) -> None:
    dead = replace(runtime, reports=Store(runtime.link, lease=0.2 * SECOND))
    assert await dead.reports.claim(claim("dead"), [CHAT])
    await mail_reports(runtime)
    assert [] == in_telegram(house)  # it might still live
    await asyncio.sleep(0.25)
    await mail_reports(runtime)
    assert ["День 24.11.2026"] == titles(house)
    assert not await dead.reports.step(claim("dead"), Fate.LEAVING)  # it lives after all: the fence


async def test_one_that_died_in_the_call_is_not_repeated_and_the_portal_has_it(house: House, runtime: Runtime) -> None:
    dead = replace(runtime, reports=Store(runtime.link, lease=0.2 * SECOND))
    assert await dead.reports.claim(claim("dead"), [CHAT])
    assert await dead.reports.step(claim("dead"), Fate.LEAVING)
    await asyncio.sleep(0.25)
    for _ in range(2):
        await mail_reports(runtime)
    assert ([], [OWNER]) == (in_telegram(house), [user for user, _ in in_portal(house)])
    assert {CHAT: Fate.UNKNOWN, "portal:owner": Fate.SENT} == await fates(runtime)


async def test_one_that_died_in_a_call_to_the_portal_leaves_one_notice_there(house: House, runtime: Runtime) -> None:
    runtime = asking(runtime, DAILY, chat="")
    await mail_reports(runtime)
    await runtime.link.command("HSET", f"{keys.REPORT}daily:2026-11-24", "portal:owner", "leaving dead 1")
    await mail_reports(runtime)
    assert 1 == len(in_portal(house))
    assert {"portal:owner": Fate.SENT} == await fates(runtime)


async def test_a_worker_that_is_stopped_in_the_call_leaves_it_to_nobody(house: House, runtime: Runtime) -> None:
    """As a job that ran into its timeout: the call's end is not known."""
    runtime = replace(runtime, reports=Store(runtime.link, lease=0.5 * SECOND))
    house.sandbox.telegram.faults.set(Fault(kind="timeout"))
    mailing = asyncio.create_task(mail_reports(runtime))
    while Fate.LEAVING not in (await fates(runtime)).values():
        await asyncio.sleep(0.01)
    mailing.cancel()
    await asyncio.wait([mailing])
    house.sandbox.telegram.faults.set(Fault())
    await asyncio.sleep(0.6)
    await mail_reports(runtime)
    assert {CHAT: Fate.UNKNOWN, "portal:owner": Fate.SENT} == await fates(runtime)


async def test_a_messenger_that_gives_no_answer_is_not_asked_again(house: House, runtime: Runtime) -> None:
    """The report may stand there: it goes to the portal, and the chat does not hear it twice."""
    wire = Wire("telegram", total_seconds=0.5)
    house.sandbox.telegram.faults.set(Fault(kind="timeout"))
    await mail_reports(replace(runtime, wires={**runtime.wires, "telegram": wire}))
    await wire.close()
    house.sandbox.telegram.faults.set(Fault())
    await mail_reports(runtime)
    assert {CHAT: Fate.UNKNOWN, "portal:owner": Fate.SENT} == await fates(runtime)
    assert ([], 1) == (in_telegram(house), len(in_portal(house)))


async def test_while_the_portal_is_away_it_waits_and_comes_once(house: House, runtime: Runtime) -> None:
    runtime = asking(runtime, DAILY, chat="")
    house.sandbox.portal.door.faults = Faults(kind="503")
    await mail_reports(runtime)
    assert {"portal:owner": Fate.WAITS} == await fates(runtime)
    house.sandbox.portal.door.faults = Faults()
    await move(runtime, NINE + 5 * HOUR)
    for _ in range(2):
        await mail_reports(runtime)
    assert [OWNER] == [user for user, _ in in_portal(house)]


async def test_a_chat_that_refuses_leaves_it_to_the_portal(house: House, runtime: Runtime) -> None:
    house.sandbox.world.rules.strangers = False  # nobody has ever begun this chat
    for _ in range(2):
        await mail_reports(runtime)
    assert ([], [OWNER]) == (in_telegram(house), [user for user, _ in in_portal(house)])


async def test_a_messenger_that_is_away_is_waited_for_an_hour(house: House, runtime: Runtime) -> None:
    nowhere = Telegram(token=BOT_TOKEN, secret="s", api_url="http://127.0.0.1:9")
    nobody = replace(runtime, channels={**runtime.channels, "telegram": nowhere})
    await mail_reports(nobody)
    assert {CHAT: Fate.WAITS} == await fates(runtime)
    await move(runtime, NINE + HOUR)
    await mail_reports(nobody)
    assert {CHAT: Fate.WAITS} == await fates(runtime)
    await move(runtime, NINE + HOUR + MINUTE)
    await mail_reports(nobody)
    await mail_reports(runtime)
    assert ([], 1) == (in_telegram(house), len(in_portal(house)))


async def test_a_whatsapp_whose_window_is_closed_leaves_it_to_the_portal(house: House, runtime: Runtime) -> None:
    runtime = asking(runtime, DAILY, chat="")
    hello = InboundMessage(
        channel="whatsapp", account="106540000000001", customer_id="79995550100", message_id="1", sent_at=NINE - 2 * DAY
    )
    conversation = replace(opened(hello), staff="owner", last_customer_at=hello.sent_at)
    await runtime.mailbox.accept(hello)
    words = ("XREADGROUP", "GROUP", keys.GROUP, "w", "COUNT", 1, "STREAMS", keys.ANSWER, ">")
    [[_, [[entry, _]]]] = await runtime.link.command(*words)
    reading = await runtime.mailbox.read(conversation.id)
    assert "done" == await runtime.mailbox.commit(reading, entry, Turn(conversation=conversation), person_id="p-1")
    await bind(runtime, "whatsapp", "79995550100", conversation=conversation.id)
    await mail_reports(runtime)
    assert [OWNER] == [user for user, _ in in_portal(house)]


async def test_whoever_the_portal_does_not_know_yet_is_waited_for(house: House, runtime: Runtime) -> None:
    runtime = asking(runtime, DAILY, chat="")
    await runtime.people.save(Roster())
    await mail_reports(runtime)
    assert {"portal:owner": Fate.WAITS} == await fates(runtime)
    await runtime.people.save(Roster(owner=OWNER))
    await mail_reports(runtime)
    assert [OWNER] == [user for user, _ in in_portal(house)]


async def test_with_no_chat_and_no_portal_the_log_says_it_once(
    house: House, runtime: Runtime, caplog: pytest.LogCaptureFixture
) -> None:
    runtime = replace(asking(runtime, DAILY, chat=""), crm=None)
    for _ in range(2):
        await mail_reports(runtime)
    assert ["nobody is there to be told the report daily:2026-11-24: no chat is bound to owner"] == [
        record.getMessage() for record in caplog.records if record.name == "otklik.report"
    ]


async def test_a_rehearsal_sends_none(house: House, runtime: Runtime) -> None:
    general = runtime.settings.general.model_copy(update={"rehearsal": True})
    await mail_reports(replace(runtime, settings=runtime.settings.model_copy(update={"general": general})))
    assert [] == in_telegram(house) + in_portal(house)


def claim(word: str) -> Claim:
    return Claim(report="daily:2026-11-24", receiver=CHAT, word=word)


async def bind(runtime: Runtime, channel: str, number: str, role: Role = Role.OWNER, *, conversation: str = "") -> None:
    account = "106540000000001" if channel == "whatsapp" else ""
    chat = StaffChat(conversation_id=conversation or f"te-{number}", channel=channel, account=account, chat_id=number)
    await runtime.staff.bind(role, chat)
