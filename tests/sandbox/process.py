"""The sandbox as a real process, and a gateway that writes down what it is brought."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

ROOT = Path(__file__).parents[2]
BOT_TOKEN = "7000000001:demo-telegram-token"
WHATSAPP_TOKEN, PHONE_NUMBER_ID, WHATSAPP_SECRET = "demo-whatsapp-token", "106540000000001", "demo-whatsapp-app-secret"
INSTAGRAM_TOKEN, INSTAGRAM_SECRET = "demo-instagram-token", "demo-instagram-app-secret"
TELEGRAM_SECRET, SITE_KEY = "demo-telegram-secret", "demo-site-key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Gateway:
    """A POST gets 200 and `reply`, or first the statuses of `ill`, one each; a GET the challenge, if it may."""

    url: str = ""
    brought: list[Brought] = field(default_factory=list)
    ill: list[int] = field(default_factory=list)
    reply: bytes = b"{}"
    challenge: bool = True

    def wait(self, wanted: Callable[[Brought], bool], seconds: float = 5.0) -> Brought:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for one in list(self.brought):
                if wanted(one):
                    return one
            time.sleep(0.02)
        raise AssertionError(f"not brought within {seconds} s; came: {[one.body[:120] for one in self.brought]}")


@contextmanager
def gateway_on_any_port() -> Iterator[Gateway]:
    gateway = Gateway()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            gateway.brought.append(Brought(path=self.path, headers=headers, body=body))
            self._answer(gateway.ill.pop(0) if gateway.ill else 200, gateway.reply)

        def do_GET(self) -> None:
            asked = parse_qs(urlsplit(self.path).query)["hub.challenge"][0]
            self._answer(200, asked.encode() if gateway.challenge else b"no")

        def _answer(self, status: int, answer: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    gateway.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield gateway
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def sandbox_process(*options: str) -> Iterator[str]:
    """The address of a fresh `python -m sandbox` on a free port."""
    command = [sys.executable, "-m", "sandbox", "--port", "0", *options]
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith("sandbox listening on "), f"the sandbox did not start: {line!r}"
            yield line.split()[-1]
        finally:
            process.terminate()
            process.wait(10)


@dataclass(slots=True)
class Sandbox:
    """Short words for its HTTP."""

    url: str
    client: httpx.Client

    def control(self, path: str, body: object | None = None) -> Any:
        url = f"{self.url}/_sandbox/{path}"
        answer = self.client.get(url) if body is None else self.client.post(url, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def say(self, channel: str, customer: str, text: str = "", **more: object) -> Any:
        return self.control("customers/say", {"channel": channel, "customer": customer, "text": text, **more})

    def telegram(self, method: str, **params: object) -> httpx.Response:
        return self.client.post(f"{self.url}/telegram/bot{BOT_TOKEN}/{method}", json=params)

    def whatsapp(self, body: dict[str, object]) -> httpx.Response:
        return self._graph(PHONE_NUMBER_ID, WHATSAPP_TOKEN, {"messaging_product": "whatsapp", **body})

    def instagram(self, body: dict[str, object]) -> httpx.Response:
        return self._graph("me", INSTAGRAM_TOKEN, body)

    def _graph(self, named: str, token: str, body: dict[str, object]) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return self.client.post(f"{self.url}/graph/v24.0/{named}/messages", json=body, headers=headers)

    def phone(self, channel: str, customer: str) -> Any:
        rows = self.control("customers")["conversations"]
        return next(row for row in rows if (row["channel"], row["customer"]) == (channel, customer))
