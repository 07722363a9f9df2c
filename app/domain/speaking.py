"""One text to the customer, with what the first one must carry; and the request for a person."""

from collections.abc import Sequence
from dataclasses import replace

from app.domain import consent, telling
from app.domain.brief import brief_of
from app.domain.card import Stage
from app.domain.conversation import HISTORY, Owner
from app.domain.decision import Out
from app.domain.desk import Desk
from app.domain.mail import OutKind
from app.domain.message import Button, OutboundMessage


def speak(
    desk: Desk,
    kind: OutKind,
    text: str,
    *,
    buttons: Sequence[Button] = (),
    asks: str = "",
    remembered: str = "",
    about: str = "",
) -> None:
    """Into the outbox. `remembered`: what the assistant is shown of it later, if not the whole."""
    said = consent.with_privacy_line(desk, text)
    message = OutboundMessage(text=said, buttons=tuple(buttons), ask_phone=asks == "phone", about=about)
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
    desk.line(desk.now, "brief", brief_of(desk.c, desk.business))
    telling.ask(desk, f"handoff:{reason}@{desk.now.timestamp():.0f}", "notice_handoff", reason)
