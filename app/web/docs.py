"""GET /docs: what can be asked of this gateway, for whoever may look. The webhooks' formats are their vendors' own."""

from fastapi import APIRouter, Depends, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse, JSONResponse

from app.web.gate import signed_in

router = APIRouter(dependencies=[Depends(signed_in)], include_in_schema=False)


@router.get("/docs")
async def docs() -> HTMLResponse:
    return get_swagger_ui_html(openapi_url="/openapi.json", title="Otklik")


@router.get("/openapi.json")
async def schema(request: Request) -> JSONResponse:
    return JSONResponse(request.app.openapi())
