"""Word lists as people read them: one string, words apart by spaces."""


def wordlist(text: str) -> tuple[str, ...]:
    return tuple(text.split())
