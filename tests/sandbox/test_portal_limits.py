"""Limits and faults (reference 11.9)."""

from __future__ import annotations

import asyncio
import time

import httpx
import pytest

from sandbox.portal import Portal
from tests.sandbox.portal_case import HOOK, Case, served


async def test_bucket_refuses_above_its_size_and_drains() -> None:  # 11.9 (70)
    async with Case() as case:
        await case.lever("limits", bucket={"drain": 20, "block": 5})
        statuses = [(await case.post("profile")).status_code for _ in range(6)]
        assert statuses == [200] * 5 + [503]
        body = await case.body("profile")
        assert (body["error"], body["error_description"]) == ("QUERY_LIMIT_EXCEEDED", "Too many requests")
        await asyncio.sleep(0.12)
        assert (await case.post("profile")).status_code == 200
        assert (await case.http.get("/_sandbox/portal/calls")).json()["throttled"] == 2


def test_bucket_is_on_by_default_at_two_a_second_and_fifty() -> None:  # 11.9 (70)
    bucket = Portal().limits.bucket
    assert bucket is not None
    assert (bucket.drain, bucket.block) == (2.0, 50.0)


REFUSALS = [
    ("free_plan", 403, "ACCESS_DENIED"),
    ("overload", 503, "OVERLOAD_LIMIT"),
    ("deleted", 403, "PORTAL_DELETED"),
]


@pytest.mark.parametrize(("refusal", "status", "code"), REFUSALS)
async def test_portal_can_be_shut_as_a_whole(refusal: str, status: int, code: str) -> None:  # 11.9 (74)
    async with Case() as case:
        await case.lever("settings", refusal=refusal)
        assert await case.refused("profile") == (status, code)
        await case.lever("settings", refusal=None)
        await case.call("profile")


async def test_method_over_its_seconds_is_blocked_alone() -> None:  # 11.9 (71)
    async with Case() as case:
        await case.lever("limits", operating_seconds=0.000001)
        await case.call("crm.deal.list")
        assert await case.refused("crm.deal.list") == (429, "OPERATION_TIME_LIMIT")
        await case.call("crm.lead.list")
        resets = case.portal.limits.operating.resets_at("crm.deal.list", "sandbox")
        assert 540 <= resets - time.time() <= 600


async def test_operating_counts_each_caller_apart() -> None:  # 11.9 (71)
    async with Case() as case:
        await case.lever("inbound", user=5, code="five")
        await case.lever("limits", operating_seconds=0.000001)
        await case.call("crm.deal.list")
        assert (await case.post("crm.deal.list", hook="/rest/5/five")).status_code == 200


async def test_latency_is_added() -> None:  # 11.9 (72)
    async with Case() as case:
        await case.lever("faults", latency_ms=60)
        began = time.monotonic()
        await case.call("profile")
        assert time.monotonic() - began >= 0.06


async def test_faults_come_for_a_count_and_for_chosen_methods() -> None:
    async with Case() as case:
        await case.lever("faults", kind="500", count=2, methods=["crm.deal.*"])
        await case.call("crm.lead.list")
        statuses = [(await case.post("crm.deal.list")).status_code for _ in range(3)]
        assert statuses == [500, 500, 200]
        await case.lever("faults", kind="503", methods=["crm.deal.*"])
        assert await case.refused("batch", cmd=["crm.deal.list"]) == (503, "QUERY_LIMIT_EXCEEDED")
        await case.batch("crm.lead.list")


async def test_share_of_faults_follows_its_seed() -> None:
    async with Case() as case:
        rounds = []
        for _ in range(2):
            await case.lever("faults", kind="500", share=0.5, seed=7)
            rounds.append([(await case.post("profile")).status_code for _ in range(20)])
        assert rounds[0] == rounds[1]
        assert 0 < rounds[0].count(500) < 20


def test_lost_answer_was_executed_and_away_was_not() -> None:  # 11.9 (72)
    with served(Portal()) as address, httpx.Client(base_url=address) as client:
        for kind, made in (("lost", 1), ("away", 0)):
            client.post("/_sandbox/portal/faults", json={"kind": kind, "count": 1})
            before = client.get("/_sandbox/portal/state").json()["counters"]["deals"]
            with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
                client.post(f"{HOOK}/crm.deal.add", json={"fields": {"TITLE": "x"}})
            assert client.get("/_sandbox/portal/state").json()["counters"]["deals"] == before + made


def test_timeout_hangs_without_executing() -> None:  # 11.9 (73)
    with served(Portal()) as address, httpx.Client(base_url=address) as client:
        client.post("/_sandbox/portal/faults", json={"kind": "timeout", "count": 1})
        with pytest.raises(httpx.ReadTimeout):
            client.post(f"{HOOK}/crm.deal.add", json={"fields": {"TITLE": "x"}}, timeout=0.2)
        assert client.get("/_sandbox/portal/state").json()["counters"]["deals"] == 0


def test_late_is_executed_after_the_caller_gave_up() -> None:  # 11.9 (73)
    with served(Portal()) as address, httpx.Client(base_url=address) as client:
        client.post("/_sandbox/portal/faults", json={"kind": "late", "count": 1})
        with pytest.raises(httpx.ReadTimeout):
            client.post(f"{HOOK}/crm.deal.add", json={"fields": {"TITLE": "x"}}, timeout=0.3)
        ends = time.monotonic() + 5
        while client.get("/_sandbox/portal/state").json()["counters"]["deals"] == 0:
            assert time.monotonic() < ends
            time.sleep(0.02)


async def test_calls_are_counted_in_and_outside_batches() -> None:
    async with Case() as case:
        await case.batch("crm.deal.list", "crm.deal.list")
        await case.call("crm.deal.list")
        counted = (await case.http.post("/_sandbox/portal/calls")).json()
        assert counted["http"] == 2
        assert counted["methods"]["crm.deal.list"] == {"single": 1, "batched": 2}
        assert (await case.http.get("/_sandbox/portal/calls")).json()["http"] == 0


async def test_reset_empties_the_portal_and_repairs_the_road() -> None:
    async with Case() as case:
        await case.call("crm.deal.add", fields={"TITLE": "x"})
        await case.lever("webhooks", url="http://localhost:9", token="t", events=["ONCRMDEALADD"])
        await case.lever("faults", kind="500")
        await case.lever("reset")
        assert await case.call("crm.deal.list") == []
        assert await case.call("crm.deal.add", fields={"TITLE": "x"}) == 7001
        assert case.portal.world.events.pending == []


async def test_lever_names_a_mistake() -> None:
    async with Case() as case:
        answer = await case.http.post("/_sandbox/portal/faults", json={"kind": "volcano"})
        assert answer.status_code == 422
        assert "volcano" in answer.json()["error"]
