"""What goes into the image is what was tested; what is composed keeps the promises."""

import asyncio
import ipaddress
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

PIN = re.compile(r"^([a-z0-9._-]+)==(\S+)", re.MULTILINE)


def pins(lock: Path) -> dict[str, str]:
    return dict(PIN.findall(lock.read_text()))


def test_the_image_has_the_very_packages_that_were_tested(repository: Path) -> None:
    image, tested = pins(repository / "deploy/requirements.lock"), pins(repository / "requirements.lock")
    assert {name: tested.get(name) for name in image} == image


def test_the_image_has_every_package_that_the_service_names(repository: Path) -> None:
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    named = {re.split(r"[\[<>=~! ]", line)[0] for line in project["dependencies"]}
    assert named - set(pins(repository / "deploy/requirements.lock")) == set()


@pytest.mark.parametrize("lock", ["requirements.lock", "deploy/requirements.lock"])
def test_a_lock_names_no_host_and_hashes_every_pin(repository: Path, lock: str) -> None:
    text = (repository / lock).read_text()
    assert "://" not in text
    assert all("--hash=sha256:" in pin for pin in re.split(PIN, text)[3::3])


def test_hadolint_finds_nothing_in_the_dockerfile(repository: Path) -> None:
    hadolint = Path(sys.executable).parent / "hadolint"
    done = subprocess.run([hadolint, "Dockerfile"], cwd=repository, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_composed_redis_keeps_what_was_acknowledged(repository: Path) -> None:
    services = yaml.safe_load((repository / "deploy/compose.yaml").read_text())["services"]
    command = services["valkey"]["command"]
    given = dict(zip(command[1::2], command[2::2], strict=True))
    assert (given["--appendonly"], given["--appendfsync"]) == ("yes", "always")
    assert given["--maxmemory-policy"] == "noeviction"
    assert services["gateway"]["deploy"]["replicas"] == services["worker"]["deploy"]["replicas"] == 2


def test_composed_gateway_believes_the_proxy_at_the_bridge_and_nobody_else(repository: Path) -> None:
    composed = yaml.safe_load((repository / "deploy/compose.yaml").read_text())
    trusted = _by_default(composed["services"]["gateway"]["environment"]["FORWARDED_ALLOW_IPS"])
    bridge = _by_default(composed["networks"]["default"]["ipam"]["config"][0]["subnet"])
    door = str(next(ipaddress.ip_network(bridge).hosts()))
    assert seen_by_the_gateway(trusted, peer=door, forwarded="198.51.100.9, 203.0.113.7") == "203.0.113.7"
    assert seen_by_the_gateway(trusted, peer="192.0.2.1", forwarded="203.0.113.7") == "192.0.2.1"


def seen_by_the_gateway(trusted: str, *, peer: str, forwarded: str) -> str:
    """The visitor's address as uvicorn hands it to us."""
    seen: list[str] = []

    async def app(scope, receive, send) -> None:  # type: ignore[no-untyped-def]
        seen.append(scope["client"][0])

    scope = {"type": "http", "client": (peer, 1), "headers": [(b"x-forwarded-for", forwarded.encode())]}
    asyncio.run(ProxyHeadersMiddleware(app, trusted)(scope, None, None))  # type: ignore[arg-type]
    return seen[0]


def _by_default(value: str) -> str:
    """`${NAME:-default}` → default."""
    found = re.fullmatch(r"\$\{\w+:-(.+)\}", value)
    return found[1] if found else value
