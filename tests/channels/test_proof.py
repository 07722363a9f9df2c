"""Who may come in: only what proves its sender over the bytes as they came; an empty secret is a closed door."""

import hashlib
import hmac
import json
from dataclasses import replace
from urllib.parse import urlencode

import pytest

from app.channels.base import Webhook
from app.domain.failures import Unauthentic
from tests.channels.cases import APP_SECRET, SITE_KEY, TELEGRAM_SECRET, channel_of

META = ("whatsapp", "instagram")
BODY = b'{"object":"x","text":"\\u043f\\/"}'  # as Meta escapes it: another spelling has another signature


def signed(body: bytes, secret: str, header: str = "x-hub-signature-256") -> Webhook:
    return Webhook(headers={header: "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}, body=body)


def is_refused(name: str, webhook: Webhook, **settings: object) -> bool:
    try:
        channel_of(name, **settings).verify(webhook)
    except Unauthentic:
        return True
    return False


@pytest.mark.parametrize("name", META)
def test_signature_covers_the_bytes_as_they_came(name: str) -> None:
    right = signed(BODY, APP_SECRET)
    assert not is_refused(name, right)
    assert is_refused(name, replace(right, body=json.dumps(json.loads(BODY)).encode()))
    assert is_refused(name, replace(right, body=right.body + b" "))


@pytest.mark.parametrize("name", META)
def test_any_of_several_app_secrets_signs_and_no_other(name: str) -> None:
    secrets = ["old-secret", "new-secret"]
    assert not is_refused(name, signed(BODY, "old-secret"), app_secrets=secrets)
    assert not is_refused(name, signed(BODY, "new-secret"), app_secrets=secrets)
    assert is_refused(name, signed(BODY, APP_SECRET), app_secrets=secrets)


@pytest.mark.parametrize("name", META)
@pytest.mark.parametrize(
    "given", ["", "sha256=", "sha256=" + "0" * 64, "sha256=привет", "sha256=\udcff", "x" * 100_000, "sha1=abc"]
)
def test_wrong_signature_is_refused_whatever_it_is_made_of(name: str, given: str) -> None:
    assert is_refused(name, Webhook(headers={"x-hub-signature-256": given}, body=BODY))


@pytest.mark.parametrize("name", META)
def test_signature_in_capitals_is_the_same_signature(name: str) -> None:
    right = signed(BODY, APP_SECRET)
    assert not is_refused(name, replace(right, headers={k: v.upper() for k, v in right.headers.items()}))


@pytest.mark.parametrize("name", META)
@pytest.mark.parametrize("secrets", [[], [""], ["", ""]])
def test_without_an_app_secret_the_door_is_closed_and_says_which_setting(name: str, secrets: list[str]) -> None:
    with pytest.raises(Unauthentic, match=f"{name.upper()}_APP_SECRET"):
        channel_of(name, app_secrets=secrets).verify(signed(BODY, ""))


@pytest.mark.parametrize("given", ["", "wrong", TELEGRAM_SECRET.upper(), TELEGRAM_SECRET + " ", "привет", "\udcff"])
def test_telegram_header_must_equal_the_secret(given: str) -> None:
    assert is_refused("telegram", Webhook(headers={"x-telegram-bot-api-secret-token": given}))


def test_telegram_takes_the_right_header() -> None:
    assert not is_refused("telegram", Webhook(headers={"x-telegram-bot-api-secret-token": TELEGRAM_SECRET}))


@pytest.mark.parametrize(
    ("name", "setting"), [("telegram", "TELEGRAM_WEBHOOK_SECRET"), ("site", "SITE_WEBHOOK_SECRET")]
)
def test_without_a_secret_the_door_is_closed_and_says_which_setting(name: str, setting: str) -> None:
    empty = Webhook(headers={"x-telegram-bot-api-secret-token": "", "x-api-key": ""}, body=b"api_key=")
    with pytest.raises(Unauthentic, match=setting):
        channel_of(name, secret="").verify(empty)


@pytest.mark.parametrize(
    "webhook",
    [
        Webhook(headers={"x-api-key": SITE_KEY}),
        Webhook(body=urlencode({"Name": "Олег", "api_key": SITE_KEY}).encode()),
        Webhook(body=urlencode({"X-Api-Key": SITE_KEY}).encode()),
        Webhook(headers={"content-type": "application/json"}, body=json.dumps({"api_key": SITE_KEY}).encode()),
        signed(b"Name=1", SITE_KEY, "x-signature-256"),
    ],
)
def test_site_takes_the_key_in_a_header_or_a_field_or_a_signature(webhook: Webhook) -> None:
    assert not is_refused("site", webhook)


@pytest.mark.parametrize(
    "webhook",
    [
        Webhook(),
        Webhook(headers={"x-api-key": "привет"}),
        Webhook(body=b"api_key=wrong"),
        Webhook(body=b'{"api_key": ["demo-site-key"]}'),
        Webhook(body=b"\xff\xfe{"),
        Webhook(headers={"x-signature-256": "sha256=" + "0" * 64, "x-api-key": SITE_KEY}),
        replace(signed(b"Name=1", SITE_KEY, "x-signature-256"), body=b"Name=2"),
    ],
)
def test_site_refuses_all_else_and_a_wrong_signature_beside_a_right_key(webhook: Webhook) -> None:
    assert is_refused("site", webhook)


@pytest.mark.parametrize("name", META)
def test_handshake_returns_the_challenge_as_it_is(name: str) -> None:
    asked = {"hub.mode": "subscribe", "hub.challenge": "00042", "hub.verify_token": "demo-verify-token"}
    assert channel_of(name).handshake(Webhook(method="GET", query=asked)).body == b"00042"


@pytest.mark.parametrize("name", META)
@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"hub.mode": "subscribe", "hub.challenge": "1"},
        {"hub.mode": "subscribe", "hub.challenge": "1", "hub.verify_token": "неверный"},
        {"hub.mode": "unsubscribe", "hub.challenge": "1", "hub.verify_token": "demo-verify-token"},
    ],
)
def test_handshake_of_a_stranger_is_refused(name: str, asked: dict[str, str]) -> None:
    with pytest.raises(Unauthentic):
        channel_of(name).handshake(Webhook(method="GET", query=asked))


@pytest.mark.parametrize("name", META)
def test_handshake_without_a_verify_token_is_a_closed_door(name: str) -> None:
    asked = {"hub.mode": "subscribe", "hub.challenge": "1", "hub.verify_token": ""}
    with pytest.raises(Unauthentic, match=f"{name.upper()}_VERIFY_TOKEN"):
        channel_of(name, verify_token="").handshake(Webhook(method="GET", query=asked))


@pytest.mark.parametrize("name", ["telegram", "site"])
def test_channel_without_a_handshake_answers_404(name: str) -> None:
    assert channel_of(name).handshake(Webhook(method="GET")).status == 404
