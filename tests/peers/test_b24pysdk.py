"""The vendor's Python SDK, unmodified, against the sandbox's portal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.portal import Portal
from tests.peers.conftest import RunPeer
from tests.sandbox.portal_case import served


@pytest.fixture
def found(run_peer: RunPeer, certificate: Path) -> dict[str, Any]:
    with served(Portal(), certificate=certificate) as address:
        answer: dict[str, Any] = run_peer("b24pysdk_portal.py", address.removeprefix("https://"))
    return answer


def test_b24pysdk_creates_lists_retries_and_refreshes(found: dict[str, Any]) -> None:
    webhook = found["webhook"]
    assert list(range(7001, 7121)) == webhook["created"]
    assert webhook["item"] == "o-1"
    assert webhook["created"] == webhook["listed"]  # by offset, over three pages
    assert webhook["created"] == sorted(webhook["fast"])  # by window of ids, chained inside a batch
    assert webhook["created"][:70] == sorted(webhook["some"])
    assert sorted(webhook["users"]) == [1, 3, 5, 7, 9]
    assert webhook["profile"] == "1"

    assert found["throttled"]["answered"]
    assert found["throttled"]["waited"] >= 1  # it slept before the second attempt

    assert found["oauth"] == {"user": "5", "rotated": True, "old_refresh_token": "invalid_grant"}
