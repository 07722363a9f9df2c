"""No personal data leaves, all of it comes back."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.assistant.privacy import LEFT_OVER, TOKEN, is_card, mask, restore
from app.domain.qualification import Known
from bench.planted import leaks, people

NOBODY = Known()
PHONES = ["+7 (916) 123-45-67", "89161234567", "8 916 123 45 67", "+375 29 123-45-67", "916-123-45-67", "555-01-00"]
EMAILS = ["kate@mail.ru", "ivan.petrov+1@gmail.com"]
CARDS = ["4111 1111 1111 1111", "4111111111111111", "5555-5555-5555-4444", "2200 0000 0000 0053"]
ADDRESSES = ["ул. Ленина, д. 5, кв. 12", "проспект Мира 101", "Садовая улица, 7", "пр-т Победы 12/3"]


@pytest.mark.parametrize("secret", [*PHONES, *EMAILS, *CARDS, *ADDRESSES])
@pytest.mark.parametrize("frame", ["{}", "мой адрес или номер {}, жду", "пишите: {}. Спасибо"])
def test_a_secret_is_replaced_and_comes_back(secret: str, frame: str) -> None:
    text = frame.format(secret)
    (masked,), tokens = mask([text], NOBODY)
    assert secret not in masked
    assert TOKEN.search(masked)
    assert restore(masked, tokens) == text


@pytest.mark.parametrize(
    "text",
    [
        "маникюр 2500",
        "завтра в 15:00",
        "19.11.2026 в 12:30",
        "с 10:00 до 21:00",
        "2500 или 3000 рублей",
        "в 9 утра 25 ноября",
    ],
)
def test_times_dates_and_prices_stay_readable(text: str) -> None:
    assert mask([text], NOBODY)[0] == (text,)


@pytest.mark.parametrize("form", ["Екатерина", "екатерины", "Екатерине", "Екатерину", "ЕКАТЕРИНОЙ"])
def test_a_known_name_is_replaced_in_every_case(form: str) -> None:
    (masked,), _ = mask([f"для {form} запись"], Known(name="Екатерина Смирнова"))
    assert form not in masked


@pytest.mark.parametrize("text", ["меня зовут Борис", "это аня", "Запишите Светлану Игоревну", "имя: Тимур"])
def test_a_name_in_free_text_is_replaced(text: str) -> None:
    (masked,), tokens = mask([text], NOBODY)
    assert "⟦NAME_1⟧" in masked
    assert restore(masked, tokens) == text


def test_a_secret_has_one_token_in_all_texts() -> None:
    masked, tokens = mask(["89161234567", "я же писала: 89161234567", "79991112233"], NOBODY)
    assert masked == ("⟦PHONE_1⟧", "я же писала: ⟦PHONE_1⟧", "⟦PHONE_2⟧")
    assert tokens.secrets == {"⟦PHONE_1⟧": "89161234567", "⟦PHONE_2⟧": "79991112233"}


def test_the_map_does_not_show_itself_in_a_log() -> None:
    assert "8916" not in repr(mask(["89161234567"], NOBODY)[1])


def test_an_unknown_token_stays_and_is_seen() -> None:
    _, tokens = mask(["89161234567"], NOBODY)
    assert LEFT_OVER.search(restore("звоним на ⟦PHONE_9⟧", tokens))
    assert not LEFT_OVER.search(restore("звоним на ⟦PHONE_1⟧", tokens))


def test_a_customer_cannot_forge_a_token() -> None:
    texts = ["⟦PHONE_2⟧ и PHONE_1", "89161234567"]
    masked, tokens = mask(texts, NOBODY)
    assert [restore(text, tokens) for text in masked] == texts
    assert "⟦PHONE_2⟧" not in masked[0]


@pytest.mark.parametrize(
    ("number", "right"), [("4111111111111111", True), ("4111111111111112", False), ("411111", False)]
)
def test_a_card_is_known_by_its_check_digit(number: str, right: bool) -> None:
    assert is_card(number) is right


PIECES = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        [*PHONES, *EMAILS, *CARDS, *ADDRESSES, "Борис", "Екатерины", "⟦PHONE_1⟧", "⟧", "NAME_1", " ", "\n"]
    ),
)


@settings(deadline=None, max_examples=300)
@given(st.lists(st.lists(PIECES, max_size=8).map("".join), max_size=4))
def test_restore_undoes_mask(texts: list[str]) -> None:
    masked, tokens = mask(texts, Known(name="Екатерина"))
    assert [restore(text, tokens) for text in masked] == texts


@settings(deadline=None, max_examples=200)
@given(
    st.text("абв ,.!?\n", max_size=30), st.sampled_from([*PHONES, *EMAILS, *CARDS]), st.text("абв ,.!?\n", max_size=30)
)
def test_no_secret_survives_wherever_it_stands(before: str, secret: str, after: str) -> None:
    (masked,), _ = mask([f"{before} {secret} {after}"], NOBODY)
    assert secret not in masked


def test_what_planted_customers_tell_stays_in_the_house() -> None:
    """The bench's generator, which imports nothing of ours: what is sure never leaks, names in free text ≤ 1 %."""
    planted = people(400, seed=11)
    told = [mask([person.text], Known(name=person.card_name))[0][0] for person in planted]
    assert [] == [leak for person, text in zip(planted, told, strict=True) for leak in leaks(person.sure, text)]
    leaked = [person for person, text in zip(planted, told, strict=True) if leaks(person.told_name.split(), text)]
    assert 0.01 >= len(leaked) / len(planted)


@pytest.mark.parametrize(
    "text",
    ["лена, 916 123 45 67", "Меня зовут Kate", "имя: Марго", "Здравствуйте, анна беспокоит", "запишите Семёнову Веру"],
)
def test_a_name_is_known_by_its_place(text: str) -> None:
    (masked,), tokens = mask([text], NOBODY)
    assert "⟦NAME_1⟧" in masked
    assert text == restore(masked, tokens)


@pytest.mark.parametrize(
    "text",
    [
        "Можно записаться на маникюр?",
        "Запишите на завтра",
        "Какие цены?",
        "это дорого",
        "я хочу стрижку",
        "Вы открыты?",
    ],
)
def test_ordinary_words_are_no_names(text: str) -> None:
    assert ((text,), {}) == (lambda found: (found[0], found[1].secrets))(mask([text], NOBODY))
