"""One sandbox process for all tests of this room; forgotten and calmed before each."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.sandbox.process import Gateway, Sandbox, gateway_on_any_port, sandbox_process


@pytest.fixture(scope="session")
def running_gateway() -> Iterator[Gateway]:
    with gateway_on_any_port() as gateway:
        yield gateway


@pytest.fixture(scope="session")
def running_sandbox(running_gateway: Gateway) -> Iterator[Sandbox]:
    with sandbox_process("--gateway", running_gateway.url) as url, httpx.Client(trust_env=False) as client:
        yield Sandbox(url, client)


@pytest.fixture
def gateway(running_gateway: Gateway, sandbox: Sandbox) -> Gateway:
    running_gateway.brought.clear()
    running_gateway.ill.clear()
    running_gateway.reply = b"{}"
    return running_gateway


@pytest.fixture
def sandbox(running_sandbox: Sandbox) -> Sandbox:
    running_sandbox.control("reset", {})
    return running_sandbox
