"""One call to a model: what is asked, how the answer is checked, how every failure is named."""

import json
import re
import time

import pytest

from app.assistant.breaker import IN_A_ROW, LAST, REST_SECONDS, Breaker
from app.assistant.model import SCHEMA, Model, ModelAccess, ModelAnswer, ModelCall
from app.assistant.prompt import Prompt
from app.domain.failures import Failure, Refused, Throttled, Unavailable, Unusable
from tests.assistant.model_server import GOOD, MISBEHAVIOURS, ModelServer, answering, taking_only, taking_only_tools

PROMPT = Prompt(system="Ты — помощник.", user="<<<\nпривет\n>>>")


def model(server: ModelServer, calls: list[ModelCall] | None = None) -> Model:
    access = ModelAccess(name="model", base_url=server.url, api_key="secret", model="small")
    return Model(access, on_call=None if calls is None else calls.append)


async def test_a_call_asks_for_a_strict_schema_and_reports_its_tokens() -> None:
    calls: list[ModelCall] = []
    async with ModelServer(answering()) as server:
        helper = model(server, calls)
        answer = await helper.answer(PROMPT, timeout_seconds=2)
        await helper.aclose()
    request = server.requests[0]
    assert request["model"] == "small"
    assert [message["content"] for message in request["messages"]] == [PROMPT.system, PROMPT.user]
    schema = request["response_format"]["json_schema"]
    assert schema["strict"] is True
    assert schema["schema"]["additionalProperties"] is False
    assert set(schema["schema"]["required"]) == set(schema["schema"]["properties"])
    assert answer.reply == "Маникюр с покрытием стоит 2500 ₽."
    assert [(call.name, call.outcome, call.input_tokens, call.output_tokens) for call in calls] == [
        ("model", "ok", 700, 60)
    ]
    assert 0 < calls[0].seconds < 2


@pytest.mark.parametrize(("form", "first_turn"), [("json_schema", 1), ("json_object", 2), (None, 3)])
async def test_the_best_format_that_a_server_takes_is_found_once_and_remembered(
    form: str | None, first_turn: int
) -> None:
    async with ModelServer(taking_only(form)) as server:
        helper = model(server)
        await helper.answer(PROMPT, timeout_seconds=2)
        assert len(server.requests) == first_turn
        await helper.answer(PROMPT, timeout_seconds=2)
        await helper.aclose()
    assert len(server.requests) == first_turn + 1
    last = server.requests[-1]
    assert last.get("response_format", {}).get("type") == form
    assert ('"intent"' in last["messages"][0]["content"]) is (form != "json_schema")


@pytest.mark.parametrize(
    ("name", "failure", "outcome"),
    [
        ("hangs", Unavailable, "timeout"),
        ("drips", Unavailable, "timeout"),
        ("closes", Unavailable, "unavailable"),
        ("closes_in_mid_answer", Unavailable, "unavailable"),
        ("garbage", Unusable, "unusable"),
        ("wrong_schema", Unusable, "unusable"),
        ("unknown_intent", Unusable, "unusable"),
        ("truncated", Unusable, "unusable"),
        ("no_choices", Unusable, "unusable"),
        ("null_content", Unusable, "unusable"),
        ("5_megabytes", Unusable, "unusable"),
        ("429", Throttled, "throttled"),
        ("500", Unavailable, "unavailable"),
        ("401", Refused, "refused"),
        ("400", Refused, "refused"),
    ],
)
async def test_every_misbehaviour_is_one_of_our_failures_in_time(
    name: str, failure: type[Failure], outcome: str
) -> None:
    calls: list[ModelCall] = []
    async with ModelServer(MISBEHAVIOURS[name]) as server:
        helper = model(server, calls)
        started = time.monotonic()
        with pytest.raises(failure) as raised:
            await helper.answer(PROMPT, timeout_seconds=0.8)
        took = time.monotonic() - started
        await helper.aclose()
    assert took < 0.8 + 0.35
    assert raised.value.vendor == "model"
    assert [call.outcome for call in calls] == [outcome]


async def test_nobody_listening_is_unavailable() -> None:
    async with ModelServer(answering()) as server:
        helper = model(server)
    with pytest.raises(Unavailable):
        await helper.answer(PROMPT, timeout_seconds=1)
    await helper.aclose()


async def test_tokens_of_an_unusable_answer_are_counted_too() -> None:
    calls: list[ModelCall] = []
    async with ModelServer(answering(intent="flirt")) as server:
        helper = model(server, calls)
        with pytest.raises(Unusable):
            await helper.answer(PROMPT, timeout_seconds=2)
        await helper.aclose()
    assert calls[0].input_tokens == 700


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def broken(clock: Clock) -> Breaker:
    breaker = Breaker(clock)
    for _ in range(IN_A_ROW):
        assert breaker.allows()
        breaker.failed()
    return breaker


def test_failures_in_a_row_open_the_breaker() -> None:
    assert not broken(Clock()).allows()


def test_a_success_between_starts_the_row_anew() -> None:
    breaker = Breaker(Clock())
    for _ in range(3):
        for _ in range(IN_A_ROW - 1):
            breaker.failed()
        breaker.succeeded()
        if breaker.is_open:
            break
    assert breaker.allows()


def test_more_than_half_of_the_last_calls_failing_opens_it() -> None:
    breaker = Breaker(Clock())
    for _ in range(LAST // 2):
        breaker.failed()
        breaker.succeeded()
    assert breaker.allows()
    breaker.failed()  # the oldest failure leaves as this one comes: exactly half
    assert breaker.allows()
    breaker.failed()
    assert not breaker.allows()


def test_after_the_rest_one_probe_decides() -> None:
    clock = Clock()
    breaker = broken(clock)
    clock.now += REST_SECONDS - 0.1
    assert not breaker.allows()
    clock.now += 0.1
    assert breaker.allows()
    assert not breaker.allows()  # the probe is on its way
    breaker.failed()
    assert not breaker.allows()
    clock.now += REST_SECONDS
    assert breaker.allows()
    breaker.succeeded()
    assert breaker.allows()
    assert breaker.allows()


def test_an_abandoned_probe_leaves_the_place_to_the_next() -> None:
    clock = Clock()
    breaker = broken(clock)
    clock.now += REST_SECONDS
    assert breaker.allows()
    breaker.abandoned()
    assert breaker.allows()


async def test_a_server_that_knows_only_tools_is_asked_by_one_and_that_is_remembered() -> None:
    async with ModelServer(taking_only_tools) as server:
        helper = model(server)
        answers = [await helper.answer(PROMPT, timeout_seconds=5) for _ in range(2)]
        await helper.aclose()
    assert [GOOD["reply"]] * 2 == [answer.reply for answer in answers]
    assert [False, False, True, True] == ["tools" in request for request in server.requests]


def test_the_schema_says_nothing_twice_and_stays_strict() -> None:
    """Servers count it as input."""
    text = json.dumps(SCHEMA)
    assert not {"title", "description", "$ref", "$defs"} & set(re.findall(r'"([$\w]+)":', text))
    assert set(SCHEMA["required"]) == set(SCHEMA["properties"]) == set(ModelAnswer.model_fields)
    assert len(text) < 1100
