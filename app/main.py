"""Builds the gateway: lifespan, routes, error handlers. Stateless: any number of them may stand side by side."""

import contextlib
import gc
from collections.abc import AsyncIterator

from fastapi import FastAPI
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from app.runtime import opened
from app.settings import Settings
from app.web import chat, dashboard, docs, explain, health, pages, portal, portal_app, webhooks


class Gateway(FastAPI):
    """Webhooks go past the framework's layers; everything else through them."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(webhooks.PREFIX):
            await webhooks.serve(self.state.runtime, scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def build(settings: Settings, redis_url: str, *, sandbox_url: str = "") -> FastAPI:
    """`sandbox_url`: in a demo the root leads to the sandbox's page."""

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with opened(settings, redis_url, prepare=False) as runtime:
            app.state.runtime = runtime
            app.state.sandbox_url = sandbox_url
            gc.collect()
            gc.freeze()  # a full collection costs 40 ms of every webhook that meets it
            gc.set_threshold(50_000, 20, 100)
            yield

    app = Gateway(title="Otklik", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.add_exception_handler(HTTPException, pages.refused)  # type: ignore[arg-type]  # starlette types it wider
    app.include_router(health.router)
    app.include_router(portal.router)
    app.include_router(portal_app.router)
    app.include_router(chat.router)
    app.include_router(explain.router)
    app.include_router(dashboard.router)
    app.include_router(docs.router)
    if sandbox_url:

        @app.get("/", include_in_schema=False)
        async def root() -> RedirectResponse:
            return RedirectResponse(sandbox_url)

    return app
