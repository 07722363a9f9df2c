"""One page shows customer, board and clocks; scripted managers and a shared clock move what it shows."""

import re
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from tests.sandbox.process import Gateway, Sandbox, sandbox_process

PAGE = Path(__file__).parents[2] / "sandbox" / "page"


def portal(sandbox: Sandbox, method: str, **params: object) -> Any:
    answer = sandbox.client.post(f"{sandbox.url}/rest/1/sandbox/{method}", json=params)
    assert answer.status_code == 200, answer.text
    return answer.json()["result"]


def add_deal(sandbox: Sandbox, origin: str, **fields: object) -> int:
    whole = {"TITLE": f"Сделка {origin}", "ASSIGNED_BY_ID": 5, "ORIGINATOR_ID": "otklik", "ORIGIN_ID": origin, **fields}
    return int(portal(sandbox, "crm.deal.add", fields=whole))


def comments(sandbox: Sandbox, deal: int) -> list[Any]:
    rows = sandbox.control("view")["portal"]["deals"]
    return next(list(row["COMMENTS_LIST"]) for row in rows if int(row["ID"]) == deal)


@pytest.fixture
def board(sandbox: Sandbox) -> Sandbox:
    sandbox.control("portal/reset", {})
    return sandbox


def eventually(what: Any, seconds: float = 5.0) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "did not come true in time"
        time.sleep(0.05)


def test_page_and_all_it_names_are_served_from_here(sandbox: Sandbox) -> None:
    page = sandbox.client.get(sandbox.url)
    assert "text/html" in page.headers["content-type"]
    named = set(re.findall(r'(?:src|href)="(/[^"]+)"', page.text))
    assert named == {"/page/page.css", "/page/page.js"}
    imported = set(re.findall(r'from "(/[^"]+)"', (PAGE / "page.js").read_text()))
    for path in named | imported:
        assert sandbox.client.get(sandbox.url + path).status_code == 200
    assert not [file.name for file in PAGE.iterdir() if re.search(r"https?://(?!www\.w3\.org)", file.read_text())]


def test_every_word_of_the_page_has_both_languages_in_one_dictionary() -> None:
    words = (PAGE / "words.js").read_text()
    asked = set(re.findall(r'data-word="(\w+)"', (PAGE / "index.html").read_text()))
    asked |= set(re.findall(r'(?:word|plain)\("(\w+)"\)', (PAGE / "page.js").read_text()))
    assert [name for name in asked if not re.search(rf"^  {name}: \[", words, re.MULTILINE)] == []


def test_view_holds_customer_deal_faults_and_time(board: Sandbox, gateway: Gateway) -> None:
    board.say("telegram", "c17", "Здравствуйте", name="Марина")
    deal = add_deal(board, "e1", OPPORTUNITY=2300)
    board.control("model/faults", {"kind": "lie"})
    view = board.control("view")
    assert [line["text"] for line in view["conversations"][0]["lines"]] == ["Здравствуйте"]
    assert [int(row["ID"]) for row in view["portal"]["deals"]] == [deal]
    assert (view["faults"]["model"]["kind"], view["faults"]["portal"]["kind"]) == ("lie", "ok")
    assert view["gateway"] == gateway.url
    assert view["now"]


def test_the_view_names_fields_and_sources_as_the_portal_does(board: Sandbox) -> None:
    label = {"ru": "Канал", "en": "Channel"}
    field = {"FIELD_NAME": "OTKLIK_CHANNEL", "USER_TYPE_ID": "string", "EDIT_FORM_LABEL": label}
    portal(board, "crm.deal.userfield.add", fields=field)
    portal(board, "crm.status.add", fields={"ENTITY_ID": "SOURCE", "STATUS_ID": "SITE", "NAME": "Наш сайт"})
    view = board.control("view")["portal"]
    assert label == view["fields"]["UF_CRM_OTKLIK_CHANNEL"]
    assert "Наш сайт" == view["sources"]["SITE"]


def test_reset_forgets_conversations_and_heals_vendors(sandbox: Sandbox) -> None:
    sandbox.say("telegram", "c17", "Здравствуйте")
    sandbox.control("graph/faults", {"kind": "500"})
    sandbox.control("reset", {})
    view = sandbox.control("view")
    assert (view["conversations"], view["sent"], view["faults"]["graph"]["kind"]) == ([], 0, "ok")


def test_managers_answer_their_share_by_the_assignees_comment(board: Sandbox) -> None:
    deals = [add_deal(board, f"e{number}") for number in range(30)]
    board.control("managers", {"share": 0.5, "delay_seconds": [0, 0.2], "seed": 3})
    eventually(lambda: board.control("view")["managers"]["seen"] == 30)
    time.sleep(0.5)
    board.control("managers", {"share": 0})
    answered = [deal for deal in deals if comments(board, deal)]
    assert 6 <= len(answered) <= 24
    first = comments(board, answered[0])
    assert len(first) == 1
    assert first[0]["author"] == 5
    assert first[0]["text"].startswith("/ответ ")


def test_same_seed_picks_the_same_deals(board: Sandbox) -> None:
    def answered() -> set[str]:
        board.control("portal/reset", {})
        board.control("reset", {})
        deals = {f"e{number}": add_deal(board, f"e{number}") for number in range(12)}
        board.control("managers", {"share": 0.5, "delay_seconds": [0, 0], "seed": 11})
        eventually(lambda: board.control("view")["managers"]["seen"] == 12)
        time.sleep(0.3)
        return {origin for origin, deal in deals.items() if comments(board, deal)}

    assert answered() == answered() != set()


def test_manager_with_the_messengers_app_answers_there(board: Sandbox, gateway: Gateway) -> None:
    chat = board.say("whatsapp", "c17", "Здравствуйте")["chat"]
    deal = add_deal(board, f"whatsapp:{chat}:1")
    board.control("managers", {"share": 1, "delay_seconds": [0, 0], "door": "app"})
    gateway.wait(lambda one: b"smb_message_echoes" in one.body)
    eventually(lambda: board.control("view")["managers"]["answered"] == 1)
    board.control("managers", {"share": 0})
    assert comments(board, deal) == []
    assert board.phone("whatsapp", "c17")["lines"][-1]["by"] == "app"


def test_two_processes_share_one_clock_through_redis(redis_url: str) -> None:
    with sandbox_process("--redis", redis_url) as first, sandbox_process("--redis", redis_url) as second:
        with httpx.Client(trust_env=False) as client:
            Sandbox(first, client).control("time", {"advance_seconds": 3600})
            assert Sandbox(second, client).control("time")["offset_seconds"] == 3600
            Sandbox(second, client).control("time", {"advance_seconds": 60})
        with redis.Redis.from_url(redis_url) as store:
            assert store.get("otklik:time:offset_ms") == b"3660000"
