"""Which of the named days and times are wished for, which belong to a visit that stands, which are refused or past."""

import re
from datetime import date

from app.assistant.rules import morphology
from app.assistant.rules.clock import Delay, Shift, Times
from app.assistant.rules.days import Days
from app.assistant.rules.text import Clause, clauses
from app.assistant.rules.wordlist import wordlist

Item = Days | Times | Delay | Shift

_STANDING = re.compile(
    r"\bзаписан[аы]?\b|\bзаписал(?:ась|ся|ись|и|а)?\b|\bзаписывал(?:ась|ся|ись)\b|\bу (?:меня|нас|сына|"
    r"дочки|дочери|мужа|ребенка|мамы)\b.*"
    r"\b(?:запис|заняти|прием|визит|урок|трениров|стриж|маник)|\bмо[йяюе]\s(?:запис|визит|прием|заняти)|"
    r"\bне\s(?:смогу|сможем|сможет|могу|можем|может|успева|успе[юем]|получа|получит|выйдет|выходит|"
    r"прид[ую]|придем|приед|попада|вста|подход|подойд|удобно|надо|нужно|устраива|хочу|буд[ую]|вариант)|"
    r"\bотмен|\bникак\b(?!\?)|\bзанят[аы]?\b|\bбронь\sна\b|\bзапись\sна\b|\bбыл[аи]?\s(?:запис|на)"
)
_WANTING = re.compile(
    r"можно|хочу|хотел|хотим|давай|запиши|записать|свобод|возьм|прим|есть ли|нужн|надо\b|окошк|приду|"
    r"заеду|подъед|перен|перед?вин|сдвин|лучше|смож|удобно|подойд|готов"
)
_INTENDED = frozenset(
    wordlist("хотеть думать планировать решить мочь собираться записать записаться записывать записываться")
)
_DENIED = re.compile(r"(?:\bне|\bкроме|\bтолько не)\s*(?:\s(?:на|в|во|к)\s+)?$")
_DENIED_AFTER = re.compile(r"^\s*(?:уже\s)?(?:мне\s|нам\s)?не\s(?!поздн|позж|раньш)")
_MOVE = re.compile(r"перен[её]с|перенос|передвин|сдвин|перезапи|перекин|перестав|помен")
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
        elif _bare(clause, items) and roles:
            between = _between(parts, clause, last)
            carried = previous if between is None else _role(between, item)
            role = carried if carried != "dropped" else "wanted"
        else:
            role = _role(clause, item)
        if isinstance(item, Days) and item.last < today:
            role = "dropped"
        before, after = plain[: item.start], plain[item.end :]
        if _DENIED.search(before) or (isinstance(item, Days) and _DENIED_AFTER.match(after) and role == "wanted"):
            role = "dropped"
        roles.append(role)
        last = clause or last
        previous = role if role != "dropped" else previous
    return roles


def _between(parts: tuple[Clause, ...], clause: Clause, last: Clause | None) -> Clause | None:
    """The clause just before, when the last named time stands farther back: «записан на 11. Можно пораньше, в 9?»."""
    place = parts.index(clause)
    return parts[place - 1] if place and last is not None and parts[place - 1] not in (last, clause) else None


def _role(clause: Clause, item: Item) -> str:
    standing = _STANDING.search(clause.text)
    asked = standing and standing[0].startswith(_NAMED_VISIT) and _MOVE.search(clause.text[: standing.start()])
    moved = standing and _MOVE.search(clause.text, standing.end())
    if moved:  # «запись на 12-е хочу перенести на 14-е»
        return "standing" if item.start < clause.start + moved.start() else "wanted"
    if standing and not asked:
        return "standing"
    words = re.findall(r"[а-я]+", clause.text)
    if any(_is_past(word) for word in words) and not _WANTING.search(clause.text):
        return "dropped"
    return "wanted"


def _is_past(word: str) -> bool:
    return len(word) > 3 and morphology.has(word, "VERB", "past") and not morphology.lemmas(word) & _INTENDED


def _bare(clause: Clause, items: list[Item]) -> bool:
    """Only items and small words: it goes on with what the clause before said."""
    left = list(clause.text)
    for item in items:
        for place in range(max(item.start, clause.start), min(item.end, clause.end)):
            left[place - clause.start] = " "
    return not [word for word in re.findall(r"[а-я]+", "".join(left)) if len(word) > 2 and word not in ("тоже", "это")]
