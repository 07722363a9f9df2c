"""What people read in the card: no word of ours that only a program knows."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from app.channels import CHANNELS
from app.crm import FIELDS, Crm, ad_source
from app.domain.card import Card, Verdict
from app.domain.message import Source
from app.domain.qualification import Heat
from app.domain.scheme import Scheme
from bitrix import Client, LocalPace, WebhookAccess
from tests.flow.ops_house import SALON

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
SCHEME = Scheme(fields={word: word for word in FIELDS})
MACHINE = re.compile(r"[a-z]+(_[a-z]+)*")  # `telegram`, `in_work`
KINDS = ("start", "ad", "link", "utm", "comment", "page")


def card(**fields: Any) -> Card:
    plain = {"id": "te-1-1", "person_id": "p-1", "conversation_id": "te-1", "channel": "telegram", "title": "x"}
    return Card(**(plain | {"opened_at": AT} | fields))


def shown(wanted: Card, locale: str = "ru") -> dict[str, str]:
    """Our word of each text field of the deal → what stands in it."""
    business = replace(SALON, locale=locale)
    values = Crm(Client(WebhookAccess("http://127.0.0.1/rest/1/x/"), pace=LocalPace()), business).deal_values(
        wanted, SCHEME
    )
    return {word: values[word] for word, row in FIELDS.items() if row[1] == "string" and word != "state"}


@pytest.mark.parametrize("channel", sorted(CHANNELS))
@pytest.mark.parametrize("heat", list(Heat))
@pytest.mark.parametrize("verdict", list(Verdict))
def test_no_field_of_the_deal_holds_a_machines_word(channel: str, heat: Heat, verdict: Verdict) -> None:
    fields = shown(card(channel=channel, sla_class=heat, verdict=verdict, source=Source(kind="ad")))
    assert {} == {word: value for word, value in fields.items() if MACHINE.fullmatch(value)}


def test_the_channel_is_named_in_the_businesss_language() -> None:
    assert "Telegram" == shown(card())["channel"]
    assert "Сайт" == shown(card(channel="site"))["channel"]
    assert "Site" == shown(card(channel="site"), "en")["channel"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_source_of_which_only_the_kind_is_known_is_told_in_words(kind: str) -> None:
    found = ad_source(card(source=Source(kind=kind)), "ru")
    assert re.search("[а-я]", found)
    assert "vk / лето" == ad_source(card(source=Source(kind=kind, utm_source="vk", utm_campaign="лето")), "ru")
