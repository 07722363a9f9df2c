"""The portal's way of saying no: HTTP status, code and text of an error envelope (reference 11.3 (22))."""

from typing import Any


class RestError(Exception):
    """`code` may be an empty string (old CRM methods) or a number (controllers), as the vendor's is."""

    def __init__(self, code: str | int, text: str, status: int = 400, **extra: Any) -> None:
        super().__init__(f"{code}: {text}")
        self.status = status
        self.body = {"error": code, "error_description": text, **extra}


def not_found() -> RestError:
    return RestError("", "Not found")


def missing(parameter: str) -> RestError:
    """How a controller names a parameter that did not come (reference 2.11, code 100)."""
    return RestError(100, f"Could not find value for parameter {{{parameter}}}")


def invalid_argument(text: str) -> RestError:
    return RestError("INVALID_ARG_VALUE", text)
