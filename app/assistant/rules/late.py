"""Does a customer say that they come later than the visit, and by how much: «опоздаю», «буду в 15:10»."""

import re
from datetime import datetime, timedelta

from app.assistant.rules import text, when
from app.assistant.rules.clock import Times
from app.assistant.rules.days import Days
from app.assistant.rules.plainly import Plainly
from app.domain.business import Business

SOON = timedelta(minutes=45)  # after the visit's time: who names it is late, who names a later one wants another
COMING = re.compile(
    r"(?<!не )(?<!не смогу )\b(?:буд(?:у|ем)(?! (?:\w+ )?(?!чуть|опять|хоть|четверть)\w+ть(?:ся)?\b)|"
    r"прид(?:у|ем)|прие(?:ду|дем)|прибуд(?:у|ем)|(?:по)?явлюсь|нарисуюсь|"
    r"(?:подой|подъе|подье|дой|дое|зай|зае)д(?:у|ем)|(?:до|под)бер(?:усь|емся)|подтян(?:усь|емся)|"
    r"(?:при|под|до|за)(?:бе(?:гу|жим)|скоч(?:у|им)|ска[чк]у|мч(?:усь|имся)|рулю|лечу|ползу|топаю|качу|валю|гребу)|"
    r"(?:смо(?:гу|жем)|успе(?:ю|ем)) (?:\w+ ){0,2}(?:подъехать|подойти|прийти|приехать|быть)|"
    r"(?:смо(?:гу|жем)|успе(?:ю|ем))(?= (?:\w+ )?(?:к|в) \d)|(?<=\d )(?:успе(?:ю|ем)|смо(?:гу|жем))|"
    r"под(?:ъезжа(?:ю|ем)|ходим|хожу)|(?:до|под)бега(?:ю|ем)|не пропу(?:щу|стим)|"
    r"(?:при|под|до)(?:йти|ехать|бежать|браться) (?:\w+ )?(?:успе(?:ю|ем)|смо(?:гу|жем)))\b"
)
_THERE = re.compile(r"\bна месте\b")
_SAYS = re.compile(
    r"\bне (?:ровно|вовремя) приду|\bопозда|\bопазд|\bприпозд|\b(?:под)?задерж(?:ус|ива|им|ат|к[аиоу]й?\b)|"
    r"\b(?:running|be|bit|little) (?:\w+ ){0,4}late\b"
)
_LATER = re.compile(r"\b(?:по)?(?:позже|позднее)\b")
_A_LITTLE = re.compile(r"\b(?:чуть|чуток|немно\w+|слегка|малость|капельку)[\s-]*(?:чуть )?(?:по)?(?:позже|позднее)\b")
_AFTER = re.compile(r"\bчерез\b|\bпосле\b|\bплюс\b|\bподожд|\bне ровно\b|\bне точно\b")
_YES_FIRST = re.compile(r"^\W*(?:да|ага|угу|ок|окей|хорошо|плюс)\b|^\W*\+")
_WAIT = re.compile(
    r"\bподожд|\bне ровно\b|\bне точно\b|\bприбавьте|\bнакиньте|\bдобавьте|\bне (?:\w+ )?(?:успе|поспе)|"
    r"\b(?:еду|бегу|лечу|за?стрял\w*|встрял\w*|пробк\w+)\b|(?:^|[\s,])\+ ?\d+ ?мин"
)
_MINUTES = re.compile(
    r"(\d{1,3})(?:\s*-\s*(\d{1,3}))?\s*(?:мин|min)|"
    r"\bмин(?:ут(?:ы|у|ок|ки)?|уток)?\s+(?:на\s+|через\s+|этак\s+|по\s+)?(\d{1,3})(?:\s*-\s*(\d{1,3}))?(?![\d:])"
)
_SPANS = {"полчас": 30, "пол часа": 30, "четверть часа": 15, "четверти часа": 15, "на час ": 60, "пару минут": 2}
_CLOCK = r"(?:чем )?(?:в |к )?(?:(?:пол(?:овин\w+)?|четверт\w+) )?\d{1,2}(?:[:. -]\d\d|-[а-я]+)?"
_NOT_BEFORE = re.compile(
    rf"\bраньше ({_CLOCK}),? (?:\w+ ){{0,2}}не \w+|"
    rf"\bне (?:смогу|успею|получится|доберусь|приду|приеду|буду) раньше ({_CLOCK})"
)
_NOT_ON_TIME = re.compile(
    r"\bне (?:смогу|сможем|успе\w+|получ\w+|выйдет|прид(?:у|ем)|буд(?:у|ем)|под(?:ой|ъе)д(?:у|ем)) "
    r"(?:(?:быть|при\w+|под\w+) )?\s*(ровно|вовремя)\b(?: приду)?"
)
_WAITED_UNTIL = re.compile(
    r"(?<!не )\b(?:(?:подо|до)?жд(?:и|ите)|придержите)(?:,? (?:меня|нас|место|пожалуйста)){0,2}"
    r",? до (\d{1,2}[:. -]\d\d)"
)
_MADE_CLOCK = re.compile(
    r"(?<![\d:.-])(?<!через )(?<!минут )(?<!минут на )(\d{1,2})([-. ])(\d\d)(?![\d:.-]|\s*(?:мин|м\b))"
)
_BEGUN = re.compile(r"\bв (?:самом )?начале (\d{1,2})(?:-го\b|(?![\d:.-]))")
_AGREED = re.compile(  # «буду в 15:10, норм?» asks for no other time
    r"\b(?:норм\w*|ок|окей|ладно|хорошо|ничего|можно так|подойдет|не страшно|успеем|устроит|(?:подо|до)жд\w+)\s*\?|"
    r"\bне (?:ровно )?(?:в|к) \d"
)
NOT_WAITED = (  # «не ждите меня ровно, задержусь» is lateness
    r"\bне жд(?:и|ите)\b(?! (?:\w+ )?(?:сразу|ровно|вовремя|точно|раньше|в|к)\b)"
    r"(?!.*\b(?:опозда|задерж|минут|начинайте|(?:прид|прие|буд)\w+ (?:\w+ )?(?:по)?позже))"
)
_NO_WAY = re.compile(rf"\bне (?:смог|смож|могу|получ|надо|нужн|актуальн|выйд)|{NOT_WAITED}|\bзаболел|^\W*нет\b")


def minutes(said: Plainly, visit: datetime, now: datetime, business: Business) -> int | None:
    """Minutes, 0 where none are named; None: they do not say that they are late. `visit` in the business's zone."""
    folded = unhurried(said.text)
    comes, asks = COMING.search(folded), "?" in folded
    if (comes or _THERE.search(folded) or _AGREED.search(folded)) and (not asks or _AGREED.search(folded)):
        after = named_after(folded, visit, now, business)
        if after is not None:
            return int(after / timedelta(minutes=1)) if timedelta(0) < after <= SOON else _told(folded, after)
    if _NO_WAY.search(folded):
        return None
    begun = _BEGUN.search(folded)
    if comes and begun and (int(begun[1]) - 1 - visit.hour) % 12 == 0:
        return counted(folded)
    if _SAYS.search(folded) or (comes and _A_LITTLE.search(folded)):
        return counted(folded)
    span = counted(folded)
    comes = comes or (None if asks else _YES_FIRST.search(folded))
    if 0 < span <= SOON / timedelta(minutes=1):
        later = _LATER.search(folded) or _AFTER.search(folded)
        if (comes and later) or _WAIT.search(folded):
            return span
    near = re.search(rf"{COMING.pattern}.{{0,24}}\b(?:по)?позже\b", folded)
    return 0 if near and not asks and not re.search(r"\d", folded) else None


def unhurried(folded: str) -> str:
    """«Раньше 15:20 не приду» → «не раньше 15:20 приду»: it refuses no visit."""
    folded = _WAITED_UNTIL.sub(r"буду в \1", _NOT_ON_TIME.sub(r"не \1 приду", folded))
    return _NOT_BEFORE.sub(lambda match: f"не раньше {match[1] or match[2]} приду", folded)


def counted(folded: str) -> int:
    for word, many in _SPANS.items():
        if word in f"{folded} ":
            return many
    found = _MINUTES.search(folded)
    return max(int(group) for group in found.groups() if group) if found else 0


def _told(folded: str, after: timedelta) -> int | None:
    """A time that is no lateness decides, unless they call it so."""
    return counted(folded) if _SAYS.search(folded) and after <= timedelta(0) else None


def named_after(folded: str, visit: datetime, now: datetime, business: Business) -> timedelta | None:
    """How long after the visit the last time lies that they name for their coming; None: none, or of another day."""
    if not re.search(r"\d|пол", folded):
        return None

    def clock(match: re.Match[str]) -> str:
        hour, minute = int(match[1]), int(match[3])
        after = _since(visit, hour * 60 + minute)
        is_date = match[2] == "." and (hour, minute) == (visit.day, visit.month)
        return f"{match[1]}:{match[3]}" if minute < 60 and timedelta(0) < after <= SOON and not is_date else match[0]

    plain = text.prepare(_MADE_CLOCK.sub(clock, folded)).plain
    spoken = when.listen(plain, now=now, business=business)
    items = (*spoken.wanted, *spoken.standing)
    if any(not item.first <= visit.date() <= item.last for item in items if isinstance(item, Days)):
        return None
    times = [
        item for item in items if isinstance(item, Times) and (item.edge == "from" or not (item.edge or item.part))
    ]
    named = sorted((item for item in times), key=lambda item: item.start)
    other = [
        after for item in named if (after := _since(visit, item.first if item.edge else item.last)) != timedelta(0)
    ]
    return other[-1] if other else None


def _since(visit: datetime, minute: int) -> timedelta:
    """From the visit to that minute of a clock's face, within six hours either way."""
    apart = (minute - visit.hour * 60 - visit.minute) % 720
    return timedelta(minutes=apart if apart <= 360 else apart - 720)
