"""`python -m sandbox`: every vendor on one port."""

from __future__ import annotations

import argparse
import os
from socket import socket

import uvicorn
from redis.asyncio import Redis

from sandbox.app import Sandbox
from sandbox.secrets import read_secrets


def main() -> None:
    options = _options()
    redis = None if options.redis is None else _redis(options.redis)
    sandbox = Sandbox(gateway=options.gateway, secrets=read_secrets(), redis=redis, timezone=options.timezone)
    config = uvicorn.Config(
        sandbox.app,
        host=options.host,
        port=options.port,
        ssl_certfile=options.tls_cert,
        ssl_keyfile=options.tls_key,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=2,
    )
    _Server(config).run()


class _Server(uvicorn.Server):
    """Says where it listens once it does; the last word of the line is the address."""

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            scheme = "https" if self.config.ssl_certfile else "http"
            print(f"sandbox listening on {scheme}://{host}:{port}", flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8100, help="0: any free port")
    parser.add_argument("--tls-cert", help="PEM file; with --tls-key the sandbox speaks HTTPS")
    parser.add_argument("--tls-key")
    parser.add_argument("--gateway", default="http://127.0.0.1:8000", help="where webhooks go")
    parser.add_argument(
        "--redis", help="URL or unix:///path that holds the moved time; without it time is kept in memory"
    )
    parser.add_argument("--timezone", default=os.environ.get("SANDBOX_TIMEZONE", "Europe/Moscow"), help="the portal's")
    return parser.parse_args()


def _redis(url: str) -> Redis:
    return Redis(unix_socket_path=url) if url.startswith("/") else Redis.from_url(url)


if __name__ == "__main__":
    main()
