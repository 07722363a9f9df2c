"""What of an answer asks for something: common misspellings mended, and struck out what only sounds like an act.

«Не отменяйте, буду» asks for no cancelling, «если опоздаю, позвоню» tells of no lateness, «раньше не могла ответить»
wishes for no earlier time.
"""

import re
from dataclasses import dataclass

from app.assistant.rules import latin, numerals, text

_MENDED = tuple(
    (re.compile(pattern), right)
    for pattern, right in (
        (r"\bни (?=пр[ие]|смог|буд|получ|успе)", "не "),
        (r"\bпр(?:ий|ей|е)д(?=(?:у|ем|ете)\b)", "прид"),
        (r"\bприйд", "прид"),
        (r"\bап[ао]з(?=[дт])", "опоз"),
        (r"\b(?:атм[еи]н|отмин|отемн|омтен)", "отмен"),
        (r"\b(?:пр?е?[рн]е?н[еи]с|пер[еи]нис|перинес|пиринес)(?=и|т|л|у)", "перенес"),
        (r"\b(?:пад[ао]йд|подайд)", "подойд"),
        (r"\bпожалуста\b", "пожалуйста"),
    )
)
_ACT = r"(?:отмен|перен[оеа]с|снима|убира|удал|вычерк|аннулир|сдвига|двига|передвига|переписыв|меня(?:йте|ть|ем|ю))\w*"
_SMALL = r"(?:ничего |меня |нас |мою |нашу |запись |визит |пожалуйста |только |ее |пока |ни в коем случае |бы )*"
_NEED = (
    r"(?:надо|нужн[оаы]|нужен|дава\w+|буд[уе]\w*|хоч\w+|хотел\w+|стоит|собира\w+|планиру\w+|хотелось|придется|"
    r"вздума\w+|дай бог)"
)
_STANDS = (
    re.compile(rf"\bне {_SMALL}(?:{_NEED} )?{_SMALL}(?:{_ACT})(?<!или)(?<!ила)(?<!енена)"),
    re.compile(rf"\b{_SMALL}(?:{_ACT}|отбо[йя]) {_SMALL}не {_NEED}"),
    re.compile(rf"\b(?:никак\w+|без|передумал\w*) {_SMALL}{_ACT}"),
)
_TELL = (
    r"(?:(?:я |то |сразу |обязательно |заранее |вам )*(?:по)?"
    r"(?:звоню|напишу|пишу|маякну|скажу|сообщу|предупрежу|дам знать|отпишусь|наберу))"
)
_WEIGHED = re.compile(  # «отменять жалко, приду»; «хочу отменить» asks for it
    r"(?:^|(?<=[,.!;\n]))(?![^,.!?;\n]*\b(?:хо[чт]\w+|надо|нужно|прошу|придется|вынужден\w*|можно|давайте|могу|мог\w*|"
    r"буду|пора|лучше)\b)[^,.!?;\n]*\b(?:отмен[яи]ть|перенос(?:ить)|перенести)\b"
    r"(?=.*\b(?:прид(?:у|ем)|прие(?:ду|дем)|буд(?:у|ем))\b)"
    r"(?!.*\bне (?:прид|прие|буд))"
)
_REPORTED = re.compile(  # «если что, напишу»
    rf"(?:{_TELL}[\s,]+)?\bесли\s+(?:я\s|мы\s|вдруг\s|что-?то\s|что-?нибудь\s|планы\s)*"
    rf"(?:что|чего|буд\w+ (?:опазд|задерж)\w+|опозд\w+|опазд\w+|задерж\w+|(?:из|по)мен\w+|не смогу|не получится)\b"
    rf"(?:[\s,-]+{_TELL})?"
)
_SUPPOSED = re.compile(  # «а если не приду, что будет?»
    r"(?:^|(?<=[.!?\n]))[^.!?\n]*\bесли (?:я |мы |вдруг |все-таки |не |что,? )*"
    r"(?:что\b|[а-я]+(?:у|ю|ем|им|усь|юсь|емся)\b)[^.!?\n]*\?"
)
_ASKED_HOW = re.compile(
    r"(?:^|(?<=[.!?\n]))"
    r"(?=[^.!?\n]*\b(?:сколько|скольки|какого|какое|как(?:им образом)?|можно ли|бесплатно|штраф\w*|потом)\b)"
    r"[^.!?\n]*\b(?:отмен|перен[ео]с|опозд)\w*(?:ть|ться)\b[^.!?\n]*\?|"
    r"(?:^|(?<=[.!?\n]))[^.!?\n\d]*\bопаздывать\b[^.!?\n\d]*\?"
)
_OF_THEM = re.compile(  # «запись не отменили?»
    r"\b(?:не )?(?:(?:отмен(?:ил|ен|ял)|перенесен)\w*|(?:перенес|сня|удали|убра|сдвину|поменя|измени|смени)ли)\b|"
    r"\b(?:мастер\w*|вы) (?:\w+ )?(?:опазд|опозд|задерж)\w+"
)
_UNCHANGED = re.compile(r"\b(?:план[ыа]?|ничего|все) (?:\w+ )?не (?:измен|помен|мен)\w*л\w*")
_GIVEN_UP = re.compile(  # «думала отменить, но приду»
    rf"\b(?:дума|хоте|собира|планирова|чуть)\w* (?:было |уже |я |чтоб\w* )*(?:не )?{_ACT}"
    r"(?=.*\b(?:но|однако|все равно)\b)"
)
_NO_WISH = re.compile(
    r"\b(?:раньше|обычно|всегда|вечно|часто|в (?:прошлый|тот|прошлые) раз\w*)\b[^,.!?\n]*?"
    r"\b(?:опаздыва|опозда)(?:л\w*|ю)\b|"
    r"\bраньше (?:\w+ )?(?:ходил|бывал|стригл|делал|приезжал)[аи]?\w*|"
    r"\bраньше не (?:мог|смог|видел|ответ|отвеч|заметил|получ|писал)\w*(?: ответить| написать)?|"
    r"\bне (?:могу|смог\w*|мог\w*) (?:сейчас |вам |к вам )?(?:говорить|разговаривать|ответить|писать|дозвон\w+)|"
    r"\b(?:минут\w* на \d+|на \d+ мин\w*|немно\w+|чуть) (?:по)?раньше\b(?![^.!?\n]*\?)|"
    r"\bне (?:с?мог(?:л[аи])?|(?:ответ|отвеч|видел|увидел|заметил|писал|прочит)\w*) (?:ответить |написать |вам )?"
    r"(?:раньше|сразу)|"
    r"\bдруг\w+ (?:времени|дня|варианта|возможности)[^.!?\n]*\bнет\b|\bлучше поздно,? чем никогда|\bможно не "
)
_WAS_LATE = re.compile(r"\b(?:опозда|опаздыва|задержа)(?:л|ла|ли)(?:сь)?\b")
_PUNCTUAL = re.compile(
    r"\b(?:опозд|опазд|задерж)\w+ не (?:буд|собира|планир)\w*|\bне (?:буд\w+ )?(?:опозд|опазд|задерж)\w*|"
    r"\bбез опоздани\w*|\bвовремя\b|\bкак штык\b"
)
_OF_SELF = re.compile(  # «у меня в 13 зубной»
    r"(?:^|(?<=[,.!;\n]))[^,.!?;\n]*\bу (?:меня|нас|сына|дочк\w|дочери|мужа)\b(?=[^,.!?;\n]*\d)"
    r"[^,.!?;\n]*"
)
_ACTS = re.compile(r"отмен|перен|опозд|задерж|запис|запиш|лучше|можно|\bбуд|прид")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plainly:
    """The words that stay, folded, numerals as figures.

    keeps           they ask not to cancel or not to move
    stays_put       they ask not to move
    supposes        they ask what would be if
    tells_of_self   a time was struck that is of something else they do
    """

    text: str
    keeps: bool = False
    stays_put: bool = False
    supposes: bool = False
    tells_of_self: bool = False


def said(words: str) -> Plainly:
    """All of it where nothing would be left."""
    folded = text.fold(words)
    if latin.language(folded) == "translit":
        folded = latin.transliterate(folded)
    folded = numerals.to_figures(mended(text.spelled(folded)))
    rest, stands = folded, ""
    supposed = _ASKED_HOW.sub(" ", _SUPPOSED.sub(" ", rest))
    supposes, rest = supposed != rest or bool(_OF_THEM.search(rest) and "?" in rest), supposed
    rest = _UNCHANGED.sub(" все в силе ", _REPORTED.sub(" ", _WEIGHED.sub(" ", _GIVEN_UP.sub(" ", rest))))
    for pattern in _STANDS:
        stands += " ".join(match[0] for match in pattern.finditer(rest))
        rest = pattern.sub(" ", rest)
    rest = _WAS_LATE.sub(" ", _NO_WISH.sub(" ", _OF_THEM.sub(" ", rest)))
    rest = _PUNCTUAL.sub(" вовремя приду " if not re.search(r"\bесли\b", rest) else " ", rest)
    alone = _OF_SELF.sub(lambda match: match[0] if _ACTS.search(match[0]) else " ", rest)
    tells_of_self, rest = alone != rest, alone
    left = re.search(r"\w", rest)
    return Plainly(
        text=rest if left or stands or supposes else folded,
        keeps=bool(stands),
        stays_put=bool(re.search(r"перен|двига|\bменя(?:йте|ть)|перепис", stands)),
        supposes=supposes,
        tells_of_self=tells_of_self,
    )


def mended(folded: str) -> str:
    for pattern, right in _MENDED:
        folded = pattern.sub(right, folded)
    return folded
