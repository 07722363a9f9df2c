"""The vendors' own clients run in an environment of their own, against servers started here."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme

ROOT = Path(__file__).parents[2]
PEER = ROOT / ".venv-peers" / "bin" / "python"
SCRIPTS = Path(__file__).parent / "scripts"

RunPeer = Callable[..., Any]


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def certificate(authority: trustme.CA, tmp_path: Path) -> Path:
    """Key and chain of a server on this machine, in one file."""
    path = tmp_path / "server.pem"
    authority.issue_cert("localhost", "127.0.0.1").private_key_and_cert_chain_pem.write_to_path(path)
    return path


@pytest.fixture
def run_peer(authority: trustme.CA, tmp_path: Path) -> RunPeer:
    """Run a script of `scripts/` under the unmodified client; its last line of output is the JSON it gives back."""
    if not PEER.exists():
        pytest.skip("the vendors' own clients are not installed: run `make peers`")
    bundle = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(bundle)

    def run(script: str, *arguments: str, seconds: float = 60) -> Any:
        trust = {"REQUESTS_CA_BUNDLE": str(bundle), "SSL_CERT_FILE": str(bundle)}
        done = subprocess.run(
            [PEER, SCRIPTS / script, *arguments],
            capture_output=True,
            text=True,
            timeout=seconds,
            env={**os.environ, **trust},
            check=False,
        )
        assert done.returncode == 0, done.stderr[-4000:]
        return json.loads(done.stdout.strip().splitlines()[-1])

    return run
