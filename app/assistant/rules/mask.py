"""A message as its intent is told from it: what fills the slots (days, times, services, numbers) is a sign alone."""

import re
from collections.abc import Iterable

from app.assistant.rules.days import Days
from app.assistant.rules.text import Message
from app.assistant.rules.when import Spoken

DAY, TIME, SERVICE, NUMBER = " Д ", " Ч ", " У ", " Н "
_DIGITS = re.compile(r"\d+")
_LATIN = re.compile(r"'?[a-z']+")
_SPACES = re.compile(r"\s+")


def mask(message: Message, spoken: Spoken, service_words: Iterable[str]) -> str:
    """«Запишите на маникюр завтра в 15» → «запишите на У Д Ч»; of English only what was turned into Russian."""
    text = message.plain
    for start, end, sign in sorted(_places(spoken), reverse=True):
        text = text[:start] + sign + text[end:]
    for word in service_words:
        text = re.sub(rf"\b{re.escape(word)}\b", SERVICE, text)
    if message.language == "en":
        text = _LATIN.sub(" ", text)
    return _SPACES.sub(" ", _DIGITS.sub(NUMBER, text)).strip()


def _places(spoken: Spoken) -> set[tuple[int, int, str]]:
    items = (*spoken.wanted, *spoken.standing, *spoken.dropped)
    return {(item.start, item.end, DAY if isinstance(item, Days) else TIME) for item in items}
