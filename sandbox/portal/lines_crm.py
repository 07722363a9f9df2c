"""What an open line does to the CRM when a stranger writes (reference 5.8, 11.8 (64))."""

from __future__ import annotations

from typing import Any

from sandbox.portal import cards
from sandbox.portal.fields import CONTACT, DEAL, LEAD
from sandbox.portal.line_chats import Chat
from sandbox.portal.world import World

_SYSTEM = 0  # nobody acts: the line does


def bound(world: World, chat: Chat, user: dict[str, Any], create: str) -> dict[str, int]:
    """Whom the CRM knows by the user code, the phone or the e-mail; a stranger becomes a lead unless told otherwise."""
    found = _known(world, chat, user)
    if found:
        return found
    if create == "none":
        return {}
    type_id, kind = (DEAL, "DEAL") if create == "deal" else (LEAD, "LEAD")
    values: dict[str, Any] = {"TITLE": f"{chat.name} - Открытая линия", "SOURCE_ID": "WEB"}
    return {kind: cards.create(world, type_id, values, _SYSTEM).id}


def _known(world: World, chat: Chat, user: dict[str, Any]) -> dict[str, int]:
    codes = (chat.code, f"{chat.connector}|{chat.line}|{chat.external_chat}|{chat.external_user}")
    keys = [("IM", f"imol|{code}") for code in codes]
    keys += [(kind, str(user[part])) for kind, part in (("PHONE", "phone"), ("EMAIL", "email")) if user.get(part)]
    owners = {owner for kind, value in keys for owner in world.communications[cards.communication_key(kind, value)]}
    contacts = sorted(number for type_id, number in owners if type_id == CONTACT)
    if not contacts:
        return {}
    deals = [
        card.id
        for card in world.shelves[DEAL].cards.values()
        if contacts[0] in (cards.value_of(card, "CONTACT_IDS") or [cards.value_of(card, "CONTACT_ID")])
    ]
    return {"CONTACT": contacts[0]} | ({"DEAL": max(deals)} if deals else {})
