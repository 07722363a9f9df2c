"""The person or place that a customer asks for by name: «к Марии», «у Анны», «мастер Ольга», «на пост 1»."""

import re
from functools import lru_cache

from app.assistant.rules.text import fold
from app.domain.business import Business

_BEFORE = r"\b(?:к|ко|у|мастер\w*|врач\w*|доктор\w*|тренер\w*|преподавател\w*|репетитор\w*|на|with|to)\s+"


def named_resource(words: str, business: Business) -> str:
    """Its id, or empty. A name alone is the customer's own as often as not: a word before it must say whose it is."""
    text = fold(words)
    found = [resource.id for resource in business.resources if _pattern(resource.name).search(text)]
    return found[0] if len(found) == 1 else ""


@lru_cache(maxsize=256)
def _pattern(name: str) -> re.Pattern[str]:
    """The name in any case of its declension: «Мария» → «марии», «марию»; of several words only as it stands."""
    plain = fold(name)
    if " " in plain or not plain.isalpha():
        return re.compile(_BEFORE + re.escape(plain) + r"\b")
    stem = plain[:-1] if len(plain) > 3 and plain[-1] in "аяйьеиоу" else plain
    return re.compile(_BEFORE + re.escape(stem) + r"\w{0,3}\b")
