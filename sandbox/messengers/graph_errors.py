"""Graph's one shape of an error, and the errors that both products share."""

from __future__ import annotations

import secrets
from typing import Any

from starlette.responses import JSONResponse, Response


class GraphError(Exception):
    """`{"error": {message, type, code, error_subcode?, error_data?, fbtrace_id}}`."""

    def __init__(
        self, code: int, message: str, *, status: int = 400, subcode: int | None = None, details: str | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.subcode = subcode
        self.details = details

    @classmethod
    def bad_token(cls) -> GraphError:
        return cls(190, "Invalid OAuth access token - Cannot parse access token", status=401)

    @classmethod
    def no_such_object(cls, named: str, method: str) -> GraphError:
        what = f"Unsupported {method.lower()} request. Object with ID '{named}' does not exist, cannot be loaded due to"
        return cls(100, f"{what} missing permissions, or does not support this operation", subcode=33)

    @classmethod
    def parameter(cls, details: str) -> GraphError:
        return cls(100, f"(#100) {details}", details=details)

    def response(self) -> Response:
        error: dict[str, Any] = {"message": self.message, "type": "OAuthException", "code": self.code}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        if self.details is not None:
            error["error_data"] = {"messaging_product": "whatsapp", "details": self.details}
        return JSONResponse({"error": error | {"fbtrace_id": secrets.token_urlsafe(9)}}, self.status)
