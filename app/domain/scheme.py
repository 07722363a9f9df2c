"""What this portal calls our words."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.domain.card import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """A stage or source that the portal lacks is left out of what we write.

    simple   CRM mode without leads
    fields   our word of a deal's field → the portal's name
    """

    simple: bool = False
    category_id: int = 0
    stages: Mapping[Stage, str] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
