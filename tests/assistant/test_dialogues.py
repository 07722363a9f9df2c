"""Sixty customers from greeting to end: each ends as its script says, nothing is asked twice, nobody greeted twice."""

import json
import re
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.assistant.model import Model, ModelAccess
from app.assistant.rules import answer
from app.assistant.understand import Assistant
from app.domain.message import Kind
from app.profiles import load
from sandbox.faults import Fault
from sandbox.model import Model as Sandbox
from tests.assistant.player import Player, Understand, by_rules
from tests.serving import served

LINES = (Path(__file__).parents[1] / "data" / "dialogues" / "dialogues.jsonl").read_text(encoding="utf-8").splitlines()
DIALOGUES = [json.loads(line) for line in LINES]
BUSINESSES = {path.stem: load(path) for path in Path("profiles").glob("*.yaml")}
GREETING = re.compile(r"здравствуйте|привет|hello", re.IGNORECASE)
SPANS = {"m": "minutes", "h": "hours", "d": "days"}


def lasting(text: str) -> timedelta:
    return timedelta(**{SPANS[text[-1]]: int(text[:-1])})


async def played(script: dict[str, Any], understand: Understand = by_rules) -> tuple[Player, list[str]]:
    """The conversation and our texts, one for each of the customer's turns."""
    business = BUSINESSES[script["profile"]]
    now = datetime.fromisoformat(script["now"]).replace(tzinfo=ZoneInfo(business.zone))
    player, said, later = Player(business=business, now=now, understand=understand), list[str](), timedelta(minutes=1)
    for turn in script["turns"]:
        if isinstance(turn, dict) and "wait" in turn:
            later += lasting(turn["wait"])
            continue
        texts = turn if isinstance(turn, list) else [turn if isinstance(turn, str) else ""]
        kind = Kind(turn["kind"]) if isinstance(turn, dict) else Kind.TEXT
        file = turn.get("file", "") if isinstance(turn, dict) else ""
        said.append(await player.says(*texts, later=later, kind=kind, file=file))
        later = timedelta(minutes=1)
    return player, said


def ends(player: Player) -> dict[str, Any]:
    """What the script tells of the end: moments are local to the business."""
    conversation = player.conversation
    assert conversation is not None
    enquiry, zone = player.story.enquiry, ZoneInfo(player.business.zone)
    when = enquiry.when
    return {
        "intent": enquiry.intent,
        "services": list(enquiry.services),
        "when": [f"{at.astimezone(zone):%Y-%m-%dT%H:%M}" for at in (when.earliest, when.latest)] if when else None,
        "name": conversation.name,
        "phone": conversation.phone.number if conversation.phone else "",
        "owner": player.story.owner,
        "handed_over": enquiry.handed_over,
    }


def craft(player: Player, said: list[str]) -> list[str]:
    """What good manners forbid."""
    faults = []
    asked = [
        understood.asks for understood, reply in zip(player.understood, said, strict=True) if understood.asks and reply
    ]
    if len(asked) != len(set(asked)):
        faults.append(f"asked twice: {asked}")
    if sum(bool(GREETING.search(reply)) for reply in said) > 1:
        faults.append("greeted twice")
    faults += [f"several questions: {reply}" for reply in said if reply.count("?") > 1]
    faults += [f"repeats itself: {reply}" for before, reply in pairwise(said) if reply and before == reply]
    if not said[0]:
        faults.append("left the first words unanswered")
    return faults


def test_there_are_sixty_scripts_of_three_to_ten_turns() -> None:
    assert len({script["id"] for script in DIALOGUES}) >= 60
    assert all(3 <= len(script["turns"]) <= 10 or isinstance(script["turns"][0], list) for script in DIALOGUES)


@pytest.mark.parametrize("script", DIALOGUES, ids=lambda script: script["id"])
async def test_a_dialogue_ends_as_its_script_says(script: dict[str, Any]) -> None:
    player, said = await played(script)
    end = ends(player)
    assert script["end"] == {name: end[name] for name in script["end"]}
    assert [] == craft(player, said)


async def test_what_the_rules_say_claims_no_booking() -> None:
    for script in DIALOGUES:
        player, said = await played(script)
        for reply in said:
            assert not re.search(r"(?<!не )записал|забронир|вы записаны|ждём (?:вас|тебя) \w|booked", reply.lower()), (
                reply
            )
        assert all(not understood.guards for understood in player.understood)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["lie", "obey", "garbage"])
async def test_a_dialogue_keeps_its_manners_beside_a_bad_model(kind: str) -> None:
    """What such a model says is replaced; the facts of the card stay the customer's own."""
    sandbox = Sandbox()
    sandbox.faults.set(Fault(kind=kind))  # type: ignore[arg-type]
    with served(sandbox.app) as url:
        access = ModelAccess(name="model", base_url=f"{url}/v1", api_key="key", model="sandbox-small")
        assistant = Assistant(models=[Model(access)], rules=answer, privacy="tokens", budget_seconds=10)
        for script in DIALOGUES:
            player, said = await played(script, assistant.understand)
            end = ends(player)
            assert script["end"]["phone"] == end["phone"]
            assert not any("777" in reply or "07:07" in reply for reply in said)
        await assistant.aclose()
