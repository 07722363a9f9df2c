"""The Bot API refuses what Telegram refuses, and brings updates as Telegram brings them (channels.md section 2)."""

import json

import httpx
import pytest

from tests.sandbox.process import BOT_TOKEN, TELEGRAM_SECRET, Gateway, Sandbox


@pytest.fixture
def chat(sandbox: Sandbox) -> int:
    return int(sandbox.say("telegram", "c17", "Здравствуйте", name="Марина")["chat"])


def refusal(answer: httpx.Response) -> tuple[int, str]:
    body = answer.json()
    assert body["ok"] is False
    assert body["error_code"] == answer.status_code
    return answer.status_code, body["description"]


def test_customer_arrives_as_a_genuine_update(sandbox: Sandbox, gateway: Gateway) -> None:
    said = sandbox.say("telegram", "c17", "Здравствуйте", name="Марина")
    brought = gateway.brought[0]
    update = json.loads(brought.body)
    assert (brought.path, said["status"]) == ("/webhooks/telegram", 200)
    assert brought.headers["x-telegram-bot-api-secret-token"] == TELEGRAM_SECRET
    assert update["message"]["chat"] == {"id": int(said["chat"]), "first_name": "Марина", "type": "private"}
    assert (update["message"]["text"], update["message"]["from"]["id"]) == ("Здравствуйте", int(said["chat"]))


def test_updates_of_later_words_have_greater_ids(sandbox: Sandbox, gateway: Gateway) -> None:
    for text in ("раз", "два", "три"):
        sandbox.say("telegram", "c17", text)
    updates = [json.loads(brought.body) for brought in gateway.brought]
    assert sorted(u["update_id"] for u in updates) == [u["update_id"] for u in updates]
    assert [u["message"]["message_id"] for u in updates] == [1, 2, 3]


def test_repeated_delivery_is_the_same_bytes(sandbox: Sandbox, gateway: Gateway) -> None:
    said = sandbox.say("telegram", "c17", "Здравствуйте", repeat=5)
    assert said["statuses"] == [200] * 5
    assert {gateway.brought[0].body} == {brought.body for brought in gateway.brought}
    assert len(gateway.brought) == 5


def test_refused_update_comes_again_until_it_is_accepted(sandbox: Sandbox, gateway: Gateway) -> None:
    gateway.ill = [503, 500]
    said = sandbox.say("telegram", "c17", "Здравствуйте")
    assert (said["status"], said["attempts"]) == (200, 3)
    counts = sandbox.control("customers")["deliveries"]["telegram"]
    assert counts == {"webhooks": 1, "answered_503": 1, "answered_500": 1, "accepted": 1}


def test_webhook_goes_where_set_webhook_said(sandbox: Sandbox, gateway: Gateway) -> None:
    url = f"{gateway.url}/elsewhere"
    assert sandbox.telegram("setWebhook", url=url, secret_token="another").json()["result"] is True
    assert sandbox.telegram("getWebhookInfo").json()["result"]["url"] == url
    sandbox.say("telegram", "c17", "Здравствуйте")
    assert gateway.brought[0].path == "/elsewhere"
    assert gateway.brought[0].headers["x-telegram-bot-api-secret-token"] == "another"


def test_plain_http_of_another_machine_is_no_webhook(sandbox: Sandbox) -> None:
    answer = sandbox.telegram("setWebhook", url="http://shop.example/hook")
    assert refusal(answer) == (400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")


def test_call_in_the_answer_to_a_webhook_is_executed(sandbox: Sandbox, gateway: Gateway, chat: int) -> None:
    gateway.reply = json.dumps({"method": "sendChatAction", "chat_id": chat, "action": "typing"}).encode()
    assert sandbox.phone("telegram", "c17")["typing_at"] is None
    sandbox.say("telegram", "c17", "Ау")
    assert sandbox.phone("telegram", "c17")["typing_at"] is not None


def test_sent_message_stands_on_the_customers_phone(sandbox: Sandbox, chat: int) -> None:
    keyboard = {"inline_keyboard": [[{"text": "Да, приду", "callback_data": "rem:1:yes"}]]}
    message = sandbox.telegram("sendMessage", chat_id=chat, text="Придёте?", reply_markup=keyboard).json()["result"]
    line = sandbox.phone("telegram", "c17")["lines"][-1]
    assert (line["by"], line["text"], line["id"]) == ("business", "Придёте?", str(message["message_id"]))
    assert line["buttons"] == [{"text": "Да, приду", "payload": "rem:1:yes"}]
    assert message["reply_markup"] == keyboard
    assert "Придёте?" in [sent["text"] for sent in sandbox.control("sent?channel=telegram")["sent"]]


def test_pressed_button_arrives_with_its_message(sandbox: Sandbox, gateway: Gateway, chat: int) -> None:
    keyboard = {"inline_keyboard": [[{"text": "Да, приду", "callback_data": "rem:1:yes"}]]}
    sandbox.telegram("sendMessage", chat_id=chat, text="Придёте?", reply_markup=keyboard)
    sandbox.say("telegram", "c17", "Да, приду", payload="rem:1:yes")
    query = json.loads(gateway.brought[-1].body)["callback_query"]
    assert (query["data"], query["message"]["text"]) == ("rem:1:yes", "Придёте?")
    assert sandbox.telegram("answerCallbackQuery", callback_query_id=query["id"]).json()["result"] is True
    sandbox.control("time", {"advance_seconds": 3600})
    assert sandbox.telegram("answerCallbackQuery", callback_query_id=query["id"]).status_code == 400


def test_shared_phone_is_the_senders_own_contact(sandbox: Sandbox, gateway: Gateway) -> None:
    sandbox.say("telegram", "c17", phone="+79990001122")
    message = json.loads(gateway.brought[-1].body)["message"]
    assert message["contact"]["phone_number"] == "+79990001122"
    assert message["contact"]["user_id"] == message["from"]["id"]


@pytest.mark.parametrize(
    ("params", "code", "description"),
    [
        ({"text": ""}, 400, "Bad Request: message text is empty"),
        ({"text": "я" * 4097}, 400, "Bad Request: message is too long"),
        ({"chat_id": 1, "text": "а"}, 400, "Bad Request: chat not found"),
        ({"chat_id": "", "text": "а"}, 400, "Bad Request: chat_id is empty"),
        ({"text": "<b>а", "parse_mode": "HTML"}, 400, "Bad Request: can't parse entities: Can't find end tag"),
        ({"text": "а", "reply_markup": {"inline_keyboard": [[{"text": "а", "callback_data": "я" * 33}]]}}, 400,
         "Bad Request: BUTTON_DATA_INVALID"),
        ({"text": "а", "reply_markup": {"inline_keyboard": [[{"text": "а"}]]}}, 400,
         "Bad Request: can't parse inline keyboard button: Text buttons are unallowed"),
    ],
    ids=["empty", "long", "unknown chat", "no chat", "open tag", "65 bytes of data", "no action"],
)  # fmt: skip
def test_bad_message_is_refused_in_telegrams_words(
    sandbox: Sandbox, chat: int, params: dict[str, object], code: int, description: str
) -> None:
    status, said = refusal(sandbox.telegram("sendMessage", **{"chat_id": chat, **params}))
    assert status == code
    assert said.startswith(description)
    assert sandbox.control("sent")["count"] == 0


def test_longest_message_and_button_pass(sandbox: Sandbox, chat: int) -> None:
    keyboard = {"inline_keyboard": [[{"text": "а", "callback_data": "я" * 32}]]}
    assert sandbox.telegram("sendMessage", chat_id=chat, text="я" * 4096, reply_markup=keyboard).status_code == 200


def test_wrong_token_and_unknown_method_are_refused(sandbox: Sandbox) -> None:
    assert refusal(sandbox.client.post(f"{sandbox.url}/telegram/bot1:wrong/getMe")) == (401, "Unauthorized")
    assert refusal(sandbox.client.post(f"{sandbox.url}/telegram/bot{BOT_TOKEN}/fly")) == (404, "Not Found")


def test_blocked_bot_is_told_and_refused(sandbox: Sandbox, gateway: Gateway, chat: int) -> None:
    sandbox.control("customers/block", {"channel": "telegram", "customer": "c17"})
    assert json.loads(gateway.brought[-1].body)["my_chat_member"]["new_chat_member"]["status"] == "kicked"
    answer = sandbox.telegram("sendMessage", chat_id=chat, text="Ау")
    assert refusal(answer) == (403, "Forbidden: bot was blocked by the user")


def test_second_message_within_a_second_waits_when_rates_are_on(sandbox: Sandbox, chat: int) -> None:
    sandbox.control("rules", {"rate_limits": True})
    assert sandbox.telegram("sendMessage", chat_id=chat, text="раз").status_code == 200
    answer = sandbox.telegram("sendMessage", chat_id=chat, text="два")
    assert refusal(answer) == (429, "Too Many Requests: retry after 1")
    assert answer.json()["parameters"] == {"retry_after": 1}


def test_business_chat_takes_only_its_connection_and_only_a_day(sandbox: Sandbox, gateway: Gateway) -> None:
    chat = sandbox.say("telegram", "c30", "Анна, запишите меня", business=True)["chat"]
    kinds = [set(json.loads(brought.body)) - {"update_id"} for brought in gateway.brought]
    assert [{"business_connection"}, {"business_message"}] == kinds
    connection = json.loads(gateway.brought[0].body)["business_connection"]["id"]
    assert sandbox.telegram("sendMessage", chat_id=chat, text="а").status_code == 403
    words = {"chat_id": chat, "text": "а", "business_connection_id": connection}
    assert sandbox.telegram("sendMessage", **words).status_code == 200
    sandbox.control("time", {"advance_seconds": 86400})
    assert sandbox.telegram("sendMessage", **words).status_code == 400


def test_owner_in_a_business_chat_is_an_echo(sandbox: Sandbox, gateway: Gateway) -> None:
    chat = sandbox.say("telegram", "c31", "Анна, запишите меня", business=True)["chat"]
    owner = json.loads(gateway.brought[0].body)["business_connection"]["user"]["id"]
    sandbox.control("customers/echo", {"channel": "telegram", "customer": "c31", "text": "Жду вас"})
    message = json.loads(gateway.brought[-1].body)["business_message"]
    assert (message["from"]["id"], message["chat"]["id"], message["text"]) == (owner, int(chat), "Жду вас")


@pytest.mark.parametrize(("kind", "executed"), [("lost", 1), ("away", 0)])
def test_broken_connection_gives_no_answer(sandbox: Sandbox, chat: int, kind: str, executed: int) -> None:
    sandbox.control("telegram/faults", {"kind": kind, "count": 1})
    with pytest.raises(httpx.TransportError):
        sandbox.telegram("sendMessage", chat_id=chat, text="Ау")
    assert executed == sandbox.control("sent")["count"]
    assert sandbox.telegram("sendMessage", chat_id=chat, text="Ау").status_code == 200


def test_hanging_vendor_answers_nothing_in_time(sandbox: Sandbox, chat: int) -> None:
    sandbox.control("telegram/faults", {"kind": "timeout", "count": 1})
    with pytest.raises(httpx.ReadTimeout):
        sandbox.client.post(f"{sandbox.url}/telegram/bot{BOT_TOKEN}/getMe", timeout=0.3)


def test_share_of_faults_repeats_with_its_seed(sandbox: Sandbox) -> None:
    def run() -> list[int]:
        sandbox.control("telegram/faults", {"kind": "500", "share": 0.5, "seed": 7})
        return [sandbox.telegram("getMe").status_code for _ in range(20)]

    first = run()
    assert {200, 500} == set(first)
    assert first == run()
