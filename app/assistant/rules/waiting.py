"""What a customer says to the waiting list: put me there, yes or no to the time that became free, take me off."""

import re
from collections.abc import Sequence

from app.assistant.rules.text import fold
from app.assistant.rules.yes import says_yes
from app.domain.conversation import Conversation
from app.domain.qualification import Intent, Reading
from app.domain.visits.visit import ListWord

_LIST = r"(?:лист\w*\s+ожидани\w*|списо?к\w*\s+ожидани\w*|очеред[ьи]\w*|waiting\s*list)"
_JOIN = re.compile(
    rf"\b(?:в|во|на|into|on)\s+(?:the\s+|your\s+)?{_LIST}|^\W*{_LIST}\W*$|"
    r"\bесли\s+(?:что-?то\s+|вдруг\s+|место\s+|время\s+|кто-?то\s+)*(?:освобод|отмен|откаж)|"
    r"\bкогда\s+(?:что-?то\s+|место\s+)*освобод|\bif\s+(?:something|anything|a\s+place|it)\s+(?:opens|frees|becomes)"
)
_LEAVE = re.compile(
    rf"(?:убер\w*|удал\w*|вычеркн\w*|выпиш\w*|уйти|выйти|remove|off)\b.*{_LIST}|\bиз\s+{_LIST}|"
    r"\b(?:больше|уже)\s+не\s+(?:жд[уе]\w*|надо|нужно|актуально)|\bотмен\w*\s+ожидани|\bne\s+zhdu|no\s+longer\s+wait"
)
_NO = re.compile(
    r"^\W*(?:нет|неа|no|nope|не\s)|\bне\s+(?:смо[гж]|получ|подход|подойд|успе|устраив|удобн|могу|хочу)|"
    r"\bнеудобно\b|\bоткаж\w*|\bпусть\s+друг"
)
_YES = re.compile(r"^\W*(?:запиш\w*|запис\w*|беру|бер[её]м|занимаю|внес\w*|хочу|yes|sure|ok)\b")


def said_to_list(words: str, reading: Reading, payloads: Sequence[str], conversation: Conversation) -> ListWord | None:
    """None: nothing to the list, or another time is named, which is a wish of its own.

    payloads   of the buttons among the words
    """
    text, offer, waiting = fold(words), conversation.offer, conversation.waiting
    if any(payload.startswith("wait:") for payload in payloads):
        return ListWord.JOIN
    chance = waiting.chance if waiting else None
    if chance and offer and offer.hold == chance.hold:
        if f"pass:{offer.id}" in payloads:
            return ListWord.DECLINE
        if named := reading.when:
            return ListWord.TAKE if named.exact and named.earliest == chance.slot.starts and _yes(text) else None
        if _LEAVE.search(text):
            return ListWord.LEAVE
        if _NO.search(text) or reading.intent is Intent.CANCEL:
            return ListWord.DECLINE
        return ListWord.TAKE if _yes(text) else None
    if waiting and _LEAVE.search(text):
        return ListWord.LEAVE
    if _JOIN.search(text):
        return ListWord.JOIN
    asked = offer is not None and offer.lists and not offer.slots
    return ListWord.JOIN if asked and reading.when is None and not _NO.search(text) and _yes(text) else None


def _yes(text: str) -> bool:
    return says_yes(text) or bool(_YES.search(text))
