"""A person who works in the portal by hand: same effects and events as the real screen (reference 11.6 (54))."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Literal

from pydantic import BaseModel, Field

from sandbox.portal import cards
from sandbox.portal.errors import RestError, not_found
from sandbox.portal.fields import DEAL, NAMES, show_moment
from sandbox.portal.legacy import old_values
from sandbox.portal.shelf import Card
from sandbox.portal.timeline import add_activity, add_comment
from sandbox.portal.world import World

_TYPES = {name: number for number, name in NAMES.items()}


class Deed(BaseModel):
    """What a person does to a card."""

    user: int
    do: Literal["comment", "move_stage", "assign", "edit", "delete", "won", "lost", "call", "miss_call"]
    entity: Literal["lead", "deal", "contact"] = "deal"
    id: int
    text: str = ""
    stage: str = ""
    to: int = Field(default=0, description="the new responsible person of `assign`")
    fields: dict[str, Any] = Field(default_factory=dict, description="of `edit`, by old names")
    seconds: int = Field(default=60, ge=0, description="how long the outgoing `call` lasted; 0: nobody took it")


def perform(world: World, deed: Deed) -> dict[str, Any]:
    type_id = _TYPES[deed.entity]
    card = world.shelves[type_id].cards.get(deed.id)
    if card is None:
        raise not_found()
    if deed.user not in world.users:
        raise RestError("", f"There is no user {deed.user}")
    if deed.do == "comment":
        return {"comment": add_comment(world, type_id, card.id, deed.user, deed.text, by=deed.user).id}
    if deed.do == "delete":
        cards.delete(world, card, deed.user)
        return {"deleted": card.id}
    if deed.do in ("call", "miss_call"):
        return {"activity": _call(world, card, deed)}
    return {"changed": cards.update(world, card, _changes(world, card, deed), deed.user)}


def _call(world: World, card: Card, deed: Deed) -> int:
    """A call of the portal's own telephony: an activity on the card, then the event of its end (9.1, 11.10 (80))."""
    missed = deed.do == "miss_call"
    ended = world.now()
    began = ended - timedelta(seconds=0 if missed else deed.seconds)
    row = {"PROVIDER_ID": "VOXIMPLANT_CALL", "PROVIDER_TYPE_ID": "CALL", "TYPE_ID": "2"}
    row |= {"SUBJECT": "Входящий звонок" if missed else "Исходящий звонок", "DIRECTION": "1" if missed else "2"}
    row |= {"COMPLETED": "N" if missed else "Y", "RESPONSIBLE_ID": str(deed.user), "DESCRIPTION": deed.text}
    row |= {"START_TIME": show_moment(began, world.zone) or "", "END_TIME": show_moment(ended, world.zone) or ""}
    number = add_activity(world, card.type_id, card.id, row, deed.user)
    code = "304" if missed else "200" if deed.seconds else "603"
    data = {"CALL_ID": f"call.{number}", "CALL_TYPE": 2 if missed else 1, "PORTAL_USER_ID": deed.user}
    data |= {"CALL_DURATION": 0 if missed else deed.seconds, "CALL_FAILED_CODE": code, "CRM_ACTIVITY_ID": number}
    world.events.emit(world, "ONVOXIMPLANTCALLEND", data | {"CALL_START_DATE": row["START_TIME"]}, deed.user)
    return number


def _changes(world: World, card: Card, deed: Deed) -> dict[str, Any]:
    if deed.do == "assign":
        return {"ASSIGNED_BY_ID": deed.to}
    if deed.do == "edit":
        return old_values(world, card.type_id, deed.fields)
    if deed.do == "move_stage":
        stage = deed.stage
    else:
        stage = cards.stage_by_meaning(world, card, "S" if deed.do == "won" else "F")
    category = cards.value_of(card, "CATEGORY_ID") if card.type_id == DEAL else 0
    if (cards.stage_entity(card.type_id, category or 0), stage) not in world.stages:
        raise RestError("", f"There is no stage {stage!r} in this pipeline")
    return {cards.STAGE[card.type_id]: stage}
