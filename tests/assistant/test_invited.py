"""What is said of invitations: a yes is never guessed, a «стоп» is heard at any time, the rest is read as ever."""

from datetime import UTC, datetime

import pytest

from app.assistant import rules
from app.assistant.rules.invited import heard
from app.domain.qualification import Intent, Invited, Question
from tests.domain.story import SALON

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
ASKED = [
    (Invited.YES, "да|Да!|да, пишите|Да, присылайте|конечно|можно|ага|согласна|я не против|давайте|да, спасибо|1|+|👍"),
    (Invited.YES, "Да, буду рада|можно, но не часто|с удовольствием|Почему бы и нет|yes|sure|Yes please"),
    (Invited.NO, "нет|Нет, спасибо|не надо|спасибо, не надо|не хочу|неинтересно|лучше не надо|2|no|No thanks|👎"),
    (Invited.NO, "без рекламы пожалуйста|обойдусь|нет спасибо, не интересно|не стоит|Нет, не нужно"),
    (None, "спасибо|ок|хорошо|Ок, спасибо!|отлично, до встречи|понятно|супер|приду|да, жду|до завтра|не смогу"),
    (None, "а где вы?|да, а где вы находитесь?|нет, мне в 16 надо|не забудьте про скидку|да, буду вовремя|конечно нет"),
]
UNASKED = [
    (Invited.STOP, "стоп|СТОП!|stop|стоп, пожалуйста|Отпишите меня|отпишите меня от рассылки|больше не пишите мне"),
    (Invited.STOP, "не пишите мне больше|Хватит мне писать|не присылайте рекламу|отключите рассылку|stop texting me"),
    (Invited.STOP, "Уберите меня из вашей базы|больше не беспокойте|unsubscribe|не надо мне больше писать"),
    (Invited.YES, "присылайте акции|Пишите мне о скидках|подпишите меня на рассылку"),
    (None, "да|нет|стоп, не в 15, а в 16|больше не звоните, пишите сюда|не беспокойтесь больше|пришлите акции"),
    (None, "мастер мне больше не пишет|уберите меня из листа ожидания|какие у вас акции?|отпишитесь мне|не звоните"),
    (None, "больше не пишите на этот номер|а есть скидки?"),
]


def asked(text: str, *, invites: bool) -> Question:
    return Question(texts=(text,), now=NOW, invites=invites)


@pytest.mark.parametrize(("means", "texts"), ASKED)
def test_an_answer_to_the_question(means: Invited | None, texts: str) -> None:
    got = {text: heard(asked(text, invites=True))[0] for text in texts.split("|")}
    assert dict.fromkeys(got, means) == got


@pytest.mark.parametrize(("means", "texts"), UNASKED)
def test_of_their_own_accord(means: Invited | None, texts: str) -> None:
    got = {text: heard(asked(text, invites=False))[0] for text in texts.split("|")}
    assert dict.fromkeys(got, means) == got


def test_what_else_is_said_is_read_as_ever() -> None:
    both = rules.answer(asked("Отмените запись. И больше не звоните и не пишите.", invites=False), SALON).reading
    assert (Invited.STOP, Intent.CANCEL) == (both.invited, both.intent)
    wish = rules.answer(asked("Присылайте акции. Сколько стоит педикюр?", invites=False), SALON)
    assert (Invited.YES, Intent.PRICE, True) == (wish.reading.invited, wish.reading.intent, "₽" in wish.reply)
    alone = rules.answer(asked("да, присылайте", invites=True), SALON).reading
    assert (Invited.YES, Intent.SMALLTALK) == (alone.invited, alone.intent)
