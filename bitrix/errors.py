"""The portal's error codes as a typed tree, in one table. Codes decide, statuses only when a code says nothing."""

import re
from typing import ClassVar, Literal

Executed = Literal["no", "unknown"]


class BitrixError(Exception):
    """A call that brought no result.

    code         the portal's `error`, as text; may be empty (legacy CRM); in lower case where it is ours
    retry_after  seconds after which the same call may succeed; None: it never will as it stands
    executed     "no": nothing happened on the portal; "unknown": it may have, so look before repeating a write
    """

    default_retry_after: ClassVar[float | None] = None
    default_executed: ClassVar[Executed] = "no"

    def __init__(self, code: str, description: str = "", *, method: str = "", status: int | None = None) -> None:
        super().__init__(code, description)
        self.code = code
        self.description = re.sub(r"\s*<br\s*/?>\s*", " ", description).strip()  # tasks and ERROR_CORE end with <br>
        self.method = method
        self.status = status
        self.retry_after: float | None = self.default_retry_after
        self.executed: Executed = self.default_executed

    def __str__(self) -> str:
        what = ": ".join(part for part in (self.code, self.description) if part) or "an error without code or text"
        return f"{self.method or 'portal'}: {what}"


class Unreachable(BitrixError):
    """No byte was sent: no route, no name, no connection, no TLS."""

    default_retry_after = 2.0


class Unanswered(BitrixError):
    """Sent, and no answer that says how it ended: a timeout, a broken connection, 5xx, a page instead of JSON."""

    default_retry_after = 5.0
    default_executed: ClassVar[Executed] = "unknown"


class Throttled(BitrixError):
    """Not now. Nothing was executed."""

    default_retry_after = 1.0


class QueryLimit(Throttled):
    """The bucket of calls per second, of this portal and our address, is full."""


class OperatingLimit(Throttled):
    """The method used up its execution time of the last ten minutes; `retry_after` comes from the last seen reset."""

    default_retry_after = 60.0


class Unauthorized(BitrixError):
    """The webhook or token is wrong, revoked or without an owner."""


class ExpiredToken(Unauthorized):
    """The access token ran out; the client renews it once by itself."""


class Closed(BitrixError):
    """The whole portal refuses: deleted, unpaid, without REST on its plan, or blocked by the vendor."""


class Moved(BitrixError):
    """The portal answers under another address (`location`); the client follows it once by itself."""

    location: str = ""


class Refused(BitrixError):
    """The portal understood and said no to this very command."""


class Denied(Refused):
    """A right, a scope or the context of an application is missing."""


class Missing(Refused):
    """The object does not exist, or not any more."""


class Invalid(Refused):
    """A parameter or a field is missing, malformed or not allowed."""


class UnknownMethod(Refused):
    """No such method on this portal, or not in a batch."""


class Unusable(BitrixError):
    """Answered, but not in the documented shape."""

    default_executed: ClassVar[Executed] = "unknown"


class Unsendable(BitrixError):
    """A command that could not be built or put on the wire; nothing was sent."""


TABLE: dict[str, type[BitrixError]] = {
    "QUERY_LIMIT_EXCEEDED": QueryLimit,
    "OPERATION_TIME_LIMIT": OperatingLimit,
    "EXPIRED_TOKEN": ExpiredToken,
    "NO_AUTH_FOUND": Unauthorized,
    "INVALID_CREDENTIALS": Unauthorized,
    "INVALID_TOKEN": Unauthorized,
    "AUTHORIZATION_ERROR": Unauthorized,
    "APPLICATION_NOT_FOUND": Unauthorized,
    "ERROR_OAUTH": Unauthorized,
    "INVALID_GRANT": Unauthorized,
    "INVALID_CLIENT": Unauthorized,
    "WRONG_CLIENT": Unauthorized,
    "PAYMENT_REQUIRED": Closed,
    "PORTAL_DELETED": Closed,
    "OVERLOAD_LIMIT": Closed,
    "INSUFFICIENT_SCOPE": Denied,
    "INVALID_SCOPE": Denied,
    "ACCESS_DENIED": Denied,
    "ACCESS_ERROR": Denied,
    "USER_ACCESS_ERROR": Denied,
    "WRONG_AUTH_TYPE": Denied,
    "ALLOWED_ONLY_INTRANET_USER": Denied,
    "METHOD_CONFIRM_WAITING": Denied,
    "METHOD_CONFIRM_DENIED": Denied,
    "ERROR_WRONG_CONTEXT": Denied,
    "ERROR_USER_NOT_OPERATOR": Denied,
    "NOT_FOUND": Missing,
    "OWNER_NOT_FOUND": Missing,
    "BOT_NOT_FOUND": Missing,
    "1009": Missing,  # booking: resource
    "1019": Missing,  # booking: booking
    "1021": Missing,  # booking: booking
    "0": Invalid,
    "100": Invalid,
    "422": Invalid,  # booking: period
    "1006": Invalid,  # booking: resource type
    "1013": Invalid,  # booking: resource type
    "1018": Invalid,  # booking: overlap, closed or unknown resource
    "INVALID_REQUEST": Invalid,
    "ERROR_CORE": Invalid,
    "ERROR_ARGUMENT": Invalid,
    "INVALID_ARG_VALUE": Invalid,
    "CRM_FIELD_ERROR_VALUE_NOT_VALID": Invalid,
    "CRM_FIELD_ERROR_REQUIRED": Invalid,
    "WRONG_DATETIME_FORMAT": Invalid,
    "ERROR_BATCH_LENGTH_EXCEEDED": Invalid,
    "ERROR_METHOD_NOT_FOUND": UnknownMethod,
    "ERROR_BATCH_METHOD_NOT_ALLOWED": UnknownMethod,
    "ERROR_MANIFEST_IS_NOT_AVAILABLE": UnknownMethod,
    "INTERNAL_SERVER_ERROR": Unanswered,
    "ERROR_UNEXPECTED_ANSWER": Unanswered,
}

TEXTS: tuple[tuple[str, type[BitrixError]], ...] = (  # legacy CRM sends an empty code; the plan has no code of its own
    ("commercial plans", Closed),
    ("access denied", Denied),
    ("not found", Missing),
)


def error_of(code: object, description: object = "", *, method: str = "", status: int | None = None) -> BitrixError:
    """The typed error of the portal's `error` (text, a number or empty) and `error_description`."""
    name, text = "" if code is None else str(code), "" if description is None else str(description)
    return _kind(name, text, status)(name, text, method=method, status=status)


def _kind(code: str, description: str, status: int | None) -> type[BitrixError]:
    by_text = next((kind for text, kind in TEXTS if text in description.lower()), None)
    if by_text is Closed or (by_text is not None and not code):
        return by_text
    return TABLE.get(code.upper()) or _by_status(status)


def _by_status(status: int | None) -> type[BitrixError]:
    if status is None or status < 400:
        return Refused
    if status >= 500:
        return Unanswered
    return {400: Invalid, 401: Unauthorized, 403: Denied, 404: Missing, 429: Throttled}.get(status, Refused)
