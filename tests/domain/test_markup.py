"""What a manager writes in the portal reads the same in the messenger, and holds nothing of the portal's own."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.markup import TAG, Marked, cut, escaped, read_bb, without_signature, wrapped
from app.domain.message import Span, Style

WHATSAPP = {Style.BOLD: ("*", "*"), Style.ITALIC: ("_", "_"), Style.STRIKE: ("~", "~")}


def bold(start: int, end: int) -> Span:
    return Span(start=start, end=end, style=Style.BOLD)


@pytest.mark.parametrize(
    ("words", "bb"),
    [
        ("Добрый день!", "Добрый день!"),
        ("Первая\nвторая", "Первая[br]вторая"),
        ("Прайс (https://x.ru/p)", "[url=https://x.ru/p]Прайс[/url]"),
        ("https://x.ru/p", "[url]https://x.ru/p[/url]"),
        ("https://x.ru", "[url=https://x.ru]https://x.ru[/url]"),
        ("Анна, ответьте", "[user=5]Анна[/user], ответьте"),
        ("• раз\n• два", "[list][*]раз[*]два[/list]"),
        ("Смотрите", "Смотрите [disk=file id=n12]"),
        ("Окно [важно] 10:00", "Окно [важно] 10:00"),
        ("красное", "[color=#f00][size=20]красное[/size][/color]"),
        ("+7 999", "[call=+7999]+7 999[/call]"),
    ],
)
def test_customer_reads_the_words_without_the_portals_tags(words: str, bb: str) -> None:
    assert Marked(text=words) == read_bb(bb)


def test_style_marks_exactly_its_words() -> None:
    assert Marked(text="Цена 1500 ₽", spans=(bold(5, 11),)) == read_bb(" Цена [B]1500 ₽[/B] ")


def test_style_within_a_style_stays_within() -> None:
    assert Marked(text="ab c", spans=(Span(start=1, end=2, style=Style.ITALIC), bold(0, 4))) == read_bb(
        "[b]a[i]b[/i] c[/b]"
    )


@pytest.mark.parametrize("bb", ["[b]не закрыт", "не открыт[/b]", "[b] [/b]пусто", "[i][b]криво"])
def test_style_that_does_not_enclose_words_marks_nothing(bb: str) -> None:
    assert () == read_bb(bb).spans
    assert "[" not in read_bb(bb).text


@pytest.mark.parametrize("sign", ["[b]Анна Рогова:[/b] [br]", "[b]Анна:[/b]\n", "[B]Анна:[/B][br] "])
def test_operators_signature_is_not_part_of_the_answer(sign: str) -> None:
    assert "Добрый день!" == without_signature(sign + "Добрый день!")
    assert "[b]Анна:[/b] придёт" == without_signature("[b]Анна:[/b] придёт")


def test_marks_touch_words_and_end_with_their_line() -> None:
    text = " два \nслова"
    assert " *два* \n*слова*" == wrapped(text, [bold(0, len(text))], WHATSAPP)


def test_inner_marks_close_before_outer_ones() -> None:
    marked = read_bb("[b][i]да[/i][/b]")
    assert "*_да_*" == wrapped(marked.text, marked.spans, WHATSAPP)


def test_style_that_the_messenger_lacks_leaves_plain_words() -> None:
    marked = read_bb("[u]да[/u]")
    assert "да" == wrapped(marked.text, marked.spans, WHATSAPP)


def test_cut_text_keeps_its_marks_in_both_pieces() -> None:
    marked = Marked(text="один два", spans=(bold(2, 7),))
    assert [Marked(text="один", spans=(bold(2, 4),)), Marked(text="два", spans=(bold(0, 2),))] == cut(
        marked, ["один", "два"]
    )


TEXTS = st.lists(st.sampled_from(["[b]", "[/b]", "[i]", "[/i]", "[br]", "[url=a]", "[/url]", "да", " ", "[x]", "\n"]))


@given(TEXTS.map("".join))
@settings(max_examples=200)
def test_spans_lie_within_the_text_and_hold_words(bb: str) -> None:
    marked = read_bb(bb)
    for span in marked.spans:
        assert 0 <= span.start < span.end <= len(marked.text)
    assert marked.text == wrapped(marked.text, marked.spans, {})
    assert sorted(marked.text) == sorted(wrapped(marked.text, marked.spans, WHATSAPP).translate({42: None, 95: None}))


@given(st.text(alphabet="[]/=bicu r*л", max_size=30))
def test_customers_words_hold_no_tag_of_the_portals(words: str) -> None:
    assert TAG.search(escaped(words)) is None
    assert words == escaped(words).replace("\u2060", "")
