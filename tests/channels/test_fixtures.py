"""Every fixture of every channel: what arrives becomes what its .expected.json says, what we send is exact."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.channels.base import Response
from app.domain import failures
from app.domain.message import Address, Attachment, Button, OutboundMessage, Span, Style, Template
from tests.channels.cases import APP_CHANNELS, SETTINGS, channel_of, dump, request_of

SAMPLES = Path(__file__).parents[1] / "data" / "payloads"
EXPECTED = sorted(APP_CHANNELS.glob("*/fixtures/*.expected.json"))
SENDS = sorted(APP_CHANNELS.glob("*/fixtures/send/*.json"))


def payload_of(expected: Path) -> Any:
    """A capture of our own stands beside its expected result; the shared samples have one copy, in tests/data."""
    name = expected.name.replace(".expected", "")
    own = expected.with_name(name)
    sample = SAMPLES / expected.parts[-3] / name
    return json.loads((own if own.exists() else sample).read_text())


def label(path: Path) -> str:
    return f"{path.relative_to(APP_CHANNELS).parts[0]}-{path.name.removesuffix('.json').removesuffix('.expected')}"


@pytest.mark.parametrize("case", EXPECTED, ids=label)
def test_payload_is_normalised(case: Path) -> None:
    name = case.parts[-3]
    channel, webhook = channel_of(name), request_of(name, payload_of(case))
    channel.verify(webhook)
    assert json.loads(case.read_text()) == dump(channel.parse(webhook))


def test_every_sample_of_our_channels_has_its_expected_result() -> None:
    samples = {f"{name}/{path.name}" for name in SETTINGS for path in (SAMPLES / name).glob("*.json")}
    judged = {f"{path.parts[-3]}/{path.name.replace('.expected', '')}" for path in EXPECTED}
    handshakes = {"whatsapp/26_verify_get.json"}
    assert handshakes == samples - judged


def test_every_capture_of_our_own_has_its_expected_result() -> None:
    captures = {p for p in APP_CHANNELS.glob("*/fixtures/*.json") if ".expected" not in p.name}
    assert set() == {p for p in captures if not p.with_suffix(".expected.json").exists()}


@pytest.mark.parametrize("case", SENDS, ids=label)
def test_reply_is_rendered_and_the_answer_is_read(case: Path) -> None:
    said = json.loads(case.read_text())
    channel = channel_of(case.parts[-4], **said.get("settings", {}))
    if "render" in said:
        request = channel.render(message_of(said["render"]["message"]), Address(**said["render"]["to"]))
        assert said["render"]["request"] == {
            key: value
            for key, value in {
                "method": request.method,
                "url": request.url,
                "headers": dict(request.headers),
                "json": request.json,
            }.items()
            if value
        }
    for answer in said.get("read", []):
        response = Response(
            status=answer["status"],
            headers=answer.get("headers", {}),
            body=answer["raw"].encode() if "raw" in answer else json.dumps(answer["body"]).encode(),
        )
        assert answer["becomes"] == outcome(channel, response)


def message_of(said: dict[str, Any]) -> OutboundMessage:
    template = said.get("template")
    return OutboundMessage(
        text=said.get("text", ""),
        buttons=tuple(Button(**button) for button in said.get("buttons", [])),
        ask_phone=said.get("ask_phone", False),
        template=Template(**{**template, "values": tuple(template["values"])}) if template else None,
        spans=tuple(Span(**{**span, "style": Style(span["style"])}) for span in said.get("spans", [])),
        file=Attachment(**said["file"]) if "file" in said else None,
    )


def outcome(channel: Any, response: Response) -> Any:
    try:
        return channel.read(response)
    except failures.Failure as failure:
        found: dict[str, Any] = {"failure": type(failure).__name__, "executed": failure.executed}
        if isinstance(failure, failures.Refused):
            found["reason"] = failure.reason
        if isinstance(failure.retry_after, timedelta):
            found["retry_after_seconds"] = failure.retry_after.total_seconds()
        return found
