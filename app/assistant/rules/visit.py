"""What a customer says to a visit that stands, once they were reminded of it: comes, is late, wants another, is unsure.

A booking changes only by a word that says so: what is neither a yes, a no nor another time is asked back. Words that
ask for nothing («не отменяйте», «если опоздаю, позвоню») are struck out before any are looked for (plainly.py).
"""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.assistant.rules import late, morphology, pastime, plainly, text, when
from app.assistant.rules import visit_words as words
from app.assistant.rules.plainly import Plainly
from app.assistant.rules.yes import says_yes
from app.domain.business import Business
from app.domain.qualification import Attends, Intent, Question, Reading, When

_ASKS = frozenset({Intent.INFO, Intent.PRICE, Intent.HUMAN, Intent.COMPLAINT, Intent.SPAM})
_BY_NUMBER = {"1": Intent.CONFIRM, "2": Intent.RESCHEDULE, "3": Intent.CANCEL}


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
    answer = _Answer(said, visit, question, business)
    meant = answer.to(reading)
    comes = meant.attends is Attends.COMES and meant.intent is Intent.CONFIRM and meant.when is None
    return replace(meant, intent=Intent.INFO) if comes and answer.asks_more() else meant


def asked_beside(reading: Reading, question: Question) -> str:
    """What a customer who comes asks in the same breath, folded; empty: nothing."""
    if reading.attends is not Attends.COMES or reading.intent is Intent.CONFIRM:
        return ""
    _, rest = _begun(plainly.said("\n".join(each for each in question.texts if each.strip())).text)
    return f"{rest}?"


def _begun(said: str) -> tuple[str, str]:
    """The first thing that is said after a greeting, and what follows it and every other yes."""
    first, *others = [part for part in words.PART.split(said) if part.strip()] or [""]
    while others and words.GREETS.fullmatch(first):
        first, *others = others
    while others and (words.ONLY_YES.fullmatch(others[0]) or late.COMING.search(others[0])):
        _, *others = others
    return first, ", ".join(part.strip() for part in others)


def _wants_more(asked: str) -> bool:
    """Than a nod."""
    return len(re.findall(r"[а-я]{2,}", words.TAG.sub(" ", f"{asked}?"))) > 1


def _moves(said: Plainly) -> bool:
    return bool(words.FLAT_NO.search(late.unhurried(said.text)) or words.MOVE.search(said.text))


class _Answer:
    """One answer to a reminder, read against the statistical guess at its intent."""

    def __init__(self, said: Plainly, visit: datetime, question: Question, business: Business) -> None:
        self.said, self.visit = said, visit
        self.text = words.NO_TROUBLE.sub("хорошо", late.unhurried(said.text))
        self.question, self.business = question, business

    def to(self, reading: Reading) -> Reading:
        if number := _BY_NUMBER.get(self.text.strip(" .)!")):
            return self._act(number, reading)
        if words.WHO.search(self.text):
            return _info(reading)
        if self._is_of_another_chat():
            return replace(reading, intent=Intent.SMALLTALK, heat=None, when=None, confident=True)
        if self.said.supposes and not (
            words.FLAT_NO.search(self.text) or words.PLAIN_YES.search(self.text) or self._time_of(self.text)
        ):
            return _info(reading)
        if self._comes_beside_own_hours():
            return replace(reading, intent=Intent.CONFIRM, when=None, attends=Attends.COMES, confident=True)
        if self._comes_and_asks():
            asked = reading.intent if reading.intent in _ASKS else Intent.INFO
            return replace(reading, intent=asked, when=None, attends=Attends.COMES, confident=True)
        if wanted := self._wanted_instead() or self._proposes():
            return replace(reading, intent=Intent.RESCHEDULE, when=wanted, attends=None, confident=True)
        if self._seeks_another():
            other = reading.when if reading.when and not _holds(reading.when, self.visit) else None
            return replace(reading, intent=Intent.RESCHEDULE, when=other, attends=None, confident=True)
        return self._plain(reading)

    def asks_more(self) -> bool:
        """A question beside the yes that wants an answer; «ок?», «ничего?» want none."""
        for asked in re.findall(r"[^.!?\n]+\?", self.text):
            first, rest = _begun(asked)
            body = rest if words.ONLY_YES.fullmatch(first) or late.COMING.search(first) else asked
            if _wants_more(body):
                return True
        return False

    def _proposes(self) -> When | None:
        """«Может, в пятницу?»"""
        return self._time_of(self.text) if words.PROPOSED.search(self.text) else None

    def _seeks_another(self) -> bool:
        """«Завтра не могу. Когда ближайшее свободное?», «Какие ещё дни есть? Завтра никак»."""
        refused = words.TAKEN.search(self.text)
        if refused is None or "отмен" in self.text or words.CANNOT_ELSE.search(self.text):
            return False
        asked = words.SEEKS.search(self.text)
        before = asked is not None and "?" in self.text[asked.end() : refused.start()]
        return before or bool(words.SEEKS.search(self.text, refused.end()))

    def _plain(self, reading: Reading) -> Reading:
        if pastime.is_idle(self.text):
            return replace(reading, intent=Intent.SMALLTALK, heat=None, when=None, confident=True)
        if words.OF_CALLING_OFF.search(self.text) and not words.FLAT_NO.search(
            words.OF_CALLING_OFF.sub(" ", self.text)
        ):
            return _info(reading)
        if self._takes_it_back(reading):
            return _unsure(reading)
        if self._calls_off() or self._ends_with_no():
            return self._act(Intent.CANCEL, reading)
        if self._is_hedged():
            return _unsure(reading)
        if self._is_signed_yes() or words.FINE.search(self.text):
            return self._act(Intent.CONFIRM, reading)
        if words.NOT_THEN.search(self.text) and reading.intent is not Intent.RESCHEDULE:
            return self._act(Intent.RESCHEDULE, reading)
        if words.FLAT_NO.search(self.text) and not (words.OTHER.search(self.text) or self._names_bare_time(reading)):
            return self._act(Intent.CANCEL, reading)
        if self.said.stays_put and words.NO.search(self.text) and not words.MOVE.search(self.text):
            return self._act(Intent.CANCEL, reading)  # «не смогу, переносить не надо»
        if words.ASKS_OF_COMING.search(self.text):
            return reading if reading.intent in _ASKS else _info(reading)
        if self._comes(reading):
            return self._act(Intent.CONFIRM, reading)
        if words.WISHES_TO_MOVE.search(self.text) and reading.intent is not Intent.RESCHEDULE:
            other = self._time_of(self.text)
            return replace(reading, intent=Intent.RESCHEDULE, when=other, attends=None, confident=True)
        if words.MOVE.search(self.text) and reading.intent is not Intent.RESCHEDULE and "?" not in self.text:
            return self._act(Intent.RESCHEDULE, reading)
        if words.ASKED_TO_SEND.search(self.text) and not words.PLAIN_YES.search(self.text):
            return _info(reading)
        if self._is_unsure(reading):
            return _unsure(reading)
        asks = reading.services or "?" in self.text
        if reading.intent is Intent.RESCHEDULE and asks and not (reading.when or self._moves_by_word()):
            return _info(reading)  # «можно ещё брови?»
        if reading.intent in (Intent.CANCEL, Intent.RESCHEDULE):
            return reading
        if "?" in self.text and not words.PLAIN_YES.search(self.text):
            return reading if reading.intent in _ASKS else _info(reading)
        yes = reading.intent is Intent.CONFIRM or (reading.intent is Intent.SMALLTALK and says_yes(self.text))
        if yes and not (words.REFUSES.search(self.text) or words.ILL.search(self.text)):
            return self._act(Intent.CONFIRM, reading)
        if not re.search(r"\w", words.LAUGHS.sub("", self.text)):
            return _unsure(reading) if words.DOUBTFUL.search(self.text) else reading  # a smile
        plain = reading.intent in _ASKS or words.THANKS.search(self.text)
        return reading if plain and reading.confident else _unsure(reading)

    def _act(self, intent: Intent, reading: Reading) -> Reading:
        other = reading.when and not _holds(reading.when, self.visit)
        picked = reading.when if intent is reading.intent is Intent.CONFIRM and other else None  # of an offer
        attends = Attends.COMES if intent is Intent.CONFIRM else None
        return replace(reading, intent=intent, when=picked, attends=attends, confident=True)

    def _is_of_another_chat(self) -> bool:
        """Sent to the wrong chat, and nothing beside it that is meant for us."""
        rest = "" if self._bids_somebody_else() else words.WRONG_CHAT.sub("", self.text)
        told = rest or self.text
        return rest != self.text and not (
            words.NO.search(told) or words.OTHER.search(told) or words.PLAIN_YES.search(told)
        )

    def _bids_somebody_else(self) -> bool:
        """«Лен, встреть меня у метро»: a name, and bidden to do what no business does."""
        name, *rest = re.findall(r"[а-я]+", self.text) or [""]
        bids = [word for word in rest if morphology.has(word, "VERB", "impr", "sing", "excl")]
        is_called = bool(bids) and morphology.may_be(name, "Name")
        return is_called and not any(words.OF_US & morphology.lemmas(word) for word in bids)

    def _wanted_instead(self) -> When | None:
        """«Отмените завтра и запишите на пятницу»: another time, asked for in a part of its own beside the refusal."""
        parts = [part for part in words.PART.split(self.text) if part.strip()]
        refused = next((at for at, part in enumerate(parts) if words.TAKEN.search(part)), None)
        if "?" in self.text and words.WHAT_IF.search(self.text):
            return self._time_of(self.text)
        for part in parts:
            if late.COMING.search(part) and re.search(r"\d", part) and not self.said.tells_of_self:
                wanted = self._time_of(part)
                if wanted and wanted.exact and not self._is_early(wanted):
                    return wanted
        if refused is None or (self.said.stays_put and not words.MOVE.search(self.text)):
            return None
        if words.FROM_TO.search(parts[refused]):
            return self._time_of(parts[refused])
        for part in parts[refused + 1 :]:
            asks = words.ANEW.search(part)
            if asks is None or words.ELSE.search(part) or words.REFUSES.search(part):
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
        if words.TORN.search(self.text) or (words.MAY_MOVE.search(self.text) and "?" not in self.text):
            return True
        if words.HEDGED.search(self.text) and not words.OTHER.search(self.text):
            return True
        if (
            words.TELLS_LATER.search(self.text)
            and not words.MOVE.search(self.text)
            and not words.FLAT_NO.search(self.text)
        ):
            return True
        asked = words.IF_THEY_CAN.sub(" ", self.text) if words.OTHER.search(self.text) else self.text
        return bool(words.IF.search(asked) and not words.MOVE.search(asked) and "?" not in asked)

    def _takes_it_back(self, reading: Reading) -> bool:
        """«Отбой тревоги, приду»: called off by a mere word, and coming."""
        rest = words.IN_A_WORD.sub(" ", self.text)
        if rest == self.text or words.FLAT_NO.search(rest) or words.OTHER.search(rest) or self._names_other(reading):
            return False
        return bool(words.TAKEN_BACK.search(rest))

    def _calls_off(self) -> bool:
        """First thing of all, and the doubt after it is of what comes then."""
        rest = words.AFTERWARDS.sub(" ", self.text)
        doubts = (words.TORN, words.HEDGED, words.IF, words.TELLS_LATER, words.OTHER)
        return bool(words.CALLED_OFF.search(self.text)) and not any(doubt.search(rest) for doubt in doubts)

    def _ends_with_no(self) -> bool:
        """All of it, or its last sentence: «Завтра на даче. Не смогу»."""
        *before, last = [part for part in re.split(r"[.!\n]+", self.text) if part.strip()] or [""]
        doubts = (words.OTHER, words.SEEKS, words.HEDGED, words.IF, words.MOVE)
        told = " ".join(before)
        plain = words.SHORT_NO.fullmatch(last) and "?" not in told and not any(doubt.search(told) for doubt in doubts)
        return bool(words.BARE_NO.search(self.text) or (before and plain))

    def _comes_beside_own_hours(self) -> bool:
        """«Приду, мне потом в 17 к врачу», «работаю до 14, приду»: nothing is asked of the visit."""
        if "?" in self.text or any(word.search(self.text) for word in (words.OTHER, words.REFUSES, words.NO)):
            return False
        parts = [part for whole in words.SO.split(self.text) for part in words.PART.split(whole) if part.strip()]
        named = {part: wanted for part in parts if (wanted := self._time_of(part))}
        comes = any(late.COMING.search(part) or words.TO_US.search(part) for part in parts if part not in named)
        return (
            comes
            and bool(named or self.said.tells_of_self)
            and all(self._is_own_hour(part, wanted) for part, wanted in named.items())
        )

    def _comes_and_asks(self) -> bool:
        """«Приду, а можно с собачкой?»: a plain yes first, and a question of neither the time nor the visit."""
        first, rest = _begun(self.text)
        asks = ("?" in self.text and _wants_more(rest)) or words.ASKED_TO_SEND.search(rest)
        if not (rest and asks) or not (words.ONLY_YES.fullmatch(first) or late.COMING.search(first)):
            return False
        said = words.A_LITTLE_EARLY.sub(" ", self.text)
        doubts = (words.NO, words.REFUSES, words.MOVE, words.OTHER_TIME, words.UNSURE, words.IF, words.TAKEN)
        if any(doubt.search(said) for doubt in doubts) or words.ASKS_OF_COMING.search(said):
            return False
        return not re.search(r"\d", self.text) and self._time_of(rest) is None

    def _is_own_hour(self, part: str, wanted: When) -> bool:
        if late.COMING.search(part) or not words.OWN_HOURS.search(part):
            return False
        before = wanted.latest.astimezone(self.visit.tzinfo).time() < self.visit.time()  # of whatever day it was read
        return before or bool(words.AFTER_IT.search(part))

    def _is_signed_yes(self) -> bool:
        """A yes and a name, with nothing said or asked of it."""
        signed = None if "?" in self.text else words.SIGNED_YES.search(self.text)
        names = re.findall(r"[а-я]+", signed[1]) if signed else []
        named = [any(morphology.may_be(name, kind, "nomn") for kind in ("Name", "Patr")) for name in names]
        return any(named) and all(
            is_named or len(name) == 1 or morphology.may_be(name, "Surn", "nomn")
            for is_named, name in zip(named, names, strict=True)
        )

    def _comes(self, reading: Reading) -> bool:
        """In so many words, and no word for anything else."""
        if words.ELSEWHERE.search(self.text) or words.UNSURE.search(self.text) or words.OTHER.search(self.text):
            return False
        if words.REFUSES.search(self.text) or (reading.intent is Intent.COMPLAINT and words.FAULT.search(self.text)):
            return False
        other = reading.when and not _holds(reading.when, self.visit) and not self._is_early(reading.when)
        if other and reading.intent is Intent.RESCHEDULE and not self.said.tells_of_self:
            return False  # «буду в 17»
        stays = self.said.keeps and "?" not in self.text
        return bool(stays or late.COMING.search(self.text) or words.WAITED.search(self.text))

    def _is_unsure(self, reading: Reading) -> bool:
        """Said so, or read as an act that no word of theirs speaks for."""
        if words.ELSEWHERE.search(self.text) and reading.intent is Intent.CONFIRM:
            return True
        if words.UNSURE.search(self.text) and not words.OTHER.search(words.UNSURE.sub("", self.text)):
            return True
        if reading.intent is Intent.CANCEL:
            return not words.NO.search(self.text)
        return reading.intent is Intent.RESCHEDULE and not self._names_other(reading)

    def _names_bare_time(self, reading: Reading) -> bool:
        """«Не приду, в пятницу», but not «не приду, в пятницу работаю»."""
        if not reading.when or _holds(reading.when, self.visit):
            return False
        parts = [part for part in words.PART.split(self.text) if part.strip() and not words.REFUSES.search(part)]
        parts = [part for part in parts if not re.search(r"\bтоже\b", part)]
        parts = [late.COMING.sub("", part) for part in parts if not words.ELSEWHERE.search(part)]
        bare = [part for part in parts if not any(morphology.has(word, "VERB") for word in re.findall("[а-я]+", part))]
        return any(self._time_of(part) for part in bare)

    def _moves_by_word(self) -> bool:
        return bool(words.MOVE.search(self.text) or words.OTHER_TIME.search(self.text))

    def _names_other(self, reading: Reading) -> bool:
        other = reading.when is not None and not _holds(reading.when, self.visit)
        return other or bool(words.OTHER.search(self.text))


def _holds(wanted: When, visit: datetime) -> bool:
    """A day or an hour that is the visit's own."""
    return wanted.earliest <= visit <= wanted.latest and wanted.latest - wanted.earliest < timedelta(days=1)


def _info(reading: Reading) -> Reading:
    return replace(reading, intent=Intent.INFO, when=None, confident=True)


def _unsure(reading: Reading) -> Reading:
    return replace(reading, intent=Intent.INFO, heat=None, when=None, attends=Attends.UNSURE, confident=True)
