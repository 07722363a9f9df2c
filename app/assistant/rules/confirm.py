"""Which of the moments that the bot named a customer says yes to: «да», «+», «второй вариант», «давайте в 15:30»."""

import re
from datetime import datetime

from app.assistant.rules.clock import Times
from app.assistant.rules.days import Days
from app.assistant.rules.text import clauses
from app.assistant.rules.when import CORRECTION, Spoken
from app.assistant.rules.yes import says_yes

_ORDINAL = re.compile(
    r"\b(\d)-?(?:ый|ий|ой|ое|ье|ая|ья|ую|ью|й|е|я|го)\b(?!\s(?:числ|январ|феврал|март|апрел|ма[йя]|июн|"
    r"июл|август|сентябр|октябр|ноябр|декабр))|\b(?:вариант|номер|№|под номером)\s*(\d)\b|^\W*(\d)\W*$|"
    r"\b(\d)\s(?:вариант|окно|окошко|слот|пункт)|^\W*(\d)\s(?:мне|удоб|подойд|подход|нрав|пойд|хорош|отлич|норм|пожал|бер)"
)
_LAST = re.compile(r"\bпоследн")
_ANY = re.compile(r"\bлюб(?:ое|ой|ая)\b|\bбез разницы|\bвсе равно|\bневажно|\bкак вам удобн")
_BOTHER = re.compile(
    r"\bне\s+(?:подход|подойд|прид|приед|смог|смож|мог|устраив|получ|буд|удобн|успе)|\bнет\b|\bотмен|"
    r"перен[её]с|перенос|\bсдвин|\bперекин|\bраньше\b|\bпозже\b|попозже|пораньше|\bпосле\b|\bрано\b|"
    r"поздно|\bдругое\b|\bдругой\b"
)
_EARLIER = re.compile(r"\bсам\w+\sранн|\bраннее|(?:раньше|пораньше)\sкотор|котор\w+\s(?:пораньше|раньше)")
_LATER = re.compile(r"\bсам\w+\sпоздн|(?:позже|попозже)\sкотор|котор\w+\s(?:попозже|позже|позднее)|^\W*позднее")
_MORNING, _EVENING = re.compile(r"\bутренн"), re.compile(r"\bвечерн")
_MIDDLE = re.compile(r"\bсредн(?:ее|ий|юю|яя)\b|\bпосередине\b")
_WISHED = re.compile(r"^\W*(?:давайте|лучше|если можно)?\s*(?:по)?(?:раньше|позже)\W*$")  # «давайте пораньше, первое»
_REFUSED = re.compile(r"\bне\b|\bмимо\b|\bнеудобн|\bрановато|\bпоздновато")
_ASSENT = re.compile("[\U0001f44d\U0001f44c✅✔☑💪🙏🤝🫡➕+❤🔥💯👏🎉🥰😍]")
_SHORT_YES = re.compile(r"^\W*(?:👍|👌|✅|\+|🙏|💪|❤|🔥|ok|ок)", re.I)


def choose(text: str, spoken: Spoken, offered: tuple[datetime, ...]) -> datetime | None:
    """The moment chosen; None: the text is no clear yes to any."""
    if not offered:
        return None
    if len(offered) > 1 and (picked := _compared(text, offered) or _numbered(_unrefused(text), offered)):
        return picked
    if any(isinstance(item, (Days, Times)) for item in spoken.wanted):
        return _named_plainly(text, spoken, offered)
    if _BOTHER.search(text):
        return None
    if len(offered) > 1:
        return _of_hour(text, offered)
    return offered[0] if says_yes(text) or _SHORT_YES.match(text) or _is_silent_yes(text) else None


def _compared(text: str, offered: tuple[datetime, ...]) -> datetime | None:
    """«Попозже которое», «вечернее давай»: told by how it stands among the offered."""
    first, last = min(offered), max(offered)
    if "?" in text:
        return None
    if _EARLIER.search(text) or (_MORNING.search(text) and first.hour < 12 <= last.hour):
        return first
    if _LATER.search(text) or (_EVENING.search(text) and first.hour < 17 <= last.hour):
        return last
    return offered[1] if len(offered) == 3 and _MIDDLE.search(text) else None


def _unrefused(text: str) -> str:
    """«Первое мимо, второе норм» → «второе норм»; empty where what is left still bothers."""
    for match in reversed(list(CORRECTION.finditer(text))):
        if _ORDINAL.search(text[match.end() :]):
            text = text[match.end() :]
            break
    left = [
        part.text
        for part in clauses(text)
        if not (_ORDINAL.search(part.text) and (_BOTHER.search(part.text) or _REFUSED.search(part.text)))
    ]
    left = [part for part in left if not _WISHED.match(part)]
    return "" if _BOTHER.search(" ".join(left)) else "\n".join(left)


def _named_plainly(text: str, spoken: Spoken, offered: tuple[datetime, ...]) -> datetime | None:
    """«На первое не успею, давайте 19:30»: what is refused elsewhere does not undo an exact yes."""
    named = _named(spoken, offered)
    if named is None:
        return None
    exact = [item for item in spoken.wanted if isinstance(item, Times) and item.exact]
    said = [part.text for part in clauses(text) if any(part.start <= item.start < part.end for item in exact)]
    return None if _BOTHER.search(" ".join(said) if exact and len(offered) > 1 else text) else named


def _of_hour(text: str, offered: tuple[datetime, ...]) -> datetime | None:
    """«15 удобно»: a bare number that is the hour of one offered moment."""
    hours = {int(number) for number in re.findall(r"(?<![\d:.])\d{1,2}(?![\d:.])", text)}
    fitting = [slot for slot in offered if slot.hour in hours or slot.hour - 12 in hours]
    return fitting[0] if len(fitting) == 1 else None


def _named(spoken: Spoken, offered: tuple[datetime, ...]) -> datetime | None:
    """The offered moment that fits every day and time the customer names; a yes to a reminder may repeat its day."""
    fitting = list(offered)
    for item in spoken.wanted:
        if isinstance(item, Days):
            fitting = [
                slot
                for slot in fitting
                if item.first <= slot.date() <= item.last or (item.weekday and slot.weekday() == item.first.weekday())
            ]
        elif isinstance(item, Times) and not (item.part and _names_exactly(spoken)):
            fitting = [slot for slot in fitting if _fits(item, slot)]
    return fitting[0] if fitting else None


def _fits(item: Times, slot: datetime) -> bool:
    minute = slot.hour * 60 + slot.minute
    if item.exact:
        return minute == item.first or (item.open_half and minute == item.first + 720)
    return item.first <= minute <= item.last


def _names_exactly(spoken: Spoken) -> bool:
    return any(isinstance(item, Times) and not item.part for item in spoken.wanted)


def _numbered(text: str, offered: tuple[datetime, ...]) -> datetime | None:
    if match := _ORDINAL.search(text):
        number = int(next(group for group in match.groups() if group))
        return offered[number - 1] if 1 <= number <= len(offered) else None
    if _LAST.search(text):
        return offered[-1]
    return offered[0] if _ANY.search(text) else None


def _is_silent_yes(text: str) -> bool:
    """Signs of assent alone; a smile says nothing."""
    return not re.search(r"[а-яa-z0-9?]", text) and bool(_ASSENT.search(text))
