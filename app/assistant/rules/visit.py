"""What a customer says to a visit that stands, once they were reminded of it: comes, is late, wants another, is unsure.

A booking changes only by a word that says so: what is neither a yes, a no nor another time is asked back. Words that
ask for nothing («не отменяйте», «если опоздаю, позвоню») are struck out before any are looked for (plainly.py).
"""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.assistant.rules import late, morphology, plainly, text, when
from app.assistant.rules.plainly import Plainly
from app.assistant.rules.yes import says_yes
from app.domain.business import Business
from app.domain.qualification import Attends, Intent, Question, Reading, When

_OFF = r"\bотбой\b(?! (?:\w+ )?(?:был|у|в|по|объяв\w+)\b)"  # that of the day calls off nothing
_NO = re.compile(
    rf"{late.NOT_WAITED}|\bотмен|\bв другом месте|\bоткаж|\bотпи[сш]|"
    r"\bне (?:прид|прие|смог|смож|могу|получ|буд|успе|выйд|надо|нужн|актуальн)|\bзабол|\bприбол|\bотказ|"
    rf"\b(?:сним|убер|убир|вычерк|удал|аннул)|\bпередумал|{_OFF}|\bcancel|(?:^\W*|сожалению,? )нет\b|\bнеактуальн"
)
_MOVE = re.compile(
    r"перен[ео]с|\bперекин|\bсдвин|\bп(?:ере|о)двин|\bперезапи|\bперестав|\bпереигр|"
    r"\bпоменя(?!(?:лось|лся|лась|лись)\b)(?!\w* (?:\w+ )?(?:цвет|лак|услуг|дизайн|покрыт|номер|телефон|фамил))|"
    r"\b(?:измен|смен|с?корректир)(?:ить|им|ите|овать|уем|уйте) (?:\w+ ){0,2}(?:врем|день|дня|дату|час\b|запись|визит)|"
    r"\bперепи(?:ш|с[аы])\w* (?:\w+ )?на |\bmove\b|\breschedul"
)
_OTHER = re.compile(
    rf"{_MOVE.pattern}|\bдруг(?:ой|ое|ую|ая)\b|\bпозже\b|\bпопозже\b|\bраньше\b|"
    r"\bпораньше\b|\bпозднее|\bлучше\b|\bдавайте\b|\bможно\b|\banother (?:day|time)"
)
_UNSURE = re.compile(
    r"\bне знаю\b(?! (?:только )?(?:где|куда|адрес)\b)|^\W*да\W*(?:не|ну)\W*$|"
    r"^\W*ага\W+(?:сейчас|как же|разбеж)|\bвозможно\b|\bможет быть\b|\bпостара|\bнаверн|\bскорее всего\b|\bпосмотрим|"
    r"\bкак (?:\w+ ){0,2}(?:получится|пойдет|отпуст|решит|ляжет|выйдет|сложится)|"
    r"\bне уверен|\bпопробу|\bпод вопросом|\bстараться\b|"
    r"\bдума(?:ю|ем)\b|\bподумать\b|\bне могу (?:пока )?сказать|\bзатрудня|\bне обеща|\b(?:не ?ясно|не понял[аи]?)\b|"
    r"\b(?:скажу|напишу|отвечу|сообщу|отпишусь|уточню|определюсь)\b|"
    r"\b(?:трудно|сложно) сказать|"
    r"\bкто (?:ж\w? )?(?:его )?знает|\bточно знать|\bсомнева|\bвряд ли\b|\bмаловероятн|"
    r"\b50\s?(?:на|/)\s?50\b|\bнепонятно|"
    r"\bне ?известно|\bне (?:решил|определил)|\bзавис(?:ит|еть)\b|\bсмотря\b|\bвроде\b|\bпри условии\b|"
    r"\bнадеюсь\b|\bmaybe\b|\bnot sure\b"
)
_TELLS_LATER = re.compile(r"\b(?:скажу|отвечу|сообщу|отпишусь|определюсь)\b")
_IF = re.compile(
    r"\bесли\b(?!\s+(?:можно|возможно|не сложно|не трудно|не затруднит|вы не|не против|все в силе|есть|,|то\b|"
    r"(?:\w+ )?(?:не )?(?:помен|измен)\w+л))"
)
_IF_THEY_CAN = re.compile(  # «на час раньше, если мастер свободен»
    r"\bесли (?:вдруг |у (?:вас|мастера) |\w+ ){0,2}(?:свобод\w+|не занят\w*|найдется|возможность|окошк\w+|окн\w)\b"
)
_FLAT_NO = re.compile(
    rf"{late.NOT_WAITED}(?=(?: (?:меня|нас|завтра|сегодня))*(?:\W*$|[.,!;\n]))"
    r"(?!.*\b(?:позже|попозже|буд[ую]|прид|прие))|^\W*(?:\w+ ){0,2}сливаюсь\b|"
    rf"\bотмен|\bпередумал|{_OFF}|\bотказыва|\b(?:сними|снимай|убери|убира|вычерк|удали|аннулир)|\bотпиши|"
    r"\bне (?:приду|придем|приеду|приедем)\b|"
    r"\bне (?:смогу|сможем|получ\w+|выйдет|выходит|удастся) (?:\w+ )?"
    r"(?:при(?:йти|ехать|ходить)|под(?:ойти|ъехать)|быть)\b"
    r"(?!\s+(?:\w+ )?(?:в|к|ко|до|раньше|вовремя|ровно|точно|одн\w+|без|с|со)\b)|"
    r"(?<!не )(?<!боюсь )(?<!боюсь, )\bпропу(?:щу|скаю|стим)\b(?! (?:звон|сообщ|напомин|ваш|начал|перв|немно|\d))|"
    r"(?:^\W*|[,.;] |\b(?:завтра|сегодня|раз|обойд\w*|видимо|похоже|значит|давайте|тогда|уже) )"
    r"без меня(?: завтра| сегодня)?(?=\W*(?:$|[.,!;\n]))(?!\W*\?)|"
    r"^\W*(?:\w+,? ){0,4}(?<!не )пас(?:\W*$|,)"
)
_CALLED_OFF = re.compile(  # «отбой, вернусь не знаю когда»
    r"^\W*(?:(?:все|так|ой|нет|увы|извините|простите|сорри|здравствуйте|привет|добрый день)\W+)*"
    rf"(?:отбой|отмена|отменя(?:ем|й|йте|ю)|отмените|вычеркива(?:й|йте)|вычеркни(?:те)?|{late.NOT_WAITED})"
    r"(?: (?:меня|нас|запись|визит|завтра|сегодня|пожалуйста))*(?:\W*$|[.,!;\n])"
)
_IN_A_WORD = re.compile(r"\b(?:отмена отмены|отбой|отмена|пас|сливаюсь)\b")
_TAKEN_BACK = re.compile(rf"{late.COMING.pattern}(?!.*\b(?:потом|когда|после|следующ\w+|как-нибудь|через)\b)")
_OF_CALLING_OFF = re.compile(  # «отмена бесплатная?», «отключите напоминания»
    r"\bесли (?:\w+ )?отбой\b|\bотмена(?: [а-я]+){1,3}\s*\?|"
    r"\b(?:отмен|отключ|убер|убир|выключ)\w* (?:(?!запис|визит)\w+ ){0,4}?напоминан\w+"
)
_AFTERWARDS = re.compile(  # what they do after it hedges nothing
    r"\bне (?:знаю|понятно|ясно|известно),? (?:когда|насколько|сколько)\b|"
    r"\b(?:потом|позже|позднее|после|сам[аи]?|как \w+|когда \w+),? (?:\w+ )?"
    r"(?:напишу|отпишусь|скажу|позвоню|запишусь|сообщу)"
)
_TORN = re.compile(r"\bможет\b.*\b(?:а|или) может\b|\bто ли\b.*\bто ли\b|\b(\w+) или не(?:т\b| \1\b)")
_HEDGED = re.compile(
    r"\b(?:возможно|вероятно|может(?: быть)?|наверн\w+|скорее (?:всего|да|нет)|не факт|вряд ли|не уверен\w*|"
    r"не знаю(?! (?:только )?(?:где|куда|адрес)\b))\b"
)
_NOT_THEN = re.compile(r"\b(?:давайте|только|лучше) не (?:завтра|сегодня|в|во|на)\b")
_WISHES_TO_MOVE = re.compile(  # whatever is asked beside it
    r"\b(?:хо(?:чу|тим|чется)|хотел(?:а|и|ось)? бы|нужно|надо|необходимо|прошу|давайте) (?:\w+ ){0,2}?"
    rf"(?:{_MOVE.pattern})"
)
_SIGNED_YES = re.compile(  # «Да. Марина Викторовна»
    r"^\W*(?:(?:здравствуйте|привет|добр\w+ (?:день|утро|вечер))\W+)?(?:(?:да|ага|угу|ок|окей|хорошо|"
    r"подтвержда(?:ю|ем)|буду|приду|договорились|принято)\W+|\+\W*)"
    r"(?:(?:большое )?спасибо\W+)?(?:это |с уважением,? |ваша? )?((?:[а-я]+\W*){1,3})$"
)
_ILL = re.compile(r"(?<!не )\bболе(?:ю|ем|ет)\b|\b(?:за|при)боле|\bтемператур")
_PLAIN_YES = re.compile(rf"\bда\b|\bподтвержд|{late.COMING.pattern}")
_ASKS_OF_COMING = re.compile(  # «что будет, когда приду?»
    rf"\b(?:что|как|где|куда|сколько|когда|кто|кому|како\w+|если)\b[^.!?\n]*{late.COMING.pattern}[^.!?\n]*\?"
)
_WAITED = re.compile(
    r"(?<!не )\bждите\b|\bвсе (?:ок|окей|ok|хорошо|норм|нормально|отлично|в порядке|так же)(?![а-я])|"
    r"\bоставьте\b|\bпусть (?:\w+ )?(?:стоит|остает)|"
    r"\bоставля(?:ем|йте)\b|\bв силе\b"
)
_ELSEWHERE = re.compile(  # «буду на работе» is no yes
    r"\bбуд(?:у|ем) (?:\w+ ){0,2}?(?:занят|в отъезд|в отпуск|в командир|на работ|на дач|в больниц|за город|в друг|"
    r"в дороге|работать|лечиться|думать|смотреть|решать|знать|иметь в)|\bзанят\w* (?:\w+ )?буд(?:у|ем)\b"
)
_FAULT = re.compile(
    r"испорти|верните|безобраз|отвратит|хам(?:ств|ят|ит)|нахам|жалоб|издева|недовол|"
    r"ужасн\w+ (?:сервис|отношен|мастер|работ|качеств|салон|обслуж|результ)"
)
_WHO = re.compile(r"^\W*(?:а )?кто (?:это|вы|пишет|ты)\b|\bоткуда у вас\b")
_ASKS = frozenset({Intent.INFO, Intent.PRICE, Intent.HUMAN, Intent.COMPLAINT, Intent.SPAM})
_THANKS = re.compile(r"спасибо|благодар|\bспс\b|thank|здравств|добр\w+ (?:день|утро|вечер)|привет|hello")
_BY_NUMBER = {"1": Intent.CONFIRM, "2": Intent.RESCHEDULE, "3": Intent.CANCEL}
_WRONG_CHAT = re.compile(
    r"\bне (?:вам|тебе)\b(?! (?:реш|суд))|\bне (?:тому|той|для вас)\b|"
    r"\bне (?:в )?(?:тот|ту|то) (?:чат|окн|диалог|груп|контакт|номер|адрес)|"
    r"\bне по адресу|\bне (?:туда|сюда)\b|\b(?:ошибл|перепутал)\w* (?:чат|окн|адрес|номер|контакт|диалог)|"
    r"\b(?:случайно|по ошибке|нечаянно) (?:отправ|написал|скинул|нажал)|"
    r"\bэто (?:я )?(?:мужу|маме|папе|подруге|дочк?е?р?и?|сыну|сестре|коллеге)\b"
)
_REFUSES = re.compile(rf"{_FLAT_NO.pattern}|\bне (?:буд(?:у|ем)|смогу|могу|сможем)\b")
_TAKEN = re.compile(  # they, by something else
    rf"{_REFUSES.pattern}|{_ELSEWHERE.pattern}|\bзанят[аы]?\b|\bникак\b|\bработа(?:ю|ем)\b|\bна (?:смене|сутках)\b|"
    r"\bпролета|\bне вырв|\bне (?:получ|выйд|выход|подход|подойд|успе|удоб|устраив)"
)
_SEEKS = re.compile(  # «когда ближайшее свободное?», «какие ещё дни есть?»
    r"\b(?:когда|как(?:ое|ие|ой)|что|есть|подскажите|посмотрите|предложите|хо(?:чу|тела?)|дайте|на как\w+|можно)\b"
    r"[^.!?\n]{0,24}\b(?:ближайш|окош|окно|окна|свободн|следующ|вариант|"
    r"друг(?:ой|ое|ие|ую) (?:\w+ )?(?:ден|дн|врем|дат|час|окн|вариант|раз\b)|"
    r"еще (?:есть|можно|дни|мож|запис|врем|вариант)|дни|запись)|"
    r"\b(?:что|когда) (?:у вас )?(?:есть|можно)? ?еще\b|\bесть еще\b|\bближайш\w+\b[^.!?\n]{0,24}\?|"
    r"\b(?:предложите|подберите)\b|\bкогда (?:\w+ )?(?:сможете|можете) (?:\w+ )?(?:прин|запис)"
)
_CANNOT_ELSE = re.compile(
    r"\bне (?:могу|смог\w*) (?:\w+ )?(?:найти|дозвон|понять|открыть|вспомнить|оплат|войти|разобр)"
)
_PART = re.compile(
    r"[,.!?;\n]+\s*|\s(?:и|но|а|-)\s|(?<!не)\s(?=(?:лучше|давайте|запиш\w+|впиш\w+|поставь\w*|хочу|приду|придем)\b)"
)
_ANEW = re.compile(
    r"\b(?:запиш(?:и|ите)|записыва(?:й|йте|ем)|впиш\w+|поставь\w*|хочу|хотел[аи]? бы|давай(?:те)?|лучше|можно|есть|"
    rf"свобод(?:ен|на|ны)|подойдет|удобн\w+|"
    rf"найд\w+|нов(?:ая|ую) запись|сделай\w*|оформи\w*|приду|придем|смогу|подойду)\b|{_MOVE.pattern}"
)
_WHAT_IF = re.compile(r"\b(?:а если|нельзя(?: ли)?) (?:в|во|на|после|к|до)\b")
_FROM_TO = re.compile(r"\bсо? (?!запис|очеред)\S+(?: \S+)? на\b")  # «уберите меня с завтра на пятницу»
_ELSE = re.compile(  # «хочу в пятницу выспаться»
    r"\b(?!запис|прий|перенес|попас|подой|быть|есть|опять|пусть)[а-я]{2,}ть(?:ся)?\b"
)


def heard(reading: Reading, question: Question, business: Business) -> Reading:
    """The reading, with what it means for the visit. Without one that stands, as it was."""
    if question.visit_at is None or not question.visit_id:
        return reading
    visit = question.visit_at.astimezone(ZoneInfo(business.zone))
    said = plainly.said("\n".join(each for each in question.texts if each.strip()))
    picked = reading.intent is Intent.CONFIRM and reading.when and not _holds(reading.when, visit)  # of an offer
    minutes = None if picked or _moves(said) else late.minutes(said, visit, question.now, business)
    if minutes is not None:
        return replace(reading, intent=Intent.CONFIRM, when=None, attends=Attends.LATE, late=minutes, confident=True)
    if not question.reminded:
        return reading
    return _Answer(said, visit, question, business).to(reading)


def _moves(said: Plainly) -> bool:
    return bool(_FLAT_NO.search(late.unhurried(said.text)) or _MOVE.search(said.text))


class _Answer:
    """One answer to a reminder, read against the statistical guess at its intent."""

    def __init__(self, said: Plainly, visit: datetime, question: Question, business: Business) -> None:
        self.said, self.text, self.visit = said, late.unhurried(said.text), visit
        self.question, self.business = question, business

    def to(self, reading: Reading) -> Reading:
        if number := _BY_NUMBER.get(self.text.strip(" .)!")):
            return self._act(number, reading)
        if _WHO.search(self.text):
            return _info(reading)
        if self._is_of_another_chat():
            return replace(reading, intent=Intent.SMALLTALK, heat=None, when=None, confident=True)
        if self.said.supposes and not (_FLAT_NO.search(self.text) or _PLAIN_YES.search(self.text)):
            return _info(reading)
        if wanted := self._wanted_instead():
            return replace(reading, intent=Intent.RESCHEDULE, when=wanted, attends=None, confident=True)
        if self._seeks_another():
            other = reading.when if reading.when and not _holds(reading.when, self.visit) else None
            return replace(reading, intent=Intent.RESCHEDULE, when=other, attends=None, confident=True)
        return self._plain(reading)

    def _seeks_another(self) -> bool:
        """«Завтра не могу. Когда ближайшее свободное?»"""
        refused = _TAKEN.search(self.text)
        if refused is None or "отмен" in self.text or _CANNOT_ELSE.search(self.text):
            return False
        return bool(_SEEKS.search(self.text, refused.end()))

    def _plain(self, reading: Reading) -> Reading:
        if _OF_CALLING_OFF.search(self.text) and not _FLAT_NO.search(_OF_CALLING_OFF.sub(" ", self.text)):
            return _info(reading)
        if self._takes_it_back(reading):
            return _unsure(reading)
        if self._calls_off():
            return self._act(Intent.CANCEL, reading)
        if self._is_hedged():
            return _unsure(reading)
        if self._is_signed_yes():
            return self._act(Intent.CONFIRM, reading)
        if _NOT_THEN.search(self.text) and reading.intent is not Intent.RESCHEDULE:
            return self._act(Intent.RESCHEDULE, reading)
        if _FLAT_NO.search(self.text) and not (_OTHER.search(self.text) or self._names_bare_time(reading)):
            return self._act(Intent.CANCEL, reading)
        if self.said.stays_put and _NO.search(self.text) and not _MOVE.search(self.text):
            return self._act(Intent.CANCEL, reading)  # «не смогу, переносить не надо»
        if _ASKS_OF_COMING.search(self.text):
            return reading if reading.intent in _ASKS else _info(reading)
        if self._comes(reading):
            return self._act(Intent.CONFIRM, reading)
        if _WISHES_TO_MOVE.search(self.text) and reading.intent is not Intent.RESCHEDULE:
            other = self._time_of(self.text)
            return replace(reading, intent=Intent.RESCHEDULE, when=other, attends=None, confident=True)
        if _MOVE.search(self.text) and reading.intent is not Intent.RESCHEDULE and "?" not in self.text:
            return self._act(Intent.RESCHEDULE, reading)
        if self._is_unsure(reading):
            return _unsure(reading)
        if reading.intent in (Intent.CANCEL, Intent.RESCHEDULE):
            return reading
        if "?" in self.text and not _PLAIN_YES.search(self.text):
            return reading if reading.intent in _ASKS else _info(reading)
        yes = reading.intent is Intent.CONFIRM or (reading.intent is Intent.SMALLTALK and says_yes(self.text))
        if yes and not (_REFUSES.search(self.text) or _ILL.search(self.text)):
            return self._act(Intent.CONFIRM, reading)
        if not re.search(r"\w", self.text):
            return reading  # a smile
        plain = reading.intent in _ASKS or _THANKS.search(self.text)
        return reading if plain and reading.confident else _unsure(reading)

    def _act(self, intent: Intent, reading: Reading) -> Reading:
        other = reading.when and not _holds(reading.when, self.visit)
        picked = reading.when if intent is reading.intent is Intent.CONFIRM and other else None  # of an offer
        attends = Attends.COMES if intent is Intent.CONFIRM else None
        return replace(reading, intent=intent, when=picked, attends=attends, confident=True)

    def _is_of_another_chat(self) -> bool:
        """Sent to the wrong chat, and nothing beside it that is meant for us."""
        rest = _WRONG_CHAT.sub("", self.text)
        return rest != self.text and not (_NO.search(rest) or _OTHER.search(rest) or _PLAIN_YES.search(rest))

    def _wanted_instead(self) -> When | None:
        """«Отмените завтра и запишите на пятницу»: another time, asked for in a part of its own beside the refusal."""
        parts = [part for part in _PART.split(self.text) if part.strip()]
        refused = next((at for at, part in enumerate(parts) if _TAKEN.search(part)), None)
        if "?" in self.text and _WHAT_IF.search(self.text):
            return self._time_of(self.text)
        for part in parts:
            if late.COMING.search(part) and re.search(r"\d", part) and not self.said.tells_of_self:
                wanted = self._time_of(part)
                if wanted and wanted.exact and not self._is_early(wanted):
                    return wanted
        if refused is None or (self.said.stays_put and not _MOVE.search(self.text)):
            return None
        if _FROM_TO.search(parts[refused]):
            return self._time_of(parts[refused])
        for part in parts[refused + 1 :]:
            asks = _ANEW.search(part)
            if asks is None or _ELSE.search(part) or _REFUSES.search(part):
                continue
            if wanted := self._time_of(part[asks.end() :]) or self._time_of(part):
                return wanted
        return None

    def _time_of(self, part: str) -> When | None:
        """The time that the part names, unless it is the visit's own."""
        visit = self.visit
        spoken = when.listen(text.prepare(part).plain, now=self.question.now, business=self.business)
        wanted = when.wish(spoken, self.business, moving=True, visit=(visit,)) if spoken.names_a_time else None
        return wanted if wanted and not _holds(wanted, visit) else None

    def _is_early(self, wanted: When) -> bool:
        """«Буду в 14:50» to a visit at 15:00."""
        return wanted.exact and timedelta(0) < self.visit - wanted.earliest <= late.SOON

    def _is_hedged(self) -> bool:
        if _TORN.search(self.text) or (_HEDGED.search(self.text) and not _OTHER.search(self.text)):
            return True
        if _TELLS_LATER.search(self.text) and not _MOVE.search(self.text) and not _FLAT_NO.search(self.text):
            return True
        asked = _IF_THEY_CAN.sub(" ", self.text) if _OTHER.search(self.text) else self.text
        return bool(_IF.search(asked) and not _MOVE.search(asked) and "?" not in asked)

    def _takes_it_back(self, reading: Reading) -> bool:
        """«Отбой тревоги, приду»: called off by a mere word, and coming."""
        rest = _IN_A_WORD.sub(" ", self.text)
        if rest == self.text or _FLAT_NO.search(rest) or _OTHER.search(rest) or self._names_other(reading):
            return False
        return bool(_TAKEN_BACK.search(rest))

    def _calls_off(self) -> bool:
        """First thing of all, and the doubt after it is of what comes then."""
        rest = _AFTERWARDS.sub(" ", self.text)
        doubts = (_TORN, _HEDGED, _IF, _TELLS_LATER, _OTHER)
        return bool(_CALLED_OFF.search(self.text)) and not any(doubt.search(rest) for doubt in doubts)

    def _is_signed_yes(self) -> bool:
        """A yes and a name, with nothing said or asked of it."""
        signed = None if "?" in self.text else _SIGNED_YES.search(self.text)
        words = re.findall(r"[а-я]+", signed[1]) if signed else []
        named = [any(morphology.may_be(word, kind, "nomn") for kind in ("Name", "Patr")) for word in words]
        return any(named) and all(
            name or len(word) == 1 or morphology.may_be(word, "Surn", "nomn")
            for name, word in zip(named, words, strict=True)
        )

    def _comes(self, reading: Reading) -> bool:
        """In so many words, and no word for anything else."""
        if _ELSEWHERE.search(self.text) or _UNSURE.search(self.text) or _OTHER.search(self.text):
            return False
        if _REFUSES.search(self.text) or (reading.intent is Intent.COMPLAINT and _FAULT.search(self.text)):
            return False
        other = reading.when and not _holds(reading.when, self.visit) and not self._is_early(reading.when)
        if other and reading.intent is Intent.RESCHEDULE and not self.said.tells_of_self:
            return False  # «буду в 17»
        stays = self.said.keeps and "?" not in self.text
        return bool(stays or late.COMING.search(self.text) or _WAITED.search(self.text))

    def _is_unsure(self, reading: Reading) -> bool:
        """Said so, or read as an act that no word of theirs speaks for."""
        if _ELSEWHERE.search(self.text) and reading.intent is Intent.CONFIRM:
            return True
        if _UNSURE.search(self.text) and not _OTHER.search(_UNSURE.sub("", self.text)):
            return True
        if reading.intent is Intent.CANCEL:
            return not _NO.search(self.text)
        return reading.intent is Intent.RESCHEDULE and not self._names_other(reading)

    def _names_bare_time(self, reading: Reading) -> bool:
        """«Не приду, в пятницу», but not «не приду, в пятницу работаю»."""
        if not reading.when or _holds(reading.when, self.visit):
            return False
        parts = [part for part in _PART.split(self.text) if part.strip() and not _REFUSES.search(part)]
        parts = [part for part in parts if not re.search(r"\bтоже\b", part)]
        parts = [late.COMING.sub("", part) for part in parts if not _ELSEWHERE.search(part)]
        bare = [part for part in parts if not any(morphology.has(word, "VERB") for word in re.findall("[а-я]+", part))]
        return any(self._time_of(part) for part in bare)

    def _names_other(self, reading: Reading) -> bool:
        other = reading.when is not None and not _holds(reading.when, self.visit)
        return other or bool(_OTHER.search(self.text))


def _holds(wanted: When, visit: datetime) -> bool:
    """A day or an hour that is the visit's own."""
    return wanted.earliest <= visit <= wanted.latest and wanted.latest - wanted.earliest < timedelta(days=1)


def _info(reading: Reading) -> Reading:
    return replace(reading, intent=Intent.INFO, when=None, confident=True)


def _unsure(reading: Reading) -> Reading:
    return replace(reading, intent=Intent.INFO, heat=None, when=None, attends=Attends.UNSURE, confident=True)
