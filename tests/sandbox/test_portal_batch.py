"""Fifty calls in one, with references between them (reference 11.4, 2.5)."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.portal.dispatch import resolve
from tests.sandbox.portal_case import HOOK, Case

SECTIONS = {"result", "result_error", "result_total", "result_next", "result_time"}


async def test_five_sections_stand_even_when_empty() -> None:  # 11.4 (25), 11.3 (20)
    async with Case() as case:
        assert await case.call("batch", cmd={}) == {name: [] for name in SECTIONS}


async def test_sections_are_lists_only_for_keys_counted_from_zero() -> None:  # 11.4 (24)
    async with Case() as case:
        counted = await case.call("batch", cmd={"0": "user.admin", "1": "user.admin"})
        assert counted["result"] == [True, True]
        assert (await case.call("batch", cmd=["user.admin"]))["result"] == [True]
        assert (await case.call("batch", cmd={"1": "user.admin"}))["result"] == {"1": True}
        assert list((await case.call("batch", cmd={"z": "scope", "a": "scope"}))["result_time"]) == ["z", "a"]


async def test_commands_come_as_form_fields_too() -> None:  # 11.4 (24)
    async with Case() as case:
        answer = await case.http.post(f"{HOOK}/batch", data={"halt": "0", "cmd[who]": "profile"})
        assert answer.json()["result"]["result"]["who"]["ID"] == "1"


async def test_contact_lead_deal_and_comment_in_one_call() -> None:  # 2.6
    async with Case() as case:
        done = await case.batch(
            halt=1,
            contact="crm.contact.add?fields[NAME]=Anna&fields[PHONE][0][VALUE]=%2B79001234567",
            lead="crm.lead.add?fields[TITLE]=x&fields[CONTACT_ID]=%24result%5Bcontact%5D",
            deal="crm.item.add?entityTypeId=2&fields[title]=x&fields[contactIds][0]=$result[contact]"
            "&fields[leadId]=$result[lead]",
            note="crm.timeline.comment.add?fields[ENTITY_TYPE]=deal&fields[ENTITY_ID]=$result[deal][item][id]"
            "&fields[COMMENT]=Deal $result[deal][item][id] created",
        )
        assert done["result_error"] == []
        deal = done["result"]["deal"]["item"]
        assert [done["result"]["contact"]] == deal["contactIds"]
        assert done["result"]["lead"] == deal["leadId"]
        comment = await case.call("crm.timeline.comment.get", id=done["result"]["note"])
        assert comment["COMMENT"] == f"Deal {deal['id']} created"


async def test_one_failure_stays_its_own() -> None:  # 11.4 (31)
    async with Case() as case:
        done = await case.batch(a="crm.deal.get?id=1", b="no.such", c="event.bind", d="user.admin")
        assert done["result"] == {"d": True}
        codes = {key: error["error"] for key, error in done["result_error"].items()}
        assert codes == {"a": "", "b": "ERROR_METHOD_NOT_FOUND", "c": "WRONG_AUTH_TYPE"}


@pytest.mark.parametrize(("halt", "stops"), [(1, True), ("1", True), (True, True), ("false", True)])
async def test_halt_stops_at_the_first_failure(halt: Any, stops: bool) -> None:  # 11.4 (26)
    async with Case() as case:
        done = await case.call("batch", halt=halt, cmd={"a": "no.such", "b": "user.admin"})
        assert stops == (done["result"] == [])
        assert "b" not in done["result_error"]


@pytest.mark.parametrize("halt", [0, "0", "", False, None])
async def test_falsy_halt_goes_on(halt: Any) -> None:  # 11.4 (26)
    async with Case() as case:
        done = await case.call("batch", halt=halt, cmd={"a": "no.such", "b": "user.admin"})
        assert done["result"] == {"b": True}


async def test_the_fifty_first_command_is_refused_alone() -> None:  # 11.4 (27)
    async with Case() as case:
        done = await case.batch(*["user.admin"] * 52)
        assert len(done["result"]) == 50
        assert {error["error"] for error in done["result_error"].values()} == {"ERROR_BATCH_LENGTH_EXCEEDED"}
        assert set(done["result_error"]) == {"50", "51"}


async def test_batch_in_a_batch_is_refused() -> None:  # 11.4 (27)
    async with Case() as case:
        done = await case.batch(a="batch?cmd[x]=profile")
        assert done["result_error"]["a"]["error"] == "ERROR_BATCH_METHOD_NOT_ALLOWED"


DONE: dict[str, dict[str, Any]] = {
    "result": {"id": 46, "list": [{"ID": "7"}, {"ID": "8"}], "flag": True, "name": "Anna"},
    "error": {},
    "total": {"list": 2},
    "next": {},
    "time": {},
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$result[id]", 46),  # a whole value keeps its type
        ("$result[list]", [{"ID": "7"}, {"ID": "8"}]),
        ("$result[list][1][ID]", "8"),
        ("$total[list]", 2),
        ("Deal $result[id] of $result[name] made", "Deal 46 of Anna made"),
        ("(ID:$result[id])", "(ID:46"),  # greedy to the next space: the bracket is swallowed
        ("$result[gone]", DONE["result"]),  # nothing there: the deepest thing reached
        ("$result[list][49][ID]", DONE["result"]["list"]),
        ("is $result[flag]", "is $result[flag]"),  # only text and numbers go into text
        ("5 $ and more", "5 $ and more"),
    ],
)
def test_reference_resolves_as_the_vendors_source_does(text: str, value: Any) -> None:  # 11.4 (28)
    assert value == resolve(text, DONE)


def test_reference_in_a_key_is_left_alone() -> None:  # 11.4 (28)
    assert resolve({"$result[id]": ["$result[id]"]}, DONE) == {"$result[id]": [46]}


async def test_hash_cuts_a_command_and_an_empty_query_is_fine() -> None:  # 11.4 (29)
    async with Case() as case:
        deal = (await case.batch("crm.deal.add?fields[TITLE]=one#two&fields[ORIGIN_ID]=x"))["result"][0]
        back = await case.batch(f"crm.deal.get?ID={deal}&", "profile?", "crm.deal.list?select[]=&filter[ORIGIN_ID]=x")
        assert back["result"][0]["TITLE"] == "one"
        assert back["result"][1]["ID"] == "1"
        assert back["result"][2] == []


async def test_window_of_ids_chained_past_the_end_stays_a_list() -> None:  # 11.4 (30)
    async with Case() as case:
        await case.batch(*(f"crm.deal.add?fields[TITLE]={n}" for n in range(50)))
        await case.batch(*(f"crm.deal.add?fields[TITLE]={n}" for n in range(10)))
        step = "crm.deal.list?order%5BID%5D=ASC&start=-1&filter%5B%3EID%5D="
        links = [step + "0"] + [f"{step}%24result%5Breq_{n}%5D%5B49%5D%5BID%5D" for n in range(3)]
        done = await case.batch(**{f"req_{place}": link for place, link in enumerate(links)})
        assert done["result_error"] == []
        assert [len(done["result"][key]) for key in ("req_0", "req_1")] == [50, 10]
        assert all(isinstance(done["result"][key], list) for key in ("req_2", "req_3"))


async def test_batch_counts_once_and_bills_each_command() -> None:  # 11.4 (32)
    async with Case() as case:
        await case.lever("limits", bucket={"drain": 0, "block": 1}, operating_seconds=480)
        done = await case.batch(*["crm.deal.list"] * 40)
        assert done["result_time"][39]["operating"] > done["result_time"][0]["operating"] > 0
        assert await case.refused("profile") == (503, "QUERY_LIMIT_EXCEEDED")


async def test_measured_mode_bills_the_batch_itself() -> None:  # 11.4 (32)
    async with Case() as case:
        await case.lever("limits", operating_seconds=480, billed_to_batch=True)
        body = await case.body("batch", cmd=["crm.deal.list"] * 5)
        assert body["time"]["operating"] > 0
        assert {row["operating"] for row in body["result"]["result_time"]} == {0}
