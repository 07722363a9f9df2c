"""What a customer says of being invited: a yes or no to the question for it, a wish of their own, or «стоп».

A yes to advertising is never guessed. «Ок», «хорошо», «спасибо» thank for the booking that was confirmed just before
the question, and say nothing; a bare «да» counts only where that question was the last thing we said.
"""

import re
from dataclasses import replace

from app.assistant.rules.text import fold
from app.domain.qualification import Invited, Question

_SUBJECT = r"(?:рассыл\w+|реклам\w*|акци\w+|скид\w+|новост\w+|приглашени\w*|спам\w*|newsletters?|offers|ads)"
_WRITE = (
    r"(?:пиши(?:те)?|писать|присылай(?:те)?|присылать|шли(?:те)?|слать|приглашай(?:те)?|приглашать|"
    r"беспокой(?:те)?|беспокоить|тревожь(?:те)?|тревожить)\b"
)
_DO_NOT = rf"не\s+(?:надо\s+|нужно\s+)?(?:звон\w+\s+и\s+не\s+)?{_WRITE}(?:\s+и\s+не\s+(?:звон\w+|{_WRITE}))*"
_US = r"(?:\s+(?:мне|нам|меня|нас|сюда))?"
_YOUR = r"(?:эт[аиоу]\w*\s+|ваш\w*\s+|сво\w+\s+|любую\s+|никак\w+\s+)?"
_STOPS = re.compile(
    rf"^\W*(?:стоп|stop|отписк\w+|отписаться|unsubscribe)(?:\W+(?:{_SUBJECT}|пожалуйста|please|all))*\W*$|"
    r"\b(?:отпиши(?:те)?|отписать)\s+(?:меня|нас)(?:\s+(?:от|из)\s+\w+)?|\b(?:меня|нас)\s+отпиши(?:те)?\b|"
    rf"\bбольше{_US}\s+{_DO_NOT}{_US}(?!\s+(?:в|на|по)\b)|\b{_DO_NOT}{_US}\s+больше{_US}(?!\s+(?:в|на|по)\b)|"
    rf"\bне\s+(?:надо|нужно){_US}\s+больше\s+{_WRITE}|\bхватит{_US}\s+{_WRITE}{_US}|\b{_DO_NOT}{_US}\s+{_YOUR}{_SUBJECT}|"
    rf"\b(?:отмен\w+|отключ\w+|прекрат\w+|остановите)\s+{_YOUR}(?:рассыл\w+|реклам\w*|спам\w*)|"
    rf"\b(?:убер|исключ|удал)\w+\s+(?:меня\s+|нас\s+|мой\s+номер\s+)?из\s+{_YOUR}(?:рассыл\w+|баз\w+)|"
    r"\b(?:stop\s+(?:writing|texting|messaging)|do\s?n[o']?t\s+(?:write|text|message)\s+me)(?:\s+(?:me|again|any\s?more))*"
)
_WISHES = re.compile(
    r"(?:^|(?<=[.,!;\n]))\s*(?:присылайте|шлите|пишите|подпишите)\s+(?:мне\s+|меня\s+|нам\s+|нас\s+)?"
    rf"(?:о\s+|об\s+|про\s+|на\s+)?(?:ваш\w*\s+|все\s+|сво\w+\s+)?{_SUBJECT}(?=\s*(?:[.,!;\n]|$))"
)
_SELDOM = re.compile(r"\b(?:но\s+|только\s+)*не\s+(?:слишком\s+|очень\s+)?часто\b")
_YES_BY_NOT = re.compile(r"\bне\s+(?:против|возражаю|возражаем)\b|\bпочему\s+(?:бы\s+)?(?:и\s+)?нет\b")
_NO = re.compile(
    r"\bне\s+(?:надо|нужно|стоит|хочу|хотим|интересно|присылайте|пишите|шлите|приглашайте)\b|"
    r"\b(?:нет|неа|не|неинтересно|нельзя|против|обойдусь|обойдемся|откажусь|отказываюсь|no|nope)\b|"
    r"\bбез\s+(?:рекламы|рассылок|приглашений)\b|\bdo\s?n[o']?t\b|👎|^\W*2\W*$"
)
_YES = re.compile(
    r"\b(?:да+|ага|угу|конечно|можно|можете|давайте|соглас(?:на|ен|ны)|присылайте|пишите|шлите|приглашайте|зовите|хочу|yes|yeah|"
    r"sure)\b|\bс\s+удовольствием\b|👍|^\W*(?:\+|1)\W*$"
)
_FILLS = re.compile(
    r"\bбуду\s+(?:рада?|благодарн\w)\b|"
    r"\b(?:спасибо|пожалуйста|мне|нам|меня|нас|иногда|лучше|пока|я|мы|бы|и|это|thanks?|thank\s+you|please|do|write)\b"
)


def heard(question: Question) -> tuple[Invited | None, Question]:
    """What is said of it, and the question without those words: what is left of it is read as ever."""
    words = fold("\n".join(each for each in question.texts if each.strip()))
    if question.invites and (answer := _answer(words)):
        return answer, replace(question, texts=tuple("" for _ in question.texts))
    if _STOPS.search(words):
        return Invited.STOP, _without(question, _STOPS)
    if _WISHES.search(words):
        return Invited.YES, _without(question, _WISHES)
    return None, question


def _answer(words: str) -> Invited | None:
    """Of words that hold nothing but a yes or a no, with thanks and the like."""
    rest, welcome = _YES_BY_NOT.subn(" ", _SELDOM.sub(" ", words))
    rest, refused = _NO.subn(" ", rest)
    rest, agreed = _YES.subn(" ", rest)
    if re.search(r"\w", _FILLS.sub(" ", rest)) or bool(refused) == bool(agreed or welcome):
        return None
    return Invited.NO if refused else Invited.YES


def _without(question: Question, said: re.Pattern[str]) -> Question:
    return replace(question, texts=tuple(_cut(text, said) for text in question.texts))


def _cut(text: str, said: re.Pattern[str]) -> str:
    folded = fold(text)
    whole = text if len(text) == len(folded) else folded  # a capital may fold into two letters
    for match in reversed([*said.finditer(folded)]):
        whole = f"{whole[: match.start()]} {whole[match.end() :]}"
    return whole if re.search(r"\w", _FILLS.sub("", fold(whole))) else ""
