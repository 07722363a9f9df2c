"""The error table of the reference (2.11), row by row: class, whether it may pass, whether it was executed."""

import pytest

from bitrix import errors
from bitrix.errors import error_of

ROWS = [
    (400, "INVALID_REQUEST", "Https required", errors.Invalid, None, "no"),
    (400, "ERROR_BATCH_LENGTH_EXCEEDED", "", errors.Invalid, None, "no"),
    (400, "ERROR_CORE", "The field contains an invalid address<br>", errors.Invalid, None, "no"),
    (400, "ERROR_ARGUMENT", "", errors.Invalid, None, "no"),
    (400, "", "Access denied.", errors.Denied, None, "no"),
    (400, "", "Not found", errors.Missing, None, "no"),
    (400, "", "ID is not defined or invalid", errors.Invalid, None, "no"),
    (400, "", "Parameter 'fields' must be array.", errors.Invalid, None, "no"),
    (400, 100, "Could not find value for parameter {fields}", errors.Invalid, None, "no"),
    (400, "0", "Required fields: x", errors.Invalid, None, "no"),
    (400, "NOT_FOUND", "", errors.Missing, None, "no"),
    (400, "ACCESS_DENIED", "", errors.Denied, None, "no"),
    (400, "INVALID_ARG_VALUE", "Invalid filter: field 'X' is not allowed in filter", errors.Invalid, None, "no"),
    (400, "CRM_FIELD_ERROR_REQUIRED", "", errors.Invalid, None, "no"),
    (400, "OWNER_NOT_FOUND", "", errors.Missing, None, "no"),
    (400, "NOT_ACTIVE_LINE", "", errors.Invalid, None, "no"),
    (401, "NO_AUTH_FOUND", "", errors.Unauthorized, None, "no"),
    (401, "expired_token", "The access token provided has expired.", errors.ExpiredToken, None, "no"),
    (401, "invalid_token", "", errors.Unauthorized, None, "no"),
    (401, "PAYMENT_REQUIRED", "", errors.Closed, None, "no"),
    (401, "INVALID_CREDENTIALS", "Invalid request credentials", errors.Unauthorized, None, "no"),
    (403, "INVALID_CREDENTIALS", "Invalid request credentials", errors.Unauthorized, None, "no"),
    (401, "insufficient_scope", "", errors.Denied, None, "no"),
    (403, "insufficient_scope", "", errors.Denied, None, "no"),
    (403, "ACCESS_DENIED", "REST API is available only on commercial plans", errors.Closed, None, "no"),
    (403, "WRONG_AUTH_TYPE", "Application context required", errors.Denied, None, "no"),
    (404, "ERROR_METHOD_NOT_FOUND", "Method not found!", errors.UnknownMethod, None, "no"),
    (405, "ERROR_BATCH_METHOD_NOT_ALLOWED", "", errors.UnknownMethod, None, "no"),
    (429, "OPERATION_TIME_LIMIT", "", errors.OperatingLimit, 60, "no"),
    (429, "SOMETHING_NEW", "", errors.Throttled, 1, "no"),
    (500, "INTERNAL_SERVER_ERROR", "", errors.Unanswered, 5, "unknown"),
    (500, "ERROR_UNEXPECTED_ANSWER", "", errors.Unanswered, 5, "unknown"),
    (500, "PORTAL_DELETED", "", errors.Closed, None, "no"),
    (403, "PORTAL_DELETED", "", errors.Closed, None, "no"),
    (503, "QUERY_LIMIT_EXCEEDED", "Too many requests", errors.QueryLimit, 1, "no"),
    (503, "OVERLOAD_LIMIT", "", errors.Closed, None, "no"),
    (500, "SOMETHING_NEW", "", errors.Unanswered, 5, "unknown"),
    (400, 1018, "Empty resource collection", errors.Invalid, None, "no"),
    (400, 1021, "Booking not found", errors.Missing, None, "no"),
    (None, "SOMETHING_NEW", "", errors.Refused, None, "no"),
    (None, None, None, errors.Refused, None, "no"),
]


@pytest.mark.parametrize(("status", "code", "text", "kind", "retry_after", "executed"), ROWS)
def test_each_row_of_the_table(
    status: int | None, code: object, text: str, kind: type, retry_after: float | None, executed: str
) -> None:
    error = error_of(code, text, method="crm.x.add", status=status)
    assert (type(error), error.retry_after, error.executed) == (kind, retry_after, executed)


def test_an_error_reads_as_one_line() -> None:
    assert (
        str(error_of("ERROR_CORE", "Bad <br>field<br>", method="crm.lead.add")) == "crm.lead.add: ERROR_CORE: Bad field"
    )
    assert str(error_of("", "Not found", method="crm.lead.get")) == "crm.lead.get: Not found"
    assert str(error_of("", "")) == "portal: an error without code or text"
