"""fast_bitrix24, unmodified, against the sandbox's portal."""

from __future__ import annotations

from sandbox.portal import Portal
from tests.peers.conftest import RunPeer
from tests.sandbox.portal_case import served


def test_fast_bitrix24_creates_lists_retries_and_refreshes(run_peer: RunPeer) -> None:
    with served(Portal()) as address:
        found = run_peer("fast_bitrix24_portal.py", address)
    webhook = found["webhook"]
    assert set(range(7001, 7121)) == set(webhook["created"])
    assert webhook["contact"] == 501
    assert list(range(7001, 7121)) == webhook["deals"] == webhook["items"]  # both families, over three pages
    assert sorted(webhook["created"][:60]) == webhook["by_id"]
    assert webhook["sources"] == 12
    assert webhook["users"] == [1, 3, 5, 7, 9]
    assert webhook["chained"] == "x"
    assert found["throttled"] == {"deals": 121}
    assert found["oauth"] == {"user": "5", "asked": 2}
