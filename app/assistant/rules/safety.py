"""What must never be answered by a machine: an emergency in words, and the subjects that the profile forbids."""

import re

from app.assistant.rules import morphology

_EMERGENCY = re.compile(
    r"\bбол(?:ь|и|ит)\s(?:\w+\s){0,2}(?:в\s)?груд|груд\w+\s(?:\w+\s)?(?:бол|давит|жжет)|давит в груди|"
    r"(?:сильн\w+|обильн\w+)\s(?:\w+\s)?кровотеч|кровь не останавлива|"
    r"не останавлива\w+ кров|истека\w+ кров|потерял\w? сознание|без сознания|теря\w+ сознание|не дышит|"
    r"не мо(?:жет|гу) дышать|задыха|инсульт|инфаркт|анафилак|отек квинке|"
    r"судорог|отравил(?:ся|ась)|передозировк|суицид|поконч\w+ с собой|не хочу жить|перекосило лицо|"
    r"онемела? (?:рука|половин|лицо)|chest pain|can't breathe|severe bleeding|heart attack|stroke\b|"
    r"unconscious"
)
_WORD = re.compile(r"[а-яa-z-]+")
_KIN = {
    "диагноз": "диагностировать",
    "назначение": "назначить назначать выписать рецепт",
    "дозировка": "доза дозировать мг таблетка",
}  # fmt: skip


def is_emergency(folded: str) -> bool:
    return bool(_EMERGENCY.search(folded))


def forbidden_subject(folded: str, subjects: tuple[str, ...]) -> str:
    """The subject of `never_say` that the text asks about; empty: none."""
    typed = [morphology.lemmas(word) for word in _WORD.findall(folded)]
    for subject in subjects:
        wanted = _WORD.findall(subject.lower().replace("ё", "е"))
        kin = [word for word in _KIN.get(subject.lower(), "").split() if any(word in forms for forms in typed)]
        if kin or (wanted and all(any(morphology.lemmas(word) & forms for forms in typed) for word in wanted)):
            return subject
    return ""
