"""Settings: what the environment may say, what it may not, and that .env.example says the same."""

import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.settings import PLACEHOLDER, Room, Settings, SettingsError

EXAMPLE = re.compile(r"((?:^# (?![A-Z0-9_]+=).+\n)*)^(?:# )?([A-Z][A-Z0-9_]+)=(.*)$", re.MULTILINE)


@pytest.fixture(autouse=True)
def only_a_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.variables():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PROFILE", "profiles/salon.yaml")


def load(tmp_path: Path, **values: str) -> Settings:
    """From a `.env` file with these lines."""
    file = tmp_path / ".env"
    file.write_text("".join(f"{name}={value}\n" for name, value in values.items()))
    return Settings.load(file)


def problems(tmp_path: Path, **values: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, **values)
    return str(caught.value).splitlines()


@pytest.fixture
def examples(repository: Path) -> dict[str, tuple[str, str]]:
    """Of .env.example: variable → (its comment, its example)."""
    found = EXAMPLE.findall((repository / ".env.example").read_text())
    assert len(found) == len({name for _, name, _ in found}), "a variable stands there twice"
    return {name: (comment, value) for comment, name, value in found}


def rooms() -> list[type[Room]]:
    return [field.annotation for field in Settings.model_fields.values() if field.annotation]


def test_every_setting_stands_in_the_example_and_nothing_else(examples: dict[str, tuple[str, str]]) -> None:
    assert set(examples) == Settings.variables()


def test_the_example_gives_every_default_as_it_is(examples: dict[str, tuple[str, str]]) -> None:
    defaults = [
        (str(field.validation_alias), str(field.default).removeprefix("False") or "false")
        for room in rooms()
        for field in room.model_fields.values()
        if field.default not in (None, "", ()) and not field.is_required()
    ]
    assert len(defaults) > 10
    assert [(name, value) for name, value in defaults if f"Default: {value}" not in examples[name][0]] == []


def test_nothing_that_opens_a_door_can_be_copied_unchanged(examples: dict[str, tuple[str, str]]) -> None:
    opening = {room._variable(name) for room in rooms() for name in room.needs}
    secret = {
        str(field.validation_alias)
        for room in rooms()
        for field in room.model_fields.values()
        if "SecretStr" in repr(field.annotation) and not str(field.validation_alias).endswith("_PROXY")
    }
    assert sorted(name for name in opening | secret if PLACEHOLDER not in examples[name][1]) == []


def test_every_example_filled_in_is_accepted(tmp_path: Path, examples: dict[str, tuple[str, str]]) -> None:
    authority = tmp_path / "own-ca.pem"
    authority.touch()
    filled = {name: value.replace(PLACEHOLDER, "a" * 40) for name, (_, value) in examples.items()}
    settings = load(tmp_path, **{n: str(authority) if n.endswith("_CA_BUNDLE") else v for n, v in filled.items()})
    assert [room.missing() for _, room in settings] == [()] * 10


def test_a_placeholder_stops_the_start_with_a_line_each(tmp_path: Path, examples: dict[str, tuple[str, str]]) -> None:
    kept = {name: value for name, (_, value) in examples.items() if PLACEHOLDER in value}
    lines = problems(tmp_path, **kept)
    assert set(kept) == {line.partition(":")[0] for line in lines}
    assert all("still the placeholder of .env.example" in line for line in lines)


def test_with_a_profile_alone_every_door_is_closed(tmp_path: Path) -> None:
    settings = load(tmp_path)
    doors = (settings.telegram, settings.whatsapp, settings.instagram, settings.site, settings.model, settings.portal)
    assert all(door.is_untouched and not door.is_open and door.missing() for door in doors)


def test_a_profile_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PROFILE")
    assert problems(tmp_path) == ["PROFILE: not set, expected the path of a business's file; `otklik init` writes one"]


def test_the_environment_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_LEVEL", "warning")
    assert load(tmp_path, LOG_LEVEL="debug").general.log_level == "warning"


def test_an_empty_variable_closes_the_door_that_the_file_opens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "")
    settings = load(tmp_path, TELEGRAM_BOT_TOKEN="1:a", TELEGRAM_WEBHOOK_SECRET="abc")
    assert settings.telegram.missing() == ("TELEGRAM_BOT_TOKEN",)


def test_a_half_open_door_names_what_is_missing(tmp_path: Path) -> None:
    settings = load(tmp_path, WHATSAPP_ACCESS_TOKEN="a", BITRIX_DOMAIN="salon.bitrix24.ru")
    assert settings.whatsapp.missing() == ("WHATSAPP_PHONE_NUMBER_ID", "WHATSAPP_APP_SECRET", "WHATSAPP_VERIFY_TOKEN")
    assert settings.portal.missing() == ("BITRIX_CLIENT_ID", "BITRIX_CLIENT_SECRET")
    assert not settings.whatsapp.is_untouched
    assert not settings.portal.is_untouched


def test_several_values_are_separated_by_commas(tmp_path: Path) -> None:
    settings = load(
        tmp_path, INSTAGRAM_APP_SECRET="one, two,", WIDGET_ORIGINS="https://A.example,https://b.example:8443"
    )
    assert settings.instagram.app_secrets == (SecretStr("one"), SecretStr("two"))
    assert settings.site.widget_origins == ("https://a.example", "https://b.example:8443")


def test_one_graph_address_serves_whatsapp_and_instagram(tmp_path: Path) -> None:
    settings = load(tmp_path, GRAPH_API_URL="https://relay.example/meta/")
    assert settings.whatsapp.api_url == settings.instagram.api_url == "https://relay.example/meta"


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("PRIVACY", "none", "'tokens' or 'local'"),
        ("SANDBOX", "perhaps", "boolean"),
        ("LOG_LEVEL", "loud", "'debug', 'info', 'warning' or 'error'"),
        ("MODEL_BUDGET_SECONDS", "30", "less than or equal to 4.5"),
        ("MODEL_BUDGET_SECONDS", "0", "greater than 0"),
        ("PUBLIC_URL", "http://otklik.example", "https"),
        ("BITRIX_DOMAIN", "https://salon.bitrix24.ru", "without https://"),
        ("BITRIX_CA_BUNDLE", "nowhere.pem", "PEM file that exists"),
        ("TELEGRAM_API_URL", "api.telegram.org", "an address such as"),
        ("TELEGRAM_API_URL", "http://[::1", "an address such as"),
        ("WIDGET_ORIGINS", "https://salon.example/chat", "without a path"),
    ],
)
def test_a_wrong_value_is_named_with_what_was_expected(
    tmp_path: Path, variable: str, value: str, expected: str
) -> None:
    (line,) = problems(tmp_path, **{variable: value})
    assert line.startswith(f"{variable}: found '{value}'; expected ")
    assert expected in line


@pytest.mark.parametrize(
    ("variable", "expected"),
    [
        ("TELEGRAM_BOT_TOKEN", "<number>:<letters>"),
        ("TELEGRAM_WEBHOOK_SECRET", "A-Z a-z 0-9 _ -"),
        ("BITRIX_WEBHOOK_URL", "/rest/<user>/<code>/"),
        ("DASHBOARD_TOKEN", "at least 16 characters"),
        ("SECRET_KEY", "at least 32 characters"),
        ("SITE_WEBHOOK_SECRET", "at least 16 characters"),
        ("REDIS_URL", "redis://"),
    ],
)
def test_a_wrong_secret_is_named_and_never_shown(tmp_path: Path, variable: str, expected: str) -> None:
    (line,) = problems(tmp_path, **{variable: "hush hush"})
    assert line.startswith(f"{variable}: ")
    assert expected in line
    assert "hush" not in line


def test_tokens_that_fit_no_account_are_refused(tmp_path: Path) -> None:
    (line,) = problems(tmp_path, WHATSAPP_ACCESS_TOKEN="a,b", WHATSAPP_PHONE_NUMBER_ID="1,2,3")
    assert "one token for all or one for each: 2 tokens, 3 ids" in line


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    lines = problems(tmp_path, PRIVACY="none", TELEGRAM_BOT_TOKEN="x", OPENAI_BASE_URL="x")
    assert {"PRIVACY", "TELEGRAM_BOT_TOKEN", "OPENAI_BASE_URL"} == {line.partition(":")[0] for line in lines}


def test_a_misspelt_name_in_the_file_is_not_passed_over(tmp_path: Path) -> None:
    (line,) = problems(tmp_path, TELEGRAM_BOT_TOKN="1:a", COMPOSE_PROJECT_NAME="otklik")
    assert line.startswith("TELEGRAM_BOT_TOKN: ")
    assert line.endswith("did you mean TELEGRAM_BOT_TOKEN?")


def test_no_secret_shows_when_the_settings_are_printed(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        TELEGRAM_BOT_TOKEN="1:hush",
        WHATSAPP_ACCESS_TOKEN="hush,hush",
        BITRIX_WEBHOOK_URL="https://salon.bitrix24.ru/rest/1/hush/",
        OPENAI_PROXY="http://user:hush@127.0.0.1:3128",
        REDIS_URL="redis://:hush@127.0.0.1:6379/0",
    )
    assert "hush" not in repr(settings) + str(settings) + settings.model_dump_json()


def test_the_portals_webhook_ends_with_one_slash(tmp_path: Path) -> None:
    settings = load(tmp_path, BITRIX_WEBHOOK_URL="https://salon.bitrix24.ru/rest/1/code")
    assert settings.portal.webhook_url == SecretStr("https://salon.bitrix24.ru/rest/1/code/")
    assert settings.portal.is_open
