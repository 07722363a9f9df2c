"""What must never be answered by a machine: an emergency in words, and the subjects that the profile forbids."""

import re

from app.assistant.rules import morphology
from app.assistant.rules.wordlist import wordlist

_EMERGENCY = re.compile(
    r"\bбол(?:ь|и|ит|ят)\s(?:\w+\s){0,3}(?:в |за )?(?:груд|сердц)|(?:груд\w*|сердце)\s"
    r"(?:\w+\s){0,2}(?:бол[иья]|дав[ия]|жм[её]т|жжет|сжим)|"
    r"(?:давит|жжет|сжимает|жмет|колет) в (?:груди|сердце)|"
    r"(?:сильн\w+|обильн\w+|открыл\w+)\s(?:\w+\s)?кровотеч|кровотечени\w+ не останавл|кровь не останавлива|"
    r"(?:хлещет|льется|хлынула) кровь|"
    r"не (?:могу|можем|может|получается) останови\w+ кров|кровь (?:хлещет|льется|идет и идет)|"
    r"не останавлива\w+ кров|истека\w+ кров|потерял\w? сознани|без сознани|теря\w+ сознани|упал\w? в обморок|"
    r"не дыш(?:ит|у|ат)\b|не (?:может|могу|могут) (?:вдохнуть|дышать)|задыха|нечем дышать|трудно дышать|инсульт|"
    r"инфаркт|анафила|отек квинке|судорог|отравил(?:ся|ась)|передозировк|наглотал\w+ таблет|"
    r"проглотил\w? (?:батарейк|таблетк|иголк|магнит)|"
    r"суицид|поконч\w+ с (?:собой|жизнью)|не хочу (?:больше )?жить|хочу умереть|перекосило лицо|"
    r"онемел[аи]? (?:рука|половин|лицо|пол)|умираю|умирает|скор(?:ую|ая) (?:помощь )?(?:вызвать|нужна)|"
    r"chest pain|can'?t breathe|cannot breathe|not breathing|(?:heavy|severe) bleeding|heart attack|stroke\b|overdose|"
    r"suicide|unconscious"
)
_EMPHASIS = re.compile(r"[^\w\s']+")
_WORD = re.compile(r"[а-яa-z-]+")
_KIN = {
    "диагноз": "диагностировать",
    "назначение": "назначить назначать выписать рецепт",
    "дозировка": "доза дозировать мг таблетка",
}  # fmt: skip

# How an answer tells such a subject without its name.
_TOLD = {
    "диагноз": re.compile(
        r"похоже на|у вас (?:\w+ ){0,2}(?:вероятн|скорее|видим|явн|просто|обычн)|"
        r"это (?:\w+ )?(?:симптом|признак|воспален)|"
        r"(?:скорее всего|вероятно|видимо|судя по),? (?:\w+ ){0,3}(?:воспал|инфекц|вирус|"
        r"аллерг|простуд|перелом|грыж|язв)"
    ),
    "назначение": re.compile(
        r"прим(?:ите|айте|и)\b|принимайте|пейте|выпейте|мажьте|намажьте|полощите|промывайте|капайте|прикладывайте|"
        r"антибиотик|ибупрофен|парацетамол|аспирин|обезболивающ|мазь|таблетк|капл[ия]\b|лекарств|препарат"
    ),
    "дозировка": re.compile(
        r"\d\s?(?:мг|мл|таблет|капсул|капл)|по (?:одной|две|\d) (?:таблет|капсул|ложк)|раза? в (?:день|сутки)"
    ),
}  # fmt: skip
_DISEASE = re.compile(r"\w{3,}(?:ит|оз|емия|омия|патия|алгия|пневмония|мигрень)")
_NO_DISEASE = frozenset(
    wordlist("визит лимит кредит депозит прогноз наркоз гипноз аудит бандит симбиоз обоз навоз анатомия экономия")
)


def is_emergency(text: str) -> bool:
    """Text as typed or folded."""
    return bool(_EMERGENCY.search(" ".join(_EMPHASIS.sub(" ", text.lower().replace("ё", "е")).split())))


def forbidden_subject(folded: str, subjects: tuple[str, ...]) -> str:
    """The subject of `never_say` that the text asks about; empty: none."""
    typed = [morphology.lemmas(word) for word in _WORD.findall(folded)]
    for subject in subjects:
        wanted = _WORD.findall(subject.lower().replace("ё", "е"))
        kin = [word for word in _KIN.get(subject.lower(), "").split() if any(word in forms for forms in typed)]
        if kin or (wanted and all(any(morphology.lemmas(word) & forms for forms in typed) for word in wanted)):
            return subject
    return ""


def told_subject(folded: str, subjects: tuple[str, ...]) -> str:
    """The subject of `never_say` that an answer of ours speaks of, by its name or by what it says; empty: none."""
    typed = [morphology.lemmas(word) for word in _WORD.findall(folded)]
    for subject in subjects:
        wanted = _WORD.findall(subject.lower().replace("ё", "е"))
        named = wanted and all(any(morphology.lemmas(word) & forms for forms in typed) for word in wanted)
        told = _TOLD.get(subject.lower())
        if named or (told and told.search(folded)) or (subject.lower() == "диагноз" and _names_a_disease(folded)):
            return subject
    return ""


def _names_a_disease(folded: str) -> bool:
    return any(
        word not in _NO_DISEASE and _DISEASE.fullmatch(word) and morphology.has(word, "NOUN")
        for word in _WORD.findall(folded)
    )
