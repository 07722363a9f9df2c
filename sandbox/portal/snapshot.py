"""The portal as a page shows it: plain JSON."""

from __future__ import annotations

from itertools import islice
from typing import Any

from sandbox.portal.chats import person
from sandbox.portal.diary import day_view
from sandbox.portal.fields import CONTACT, DEAL, LEAD, UserField, show_item, show_moment
from sandbox.portal.lines import shown
from sandbox.portal.schema import schema
from sandbox.portal.shelf import Card
from sandbox.portal.world import World

NEWEST = 200


def snapshot(world: World, newest: int = NEWEST) -> dict[str, Any]:
    """`newest`: so many cards of each kind, and chats."""
    return {
        "now": show_moment(world.now(), world.zone),
        "users": [_user(world, number) for number in world.users],
        "deals": [_card(world, card) for card in _newest(world, DEAL, newest)],
        "leads": [_card(world, card) for card in _newest(world, LEAD, newest)],
        "contacts": [_card(world, card) for card in _newest(world, CONTACT, newest)],
        "stages": [
            {"entity": row.entity, "code": row.code, "name": row.name, "sort": row.sort, "semantics": row.semantics}
            for row in world.statuses.values()
            if row.entity == "STATUS" or row.entity.startswith("DEAL_STAGE")
        ],
        "pipelines": {number: row["name"] for number, row in world.categories.items()},
        "sources": {row.code: row.name for row in world.statuses.values() if row.entity == "SOURCE"},
        "fields": {row.name: _labels(row) for row in world.userfields.values() if row.entity == "CRM_DEAL"},
        "notifications": list(reversed(world.notifications.values())),
        "messages": list(reversed(world.messages.values())),
        "tasks": list(reversed(world.tasks.values())),
        "chats": [_chat(world, number) for number in islice(reversed(world.chats), newest)],
        "lines": shown(world),
        "connectors": [link for link, state in world.lines.links.items() if state.active],
        "diary": day_view(world),
        "counters": _counters(world),
    }


def where(world: World, words: str) -> dict[str, Any]:
    """Where these words stand, the newest first: deals with a comment of them, chats, dialogues of an open line."""
    deals = world.shelves[DEAL]
    commented = [number for number in reversed(deals.ids) if _commented(world, number, words)]
    return {
        "deals": [{"id": number, "origin": deals.cards[number].values.get("ORIGIN_ID")} for number in commented],
        "chats": [
            {"id": chat.id, "members": chat.members}
            for chat in reversed(world.chats.values())
            if any(words in row["text"] for row in chat.messages)
        ],
        "lines": [
            chat.id for chat in reversed(world.lines.chats.values()) if any(words in row.text for row in chat.messages)
        ],
    }


def _commented(world: World, deal: int, words: str) -> bool:
    return any(words in world.comments[number].text for number in world.comments_of.get((DEAL, deal), ()))


def _newest(world: World, type_id: int, newest: int) -> list[Card]:
    shelf = world.shelves[type_id]
    return [shelf.cards[number] for number in islice(reversed(shelf.ids), newest)]


def _labels(row: UserField) -> dict[str, str]:
    """Language → what the portal calls the field in a deal's form; empty for one that was given no label."""
    label = row.settings.get("EDIT_FORM_LABEL")
    return {str(language): str(name) for language, name in label.items()} if isinstance(label, dict) else {}


def _user(world: World, number: int) -> dict[str, Any]:
    user = world.users[number]
    return {"id": user.id, "name": f"{user.name} {user.last_name}", "position": user.position, "active": user.active}


def _card(world: World, card: Card) -> dict[str, Any]:
    """Old names, typed values, only what was set; its phones, comments and activities with it."""
    specs, zone = schema(world, card.type_id), world.zone
    held = {name: value for name, value in card.values.items() if value not in (None, "", []) and name in specs}
    shown: dict[str, Any] = {name: show_item(specs[name], value, zone) for name, value in held.items()}
    owner = (card.type_id, card.id)
    shown["MULTI"] = [{"kind": row.kind, "type": row.type, "value": row.value} for row in card.multi]
    shown["COMMENTS_LIST"] = [_comment(world, number) for number in world.comments_of.get(owner, ())]
    shown["ACTIVITIES"] = [world.activities[number] for number in world.activities_of.get(owner, ())]
    return shown


def _comment(world: World, number: int) -> dict[str, Any]:
    row = world.comments[number]
    created = show_moment(row.created, world.zone)
    return {"id": row.id, "author": row.author, "created": created, "text": row.text}


def _chat(world: World, number: int) -> dict[str, Any]:
    chat = world.chats[number]
    names = {str(author): person(world, author)["name"] for author in {row["author"] for row in chat.messages}}
    return {"id": number, "title": chat.title, "members": chat.members, "names": names, "messages": chat.messages}


def _counters(world: World) -> dict[str, int]:
    shelves = world.shelves
    counts = {"leads": len(shelves[LEAD]), "deals": len(shelves[DEAL]), "contacts": len(shelves[CONTACT])}
    counts |= {"comments": len(world.comments), "activities": len(world.activities), "tasks": len(world.tasks)}
    return counts | {"notifications": len(world.notifications), "pending_events": len(world.events.pending)}
