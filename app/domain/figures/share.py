"""A share as people read it."""

NO_BREAK = "\u00a0"


def percent(ratio: float | None, locale: str) -> str:
    """`73,3 %` in Russian, `73.3%` elsewhere; a whole one without decimals, «–» for none."""
    if ratio is None:
        return "–"
    text = f"{100 * ratio:.1f}".removesuffix(".0")
    return f"{text.replace('.', ',')}{NO_BREAK}%" if locale == "ru" else f"{text}%"
