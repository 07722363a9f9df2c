"""A rehearsal before it begins: mistakes in one line, planted faults all at once, the real portal only after a yes."""

from pathlib import Path
from typing import Any

import pytest

import app.assistant.rules.phrases  # noqa: F401 - fills the catalogue
from app.domain.words import CATALOGUE, RU
from app.flow import rehearse
from app.flow.rehearse.customers import asks_when
from app.flow.rehearse.options import Wrong, keep, wish
from app.flow.rehearse.report import lines
from app.settings import Settings, SettingsError
from tests.flow.ops_house import PROFILE, ROOT, opened_house

PLAIN: dict[str, Any] = {
    "profile": PROFILE, "messages": 5, "seed": 1, "first_day": None, "portal": "sandbox", "yes": False,
}  # fmt: skip
CLINIC = ROOT / "profiles" / "clinic.yaml"
WEBHOOK = "https://nothing.example/rest/1/secret-code/"


@pytest.fixture(autouse=True)
def _bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither settings nor a .env."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.variables():
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("key", ["ask_when", "ask_when_friendly", "ask_time", "ask_time_friendly"])
def test_whoever_is_asked_for_a_time_hears_it_in_whatever_words(key: str) -> None:
    """A customer who only understood one of two wordings was left without an answer, and the move was a person's."""
    assert all(asks_when(text) for text in CATALOGUE[key][RU])


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"profile": Path("absent.yaml")}, "--profile 'absent.yaml': no such file, expected the path"),
        ({"profile": None}, "PROFILE: not set, expected the path"),
        ({"portal": "reel"}, "--portal 'reel': expected sandbox or real"),
        ({"portal": "real", "yes": True}, "--portal real: BITRIX_WEBHOOK_URL is not set"),
    ],
)
def test_a_mistake_is_one_line(changed: dict[str, Any], expected: str) -> None:
    with pytest.raises((Wrong, SettingsError)) as told:
        wish(**(PLAIN | changed))
    assert str(told.value).startswith(expected)
    assert "\n" not in str(told.value)


def test_the_real_portal_needs_a_yes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROFILE", str(PROFILE))
    monkeypatch.setenv("BITRIX_WEBHOOK_URL", WEBHOOK)
    with pytest.raises(Wrong, match="say --yes") as told:
        wish(**(PLAIN | {"portal": "real"}))
    assert "secret-code" not in str(told.value)
    said = wish(**(PLAIN | {"portal": "real", "yes": True, "profile": None}))
    assert (True, WEBHOOK, PROFILE) == (said.real, said.portal_url, said.profile)


def test_a_page_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(Wrong, match="expected a file that can be written"):
        keep(tmp_path / "no" / "report.html", "text")


async def test_a_file_that_is_no_profile_is_told_line_by_line(tmp_path: Path) -> None:
    profile = tmp_path / "bad.yaml"
    profile.write_text("business: {name: Нева}\n", encoding="utf-8")
    report = await rehearse.run(rehearse.Wish(profile=profile))
    assert not report.is_ready
    assert any("hours: found «nothing», expected this key" in line for line in lines(report))


async def test_planted_faults_are_all_named_with_their_cure(tmp_path: Path) -> None:
    text = CLINIC.read_text(encoding="utf-8")
    text = text.replace("{department: Администраторы}", "{department: Ресепшен}")  # nobody on shift
    text = text.replace("clock: working_hours", "clock: always")  # closed on Sundays
    text = text.replace('{user: head, telegram: "500000001"}', "{user: head}")  # and no such department has a head
    text = text.replace("[ivanova]", "[ivanov]")
    text += "crm: {stages: {won: C9:GONE}}\n"
    profile = tmp_path / "faulty.yaml"
    profile.write_text(text, encoding="utf-8")
    async with opened_house(tmp_path) as house:
        report = await rehearse.run(rehearse.Wish(profile=profile, portal_url=f"{house.url}/rest/1/sandbox/"))
    told = list(lines(report))
    for place, cure in {
        "team.managers": "team.managers: {department: Администраторы}",
        "sla.clock": "sla.clock: working_hours",
        "team.supervisor": "team.supervisor.telegram",
        "crm.stages.won": "уберите строку из профиля",
        "services[0].resources[0]": "did you mean «ivanova»?",
    }.items():
        assert any(place in line and cure in line for line in told), (place, told)
    assert "НЕ ГОТОВ. Причин: 5." in told
