"""From a method's name and parameters to its answer, alone or in a batch (reference 11.2–11.4)."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from time import perf_counter, time
from typing import Any

from sandbox import php
from sandbox.portal.access import check_context
from sandbox.portal.calls import METHODS, Call, Caller, Method, Page, mapping
from sandbox.portal.errors import RestError
from sandbox.portal.limits import Limits
from sandbox.portal.world import World

BATCH_LENGTH = 50
_REFERENCE = re.compile(r"\$(result|error|total|next|time)(\[\S*)")
_STEP = re.compile(r"\[([^\]]*)\]")


@dataclass(slots=True)
class Tally:
    """What was called, as a bench and a test count it."""

    http: int = 0
    throttled: int = 0  # refused by the bucket
    single: Counter[str] = field(default_factory=Counter)
    batched: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Desk:
    """Where calls arrive: the portal's content, its limits and the count."""

    world: World
    limits: Limits
    tally: Tally = field(default_factory=Tally)

    def answer(self, name: str, params: dict[str, Any], caller: Caller) -> dict[str, Any]:
        """The envelope of one HTTP call (reference 11.3 (18, 19))."""
        began, method = time(), name.lower()
        self.tally.single[method] += 1
        if method == "batch":
            started = perf_counter()
            body: dict[str, Any] = {"result": self._batch(params, caller)}
            if self.limits.operating.billed_to_batch:
                self.limits.operating.bill(method, caller.key, perf_counter() - started)
        else:
            page = self._run(method, params, caller)
            body = {"result": page.result} if isinstance(page, Page) else {"result": page}
            if isinstance(page, Page):
                body |= {"next": page.next} if page.next is not None else {}
                body["total"] = page.total
        return body | {"time": self._time(method, caller, began)}

    def _run(self, method: str, params: dict[str, Any], caller: Caller, *, in_batch: bool = False) -> Any:
        found = self._allowed(method, caller)
        operating = self.limits.operating
        if operating.blocked(method, caller.key):
            raise RestError("OPERATION_TIME_LIMIT", "Method is blocked due to operation time limit.", 429)
        started = perf_counter()
        try:
            return found.run(Call(world=self.world, caller=caller, params=params))
        finally:
            if not (in_batch and operating.billed_to_batch):
                operating.bill(method, caller.key, perf_counter() - started)

    def _allowed(self, method: str, caller: Caller) -> Method:
        check_context(method, caller)
        found = METHODS.get(method)
        if found is None or method.startswith(tuple(self.world.absent)):
            raise RestError("ERROR_METHOD_NOT_FOUND", "Method not found!", 404)
        if found.scope not in caller.scopes and found.scope != "basic":
            text = "The request requires higher privileges than provided by the access token"
            raise RestError("insufficient_scope", text, self.world.access.scope_status)
        user = self.world.users[caller.user_id]
        if (found.admin and not user.admin) or (found.scope == "crm" and not user.crm):
            item = method.startswith(("crm.item.", "crm.category."))
            raise RestError("ACCESS_DENIED" if item else "", "Access denied.")  # reference 11.2 (16)
        return found

    def _batch(self, params: dict[str, Any], caller: Caller) -> dict[str, Any]:
        """Five sections, always; one command's failure stays its own (reference 11.4 (25, 31))."""
        done: dict[str, dict[str, Any]] = {name: {} for name in ("result", "error", "total", "next", "time")}
        halt = _truth(params.get("halt"))
        for place, (key, command) in enumerate(mapping(params.get("cmd")).items()):
            try:
                self._command(place, key, str(command), caller, done)
            except RestError as error:
                done["error"][key] = error.body
                if halt:
                    break
        return {
            "result": php.shaped(done["result"]),
            "result_error": php.shaped(done["error"]),
            "result_total": php.shaped(done["total"]),
            "result_next": php.shaped(done["next"]),
            "result_time": php.shaped(done["time"]),
        }

    def _command(self, place: int, key: str, command: str, caller: Caller, done: dict[str, dict[str, Any]]) -> None:
        """One `method?query`; what stands after a bare `#` is lost (reference 11.4 (29))."""
        if place >= BATCH_LENGTH:  # reference 11.4 (27)
            raise RestError("ERROR_BATCH_LENGTH_EXCEEDED", "Max batch length exceeded")
        began = time()
        name, _, query = command.partition("#")[0].partition("?")
        method = name.strip().lower().removesuffix(".json")
        self.tally.batched[method] += 1
        if method == "batch":
            raise RestError("ERROR_BATCH_METHOD_NOT_ALLOWED", "Method is not allowed for batch usage", 405)
        answer = self._run(method, resolve(php.decode(query), done), caller, in_batch=True)
        page = answer if isinstance(answer, Page) else None
        done["result"][key] = page.result if page else answer
        if page is not None:
            done["total"][key] = page.total
            if page.next is not None:
                done["next"][key] = page.next
        done["time"][key] = self._time(method, caller, began)

    def _time(self, method: str, caller: Caller, began: float) -> dict[str, Any]:
        ended = time()
        shown: dict[str, Any] = {
            "start": began,
            "finish": ended,
            "duration": ended - began,
            "processing": ended - began,
        }
        shown |= {"date_start": self._local(began), "date_finish": self._local(ended)}
        operating = self.limits.operating
        if operating.limit_seconds is not None:  # absent on self-hosted portals (reference 11.3 (18))
            shown["operating_reset_at"] = operating.resets_at(method, caller.key)
            shown["operating"] = operating.spent(method, caller.key)
        return shown

    def _local(self, moment: float) -> str:
        return datetime.fromtimestamp(moment, self.world.zone).isoformat(timespec="seconds")


def resolve(value: Any, done: dict[str, dict[str, Any]]) -> Any:
    """Replace references in values, never in keys (reference 11.4 (28)).

    A value that is one reference takes the typed value; inside a text only texts and numbers are put in. A path that
    breaks off gives the deepest thing it reached, so `$result[failed]` is the whole map.
    """
    if isinstance(value, dict):
        return {key: resolve(child, done) for key, child in value.items()}
    if isinstance(value, list):
        return [resolve(child, done) for child in value]
    if not isinstance(value, str) or "$" not in value:
        return value
    whole = _REFERENCE.fullmatch(value)
    if whole:
        return _follow(whole, done)

    def put(match: re.Match[str]) -> str:
        found = _follow(match, done)
        fits = isinstance(found, str | int | float) and not isinstance(found, bool)
        return str(found) if fits else match[0]

    return _REFERENCE.sub(put, value)


def _follow(match: re.Match[str], done: dict[str, dict[str, Any]]) -> Any:
    found: Any = done[match[1]]
    for step in _STEP.findall(match[2]):
        if isinstance(found, dict) and step in found:
            found = found[step]
        elif isinstance(found, list) and step.isdigit() and int(step) < len(found):
            found = found[int(step)]
        else:
            break
    return found


def _truth(value: Any) -> bool:
    """PHP's (bool): "0" and "" are false, "false" is true (reference 11.4 (26))."""
    return bool(value) and value != "0"
