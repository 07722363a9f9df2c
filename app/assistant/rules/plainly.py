"""What of an answer asks for something: common misspellings mended, and struck out what only sounds like an act.

«Не отменяйте, буду» asks for no cancelling, «если опоздаю, позвоню» tells of no lateness, «раньше не могла ответить»
wishes for no earlier time.
"""

import re
from dataclasses import dataclass

from app.assistant.rules import latin, morphology, numerals, text

_MENDED = tuple(
    (re.compile(pattern), right)
    for pattern, right in (
        (r"\bни (?=пр[ие]|смог|буд|получ|успе)", "не "),
        (r"\bне(?=(?:прид|прие|смог|смож|буд)[уе])", "не "),
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
_SMALL = (
    r"(?:ничего |меня |нас |мою |нашу |запись |визит |пожалуйста |только |ее |пока |ни в коем случае |бы |тоже |также |"
    r"этого |вообще )*"
)
_NEED = (
    r"(?:надо|нужн[оаы]|нужен|дава\w+|буд[уе]\w*|хоч\w+|хотел\w+|стоит|собира\w+|планиру\w+|хотелось|придется|"
    r"вздума\w+|дай бог)"
)
_TO_ACT = rf"{_ACT}(?:(?<=т[ьи])|(?<=отмены)|(?<=переноса))(?! (?:на|в|во|к|бы)\b)"
_OR = r",? (?:и|или|либо|ни|да) "
_STANDS = (
    re.compile(  # «отменять ничего не надо и переносить тоже»
        rf"\b(?:(?:ни )?{_TO_ACT}{_OR})?{_SMALL}(?:{_ACT}|отбо[йя]) {_SMALL}не {_NEED}"
        rf"(?:,? (?:и |а |ни )?{_SMALL}{_ACT} {_SMALL}(?:тоже|также)\b|{_OR}{_SMALL}{_TO_ACT})?"
    ),
    re.compile(  # «не надо ничего переносить и отменять»
        rf"\bн[еи] {_SMALL}(?:{_NEED} )?{_SMALL}(?:{_ACT})(?<!или)(?<!ила)(?<!енена)"
        rf"(?:(?<=т[ьи]){_OR}{_SMALL}{_TO_ACT})?"
    ),
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
    r"(?:что\b|отмена\b|отменить\b|[а-я]+(?:у|ю|ем|им|усь|юсь|емся)\b)[^.!?\n]*\?"
)
_ASKED_HOW = re.compile(
    r"(?:^|(?<=[.!?\n]))"
    r"(?=[^.!?\n]*\b(?:сколько|скольки|какого|какое|как(?:им образом)?|можно ли|бесплатно|штраф\w*|потом)\b)"
    r"[^.!?\n]*\b(?:отмен|перен[ео]с|опозд)\w*(?:ть|ться)\b[^.!?\n]*\?|"
    r"(?:^|(?<=[.!?\n]))[^.!?\n\d]*\bопаздывать\b[^.!?\n\d]*\?|"
    r"(?:^|(?<=[.!?\n]))[^,.!?\n\d]*\b(?:можно опоздать|опоздать можно)\W*(?:$|[.!?\n])|"
    r"(?:^|(?<=[.!?\n]))[^,.!?\n\d]*\b(?:сколько|как\w{1,3}|до скольки|как)\b[^,.!?\n\d]*"
    r"\b(?:отменить|перенести(?! (?:\w+ )?на )|опоздани[ея]|опоздавш\w+)\b[^,.!?\n\d]*(?:\?|$)"
)
_GIVEN_AWAY = re.compile(  # «отдайте моё окошко другой»
    r"(\b(?:отда\w+|освобо\w+) (?:\w+ ){0,2}?(?:окошко|окно|время|место|запись))(?: для)?"
    r"(?: кому-?\s?(?:то|нибудь))? друг\w+"
)
_NO_HARM = (
    r"(?:ничего|не (?:страшно|критично|против|обидитесь)|норм\w*|нормально|можно|ок|окей)(?: страшного| будет| вы)?"
)
_NO_HARM_IF_LATE = re.compile(  # «ничего, если опоздаю на 10 минут?»
    rf"\b{_NO_HARM},? (?:\w+ )?(?:если|что) (?=(?:\w+ ){{0,3}}(?:(?:опозд|опазд|задерж)\w+|[^.!?\n]*\bпозже\b))"
)
_LATE_NO_HARM = re.compile(
    rf"\bесли ((?:\w+ ){{0,3}}(?:опозд|опазд|задерж)[^,.!?\n]*\d[^,.!?\n]*),? (?:это )?{_NO_HARM}(?=\W*\?)"
)
_EARLY_NO_HARM = re.compile(  # «приду чуть раньше, ничего?»
    r"\b((?:прид|прие|подойд|подъед|буд)\w+ )(?:чуть|немно\w+|минут\w* на \d+|на \d+ мин\w*) (?:по)?раньше,? "
    rf"{_NO_HARM}\s*\?"
)
_CANNOT_WAIT = re.compile(
    r"(?:\bникак )?\bне с?могу (?:\w+ )?(?:дождаться|не (?:прийти|приехать)|пропустить|упустить)\b"
)
_WHAT_IF_I_COME = re.compile(  # «а если я приду не в 3, а в 6?»
    r"\bа если (?:я |мы )?(?:прид|прие|подой|подъе|бу)(?:ду|дем|у|ем)(?: не \w+ \S+,? а)? (?=(?:в|к|на|после) \d)"
)
_PLAINER = (
    (_WHAT_IF_I_COME, "а если "),
    (_GIVEN_AWAY, r"\1"),
    (_CANNOT_WAIT, " приду "),
    (_EARLY_NO_HARM, r"\1"),
    (_NO_HARM_IF_LATE, " опоздаю, "),
    (_LATE_NO_HARM, r"\1 "),
)
_OF_THEM = re.compile(  # «запись не отменили?»
    r"\b(?:не )?(?:(?:отмен(?:ил|ен|ял)|перенесен)\w*|(?:перенес|сня|удали|убра|сдвину|поменя|измени|смени)ли)\b"
    r"(?! (?:мне |нам |мою |нашу )?(?:смен|график|рейс|поезд|экзамен|совещ|собран|встреч|пар[ыу]|урок|работ|планы))|"
    r"\b(?:мастер\w*|вы) (?:\w+ )?(?:опазд|опозд|задерж)\w*(?:т|те|тся|тесь|л[аи]?|л[аи]?с[ья])\b"
)
_UNCHANGED = re.compile(r"\b(?:план[ыа]?|ничего|все) (?:\w+ )?не (?:измен|помен|мен)\w*л\w*")
_GIVEN_UP = re.compile(  # «думала отменить, но приду»
    rf"\b(?:дума|хоте|собира|планирова|чуть)\w* (?:было |уже |я |чтоб\w* )*(?:не )?{_ACT}"
    r"(?=.*\b(?:но|однако|все равно)\b)"
)
_BELIEVED = frozenset(("думать", "бояться", "опасаться", "переживать", "волноваться", "хотеть", "собираться", "решить"))
_SAID = frozenset(("писать", "написать", "говорить", "сказать", "предупреждать", "просить"))
_WAS_ILL = re.compile(r"\b(?:за|при)бол\w*|\bболел[аи]?\b|\bтемператур\w*|\bпросты\w+|\bкашля\w+")
_COMES_AFTER_ALL = re.compile(
    r"(?<!не )\b(?:буд(?:у|ем)|прид(?:у|ем)|прие(?:ду|дем)|ждите|в силе)\b(?! (?:дома|лечиться|лежать))"
)
_UNDONE = re.compile(rf"\bне\b|{_ACT}|\bопозда|\bопазд")
_NOT_SO = re.compile(r"^\W*(?:нет|передумал[аи]?)\b")
_NO_NO = re.compile(r"^\W*(?:нет\W+)+(?=.*\b(?:буд(?:у|ем)|прид(?:у|ем)|прие(?:ду|дем)|ждите)\b)")  # «нет-нет, буду»
_BUT = re.compile(r",? (?:но|однако|зато|а)\b(?: (?:теперь|сейчас|тут))?|,? теперь\b|\s-\s")
_NO_WISH = re.compile(
    r"\b\w{3,}(?<!хоте)(?<!дума)(?<!проси)(?<!мог)л(?:а|и|о)?(?:сь|ся)? (?:меня |нас |с работы )?"
    r"(?:по)?(?:раньше|позже)\b|"
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
_WRITES_LATER = re.compile(  # «напишу попозже»: no wish for a later visit
    r"\b((?:на|от)пишу|скажу|отвечу|сообщу|уточню|позвоню|наберу)(?: вам)?(?: (?:чуть|немного))? (?:по)?позже\b|"
    r"\b(?:чуть |немного )?(?:по)?позже (?:вам )?((?:на|от)пишу|скажу|отвечу|сообщу|уточню|позвоню|наберу)\b"
)
_ASKED = re.compile(  # a question without its mark
    r"^\W*(?:(?:здравствуйте|добрый день|привет|спасибо|подскажите|скажите|а|и|ой|слушайте|девочки|пожалуйста)\W+)*"
    r"(?:вы )?(?:(?:завтра|сегодня) )?(?:до |во |с |со )?(?:како(?:й|е|го|му|м)|кака?я|какие|каких|"
    r"(?:на )?сколько|скольки|насколько|где|откуда|"
    r"почему|зачем|(?:на|к|во?) (?:что|кому|чему|сколько)|можно (?:без|с|со)|(?:можно|есть|нужно|надо) ли|"
    r"как (?:к вам|до вас|вас найти|вы|проехать|добраться|доехать|пройти|найти))\b(?!-| (?:бы|угодно))[^.!?\n]*$"
)
_OF_SELF = re.compile(  # «у меня в 13 зубной», «в 14 выезжаю»
    r"(?:^|(?<=[,.!;\n]))(?=[^,.!?;\n]*\d)[^,.!?;\n]*"
    r"\b(?:у (?:меня|нас|сына|дочк\w|дочери|мужа)|(?:выезжа(?:ю|ем)|выхо(?:жу|дим)|вы[йе]д(?:у|ем)))\b[^,.!?;\n]*"
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
    folded = numerals.to_figures(mended(text.corrected_all(text.spelled(folded))))
    folded = f"{folded.rstrip()}?" if _ASKED.match(folded) else folded
    rest, stands = _WRITES_LATER.sub(lambda match: match[1] or match[2], folded), ""
    for pattern, plain in _PLAINER:
        rest = pattern.sub(plain, rest)
    supposed = _ASKED_HOW.sub(" ", _SUPPOSED.sub(" ", rest))
    supposes, rest = supposed != rest or bool(_OF_THEM.search(rest) and "?" in rest), supposed
    rest = _UNCHANGED.sub(" все в силе ", _REPORTED.sub(" ", _WEIGHED.sub(" ", _GIVEN_UP.sub(" ", _now_only(rest)))))
    for pattern in _STANDS:
        stands += " ".join(match[0] for match in pattern.finditer(rest))
        rest = pattern.sub(" ", rest)
    rest = _NO_NO.sub(" ", rest) if stands else rest
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


def _now_only(folded: str) -> str:
    """Without what they thought or wrote before it came otherwise: «боялась, что не успею, но отпустили, буду»."""
    kept = []
    for sentence in re.split(r"(?<=[.!?\n])", folded):
        but = _BUT.search(sentence)
        before, after = (sentence[: but.start()], sentence[but.end() :]) if but else ("", sentence)
        past = {lemma for word in re.findall("[а-я]+", before) for lemma in morphology.lemmas(word) if _is_past(word)}
        ill = _WAS_ILL.search(before) and _COMES_AFTER_ALL.search(after)
        wrote = past & _SAID and re.search(r"\b(?:буд(?:у|ем)|прид(?:у|ем)|прие(?:ду|дем)|ждите|могу|в силе)\b", after)
        gone = ill or ((past & _BELIEVED or wrote) and _UNDONE.search(before) and " бы " not in before)
        kept.append(_NOT_SO.sub(" все в силе ", after) if gone else sentence)
    return "".join(kept)


def _is_past(word: str) -> bool:
    return morphology.has(word, "VERB", "past")


def mended(folded: str) -> str:
    for pattern, right in _MENDED:
        folded = pattern.sub(right, folded)
    return folded
