"""What the customer is told of their data, and what they agreed to.

The privacy line goes with the first reply. Journalled when it is written, before the card can be, and again when it was
said: a reply that a takeover struck was written and never said, so the next one of the assistant's carries it anew.
"""

from dataclasses import replace

from app.domain.decision import Fact
from app.domain.desk import Desk
from app.domain.mail import Fate, SendOutcome
from app.domain.ways import SMS
from app.domain.words import CATALOGUE, say

PRIVACY_VERSION = "2026-11"  # of the privacy line's words


def with_privacy_line(desk: Desk, text: str) -> str:
    """The reply, with the line where it was not said and does not wait to be sent."""
    if desk.c.privacy_said_at or desk.c.privacy_written_at:
        return text
    url = f" {desk.business.privacy_url}" if desk.business.privacy_url else ""
    desk.c = replace(desk.c, privacy_written_at=desk.now)
    _note(desk, "written")
    return f"{text}\n\n{say('privacy_line', desk.c.language, name=desk.business.name)}{url}"


def heard_outcome(desk: Desk, outcome: SendOutcome) -> None:
    """What became of a text that may have carried the line."""
    if outcome.via == SMS and not desk.c.privacy_said_at:
        unsaid(desk)  # its short form carries no line
    if desk.c.privacy_said_at or not _carries(desk, outcome.text):
        return
    if outcome.fate is Fate.SENT:
        desk.c = replace(desk.c, privacy_said_at=outcome.at)
        _note(desk, "said")
    else:
        unsaid(desk)


def unsaid(desk: Desk) -> None:
    """A person took over: what waited was struck. If it had left after all, its outcome still says so."""
    if desk.c.privacy_written_at and not desk.c.privacy_said_at:
        desk.c = replace(desk.c, privacy_written_at=None)
        _note(desk, "struck")


def _carries(desk: Desk, text: str) -> bool:
    lines = (say("privacy_line", locale, name=desk.business.name) for locale in CATALOGUE["privacy_line"])
    return any(line in text for line in lines)


def _note(desk: Desk, fate: str) -> None:
    values = {"what": "privacy_line", "version": PRIVACY_VERSION, "fate": fate}
    desk.facts.append(Fact(kind="consent", values=dict(values)))
