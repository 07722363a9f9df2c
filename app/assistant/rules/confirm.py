"""Which of the moments that the bot named a customer says yes to: «да», «+», «второй вариант», «давайте в 15:30»."""

import re
from dataclasses import replace
from datetime import datetime
from itertools import pairwise

from app.assistant.rules import morphology
from app.assistant.rules.clock import Times
from app.assistant.rules.days import Days
from app.assistant.rules.roles import BUSY, Item
from app.assistant.rules.text import clauses
from app.assistant.rules.when import CORRECTION, Spoken
from app.assistant.rules.yes import says_yes

_ORDINAL = re.compile(
    r"(?<!пол )(?<!половина )(?<!половину )(?<!половине )(?<!четверть )"
    r"\b(\d)-?(?:ый|ий|ой|ое|ье|ая|ья|ую|ью|ые|ых|ым|им|ом|ем|ому|ему|му|й|е|я|го)\b(?!\s(?:раз\b|этаж|час|недел|месяц|"
    r"половин|ребен|сын|доч|дом\b|подъезд|посещ|мастер|вопрос|специалист|"
    r"человек|клиент|процедур|услуг|числ|январ|феврал|март|апрел|ма[йя]|июн|"
    r"июл|август|сентябр|октябр|ноябр|декабр))|"
    r"(?:\b(?:вариант|номер|цифр|пункт|стро[кч]|ответ|выбира|бер[уе]|жм)[а-я]*|№)\s*(?:№\s*)?(\d)\b(?![:.]\d)|"
    r"^\W*(\d)\W*$|\b(\d)\s(?:вариант|окно|окошко|слот|пункт|цифр|номер)|"
    r"^\W*(\d)\s(?:мне|удоб|подойд|подход|нрав|пойд|хорош|отлич|норм|пожал|бер|можно|могу|не\b|никак|рано|поздно|мимо)",
    re.M,
)
_TO_IT = (
    r"(?:го|давай(?:те)?|ну|тогда|пусть|будет|беру|берем|хочу|лучше|ок|окей|да|ага|угу|можно|выбираю|запиши(?:те)?|"
    r"записывай(?:те)?|погнали|цифра|под|цифрой|пожалуй|мне|наверн[а-я]+|бронируй(?:те)?|бронь|плиз|пожалуйста|спасибо|на|"
    r"огонь|норм|супер|топ|отлично|хорошо)"
)
_TOO_REFUSED = re.compile(  # «первое рано, второе тоже»
    r"(?<=рано)(,? (?:и |а )?\d-(?:е|й|я|го)) (?:тоже|также)\b"
)
_NONE_OF_THEM = re.compile(r"^\W*(?:ни (?:в |на )?\d[\d:]*(?:-[а-я]+)?\W+){2,}")  # «ни 1 ни 2 ни 3»
_CLOCK = re.compile(r"\b\d{1,2}:\d\d\b")
_LISTED = re.compile(r"(?:^|[\s(])1[).]\s")
_ALONE = re.compile(rf"^\W*(?:{_TO_IT}[\s,.!-]+)*(\d)(?:[\s,.!-]+{_TO_IT})*[^\w?]*$")  # «го 2», «ну давай 1 тогда»
_LAST = re.compile(r"\bпоследн")
_ANY = re.compile(r"\bлюб(?:ое|ой|ая)\b|\bбез разницы|\bвсе равно|\bневажно|\bкак вам удобн")
_BOTHER = re.compile(
    r"\bне\s+(?:подход|подойд|прид|приед|смог|смож|мог|устраив|получ|буд|удобн|успе)|\bнет\b|\bотмен|"
    r"перен[её]с|перенос|\bсдвин|\bперекин|\bраньше\b|\bпозже\b|попозже|пораньше|\bпосле\b|\bрано\b|"
    r"поздно|\bдругое\b|\bдругой\b"
)
_EARLIER = re.compile(r"\bсам\w+\sранн|\bраннее|(?:раньше|пораньше)\sкотор|котор\w+\s(?:пораньше|раньше)")
_LATER = re.compile(r"\bсам\w+\sпоздн|(?:позже|попозже)\sкотор|котор\w+\s(?:попозже|позже|позднее)|^\W*позднее")
_THE_MORE = re.compile(r"\bчем (раньше|быстрее|скорее|позже|позднее)\W+тем\b")
_MORNING, _EVENING = re.compile(r"\bутренн"), re.compile(r"\bвечерн")
_MIDDLE = re.compile(r"\bсредн(?:ее|ий|юю|яя)\b|\bпосередине\b")
_OTHERS = re.compile(  # «первое, остальные не могу»
    r"^\W*(?:а )?(?:остальн\w+|друг\w+|(?:перв|последн)\w+ (?:2|оба)|оба \w+) (?:\w+ )?(?:не\b|никак|мимо|рано|поздно)"
)
_BECAUSE = re.compile(  # «последнее, раньше никак»: why, and no refusal of it
    r"\b(?:раньше|позже|позднее|пораньше|попозже|до (?:обеда|работы)|после обеда|утром|днем|вечером|с утра)"
    r"(?: [а-я]+){0,2}? (?:никак|не [а-я]+|работаю|работа|занята?|учусь|сплю|на (?:работе|учебе|смене))\b|"
    r"\bчем (?:раньше|позже)\W+тем\b"
)
_WISHED = re.compile(r"^\W*(?:давайте|лучше|если можно)?\s*(?:по)?(?:раньше|позже)\W*$")  # «давайте пораньше, первое»
_REFUSED = re.compile(r"\bн[еи]\b|\bзанят|\bмимо\b|\bкроме\b|\bнеудобн|\bрановато|\bпоздновато")
_TURNED_DOWN = re.compile(  # «12:00 рано», «к 12:00 не успею»; «12:00 раньше не могу» is a reason for it
    r"(?<!раньше )(?<!позже )(?<!иначе )\bне\s(?:[а-я]+\s)?(?:подход|подойд|смог|смож|мог|устраив|получ|буд|удобн|"
    r"вы(?:йд|ход)|успе|поспе|добер|доед|хоч|вари)|(?<!\bне )\b(?:рано|поздно)(?:вато)?\b|\bмимо\b|"
    rf"\bнеудобн|\bникак\b|{BUSY.pattern}|\bна работе\b|\bзанят|\bработаю\b|\bотпада|\bне (?:очень|вариант)\b|"
    r"(?<!раз )\b(?:выхожу|заканчиваю|уезжаю)\b"
)
_NONE_BUT = re.compile(r"\bкроме (\d)-го\b[^.!?]*\bни(?:чего|какое|одно)\b|\bни(?:чего|одно)\b[^.!?]*\bкроме (\d)-го")
_BUT_IT_IS = re.compile(r",? но (?=(?:это |уже |мне |все же |слишком )*(?:рано|поздно|неудобн|не )(?!\w* ?раньше))")
_HAD_WISHED = re.compile(  # what stands before «но» was given up
    r"\b(?:хотел(?:а|и|ось)?|дума(?:ла?|ли)|планировала?|собирал(?:ась|ся|ись)|рассчитывала?|мечтала?|мне бы)\b"
    r"[^.!?\n]*?(?:,? (?:но|однако)|, да)\b(?! если)"
)
_SO = re.compile(r"\b(?:так что|поэтому|значит|тогда|потому|выходит|остается|ладно|раз так|лучше)\b(?!.*\bтак что\b)")
_ONE_OF_THEM = re.compile(
    r"^\W*(?:(?:уж|мне|меня|нас|я|ладно|тогда|лучше|пусть|будет|беру|возьму|выбираю|давай(?:те)?|запиши(?:те)?|приду|"
    r"буду|можно|на|в|к|ко)\W+)*(?:\d{1,2}:\d\d|\d-(?:е|й|я|му|ю))"
    r"(?:\W+(?:вариант|пожалуйста|спасибо|давайте|тогда|беру|подойдет|подходит|лучше|будет))*[^\w?]*$"
)
_WAVERS = re.compile(
    r"\b(?:не знаю|подумаю)\b(?=.*\b(?:может|наверн\w+|возможно)\b)(?!.*\b(?:давайте?|запиш\w+|беру)\b)"
)
_PONDERS = re.compile(
    r"\bможет\b.*\bможет\b|"
    r"\b(?:уточню|подумаю|посоветуюсь|спрошу|проверю|гляну|решу|определюсь)\b|"
    r"\b(?:надо|нужно|сначала|должна?|хочу) (?:\w+ ){0,2}?"
    r"(?:уточнить|подумать|посоветоваться|спросить|проверить|решить)\b"
)
_SETTLED = re.compile(r"\b(?:давай(?:те)?|запи[шс]\w+|беру|бронир\w+|подходит|подойдет|выбираю)\b")
_BUT_NOT = re.compile(r"\b(?:не|ни|кроме|только не)\s(?:в |на |к )?$")
_CHOOSES = re.compile(
    r"(?:ага|угу|окей|хорош|отличн|супер|идеальн|конечно|давай|лучш|мне|нам|меня|нас|можно|хочу|хотел|хотим|прид|приед|"
    r"подъед|подой|смог|смож|могу|удоб|устро|устраив|подход|запиш|запис|врем|слот|вариант|окно|окош|беру|бери|возьм|"
    r"выбира|выбер|тот|тогда|котор|что|это|эт[ауо]|сам|всего|спасибо|пожалуйста|буд|бронир|постав|став|остав|только|никак|"
    r"если|пусть|здравств|добр|день|привет|скорее|пожалуй|предпоч|для|свобод|есть|примерно|час|завтр|тоже|наверн|"
    r"попозже|пораньше|позже|раньше|норм|класс|ладно|пойдет|годится|вполне|очень|как|раз|первой|второй|половин|"
    r"освобо|после)"
)
_ASKS_WHAT = re.compile(r"\b(?:кто|сколько|почему|зачем|где|как\w{1,4}|чем|когда)\b")
_ASKED_OF_IT = re.compile(  # with no «?» too: «15:00 это к кому», «15:00 сколько стоит»
    r"^\s*(?:(?:это )?(?:к кому|(?:к )?как\w+ мастер|сколько стоит)|это\b[^.!,;\n?]*\?)"
)
_COSTS = re.compile(r"\b(?:сколько стоит|по цене|почем)\b")
_WHAT_THEN = re.compile(r"\bа если (?:я )?(?:в|на|к) \d[\d:]*\b[^?]*\b(?:скольк\w|успе\w+|когда|закончи\w+)\b[^?]*\?")
_OF_IT = re.compile(  # «а в 15:00 точно свободно?», «18:00 это последнее время?»
    r"\b(?:свобод(?:ен|на|но|ны)|не занят\w*)(?: (?:еще|пока|точно))?\s*\?|"
    r"\bэто (?:уже |самое )?(?:последн|крайн)\w+[^?]*\?"
)
_GOODBYE = re.compile(r"\bдо (?:вечера|завтра|утра|встречи)\b")
_TOO = re.compile(r"^\W*(?:тоже|также)\b")
_AND = re.compile(r"^\s*(?:,|и|,? ?ни)\s*(?:в|на|к)?\s*$")
_TURNS = re.compile(r"[.!?;,\n]|\b(?:давайте?|лучше|запиш\w+|значит|тогда|оста\w+|беру|но|а|потому|поскольку|ведь)\b")
_ASKED_OF = re.compile(r"^[^.!,;\n?]*\?")
_PARENTHESIS = re.compile(r",(?= (?:к сожалению|увы|извините|простите|наверное)\b)|(?<=к сожалению),|(?<=увы),")
_OF_HOUR = re.compile(r"час|утр|дня|вечер|ноч|вариант|окн|окош|слот|врем|мин|пожал|спасиб|норм|супер|класс|огонь|завтр")
_ASSENT = re.compile("[\U0001f44d\U0001f44c✅✔☑💪🙏🤝🫡➕+❤🔥💯👏🎉🥰😍]")
_SHORT_YES = re.compile(r"^\W*(?:👍|👌|✅|\+|🙏|💪|❤|🔥|ok|ок)", re.I)


def choose(text: str, spoken: Spoken, offered: tuple[datetime, ...], *, context: str = "") -> datetime | None:
    """The moment chosen; None: the text is no clear yes to any.

    context   the bot's words that offered them
    """
    if not offered or (len(offered) > 1 and (_not_yet(text) or asks_of_it(text))):
        return None
    if len(offered) > 1 and (left := concluded(text)):
        return _numbered(left, offered) or _at_clock(left, offered)
    if len(offered) > 1:
        picked = _compared(text, offered) or _counted(text, offered, context) or _numbered(_unrefused(text), offered)
        if picked:
            return picked
    if any(isinstance(item, (Days, Times)) for item in spoken.wanted):
        chosen = len(offered) == 1 or _only_chooses(text, spoken)
        return _named_plainly(text, spoken, offered) if chosen else None
    if _BOTHER.search(text):
        return None
    if len(offered) > 1:
        return _of_hour(text[_kept_from(text) :], offered)
    return offered[0] if says_yes(text) or _SHORT_YES.match(text) or _is_silent_yes(text) else None


def asks_of_it(text: str) -> bool:
    """Whether an offered time is free still, or the last one: no choice of it, unless they say so too."""
    return bool(_OF_IT.search(text)) and not _SETTLED.search(text)


def _not_yet(text: str) -> bool:
    """«Наверное первое, но надо уточнить», «ни 1, ни 2»; «давайте первое, если что напишу» is a choice."""
    return bool(_NONE_OF_THEM.search(text) or (_PONDERS.search(text) and not _SETTLED.search(text)))


def concluded(text: str) -> str:
    """«Хотела на 10:00, но не успею, так что 15:00» → «15:00»; empty where no one moment follows from it."""
    wished = _HAD_WISHED.search(text)
    so = _SO.search(text, wished.end()) if wished else None
    left = text[so.end() :] if so else ""
    return left if _ONE_OF_THEM.search(left) else ""


def _at_clock(left: str, offered: tuple[datetime, ...]) -> datetime | None:
    at = re.search(r"\d{1,2}:\d\d", left)
    return next((slot for slot in offered if at and f"{slot:%H:%M}" == at[0].zfill(5)), None)


def spared(text: str, spoken: Spoken, offered: tuple[datetime, ...]) -> Spoken:
    """What was said of time, without the offered hours turned down: «12:00 рано, 18:00 поздно, давайте 15:00»."""
    if len(offered) > 1:
        spoken = replace(spoken, wanted=tuple(item for item in spoken.wanted if not _is_place(item, text, offered)))
    named = sorted(
        (item for item in (*spoken.wanted, *spoken.standing) if isinstance(item, Times) and item.exact),
        key=lambda item: item.start,
    )
    if len(offered) < 2 or not named:
        return spoken
    kept = len(text) if _WAVERS.search(text) else _kept_from(text)
    refusals = zip(named, _refusals(text, named), strict=True)
    out = {item for item, refused in refusals if refused or item.start < kept}
    out = {item for item in out if any(_fits(item, slot) for slot in offered)}
    if not out:
        return spoken
    return replace(
        spoken,
        wanted=tuple(item for item in spoken.wanted if item not in out),
        standing=tuple(item for item in spoken.standing if item not in out),
        dropped=(*spoken.dropped, *out),
    )


def _is_place(item: Item, text: str, offered: tuple[datetime, ...]) -> bool:
    """«Первое рано»: of the offered, where none of them lies on that day of a month."""
    if not (isinstance(item, Days) and item.number) or "?" in text:
        return False
    place = re.fullmatch(r"\W*(\d)-(?:е|го)", text[item.start : item.end])
    return bool(place and int(place[1]) <= len(offered) and item.first not in {slot.date() for slot in offered})


def _kept_from(text: str) -> int:
    """Where a wish given up ends."""
    but = _HAD_WISHED.search(text)
    return but.end() if but else 0


def _refusals(text: str, named: list[Times]) -> list[bool]:
    """Of each hour, whether the words beside it turn it down; «тоже» is as the hour before, «и» as the next."""
    text = _blank(_BUT_IT_IS, _blank(_PARENTHESIS, text))
    gaps = [text[a:b] for a, b in pairwise((0, *(at for item in named for at in (item.start, item.end)), len(text)))][
        ::2
    ]
    found: list[bool] = []
    spent = False  # the words before it were of the hour before
    for before, after in pairwise(gaps):
        ahead, behind = _TURNS.split(before)[-1], _TURNS.split(after)[0]
        asks = _ASKED_OF.match(after) and (_ASKS_WHAT.search(ahead) or _ASKS_WHAT.search(behind))
        asks = asks or _ASKED_OF_IT.match(after) or _COSTS.search(ahead) or _WHAT_THEN.search(text)
        told = bool(asks or _TURNED_DOWN.search(behind)) or bool(found and found[-1] and _TOO.match(behind))
        found.append(told or bool(_BUT_NOT.search(ahead)) or (not spent and bool(_TURNED_DOWN.search(ahead))))
        spent = told
    for at in range(len(named) - 2, -1, -1):
        asked = "," in gaps[at + 1] and re.search(r"[а-я]{3,}", gaps[at])  # «давайте 10:00, 12:00 и 15:00 неудобно»
        found[at] = found[at] or bool(found[at + 1] and _AND.match(gaps[at + 1]) and not asked)
    return found


def _blank(pattern: re.Pattern[str], text: str) -> str:
    """Every place stays where it was."""
    return pattern.sub(lambda match: " " * len(match[0]), text)


def _compared(text: str, offered: tuple[datetime, ...]) -> datetime | None:
    """«Попозже которое», «вечернее давай»: told by how it stands among the offered."""
    first, last = min(offered), max(offered)
    if "?" in text:
        return None
    if (more := _THE_MORE.search(text)) and not (_REFUSED.search(text) or _TURNED_DOWN.search(text)):
        return last if more[1].startswith("поз") else first
    if _EARLIER.search(text) or (_MORNING.search(text) and first.hour < 12 <= last.hour):
        return first
    if _LATER.search(text) or (_EVENING.search(text) and first.hour < 17 <= last.hour):
        return last
    return offered[1] if len(offered) == 3 and _MIDDLE.search(text) else None


def _unrefused(text: str) -> str:
    """«Первое мимо, второе норм» → «второе норм»; empty where what is left still bothers."""
    if only := _NONE_BUT.search(text):
        return f"{only[1] or only[2]}-е"
    for match in reversed(list(CORRECTION.finditer(text))):
        if _ORDINAL.search(text[match.end() :]):
            text = text[match.end() :]
            break
    left = [
        part.text
        for part in clauses(_TOO_REFUSED.sub(r"\1 не подходит", text))
        if not (_ORDINAL.search(part.text) and (_BOTHER.search(part.text) or _REFUSED.search(part.text)))
        and not (_CLOCK.search(part.text) and not _ORDINAL.search(part.text) and _TURNED_DOWN.search(part.text))
        and not (_ORDINAL.search(part.text) and text[part.end : part.end + 1] == "?" and _ASKS_WHAT.search(part.text))
    ]
    left = [_BECAUSE.sub(" ", part) for part in left if not (_WISHED.match(part) or _OTHERS.match(part))]
    return "" if _BOTHER.search(" ".join(left)) else "\n".join(left)


def _named_plainly(text: str, spoken: Spoken, offered: tuple[datetime, ...]) -> datetime | None:
    """«На первое не успею, давайте 19:30»: what is refused elsewhere does not undo an exact yes."""
    named = _named(spoken, offered)
    if named is None:
        return None
    exact = [item for item in spoken.wanted if isinstance(item, Times) and item.exact]
    if exact and any(isinstance(item, Times) and _fits(item, slot) for item in spoken.dropped for slot in offered):
        return named  # each hour was weighed by the words beside it
    said = [part.text for part in clauses(text) if any(part.start <= item.start < part.end for item in exact)]
    return None if _BOTHER.search(" ".join(said) if exact and len(offered) > 1 else text) else named


def _of_hour(text: str, offered: tuple[datetime, ...]) -> datetime | None:
    """«15 удобно»: a bare number that is the hour of one offered moment; «2 ногтя» counts something else."""
    bare = re.finditer(r"(?<![\d:.])(\d{1,2})(?![\d:.]|-[а-я])(?:\s+([а-я]+))?", text)
    hours = {int(found[1]) for found in bare if not _is_counted(found[2])}
    if together := [slot for slot in offered if re.search(rf"(?<![\d:.]){slot:%H%M}(?![\d:.])", text)]:  # «1430 пойдёт»
        return together[0] if len(together) == 1 else None
    fitting = [slot for slot in offered if slot.hour in hours or slot.hour - 12 in hours]
    return fitting[0] if len(fitting) == 1 else None


def _is_counted(word: str | None) -> bool:
    return word is not None and not _OF_HOUR.match(word) and morphology.is_known(word) and morphology.has(word, "NOUN")


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
    return fitting[0] if len(fitting) == 1 else None


def _fits(item: Times, slot: datetime) -> bool:
    minute = slot.hour * 60 + slot.minute
    if item.exact:
        return minute == item.first or (item.open_half and minute == item.first + 720)
    return item.first <= minute <= item.last


def _names_exactly(spoken: Spoken) -> bool:
    return any(isinstance(item, Times) and not item.part for item in spoken.wanted)


def _counted(text: str, offered: tuple[datetime, ...], context: str) -> datetime | None:
    """«Го 2»: the second, where the bot numbered them or no other one begins at two."""
    match = _ALONE.match(text)
    number = int(match[1]) if match else 0
    if not 1 <= number <= len(offered):
        return None
    listed, aimed = _LISTED.search(context), re.search(r"\bна\s\d", text)  # «на 2» may be an hour too
    is_hour = any(slot.hour % 12 == number for place, slot in enumerate(offered, 1) if place != number)
    unsure = (is_hour and aimed) or (not listed and (is_hour or aimed))
    return None if unsure else offered[number - 1]


def _only_chooses(text: str, spoken: Spoken) -> bool:
    """«Вечером, если можно»: where no exact hour is named, no word tells of something else («я до 18:00 на работе»)."""
    if any(isinstance(item, Times) and item.exact for item in spoken.wanted):
        return True
    if _GOODBYE.search(text) or ("?" in text and re.search(r"\bесть\b", text)):
        return False
    for item in sorted(spoken.wanted, key=lambda item: item.start, reverse=True):
        text = f"{text[: item.start]} {text[item.end :]}"
    return all(len(word) < 3 or _CHOOSES.match(word) for word in re.findall(r"[а-я]+", text))


def _numbered(text: str, offered: tuple[datetime, ...]) -> datetime | None:
    if match := _ORDINAL.search(text):
        if re.search(r"\b(?:или|либо)\b", text) and len(_ORDINAL.findall(text)) > 1:
            return None
        number = int(next(group for group in match.groups() if group))
        return offered[number - 1] if 1 <= number <= len(offered) else None
    if _LAST.search(text):
        return offered[-1]
    return offered[0] if _ANY.search(text) and "кроме" not in text else None


def _is_silent_yes(text: str) -> bool:
    """Signs of assent alone; a smile says nothing."""
    return not re.search(r"[а-яa-z0-9?]", text) and bool(_ASSENT.search(text))
