"""How the deployment's values are written: addresses, secrets, lists. A type names what it expects, never a secret."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr
from pydantic_core import PydanticCustomError
from pydantic_settings import NoDecode


def _split(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _parts(address: str) -> SplitResult:
    """Of an address that cannot be split: nothing."""
    try:
        return urlsplit(address)
    except ValueError:
        return SplitResult("", "", "", "", "")


def _url(value: str) -> str:
    """Without a slash at its end."""
    parts = _parts(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise PydanticCustomError("url", "an address such as https://example.com")
    return value.rstrip("/")


def _origin(value: str) -> str:
    if _parts(_url(value)).path:
        raise PydanticCustomError("origin", "origins such as https://example.com, without a path")
    return value.lower()


def _public(value: str) -> str:
    if _parts(_url(value)).scheme != "https" and _parts(value).hostname not in {"127.0.0.1", "localhost", "::1"}:
        raise PydanticCustomError("public", "an https address: messengers deliver to nothing else")
    return _url(value)


def _redis(value: SecretStr) -> SecretStr:
    if _parts(value.get_secret_value()).scheme not in {"redis", "rediss", "unix"}:
        raise PydanticCustomError("redis", "redis://, rediss:// or unix://, or empty for the embedded server")
    return value


def _portal_webhook(value: SecretStr) -> SecretStr:
    """With one slash at its end, as the portal prints it."""
    parts = _parts(value.get_secret_value())
    path = parts.path.strip("/").split("/")
    if parts.scheme not in {"http", "https"} or not parts.hostname or len(path) != 3 or path[0] != "rest":
        raise PydanticCustomError("webhook", "https://<portal>/rest/<user>/<code>/ as the portal shows it")
    return SecretStr(value.get_secret_value().rstrip("/") + "/")


def _bot_token(value: SecretStr) -> SecretStr:
    number, _, rest = value.get_secret_value().partition(":")
    if not (number.isdigit() and rest):
        raise PydanticCustomError("bot_token", "<number>:<letters> as @BotFather shows it")
    return value


def _header_secret(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if len(text) > 256 or not text.isascii() or not all(letter.isalnum() or letter in "_-" for letter in text):
        raise PydanticCustomError("header_secret", "1-256 of A-Z a-z 0-9 _ -")  # core.telegram.org/bots/api#setwebhook
    return value


def _domain(value: str) -> str:
    if not value.replace(":", ".").replace("-", ".").replace(".", "").isalnum():
        raise PydanticCustomError("domain", "the portal's host such as example.bitrix24.ru, without https://")
    return value


def _file(value: Path) -> Path:
    if not value.is_file():
        raise PydanticCustomError("file", "the path of a PEM file that exists")
    return value


def _at_least(length: int) -> Callable[[SecretStr], SecretStr]:
    def check(value: SecretStr) -> SecretStr:
        if len(value) < length:
            raise PydanticCustomError("length", "at least {length} characters", {"length": length})
        return value

    return check


Url = Annotated[str, AfterValidator(_url)]
PublicUrl = Annotated[str, AfterValidator(_public)]
Domain = Annotated[str, AfterValidator(_domain)]
File = Annotated[Path, AfterValidator(_file)]

RedisUrl = Annotated[SecretStr, AfterValidator(_redis)]
PortalWebhook = Annotated[SecretStr, AfterValidator(_portal_webhook)]
BotToken = Annotated[SecretStr, AfterValidator(_bot_token)]
HeaderSecret = Annotated[SecretStr, AfterValidator(_header_secret)]
LongSecret = Annotated[SecretStr, AfterValidator(_at_least(16))]
SecretKey = Annotated[SecretStr, AfterValidator(_at_least(32))]

Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
Secrets = Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_split)]
Origins = Annotated[tuple[Annotated[str, AfterValidator(_origin)], ...], NoDecode, BeforeValidator(_split)]
