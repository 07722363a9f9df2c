"""The ladder over real HTTP: always an answer, in time, and who gave it."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

import pytest

from app.assistant.breaker import IN_A_ROW
from app.assistant.model import Model, ModelAccess
from app.assistant.understand import Assistant
from app.domain.business import Business
from app.domain.qualification import By, Heat, Intent, Known, Question, Reading, Understanding, When
from tests.assistant.model_server import MISBEHAVIOURS, Behaviour, ModelServer, answering, hang
from tests.assistant.salon import NOW, SALON, THURSDAY_15, ask

BUDGET = 0.6
SLACK = 0.35  # two shared cores; the promise of 0.1 s is measured by the bench

PRICE = Reading(intent=Intent.PRICE, heat=Heat.WARM, services=("manicure",))


def rules_saying(reading: Reading, handoff: str = "") -> "Rules":
    return Rules(Understanding(reading=reading, reply="По правилам.", handoff=handoff))


class Rules:
    """The seam of the rules: whatever they understand, the ladder must do the same."""

    def __init__(self, understanding: Understanding) -> None:
        self.understanding = understanding

    def __call__(self, question: Question, business: Business) -> Understanding:
        return self.understanding


@asynccontextmanager
async def assistant(
    *behaviours: Behaviour, rules: Rules | None = None, privacy: str = "tokens", budget: float = BUDGET
) -> AsyncIterator[tuple[Assistant, Sequence[ModelServer]]]:
    async with AsyncExitStack() as stack:
        servers = [await stack.enter_async_context(ModelServer(behaviour)) for behaviour in behaviours]
        models = [
            Model(ModelAccess(name=name, base_url=server.url, api_key="key", model="any"))
            for name, server in zip(("model", "fallback"), servers, strict=False)
        ]
        understanding = Assistant(
            models=models, rules=rules or rules_saying(PRICE), privacy=privacy, budget_seconds=budget
        )
        try:
            yield understanding, servers
        finally:
            await understanding.aclose()


async def test_a_good_model_answers() -> None:
    async with assistant(answering()) as (helper, servers):
        understanding = await helper.understand(ask("сколько стоит маникюр?"), SALON)
    assert understanding.by is By.MODEL
    assert understanding.reply == "Маникюр с покрытием стоит 2500 ₽."
    assert understanding.reading.services == ("manicure",)
    assert len(servers[0].requests) == 1


@pytest.mark.parametrize("name", MISBEHAVIOURS)
async def test_a_bad_model_leaves_the_answer_to_the_rules_in_time(name: str) -> None:
    async with assistant(MISBEHAVIOURS[name]) as (helper, _):
        started = time.monotonic()
        understanding = await helper.understand(ask("сколько стоит маникюр?"), SALON)
        took = time.monotonic() - started
    assert understanding.by is By.RULES
    assert understanding.reply == "По правилам."
    assert took < BUDGET + SLACK


@pytest.mark.parametrize("name", MISBEHAVIOURS)
async def test_the_second_model_answers_for_a_bad_first(name: str) -> None:
    async with assistant(MISBEHAVIOURS[name], answering()) as (helper, _):
        started = time.monotonic()
        understanding = await helper.understand(ask("сколько стоит маникюр?"), SALON)
        took = time.monotonic() - started
    assert understanding.by is By.FALLBACK
    assert took < BUDGET + SLACK


async def test_the_second_model_is_not_asked_while_the_first_has_its_share() -> None:
    async with assistant(answering(after=0.05), answering()) as (helper, servers):
        understanding = await helper.understand(ask("сколько стоит маникюр?"), SALON)
    assert understanding.by is By.MODEL
    assert servers[1].requests == []


async def test_a_slow_first_that_is_ready_before_the_second_still_goes_out() -> None:
    async with assistant(answering(after=0.9), answering(after=5), budget=1.5) as (helper, servers):
        understanding = await helper.understand(ask("сколько стоит маникюр?"), SALON)
    assert understanding.by is By.MODEL
    assert len(servers[1].requests) == 1


async def test_losers_are_cancelled_and_their_connections_closed() -> None:
    before = asyncio.all_tasks()
    async with assistant(hang, answering()) as (helper, servers):
        await helper.understand(ask("сколько стоит маникюр?"), SALON)
        async with asyncio.timeout(1):
            while servers[0].open:
                await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    assert asyncio.all_tasks() <= before


async def test_a_deadline_nearer_than_the_budget_wins() -> None:
    async with assistant(hang, budget=30) as (helper, _):
        started = time.monotonic()
        understanding = await helper.understand(ask("привет"), SALON, deadline_seconds=0.2)
    assert understanding.by is By.RULES
    assert time.monotonic() - started < 0.2 + SLACK


async def test_no_time_at_all_is_answered_by_the_rules_at_once() -> None:
    async with assistant(answering()) as (helper, servers):
        assert (await helper.understand(ask("привет"), SALON, deadline_seconds=-1)).by is By.RULES
    assert servers[0].requests == []


async def test_without_models_the_rules_carry_it_alone() -> None:
    helper = Assistant(models=(), rules=rules_saying(PRICE), privacy="tokens")
    assert (await helper.understand(ask("сколько?"), SALON)).reply == "По правилам."
    await helper.aclose()


async def test_with_the_breaker_open_nobody_waits() -> None:
    async with assistant(MISBEHAVIOURS["500"]) as (helper, servers):
        for _ in range(IN_A_ROW):
            await helper.understand(ask("сколько?"), SALON)
        servers[0].behaviour = hang
        started = time.monotonic()
        understanding = await helper.understand(ask("сколько?"), SALON)
    assert understanding.by is By.RULES
    assert time.monotonic() - started < 0.1
    assert len(servers[0].requests) == IN_A_ROW


async def test_a_hanging_first_model_is_left_alone_after_a_while_though_the_second_always_wins() -> None:
    async with assistant(hang, answering(), budget=0.4) as (helper, servers):
        for _ in range(IN_A_ROW + 1):
            assert (await helper.understand(ask("сколько?"), SALON)).by is By.FALLBACK
    assert len(servers[0].requests) == IN_A_ROW


async def test_a_message_without_words_is_for_the_rules() -> None:
    async with assistant(answering()) as (helper, servers):
        assert (await helper.understand(ask(""), SALON)).by is By.RULES
    assert servers[0].requests == []


async def test_personal_data_never_reaches_a_model_and_comes_back_in_the_reply() -> None:
    said = answering(reply="Спасибо, ⟦NAME_1⟧! Маникюр стоит 2500 ₽.")
    async with assistant(said) as (helper, servers):
        understanding = await helper.understand(
            ask(
                "меня зовут Екатерина, тел 8 (916) 123-45-67, kate@mail.ru, карта 4111 1111 1111 1111",
                known=Known(name="Екатерина", phone="+79161234567"),
                history=(("assistant", "Екатерине удобно завтра?"),),
            ),
            SALON,
        )
    sent = str(servers[0].requests[0]["messages"])
    for secret in ("Екатерин", "123-45-67", "9161234567", "kate@mail", "4111"):
        assert secret not in sent
    assert understanding.reply == "Спасибо, Екатерина! Маникюр стоит 2500 ₽."


async def test_an_unknown_token_keeps_a_reply_back() -> None:
    async with assistant(answering(reply="Здравствуйте, ⟦NAME_7⟧!")) as (helper, _):
        assert (await helper.understand(ask("привет"), SALON)).by is By.RULES


async def test_local_privacy_asks_only_models_of_our_own_network() -> None:
    outside = Model(ModelAccess(name="model", base_url="https://model.example.com/v1", api_key="key", model="any"))
    helper = Assistant(models=[outside], rules=rules_saying(PRICE), privacy="local")
    started = time.monotonic()
    assert (await helper.understand(ask("сколько?"), SALON)).by is By.RULES
    assert time.monotonic() - started < 0.1
    await helper.aclose()
    async with assistant(answering(), privacy="local") as (own, _):
        assert (await own.understand(ask("сколько?"), SALON)).by is By.MODEL


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://localhost:8080/v1", True),
        ("http://127.0.0.1/v1", True),
        ("http://10.1.2.3:8000/v1", True),
        ("http://192.168.0.7/v1", True),
        ("http://[::1]:8000/v1", True),
        ("http://vllm:8000/v1", True),
        ("http://model.internal/v1", True),
        ("https://8.8.8.8/v1", False),
        ("https://10.example.com/v1", False),
        ("https://localhost.example.com/v1", False),
        ("", False),
    ],
)
def test_local_means_our_own_network(url: str, local: bool) -> None:
    assert ModelAccess(name="model", base_url=url, model="any").is_local is local


TOMORROW_15 = When(earliest=THURSDAY_15, latest=THURSDAY_15, exact=True)
BOOKING = Reading(intent=Intent.BOOKING, heat=Heat.HOT, when=TOMORROW_15, services=("manicure",))


def model_when(day: int, hour: int, exact: bool = True) -> dict[str, object]:
    moment = f"2026-11-{day}T{hour:02}:00:00"
    return {"earliest": moment, "latest": moment, "exact": exact}


async def test_a_date_that_model_and_rules_read_alike_stands() -> None:
    said = answering(intent="booking", heat="hot", when=model_when(19, 15), reply="Проверю время для вас.")
    async with assistant(said, rules=rules_saying(BOOKING)) as (helper, _):
        understanding = await helper.understand(ask("маникюр завтра в 15"), SALON)
    assert understanding.reading == BOOKING
    assert understanding.reply == "Проверю время для вас."


@pytest.mark.parametrize("when", [model_when(20, 15), model_when(19, 16)])
async def test_a_date_they_read_differently_is_asked_not_acted_upon(when: dict[str, object]) -> None:
    said = answering(intent="booking", heat="hot", when=when, reply="Проверю время для вас.")
    async with assistant(said, rules=rules_saying(BOOKING)) as (helper, _):
        understanding = await helper.understand(ask("маникюр завтра в 15"), SALON)
    assert not understanding.reading.confident
    assert understanding.asks == "when"
    assert "время" in understanding.reply


async def test_a_service_they_read_differently_is_asked() -> None:
    said = answering(intent="booking", when=model_when(19, 15), services=["pedicure"], reply="Проверю.")
    async with assistant(said, rules=rules_saying(BOOKING)) as (helper, _):
        understanding = await helper.understand(ask("маникюр завтра в 15"), SALON)
    assert (understanding.reading.confident, understanding.asks) == (False, "service")


async def test_a_cancellation_only_the_model_sees_is_asked_not_acted_upon() -> None:
    async with assistant(answering(intent="cancel", reply="Жаль!"), rules=rules_saying(BOOKING)) as (helper, _):
        understanding = await helper.understand(ask("маникюр завтра в 15"), SALON)
    assert not understanding.reading.confident


@pytest.mark.parametrize("intent", [Intent.COMPLAINT, Intent.HUMAN, Intent.CANCEL])
async def test_explicit_words_outrank_the_model(intent: Intent) -> None:
    rules = rules_saying(Reading(intent=intent, heat=Heat.HOT), handoff="asked")
    async with assistant(answering(intent="smalltalk", reply="Хорошего дня!"), rules=rules) as (helper, _):
        understanding = await helper.understand(ask("позовите человека"), SALON)
    assert understanding.reading.intent is intent
    assert understanding.handoff == "asked"


async def test_the_phone_is_the_rules_and_an_invented_name_is_dropped() -> None:
    rules = rules_saying(Reading(intent=Intent.PRICE, heat=Heat.WARM, phone="+79161234567"))
    async with assistant(answering(name="Борис"), rules=rules) as (helper, _):
        reading = (await helper.understand(ask("8 916 123 45 67, сколько маникюр?"), SALON)).reading
    assert (reading.phone, reading.name) == ("+79161234567", None)


async def test_a_lie_is_replaced_and_a_person_asked() -> None:
    async with assistant(answering(reply="Маникюр стоит 1900 ₽. Рады помочь!")) as (helper, _):
        understanding = await helper.understand(ask("сколько стоит маникюр?"), SALON)
    assert "1900" not in understanding.reply
    assert "Рады помочь!" in understanding.reply
    assert understanding.handoff == "guard"
    assert understanding.guards == ("price",)


async def test_a_clean_second_answer_is_preferred_to_a_repaired_first() -> None:
    async with assistant(answering(reply="Маникюр стоит 1900 ₽."), answering()) as (helper, _):
        understanding = await helper.understand(ask("сколько стоит маникюр?"), SALON)
    assert (understanding.by, understanding.guards) == (By.FALLBACK, ())


async def test_an_emergency_is_answered_at_once_without_any_model() -> None:
    async with assistant(hang, budget=30) as (helper, servers):
        understanding = await helper.understand(ask("у меня сильная боль в груди, запишите на завтра"), SALON)
    assert "112" in understanding.reply
    assert understanding.handoff == "emergency"
    assert servers[0].requests == []


async def test_on_reply_hears_who_answered_and_how_long_it_took() -> None:
    heard: list[tuple[By, float]] = []
    helper = Assistant(
        models=(),
        rules=rules_saying(PRICE),
        privacy="tokens",
        on_reply=lambda understanding, seconds: heard.append((understanding.by, seconds)),
    )
    await helper.understand(ask("привет", now=NOW + timedelta(days=1)), SALON)
    assert [by for by, _ in heard] == [By.RULES]
    assert 0 <= heard[0][1] < 0.5
