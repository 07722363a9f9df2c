"""One text to the customer, with what the first one must carry; and the request for a person."""

from collections.abc import Sequence
from dataclasses import replace

from app.domain import telling
from app.domain.card import Stage
from app.domain.conversation import HISTORY, Owner
from app.domain.decision import Fact, Out
from app.domain.desk import Desk
from app.domain.mail import OutKind
from app.domain.message import Button, OutboundMessage
from app.domain.words import say

PRIVACY_VERSION = "2026-11"  # of the privacy line; journalled with the moment it was said


def speak(
    desk: Desk, kind: OutKind, text: str, *, buttons: Sequence[Button] = (), asks: str = "", remembered: str = ""
) -> None:
    """Into the outbox. `remembered`: what the assistant is shown of it later, if not the whole."""
    said = text
    if desk.c.privacy_said_at is None:
        said = f"{text}\n\n{_privacy_line(desk)}"
        desk.c = replace(desk.c, privacy_said_at=desk.now)
        desk.facts.append(Fact(kind="consent", values={"what": "privacy_line", "version": PRIVACY_VERSION}))
    message = OutboundMessage(text=said, buttons=tuple(buttons), ask_phone=asks == "phone")
    desk.outs.append(Out(kind=kind, message=message))
    desk.c = replace(
        desk.c,
        greeted=True,
        asked=(*desk.c.asked, asks)[-8:] if asks else desk.c.asked,
        history=(*desk.c.history, ("assistant", remembered or text))[-2 * HISTORY :],
    )


def hand_over(desk: Desk, reason: str) -> None:
    """A person is asked. `reason`: a word with a `reason_…` in the catalogue."""
    if not reason or desk.owner is Owner.PERSON:
        return
    desk.change(handed_over=reason)
    desk.move(Stage.WAITING)
    telling.ask(desk, f"handoff:{reason}@{desk.now.timestamp():.0f}", "notice_handoff", reason)


def _privacy_line(desk: Desk) -> str:
    url = f" {desk.business.privacy_url}" if desk.business.privacy_url else ""
    return say("privacy_line", desk.c.language, name=desk.business.name) + url
