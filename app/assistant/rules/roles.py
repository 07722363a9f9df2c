"""Which of the named days and times are wished for, which belong to a visit that stands, which are refused or past."""

import re
from datetime import date

from app.assistant.rules import morphology
from app.assistant.rules.clock import Delay, Shift, Times
from app.assistant.rules.days import Days
from app.assistant.rules.occasions import occasions
from app.assistant.rules.text import Clause, clauses
from app.assistant.rules.wordlist import wordlist

Item = Days | Times | Delay | Shift

_STANDING = re.compile(
    r"\bдоговарива[а-я]+\s|"
    r"\bзаписан[аы]?\b|\bзаписал(?:ась|ся|ись|и|а)?\b|\bзаписывал(?:ась|ся|ись)\b|\bу (?:меня|нас|сына|"
    r"дочки|дочери|мужа|ребенка|мамы)\b.*"
    r"\b(?:запис|заняти|прием|визит|урок|трениров|стриж|маник)|\bмо[йяюе]\s(?:запис|визит|прием|заняти)|"
    r"\bне\s(?:смогу|сможем|сможет|могу|можем|может|успева|успе[юем]|получа|получит|выйдет|выходит|"
    r"прид[ую]|придем|приед|попада|вста|подход|подойд|удобно|надо|нужно|устраива|хочу|буд[ую]|вариант)|"
    r"\bотмен|\bникак\b(?!\?)|\bзанят[аы]?\b|\bбронь\sна\b|\bзапись\sна\b|\bбыл[аи]?\s(?:запис|на)"
)
_STANDS_NOW = re.compile(r"\bсейчас\s(?:он|она|оно|стоит|запис)")
_FULL = re.compile(r"\bникак\b|\bзанят")  # asked, not told: «на сегодня уже никак?»
_REFUSAL = re.compile(r"\bне\s[а-я]+|\bникак\b|\bзанят[аы]?\b")  # of a day, not of a visit
_ALSO = re.compile(r"\s(?:тоже|также)\b")
BUSY = re.compile(
    r"\bу\s(?:меня|нас|него|нее|сына|дочки|дочери|мужа|ребенка)\s(?!(?:[а-я]+\s)?(?:выходн|свободн|отгул|окно|врем|отпуск|"
    r"получ|удобн|выходит)|\W*$)"
)  # «в среду у нас хор»
_OCCASION = re.compile(
    r"\b(?:контрольн|экзамен|огэ|егэ|зачет|олимпиад|свадьб|юбиле|корпоратив|свидани|выпускн|утренник|соревновани|"
    r"отпуск|командировк|собеседовани|концерт|театр|спектакл|вечеринк|банкет|"
    r"фотосесси|поездк|переезд|операци|вылет|самолет|поезд|гости|день рождени|др\b|"
    r"в\s(?:садик|саду|школ)[а-я]*|(?:садик|школа|уроки|смена)\s(?:до|с)\b|на\s(?:даче|море|дежурств[а-я]+)|дежур|"
    r"на\s(?:работ[еу]|смен[еу]|учебе|парах)|(?:я|мы)?\s?(?:работа[юе]|учусь|учимся|уезжа|улета)[а-я]*)"
)  # «вечером свидание», «через неделю контрольная», «на неделе работаю»
_VISIT = re.compile(r"записан|запись|прием|визит|урок|занятие|бронь|перен|отмен")
_WANTING = re.compile(
    r"можно|хочу|хотел|хотим|давай|запиши|записать|свобод|возьм|прим|есть ли|нужн|надо\b|окошк|приду|"
    r"заеду|подъед|перен|перед?вин|сдвин|лучше|смож|удобно|подойд|готов"
)
_PICKED_UP = re.compile(r"\bзабрать\b|\bзабер|\bпол[уо]чить назад")  # «чтоб утром забрать»
_BIDDEN = re.compile(
    r"\b(?:сказал|велел|посовет|рекоменд|назнач|просил|предлож|разреш)"
)  # «сказал прийти в понедельник»
_TELLING = frozenset(  # «вечером напишу»: then they answer, not then they come
    wordlist(
        "написать отписать отписаться списаться ответить решить сказать сообщить определиться посмотреть глянуть "
        "узнать подумать уточнить созвониться посоветоваться спросить позвонить перезвонить набрать отзвониться "
        "связаться дать обсудить поговорить проверить прикинуть разобраться понять маякнуть прислать скинуть "
        "выбрать подтвердить"
    )
)
_CLEAR_THEN = re.compile(
    r"\bбуд(?:ет|у|ем) (?:\w+ )?(?:понятно|ясно|видно|известно|знать|решать|думать|смотреть|выбирать)\b"
)
_CALL_THEN = re.compile(r"\b(?:(?:по|пере)звоните|наберите|напишите|отпишите(?:сь)?|напомните)\b")
_INTENDED = frozenset(
    wordlist("хотеть думать планировать решить мочь собираться записать записаться записывать записываться")
)
_DENIED = re.compile(r"(?:\bне|\bкроме|\bтолько не)\s*(?:\s(?:на|в|во|к)\s+)?$")
_INSTEAD_OF = re.compile(r"\bвместо\s(?:(?:эт|наш|мо)[а-я]+\s)?$")
_DENIED_AFTER = re.compile(
    r"^\s(?:мне\s|пока\s|точно\s)?(?:мимо|отпада[а-я]+|пролета[а-я]+)\b|"
    r"^\s*уже\s(?:мне\s|нам\s)?поздно|^\s*(?:уже\s)?(?:мне\s|нам\s)?не\s(?!поздн|позж|раньш)"
)
_MOVE = re.compile(r"перен[её]с|перенос|передвин|сдвин|перезапи|перекин|перестав|помен")
_MOVES_IT = re.compile(  # «у меня брови 14-го в 13, можно их на 16-е»
    rf"{_MOVE.pattern}|подвин|смести|отлож|\bможно\s(?:ее|его|их)\sна\b|\b(?:то|тот|это|этот)\sже\s(?:самое\s)?(?:врем|час)"
)
_MOVED_TO = re.compile(
    r"[шчт]н(?:юю|ую|ий|ый|ее|ое)\s(?:запись|визит|прием|урок|заняти[ея])\sна\s$"
)  # «завтрашнюю запись на пт»
_ASKED = re.compile(
    rf"{_MOVE.pattern}|\b(?:нужн|хоч|хотел|интерес|можно|сделать|оформ|откры|возможн|есть ли)|"
    r"(?<!меня )(?<!нас )\bесть\s*$"
)  # «нужна запись на»
_ASKED_ANEW = re.compile(r"\b(?:можно|давайте?|лучше|запишите|хочу|хотел[аи]?|вместо)\b")
_NAMED_VISIT = ("запись на", "бронь на", "мой", "моя", "мою", "мое")  # «перенесите мою запись на пятницу»: the new day


def told(plain: str, items: list[Item], today: date) -> list[str]:
    """`wanted`, `standing` (a visit already agreed) or `dropped` (refused, past), one for each item."""
    roles: list[str] = []
    previous = "wanted"
    last: Clause | None = None
    parts = clauses(plain)
    for item in items:
        clause = next((part for part in parts if part.start <= item.start < part.end), None)
        if clause is None:
            role = "wanted"
        elif _STANDS_NOW.search(clause.text):
            role = "standing"
        elif plain[clause.end : clause.end + 1] == "?" and _FULL.search(clause.text):
            role = "wanted"
        elif _bare(clause, items) and roles:
            between = _between(parts, clause, last)
            carried = previous if between is None else _role(between, item, items)
            role = "wanted" if carried == "dropped" or _contrasts(plain, item, items, last) else carried
        else:
            role = _role(clause, item, items)
        if isinstance(item, Days) and item.last < today:
            role = "dropped"
        before, after = plain[: item.start], plain[item.end :]
        instead = _INSTEAD_OF.search(before)
        if instead:
            role = "standing"
        if _DENIED.search(before) or (isinstance(item, Days) and _DENIED_AFTER.match(after) and role == "wanted"):
            role = "dropped"
        roles.append(role)
        last = clause or last
        previous = role if role != "dropped" and not instead else previous
    roles = _without_busy(items, roles, parts)
    named = occasions(plain, [item for item, role in zip(items, roles, strict=True) if role == "wanted"])
    return ["dropped" if item in named else role for item, role in zip(items, roles, strict=True)]


def _without_busy(items: list[Item], roles: list[str], parts: tuple[Clause, ...]) -> list[str]:
    """A day or a time that something else takes is no wish beside another one."""
    wanted = [item for item, role in zip(items, roles, strict=True) if role == "wanted"]
    busy = [
        item
        for item in wanted
        for part in parts
        if part.start <= item.start < part.end
        and (BUSY.search(part.text) or _OCCASION.search(part.text))
        and not _WANTING.search(part.text)
    ]
    free = [item for item in wanted if item not in busy]
    out = [item for item in busy if _tells_more(free, item)]
    return [_out(item, parts) if item in out else role for item, role in zip(items, roles, strict=True)]


def _out(item: Item, parts: tuple[Clause, ...]) -> str:
    """`standing` where what takes the day is then moved, else `dropped`."""
    own = next(part for part in parts if part.start <= item.start < part.end)
    after = " ".join(part.text for part in parts if part.start >= own.start)
    return "standing" if BUSY.search(own.text) and _MOVES_IT.search(after) else "dropped"


def _tells_more(free: list[Item], busy: Item) -> bool:
    """Without the busy day another day is left, without the busy time another time or a day of another clause."""
    moment = isinstance(busy, Times) and (busy.part or busy.exact)
    kinds = (Days, Delay) if isinstance(busy, Days) else (Days, Times, Delay) if moment else (Times, Delay)
    return any(isinstance(item, kinds) and not (isinstance(item, Delay) and item.weak) for item in free)


def _contrasts(plain: str, item: Item, items: list[Item], last: Clause | None) -> bool:
    """«Завтра не могу, в пятницу»: another day after a refused one is the wish."""
    if last is None or not _REFUSAL.search(last.text) or _VISIT.search(last.text):
        return False
    if isinstance(item, Times):  # «на 12 не успею, на 15:30»
        return any(isinstance(other, Times) and last.start <= other.start < last.end for other in items)
    if not isinstance(item, Days):
        return False
    if _ALSO.match(plain[item.end :]):
        return False
    before = [other for other in items if isinstance(other, Days) and last.start <= other.start < last.end]
    return bool(before) and before[-1].first != item.first


def _between(parts: tuple[Clause, ...], clause: Clause, last: Clause | None) -> Clause | None:
    """The clause just before, when the last named time stands farther back: «записан на 11. Можно пораньше, в 9?»."""
    place = parts.index(clause)
    farther = place and last is not None and clause != last != parts[place - 1]
    return parts[place - 1] if farther else None


def _role(clause: Clause, item: Item, items: list[Item]) -> str:
    standing = _STANDING.search(clause.text)
    asked = standing and standing[0].startswith(_NAMED_VISIT) and _ASKED.search(clause.text[: standing.start()])
    moved = standing and _MOVE.search(clause.text, standing.end())
    if moved and _MOVED_TO.search(clause.text[: item.start - clause.start]):
        return "wanted"
    if moved:  # «запись на 12-е хочу перенести на 14-е»
        return "standing" if item.start < clause.start + moved.start() else "wanted"
    if standing and not asked:
        asked_after = _asks_after(clause, standing.start(), item, items)
        return "wanted" if asked_after or _comes_after(clause, standing, item) else "standing"
    words = re.findall(r"(?<!\bбы )\b[а-я]+\b(?! бы\b)", clause.text)
    if _is_answer_then(item, clause, words):
        return "dropped"
    if _PICKED_UP.search(clause.text):
        return "dropped"
    if any(_is_past(word) for word in words) and not _BIDDEN.search(clause.text) and not _WANTING.search(clause.text):
        return "dropped"
    return "wanted"


def _asks_after(clause: Clause, told_at: int, item: Item, items: list[Item]) -> bool:
    """«у нас урок в четверг … можно на пятницу», said in one breath: the day after «можно» is the wish."""
    asked = [match.start() + clause.start for match in _ASKED_ANEW.finditer(clause.text, told_at)]
    start = clause.start + told_at
    return any(at < item.start and any(start < other.start < at for other in items) for at in asked)


def _comes_after(clause: Clause, told: re.Match[str], item: Item) -> bool:
    """«Не заводится никак притащу часа через два», with no comma: after «приду» and the like it is a wish."""
    between = clause.text[told.end() : max(told.end(), item.start - clause.start)]
    comes = any(morphology.has(word, "VERB", "futr", "1per") for word in re.findall(r"[а-я]+", between))
    return comes and _FULL.fullmatch(told[0]) is not None and not re.search(r"\bне\b", between)


def _is_answer_then(item: Item, clause: Clause, words: list[str]) -> bool:
    """«Вечером решу», «до вечера подумаю», «напишу в 12:00», «позвоните мне завтра»."""
    if isinstance(item, Shift) or _WANTING.search(clause.text.replace("подойдет", "")):
        return False
    told = {
        lemma for word in words if morphology.has(word, "VERB", "futr", "1per") for lemma in morphology.lemmas(word)
    }
    told &= _TELLING
    if isinstance(item, Times) and item.exact:
        told -= {"выбрать", "подтвердить"}
    return bool(told or _CALL_THEN.search(clause.text) or _CLEAR_THEN.search(clause.text))


def _is_past(word: str) -> bool:
    return len(word) > 3 and morphology.has(word, "VERB", "past") and not morphology.lemmas(word) & _INTENDED


def _bare(clause: Clause, items: list[Item]) -> bool:
    """Only items and small words: it goes on with what the clause before said."""
    left = list(clause.text)
    for item in items:
        for place in range(max(item.start, clause.start), min(item.end, clause.end)):
            left[place - clause.start] = " "
    return not [word for word in re.findall(r"[а-я]+", "".join(left)) if len(word) > 2 and word not in ("тоже", "это")]
