"""Logs: one JSON line per request and job, its context bound once, personal data masked as the last line of defence.

    with bound(channel="telegram", conversation_id=conversation.id), step("answer") as line:
        line["replies"] = 2

What people wrote is never logged on purpose; `mask` is for what slips in with an exception or a vendor's sentence.
It knows shapes, not names: phones, cards, e-mails, tokens.
"""

import logging
import re
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TextIO

import orjson

log = logging.getLogger("otklik")

QUIET = ("httpx", "httpx2", "httpcore", "httpcore2", "openai", "arq", "asyncio")  # addresses with tokens, arguments
STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}
IDS = frozenset({"conversation_id", "message_id", "job_id"})

_context: ContextVar[Mapping[str, object]] = ContextVar("log_context", default={})  # noqa: B039 - never written to


def setup(level: str = "info", stream: TextIO | None = None) -> None:
    """Send every logger of this process through one handler. Start uvicorn with `log_config=None, access_log=False`."""
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).setLevel(logging.NOTSET)
        logging.getLogger(name).propagate = name != "uvicorn.access"  # a request's own line says more
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


@contextmanager
def bound(**fields: object) -> Iterator[None]:
    """Add fields to every line logged inside, also by tasks that are started inside."""
    token = _context.set({**_context.get(), **fields})
    try:
        yield
    finally:
        _context.reset(token)


@contextmanager
def step(name: str) -> Iterator[dict[str, object]]:
    """One line at the end: `step`, `outcome`, `duration_seconds` and what was put into the yielded dict.

    The outcome is `done` unless the body names another; an exception makes it `failed`, is told and passes on.
    """
    fields: dict[str, object] = {"outcome": "done"}
    started = time.monotonic()
    failed = False
    try:
        yield fields
    except Exception:
        failed = True
        raise
    finally:
        fields |= {"step": name, "duration_seconds": round(time.monotonic() - started, 6)}
        if failed:
            log.error(name, extra=fields | {"outcome": "failed"}, exc_info=True)
        else:
            log.info(name, extra=fields)


class JsonLines(logging.Formatter):
    """A record → one line: time (UTC), level, logger, message, the bound context, its own fields, traceback."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": mask(record.getMessage()),
        }
        for name, value in _context.get().items():
            line[name] = _masked(name, value)
        for name, value in record.__dict__.items():
            if name not in STANDARD:
                line[name] = _masked(name, value)
        if record.exc_info:
            line["traceback"] = mask(self.formatException(record.exc_info))
        return _json(line)


def _masked(name: str, value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    text = str(value)
    masked = mask(text)
    if name in IDS and masked != text:  # a WhatsApp id holds the number: 24 bits tell lines apart, not people
        return f"{masked}~{blake2b(text.encode(errors='replace'), digest_size=3).hexdigest()}"
    return masked


def _json(line: dict[str, object]) -> str:
    try:
        return orjson.dumps(line).decode()
    except TypeError:  # half a character of a broken emoji
        return orjson.dumps({name: _whole(value) for name, value in line.items()}).decode()


def _whole(value: object) -> object:
    return value.encode(errors="replace").decode() if isinstance(value, str) else value


# A gap inside a number as people write it; a date, an address of a machine and Redis's time are not numbers of people.
_GAP = r"[ \-().‐-―\u00a0\u202f/]{0,3}"
_NUMBER = re.compile(
    rf"""
    (?<![0-9a-zA-Z_])                               # inside an id made of letters and digits there is no phone ...
    (?!\d{{4}}-\d\d-\d\d(?!\d))                     # 2026-11-22
    (?!\d{{1,3}}(?:\.\d{{1,3}}){{3}}(?![.\d]))      # 127.0.0.1
    (?!1\d{{9}}(?:\d{{3}})?(?:-\d+)?(?![\d\s()-]))  # seconds, milliseconds, a stream's id: no phone has this length
    (?:\+{_GAP}\d(?:{_GAP}\d){{6,}}                 # +44 20 7946 0958
      |\(?\d(?:{_GAP}\d){{9,}}                      # 8 (916) 123-45-67, 79161234567, a card
      |\d{{3}}[-\s]\d\d[-\s]\d\d)                   # 123-45-67
    (?![a-zA-Z_])
    |(?<!\d)[78]{_GAP}9\d{{9}}(?!\d)                # ... but this one is
    """,
    re.VERBOSE,
)
_MAIL = re.compile(r"[^\s@<>\"'(),;:=\[\]]+@[^\s@<>\"'(),;:=\[\]]+\.\w{2,}")
_BOT_TOKEN = re.compile(r"(?<=:)[\w-]{30,}")  # Telegram: <bot's id>:<35 letters>
_TOKEN = re.compile(
    r"""
    \b(?:EAA|IGA?A|IGQ)\w{20,}                               # Meta
    |\bwamid\.[\w+/=-]+                                      # holds the customer's number
    |\bsk-[\w-]{12,}                                         # OpenAI and those who copied it
    |(?<=/rest/)\d+/[\w-]{6,}                                # Bitrix24's inbound webhook
    |(?<=://)[^\s/@]+(?=@)                                   # user:password of an address
    |(?i:(?<=bearer\ )|(?<=basic\ ))[\w.~+/=-]{6,}
    |(?i:(?:secret|passw\w*)["']?\s{0,2}[=:]\s{0,2}["']?)[^\s"'&,;]+
    |(?i:(?:token|key|auth|sign\w*|authorization)["']?\s{0,2}[=:]\s{0,2}["']?)(?=\D{0,80}\d)[\w.~+/%:-]{6,}
    """,
    re.VERBOSE,
)
_SIGNS = (
    "token",
    "secret",
    "passw",
    "key",
    "auth",
    "sign",
    "bearer",
    "basic",
    "wamid",
    "sk-",
    "eaa",
    "iga",
    "igq",
    "/rest/",
    "://",
)
_DIGITS = re.compile(r"\d(?:\D{0,3}\d){6}")


def mask(text: str) -> str:
    """The text with [token], [mail] and [number] in place of what has their shape. Quick when there is nothing."""
    lower = text.lower()
    if any(sign in lower for sign in _SIGNS):
        text = _TOKEN.sub("[token]", text)
    if ":" in text:
        text = _BOT_TOKEN.sub("[token]", text)
    if "@" in text:
        text = _MAIL.sub("[mail]", text)
    if _DIGITS.search(text):
        text = _NUMBER.sub("[number]", text)
    return text
