"""Is every price, time and claim of this reply traceable? (pure)"""

import re
from dataclasses import dataclass

from app.assistant.privacy import LEFT_OVER
from app.domain.business import Business
from app.domain.qualification import Question

MAX_REPLY = 700

EMERGENCY = re.compile(
    r"бол\w* (?:в|за) (?:груди|грудин\w+|сердц\w+)|(?:груд\w*|сердце) (?:очень |сильно )?(?:бол|жм|дав)\w+|"
    r"сильн\w+ кровотечени|кровотечени\w+ не останавл|(?:хлещет|льётся|льется|идёт|идет) кровь|истека\w+ кровью|"
    r"не (?:могу|может) (?:вдохнуть|дышать)|не дыш(?:ит|у)|задыха(?:юсь|ется)|нечем дышать|"
    r"потерял\w* сознание|без сознания|инсульт|инфаркт|судороги|анафила|отек кв|отёк кв|"
    r"передозировк|наглотал\w+ таблет|покончить с собой|не хочу жить|суицид|"
    r"chest pain|can'?t breathe|heavy bleeding|unconscious|heart attack|overdose|suicide",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """text: what may go out. fired: names of the guards that replaced a sentence. blocked: nothing of it may go out."""

    text: str
    fired: tuple[str, ...] = ()
    blocked: bool = False

    @property
    def handoff(self) -> str:
        if "subject" in self.fired:
            return "subject"
        return "guard" if set(self.fired) - {"length"} else ""


def is_emergency(question: Question) -> bool:
    """Words of this burst that need 103 or 112, not an appointment."""
    return bool(EMERGENCY.search(" ".join(question.texts)))


def check(reply: str, question: Question, business: Business, *, booked: str | None = None) -> Verdict:
    if LEFT_OVER.search(reply):
        return Verdict(text="", fired=("token",), blocked=True)
    return Verdict(text=reply)
