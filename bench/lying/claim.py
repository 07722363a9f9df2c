"""One thing a model may claim, as a lie and as its true twin: the same words, one fact apart."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """asked: what the customer wrote. visit: the moment of a standing booking, of the true twin only."""

    lie: str
    truth: str
    asked: str = "Здравствуйте, подскажите, пожалуйста"
    visit: datetime | None = None


Drawn = Claim | None  # None: this business has nothing to claim so


def sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
