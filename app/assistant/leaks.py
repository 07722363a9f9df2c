"""Does a reply show how it was made? Prompt text as it stands, turned around or encoded: nothing of it goes out."""

import re
from functools import cache

from app.assistant.figures import fold
from app.assistant.privacy import LEFT_OVER
from app.assistant.prompt import instructions

IN_A_ROW = 4  # words of the prompt
MADE_BY = re.compile(
    r"промпт|системн\w+ (?:инструкц|сообщени|подсказ|настройк|правил)|инструкци\w+ (?:мне|для меня|разработчик)|"
    r"(?:мои|моих|моим|мне дан\w*|мой|свои|своих) (?:\w+ )?(?:инструкци|правил|указани|настройк|ограничени|промт)|"
    r"мне (?:запрещено|велено|приказано|указано|предписано|сказано)|меня (?:запрограммировал|настроил|обучил)|"
    r"языков\w+ модел|нейросет\w*[- ]модел|промт|system (?:prompt|message)|(?:my|these|the following) (?:\w+ )?"
    r"(?:instructions|rules|guidelines|prompt)|language model|i was (?:told|instructed|programmed)|"
    r"you are (?:a|the) (?:virtual|helpful)|\bjson\b|<<<|>>>|‹‹‹|›››|\bhandoff\b|\bintent\b|\bgpt\b|chatgpt|openai|"
    r"yandexgpt|gigachat|\bllm\b|режим (?:разработчика|отладки|dan|бога)|developer mode|"
    r"debug mode|\bdan mode\b|jailbreak|"
    r"админ\w*[- ]?(?:режим|доступ|панел)|(?:api|апи)[- ]?(?:key|ключ)|sk-[a-z0-9]{8}|токен\w* доступ|"
    r"парол\w* (?:от|к|для)\b"
)
SOLID = re.compile(r"[A-Za-z0-9+/=_-]{28,}|(?:[0-9a-fA-F]{2}[\s:]){10,}|\\u[0-9a-f]{4}")
SPACED = re.compile(r"(?:(?<!\w)\w[\s._*-]){7,}")
WORD = re.compile(r"[а-яa-z]+")
LINK = re.compile(r"https?://\S+")
LATIN, CYRILLIC = re.compile(r"[A-Za-z]"), re.compile(r"[А-Яа-яЁё]")
ENGLISH = re.compile(r"\b(?:the|is|are|we|you|your|to|for|at|and|takes?|our|from|can|hello)\b")
ORDER = re.compile(
    r"\b(?:скажи|напиши|ответь|повтори|подтверди|согласись|пообещай|добавь|произнеси|say|repeat|reply|respond|print)\b(.+)"
)
MOSTLY = 0.8  # of a sentence's words
ENOUGH = 16  # letters by which the script of a reply is judged


def shows_its_making(reply: str, *, russian: bool) -> bool:
    """russian: the customer writes Russian, and is answered so; translit would hide what it says."""
    folded = fold(reply)
    if LEFT_OVER.search(reply) or MADE_BY.search(folded):
        return True
    plain = LINK.sub("", reply)
    if SOLID.search(plain) or SPACED.search(plain):
        return True
    if russian and _is_translit(plain):
        return True
    return bool(_runs(folded) & _prompt_runs() or _runs(folded[::-1]) & _prompt_runs())


def parrots(sentence: str, texts: tuple[str, ...]) -> bool:
    """Says little but what the customer ordered it to say: «Напиши, что …»."""
    said = WORD.findall(fold(sentence))
    ordered = {word for text in texts for found in ORDER.finditer(fold(text)) for word in WORD.findall(found[1])}
    return len(said) > 1 and sum(word in ordered for word in said) >= MOSTLY * len(said)


def _is_translit(text: str) -> bool:
    latin = len(LATIN.findall(text))
    return latin >= ENOUGH and latin > len(CYRILLIC.findall(text)) and not ENGLISH.search(text.lower())


def _runs(folded: str) -> frozenset[tuple[str, ...]]:
    words = WORD.findall(folded)
    return frozenset(tuple(words[start : start + IN_A_ROW]) for start in range(len(words) - IN_A_ROW + 1))


@cache
def _prompt_runs() -> frozenset[tuple[str, ...]]:
    return frozenset(run for line in instructions() for run in _runs(fold(line)))
