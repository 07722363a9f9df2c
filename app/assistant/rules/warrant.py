"""An act needs a word that asks for it: a guess alone cancels, moves, hands over and drops nothing."""

import re
from dataclasses import replace

from app.assistant.rules import text, when
from app.domain.business import Business
from app.domain.qualification import Heat, Intent, Question, Reading

_PROOF = {
    Intent.CANCEL: re.compile(
        r"отмен|отбой|откаж|отпи[сш]|прекращ|неактуал|минус|уехал|отдайте друг|в другом месте|"
        r"сним|снят|удал|убер|убра|вычерк|аннул|отказ|передум|заболел|освобо[дж]|пропу[сщ]|"
        r"без (?:меня|нас)\b|\bпас\b|\bувы\b|cancel|n't\b|\bnot\b|otmen|"
        r"\bне (?:прид|смо|мог|буд|получ|над|нуж|усп|выйд|выход|приед|приех|хоч|жди|актуал|состо|явл|дойд|доед|"
        r"ид[уеи]|подъе|подойд|заним)"
    ),
    Intent.RESCHEDULE: re.compile(
        r"перен|передвин|сдвин|перезап|переп[ис]|друг|поменя|измен|поз[жд]|раньше|не усп|опазд|опозд|задерж|отлож|"
        r"вместо|лучше|перекин|перекид|перестав|переигра|двига|двин|записан|записывал|договар|никак|"
        r"перебронир|смен[иу]|сместит|перемест|не просн|"
        r"\bне (?:в|на|завтра|сегодня)\b.*\bа\b|"
        r"\bне (?:смо|мог|получ|выйд|выход|вырв|в \d)|move|resched|postpone|later|earlier|instead|another|pere"
    ),
    Intent.HUMAN: re.compile(
        r"человек|людь|людей|люди|жив[оы]|робот|контакт|переключ|куратор|управл|обсуд|с кем|кому|набр|созвон|"
        r"свяж|напиш|админ|операт|менедж|мастер|врач|сотрудн|директор|руковод|позов|позв|звон|набер|связ|"
        r"поговор|говорить|соедин|кто|специалист|механик|слесар|доктор|репетитор|пообща|"
        r"тренер|консульт|алло|\bау\b|call|human|person|manager|agent|speak|"
        r"talk|someone|admin|chelovek|pozv"
    ),
    Intent.SPAM: re.compile(
        r"http|www|\.(?:ru|com|рф|org|net)\b|@|заработ|реклам|продвиж|сайт|инвест|кредит|казино|выигр|предлага|подпис|"
        r"раскрут|\bseo\b|бизнес|доход|оптом|поставк|сотруднич|лид[ыов]|крипт|crypto|earn|бот[ыа]?\b|прибыл|деньг|"
        r"партн|займ|ставк|промо|рассыл|клиент"
    ),
}  # fmt: skip
_COMPLAINT = re.compile(
    r"испорти\w+|верните (?:мне )?деньги|\bв шоке\b|безобрази|отвратительн|ужасн(?:ая|ый|ое|ые)\b|хамств|нахами|"
    r"жалоб[уы]\b|издева"
)
_FROM_TO = re.compile(r"\bсо?\s\S+(?:\s\S+)?\sна\s\S")  # «английский с 17-го на 19-е»
_OF_VISIT = re.compile(
    r"напомина|ждем вас|ждем тебя|ждать тебя|вы записаны|придешь|придете|приедете|буде(?:шь|те)|в силе|подтвердите|"
    r"все верно|у (?:вас|тебя) заняти|ваше заняти|твое заняти|remind"
)


def warranted(reading: Reading, question: Question, business: Business, words: str) -> Reading:
    """The reading where its act is asked for in words; else a question or a wish, and nothing is done."""
    folded = text.fold(words)
    if reading.intent is not Intent.COMPLAINT and _COMPLAINT.search(folded):
        return replace(reading, intent=Intent.COMPLAINT, heat=Heat.HOT, when=None, confident=True)
    if reading.intent is Intent.COMPLAINT and not reading.confident and not _COMPLAINT.search(folded):
        return replace(reading, intent=Intent.INFO, heat=Heat.COLD)
    if reading.intent is Intent.SPAM and reading.confident:
        return reading  # held to a surer guess than others: mistaken chats share no word
    proof = _PROOF.get(reading.intent)
    if proof is None or proof.search(folded) or _is_of_a_visit(question):
        return reading
    spoken = when.listen(text.prepare(words).plain, now=question.now, business=business)
    moves = bool(spoken.standing) or _FROM_TO.search(spoken.plain)
    if reading.intent is Intent.RESCHEDULE and moves and reading.when:
        return reading
    wanted = when.wish(spoken, business)
    if wanted or reading.services:
        return replace(reading, intent=Intent.BOOKING, heat=reading.heat or Heat.WARM, when=wanted, confident=True)
    return replace(reading, intent=Intent.INFO, heat=Heat.COLD, when=None, confident=False)


def _is_of_a_visit(question: Question) -> bool:
    """A bare «нет» or «в 16» changes a visit that stands or was just spoken of."""
    moved = question.known.intent in (Intent.RESCHEDULE, Intent.CANCEL)
    return bool(question.visit_id) or moved or bool(_OF_VISIT.search(text.fold(question.context)))
