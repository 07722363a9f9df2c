"""`otklik replay`: shows the dead letters and puts those on their way again that can go.

A `register` letter is a card that the portal refused twice, a `task` letter a task that it refused: once the cause is
cured, it goes again. So does, of any step, what raised whenever it ran; but not a command for the diary, whose customer
was handed to a person. An `answer` letter tells of a batch that ended its workers (a person was asked at once), a
`send` letter of an account in trouble (the text did not leave, and the card shows it): both are only read, and removed
by hand once they are understood.
"""

import orjson

import app.flow.replay_texts  # noqa: F401 - fills the catalogue
from app.domain.words import say
from app.runtime import Runtime
from app.store import codec, keys
from app.store.dead_letters import DeadLetter

REGISTER, TASK = "register", "task"
FAILURE = ("dead", "told", "failures")  # of what register writes beside a card (flow/register.py)


async def letters(runtime: Runtime) -> list[DeadLetter]:
    """Oldest first."""
    return await runtime.dead_letters.all()


async def replay(runtime: Runtime, letter_id: str | None = None) -> int:
    """Put one letter, or all that can go, on their way again. Returns how many went; a second time none does."""
    found = [letter for letter in await letters(runtime) if letter_id in (None, letter.id)]
    return sum([await _replayed(runtime, letter) for letter in found if can_go(letter)])


async def remove(runtime: Runtime, letter_id: str) -> bool:
    """Take a letter away that was understood. False: there is none of that id."""
    return await runtime.dead_letters.remove(letter_id)


def can_go(letter: DeadLetter) -> bool:
    if _is_parked(letter):
        return bool(letter.letter["stream"] != keys.BOOK)
    return letter.letter.get("step") in (REGISTER, TASK)


def _is_parked(letter: DeadLetter) -> bool:
    return "stream" in letter.letter


def line(letter: DeadLetter, locale: str = "ru") -> str:
    """One letter for a terminal: its id, what happened, what helps. Holds no text of a customer."""
    step = str(letter.letter.get("step", ""))
    reason = letter.letter.get("detail") or letter.letter.get("reason") or letter.letter.get("tries", "")
    known = "parked" if _is_parked(letter) else step if step in (REGISTER, TASK, "answer", "send") else "other"
    return say(f"replay_{known}", locale, id=letter.id, conversation=letter.conversation_id, reason=reason, step=step)


async def _replayed(runtime: Runtime, letter: DeadLetter) -> bool:
    """Of a card compare and set: a worker may be writing it."""
    if _is_parked(letter):
        return await runtime.dead_letters.unpark(letter)
    written, outcome = "", "changed"
    while outcome == "changed":
        words = (letter.id, letter.conversation_id, str(letter.letter["person"]), written, _forgiven(letter, written))
        outcome, written = await runtime.link.run("replay", *words)
    return bool(outcome == "replayed")


def _forgiven(letter: DeadLetter, written: str) -> str:
    kept = orjson.loads(written or "{}")
    if letter.letter["step"] == TASK:
        kept["notices"] = [notice for notice in kept.get("notices", ()) if notice != letter.letter["notice"]]
    else:
        kept = {name: value for name, value in kept.items() if name not in FAILURE}
    return codec.to_json(kept)
