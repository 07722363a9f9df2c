"""Whatever is signed and sent, a parser returns or says Malformed; a bad item never takes its neighbours along."""

import json
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.channels.base import Response, Webhook
from app.domain.failures import Failure, Malformed, Unauthentic
from app.domain.mail import Received
from app.domain.message import Ignored, InboundMessage
from app.store.codec import dump_mail
from tests.channels.cases import REFEREES, SETTINGS, channel_of, proof

EXAMPLES = settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
HOSTILE: tuple[Any, ...] = (
    None, True, -1, 0, 10**400, 2**63, 1e308, float("inf"), float("nan"), "", "0", "\0", "\ud800", "-1", "1e999", [],
    [[]], {}, [None], {"id": None}, "я" * 5000, "9" * 5000, "2026-13-45T99:99:99", "9999-12-31T23:59:59-23:59",
    1791191560, "1791194400", "106540000000001", "17841400000000001", "private",
)  # fmt: skip
DEEP = b'{"object":"instagram","entry":'


def walk(value: Any, found: set[str]) -> set[str]:
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        found |= {key} if isinstance(key, str) else set()
        walk(inner, found)
    return found


def samples(name: str) -> list[dict[str, Any]]:
    loaded = [json.loads(path.read_text()) for path in sorted((REFEREES / name).glob("*.json"))]
    return [sample.get("body") or sample.get("form") or sample for sample in loaded]


def poisoned(sample: Any, chance: Random) -> Any:
    """The sample with hostile values at some of its places."""
    if chance.random() < 0.08:
        return chance.choice(HOSTILE)
    if isinstance(sample, dict):
        return {key: poisoned(inner, chance) for key, inner in sample.items()}
    return [poisoned(inner, chance) for inner in sample] if isinstance(sample, list) else sample


def bodies(name: str) -> st.SearchStrategy[bytes]:
    """A poisoned sample, a tree of the vendor's keys, or bytes that are no JSON at all."""
    known = samples(name)
    keys = st.sampled_from(sorted(walk(known, set())))
    leaves = st.sampled_from(HOSTILE)
    inner = lambda kids: st.lists(kids, max_size=3) | st.dictionaries(keys, kids, max_size=6)  # noqa: E731
    trees = st.recursive(leaves, inner, max_leaves=12)
    poison = st.builds(
        lambda sample, seed: poisoned(sample, Random(seed)), st.sampled_from(known), st.integers(0, 2**32)
    )
    opening = st.builds(str.format, st.sampled_from(['{{"{}":', "[", '{{"{}":[']), keys)
    return st.one_of(
        poison.map(lambda body: json.dumps(body).encode()),
        st.dictionaries(keys, trees, max_size=6).map(lambda body: json.dumps(body).encode()),
        st.binary(max_size=200),
        st.builds(lambda text, depth: DEEP + text.encode() * depth, opening, st.integers(1, 5000)),
    )


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_no_body_raises_anything_but_malformed(name: str) -> None:
    channel = channel_of(name)

    @EXAMPLES
    @given(
        body=bodies(name), content_type=st.sampled_from(["application/json", "application/x-www-form-urlencoded", ""])
    )
    def examine(body: bytes, content_type: str) -> None:
        webhook = Webhook(headers={"content-type": content_type, **proof(name, body)}, body=body)
        channel.verify(webhook)
        try:
            parsed = channel.parse(webhook)
        except Malformed:
            return
        assert parsed
        for item in parsed:
            repr(item).encode()  # no lone surrogate goes further
            if isinstance(item, InboundMessage):
                assert dump_mail(Received(message=item, arrived_at=item.sent_at))  # nor a number that no store takes
        assert channel.acknowledge(webhook, parsed, bot_owns=True).status == 200

    examine()


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_no_unsigned_body_raises_anything_but_unauthentic(name: str) -> None:
    channel = channel_of(name)

    @settings(max_examples=100, deadline=None)
    @given(body=bodies(name), header=st.text(max_size=80))
    def examine(body: bytes, header: str) -> None:
        headers = dict.fromkeys(["x-telegram-bot-api-secret-token", "x-hub-signature-256", "x-api-key"], header)
        with pytest.raises(Unauthentic):
            channel.verify(Webhook(headers=headers, body=body))

    examine()


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_no_answer_of_a_vendor_raises_anything_but_a_failure(name: str) -> None:
    channel = channel_of(name)
    errors = st.fixed_dictionaries(
        {},
        optional={
            key: st.sampled_from([*HOSTILE, {"code": 10**30}, {"code": "4", "error_subcode": []}, [{"id": "1"}]])
            for key in ("ok", "result", "error", "messages", "message_id", "id", "parameters", "description")
        },
    )

    @settings(max_examples=200, deadline=None)
    @given(
        status=st.sampled_from([200, 201, 204, 301, 400, 401, 403, 404, 408, 409, 429, 500, 502, 503]),
        body=errors.map(lambda body: json.dumps(body).encode()) | st.binary(max_size=50),
        usage=st.sampled_from(["", "{}", "[]", '{"1": [{}]}', '{"1": [{"estimated_time_to_regain_access": 1e400}]}']),
    )
    def examine(status: int, body: bytes, usage: str) -> None:
        headers = {"x-business-use-case-usage": usage, "retry-after": "²"}
        try:
            sent = channel.read(Response(status=status, headers=headers, body=body))
        except Failure:
            return
        assert sent
        assert status == 200

    examine()


def neighbours(name: str, bad: Any) -> Webhook:
    """Two good messages with a bad thing between them."""
    if name == "whatsapp":
        good = [
            {"from": "79990001122", "id": i, "timestamp": "1791194400", "type": "text", "text": {"body": i}}
            for i in "ab"
        ]
        value = {"metadata": {"phone_number_id": "106540000000001"}, "messages": [good[0], bad, good[1]]}
        entry = {"changes": [bad, {"field": "messages", "value": bad}, {"field": "messages", "value": value}]}
        body = {"object": "whatsapp_business_account", "entry": [bad, entry]}
    else:
        ends = {"sender": {"id": "1"}, "recipient": {"id": "2"}, "timestamp": 1791194400000}
        good = [{**ends, "message": {"mid": i, "text": i}} for i in "ab"]
        entry = {"id": "17841400000000001", "messaging": [good[0], bad, good[1]], "changes": [bad]}
        body = {"object": "instagram", "entry": [bad, entry, bad]}
    raw = json.dumps(body).encode()
    return Webhook(headers=proof(name, raw), body=raw)


@pytest.mark.parametrize("name", ["whatsapp", "instagram"])
def test_bad_item_never_loses_its_neighbours(name: str) -> None:
    @EXAMPLES
    @given(bad=st.sampled_from(HOSTILE) | st.dictionaries(st.text(max_size=3), st.sampled_from(HOSTILE), max_size=3))
    def examine(bad: Any) -> None:
        parsed = channel_of(name).parse(neighbours(name, bad))
        assert [found.text for found in parsed if isinstance(found, InboundMessage)] == ["a", "b"]
        assert {Ignored} == {type(found) for found in parsed if not isinstance(found, InboundMessage)}

    examine()


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_lone_surrogate_and_nul_of_one_customer_are_taken_out(name: str) -> None:
    broken = '"при\\u0000вет\\ud800"'
    body = {
        "telegram": '{"update_id":1,"message":{"message_id":1,"date":1791191560,"chat":'
        '{"id":5,"type":"private"},"text":%s}}',
        "whatsapp": '{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages","value":'
        '{"metadata":{"phone_number_id":"106540000000001"},"messages":[{"from":"79990001122","id":"1","timestamp":"1791194400",'
        '"type":"text","text":{"body":%s}}]}}]}]}',
        "instagram": '{"object":"instagram","entry":[{"id":"17841400000000001","messaging":[{"sender":{"id":"1"},'
        '"recipient":{"id":"2"},"timestamp":1791194400000,"message":{"mid":"1","text":%s}}]}]}',
        "site": '{"session_id":"s","message_id":"1","text":%s}',
    }[name]
    [found] = channel_of(name).parse(Webhook(body=(body % broken).encode()))
    assert isinstance(found, InboundMessage)
    assert found.text == "привет"


def test_file_of_absurd_size_is_a_message_that_a_store_takes() -> None:
    sample = json.loads((REFEREES / "telegram" / "05_voice.json").read_text())
    sample["message"]["voice"]["file_size"] = 10**400
    [found] = channel_of("telegram").parse(Webhook(body=json.dumps(sample).encode()))
    assert isinstance(found, InboundMessage)
    assert dump_mail(Received(message=found, arrived_at=found.sent_at))


def test_update_id_with_a_lone_surrogate_is_still_told_apart() -> None:
    sample = json.loads((REFEREES / "telegram" / "18_my_chat_member_blocked.json").read_text())
    body = json.dumps({**sample, "update_id": "7\ud800"}).encode()
    [found] = channel_of("telegram").parse(Webhook(body=body))
    assert isinstance(found, InboundMessage)
    assert found.message_id == "update:7"


def test_chat_of_absurd_id_is_still_acknowledged() -> None:
    sample = json.loads((REFEREES / "telegram" / "01_text.json").read_text())
    sample["message"]["chat"]["id"] = sample["message"]["from"]["id"] = 10**400
    webhook = Webhook(body=json.dumps(sample).encode())
    channel = channel_of("telegram")
    assert channel.acknowledge(webhook, channel.parse(webhook), bot_owns=True).status == 200
