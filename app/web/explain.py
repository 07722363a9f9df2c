"""GET /sla/{conversation}/explain: why each deadline is where it is."""

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse

from app.flow import explain
from app.runtime import Runtime
from app.store.link import StoreAway, StoreError
from app.web.gate import signed_in
from app.web.pages import Unseen

router = APIRouter(dependencies=[Depends(signed_in)])


@router.get("/sla/{conversation}/explain")
async def explained(conversation: str, request: Request) -> Response:
    """JSON with the same in words under `text`; words alone for a browser or `Accept: text/plain`."""
    runtime: Runtime = request.app.state.runtime
    try:
        found = await explain.explain(runtime, conversation)
    except (StoreAway, StoreError):
        raise Unseen(503, "page_store_away") from None
    if found is None:
        raise Unseen(404, "page_no_conversation")
    asked = found[0], runtime.business, found[1]
    text = explain.lines(*asked)
    if request.headers.get("accept", "").startswith("text/"):
        return PlainTextResponse("\n".join(text))
    return JSONResponse({**explain.as_json(*asked), "text": text})
