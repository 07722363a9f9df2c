"""How warm an enquiry is: which first-response promise it gets."""

import re
from datetime import datetime, timedelta

from app.domain.qualification import Heat, Intent, When

_URGENT = re.compile(
    r"\bсрочн|\bсейчас\b|\bсегодня\b|\bнемедленно|\bнеотложн|\bгорит\b(?! чек)|\bкак можно (?:скорее|"
    r"быстрее)|\bпоскорее|\bпобыстрее|\bэкстренн|\bsos\b|\bсос\b"
)
_NOT_URGENT = re.compile(
    r"\bсегодня\s(?:уже\s|точно\s)?(?:никак|не\s(?:мог|мож|смо|получ|успе|вый|над|обяз))[а-я]*|"
    r"\bне\s+(?:очень\s+|особо\s+|так\s+)?(?:срочн|сегодня|сейчас|горит)[а-я]*|\bнесрочн[а-я]*|\bчек горит|\bгорит чек"
)
HEATLESS = frozenset({Intent.CONFIRM, Intent.SPAM, Intent.SMALLTALK})


def is_urgent(plain: str) -> bool:
    return bool(_URGENT.search(_NOT_URGENT.sub(" ", plain)))


def heat(
    intent: Intent, *, now: datetime, window: timedelta, when: When | None, visit: datetime | None, urgent: bool
) -> Heat | None:
    """None where heat does not apply.

    window   the profile's hot window
    visit    the standing visit that a cancel or a move speaks of
    """
    if intent in HEATLESS:
        return None
    if intent is Intent.COMPLAINT:
        return Heat.HOT
    if intent is Intent.INFO:
        return Heat.COLD
    moments = [moment for moment in (when.earliest if when else None, visit) if moment]
    if urgent or any(moment - now <= window for moment in moments):
        return Heat.HOT
    return Heat.WARM
