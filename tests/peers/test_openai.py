"""The sandbox's model is held to the OpenAI API by the vendor's own SDK."""

from __future__ import annotations

import pytest

from tests.peers.conftest import RunPeer
from tests.sandbox.process import sandbox_process

pytestmark = pytest.mark.peers


def test_openai_sdk_is_answered_and_refused_as_by_the_vendor(run_peer: RunPeer) -> None:
    with sandbox_process() as url:
        seen = run_peer("openai_model.py", f"{url}/openai/v1", url)
    assert "sandbox-small" in seen["models"]
    turn = seen["strict"]["turn"]
    assert (turn["price"], turn["services"]) == (None, [])
    assert turn["reply"].startswith("Здравствуйте")
    assert seen["strict"]["tokens"] > 0
    assert seen["parsed"] == turn
    assert seen["hang"]["class"] == "APITimeoutError"
    assert 0.4 < seen["hang"]["seconds"] < 3
    assert (seen["too_many"]["class"], seen["too_many"]["after"]) == ("RateLimitError", "4")
    assert seen["broken"]["class"] == "InternalServerError"
    assert seen["loose_schema"]["class"] == "BadRequestError"
