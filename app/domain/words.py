"""Everything a customer, manager or owner reads, in one catalogue: Russian first, English beside it.

`say("handoff_now", "ru", name="Анна")`. A key has one text or several; several are variants, picked by `seed` so that
a conversation does not repeat itself. A missing key or value is a KeyError: a test walks all of them.
"""

RU, EN = "ru", "en"

Texts = dict[str, tuple[str, ...]]  # locale → variants

CATALOGUE: dict[str, Texts] = {}


def say(key: str, locale: str = RU, *, seed: int = 0, **values: object) -> str:
    """The text of a key. `locale` other than ru and en reads as en; `seed` picks a variant."""
    texts = CATALOGUE[key]
    variants = texts[locale if locale in texts else EN]
    return variants[seed % len(variants)].format(**values)


def define(key: str, ru: str | tuple[str, ...], en: str | tuple[str, ...]) -> None:
    """Add a key to the catalogue; a second definition of the same key is a mistake."""
    if key in CATALOGUE:
        raise ValueError(f"words: {key!r} is defined twice")
    CATALOGUE[key] = {RU: (ru,) if isinstance(ru, str) else ru, EN: (en,) if isinstance(en, str) else en}
