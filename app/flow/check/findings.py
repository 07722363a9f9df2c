"""What `otklik check` found: one line of what is, one of what helps."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import app.flow.check.texts  # noqa: F401 - fills the catalogue
from app.domain.words import CATALOGUE, say


class State(StrEnum):
    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`part`: redis, profile, telegram, whatsapp, instagram, sms, site, model, fallback, portal, reports,
    dashboard, address.

    No secrets but the links by which staff binds a chat.
    """

    part: str
    state: State
    found: str
    cure: str = ""


@dataclass(slots=True)
class Notes:
    """The findings of one part, in the words of the catalogue: `check_<key>` and, where there is one, `…_cure`."""

    part: str
    locale: str
    findings: list[Finding] = field(default_factory=list)

    def ok(self, key: str, **values: Any) -> None:
        self._add(State.OK, key, values)

    def warn(self, key: str, **values: Any) -> None:
        self._add(State.WARNING, key, values)

    def fail(self, key: str, **values: Any) -> None:
        self._add(State.ERROR, key, values)

    def _add(self, state: State, key: str, values: dict[str, Any]) -> None:
        found, cure = say(f"check_{key}", self.locale, **values), f"check_{key}_cure"
        cure = say(cure, self.locale, **values) if cure in CATALOGUE else ""
        self.findings.append(Finding(part=self.part, state=state, found=found, cure=cure))
