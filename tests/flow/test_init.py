"""`otklik init`: what ten answers become."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from app.domain.words import CATALOGUE
from app.flow import init
from app.profiles import load
from app.settings import Settings

ANSWERS = {
    "1/10": "1",
    "2/10": "Салон «Нева»",
    "3/10": "Казань",
    "4/10": "10-21",
    "5/10": "11-20 / выходной",
    "6/10": "Маникюр, 90 мин, 2500; Стрижка, 1 ч, от 2 200 ₽",
    "7/10": "telegram, site",
    "8/10": "https://neva.bitrix24.ru/rest/1/abcdef123",
    "9/10": "",
    "10/10": "5 500000001",
}


class Person:
    """Answers by the question's number; several answers to one question are given one after another."""

    def __init__(self, **answers: str | list[str]) -> None:
        self.asked: list[str] = []
        self.answers: dict[str, list[str]] = {number: [text] for number, text in ANSWERS.items()}
        for number, said in answers.items():
            self.answers[f"{number[1:]}/10" if number.startswith("q") else number] = (
                [said] if isinstance(said, str) else list(said)
            )

    def __call__(self, question: str) -> str:
        self.asked.append(question)
        number = question.splitlines()[-1].partition(".")[0]
        return self.answers[number if number in self.answers else "overwrite"].pop(0)


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.variables():
        monkeypatch.delenv(name, raising=False)


def run(person: Person, folder: Path, locale: str = "ru") -> str:
    told: list[str] = []
    init.run(folder / "profiles/neva.yaml", folder / ".env", ask=person, tell=told.append, locale=locale)
    return "\n".join(told)


def written(folder: Path) -> Path:
    (profile,) = (folder / "profiles").glob("*.yaml")
    return profile


def test_it_asks_ten_questions(tmp_path: Path) -> None:
    person = Person()
    run(person, tmp_path)
    assert [question.partition("/10")[0] for question in person.asked] == [str(number) for number in range(1, 11)]


def test_the_profile_it_writes_is_a_business(tmp_path: Path) -> None:
    run(Person(), tmp_path)
    business = load(written(tmp_path))
    assert (business.name, business.kind, business.city, business.zone) == (
        "Салон «Нева»",
        "salon",
        "Казань",
        "Europe/Moscow",
    )
    manicure, haircut = business.services
    assert (manicure.id, manicure.duration, manicure.price.amount) == ("manikyur", timedelta(minutes=90), 2500)
    assert (haircut.duration, haircut.price.amount, haircut.price.starts_from) == (timedelta(hours=1), 2200, True)
    assert (business.team.users, business.team.supervisor.user, business.team.supervisor.telegram) == (
        (5,),
        5,
        "500000001",
    )


def test_its_hours_are_the_ones_that_were_named(tmp_path: Path) -> None:
    run(Person(), tmp_path)
    shifts = load(written(tmp_path)).calendar.shifts_after(datetime(2026, 11, 20, 12, 0, tzinfo=UTC))  # Friday 15:00
    friday, saturday, monday = (next(shifts) for _ in range(3))
    assert friday[1] == datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
    assert saturday == (datetime(2026, 11, 21, 8, 0, tzinfo=UTC), datetime(2026, 11, 21, 17, 0, tzinfo=UTC))
    assert monday[0] == datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize("host", ["salon.bitrix24.ru", "https://salon.bitrix24.ru/"])
def test_host_of_a_portal_prepares_a_local_application(tmp_path: Path, host: str) -> None:
    told = run(Person(q8=host), tmp_path)
    settings = Settings.load(tmp_path / ".env")
    assert "salon.bitrix24.ru" == settings.portal.domain
    assert ("BITRIX_CLIENT_ID", "BITRIX_CLIENT_SECRET") == settings.portal.missing()
    assert settings.general.secret_key is not None
    assert "/bitrix/install" in told


def test_the_settings_it_writes_open_what_was_answered_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(Person(), tmp_path)
    settings = Settings.load(tmp_path / ".env")
    assert tmp_path / settings.general.profile == written(tmp_path)
    assert settings.portal.is_open
    assert settings.site.is_open
    assert settings.telegram.missing() == ("TELEGRAM_BOT_TOKEN",)
    assert settings.whatsapp.is_untouched
    assert settings.model.is_untouched


def test_secrets_are_new_each_time_and_for_the_owner_alone(tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        run(Person(), folder)
        assert (folder / ".env").stat().st_mode & 0o777 == 0o600
    keys = {Settings.load(folder / ".env").general.secret_key for folder in folders}
    assert len(keys) == 2


def test_nothing_is_overwritten_without_a_yes(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PROFILE=mine.yaml\n")
    told = run(Person(overwrite="нет"), tmp_path)
    assert (tmp_path / ".env").read_text() == "PROFILE=mine.yaml\n"
    assert f"{tmp_path / '.env'} оставлен как был." in told


def test_a_yes_overwrites_and_closes_the_file_to_others(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PROFILE=mine.yaml\n")
    (tmp_path / ".env").chmod(0o644)
    run(Person(overwrite="да"), tmp_path)
    assert "mine" not in (tmp_path / ".env").read_text()
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("number", "wrong", "right", "reason"),
    [
        ("q2", "", "Нева", "Здесь нужен ответ."),
        ("q3", "Тара", "Тара, Asia/Omsk", "Не знаю часового пояса"),
        ("q3", "Тара, Asia/Nowhere", "Омск", "Не понял ответ"),
        ("q4", "с утра", "10-21", "Не понял ответ"),
        ("q4", "10-14, 13-18", "10-14, 15-18", "Не понял ответ"),
        ("q6", "Маникюр", "Маникюр 90 мин 2500", "нужны название, длительность и цена"),
        ("q6", "Маникюр, 0 мин, 2500", "Маникюр, 1,5 ч, 2500 руб.", "нужны название, длительность и цена"),
        ("q7", "icq", "1, 4", "Такого канала нет."),
        ("q8", "мой портал", "neva.bitrix24.ru", "Не похоже на адрес"),
        ("q10", "Анна", "5", "Нужны цифры"),
    ],
)
def test_an_unclear_answer_is_asked_again_with_the_reason(
    tmp_path: Path, number: str, wrong: str, right: str, reason: str
) -> None:
    person = Person(**{number: [wrong, right]})
    run(person, tmp_path)
    (again,) = (question for question in person.asked if "\n" in question)
    assert reason in again.splitlines()[0]
    load(written(tmp_path))


def test_a_business_that_never_opens_is_asked_about_its_weekend_again(tmp_path: Path) -> None:
    person = Person(q4="выходной", q5=["выходной", "10-18"])
    run(person, tmp_path)
    assert "закрыты всегда" in next(question for question in person.asked if "\n" in question)


@pytest.mark.parametrize(
    ("typed", "hours"),
    [
        ("10-21", "10:00-21:00"),
        ("9:30 – 18", "09:30-18:00"),
        ("10-14, 15-21", "10:00-14:00, 15:00-21:00"),
        ("20-02", "20:00-02:00"),
        ("круглосуточно", "24/7"),
        ("выходной", "closed"),
    ],
)
def test_hours_are_read_as_people_write_them(typed: str, hours: str) -> None:
    assert init.read_hours(typed) == hours


def test_two_services_of_one_name_get_ids_of_their_own() -> None:
    rows = init.read_services("Стрижка, 45 мин, 1600; Стрижка, 60 мин, 2200; 3D-брови, 1 час, 1500")
    assert [row["id"] for row in rows] == ["strizhka", "strizhka_2", "n_3d_brovi"]


def test_only_chosen_channels_are_explained(tmp_path: Path) -> None:
    told = run(Person(q7="whatsapp"), tmp_path)
    assert "WHATSAPP_VERIFY_TOKEN" in told
    assert "BotFather" not in told


def test_a_compatible_model_keeps_its_address_and_name(tmp_path: Path) -> None:
    run(Person(q9="sk-own https://models.example/v1 large"), tmp_path)
    model = Settings.load(tmp_path / ".env").model
    assert (model.is_open, model.base_url, model.model) == (True, "https://models.example/v1", "large")


def test_it_speaks_english_too(tmp_path: Path) -> None:
    told = run(Person(), tmp_path, locale="en")
    assert "What to click" in told
    assert yaml.safe_load(written(tmp_path).read_text())["business"]["locale"] == "en"


def test_every_text_says_the_same_in_both_languages() -> None:
    """The names of variables, commands and addresses in a text do not depend on its language."""
    texts = {key: texts for key, texts in CATALOGUE.items() if key.startswith("init_")}
    assert len(texts) > 20
    assert [key for key, both in texts.items() if names(both["ru"][0]) != names(both["en"][0])] == []


def names(text: str) -> set[str]:
    return {word for word in re.findall(r"[A-Z_/a-z]+", text) if "_" in word}
