"""What the rules say to a customer: Russian on «вы» and on «ты», English beside."""

from app.domain.words import CATALOGUE, EN, RU, define, say

_FRIENDLY = "_friendly"  # ends the key of a text on «ты»


def speak(key: str, *, language: str, friendly: bool, seed: int = 0, **values: object) -> str:
    """The text of a key in the voice of the business."""
    own = key + _FRIENDLY
    return say(own if friendly and own in CATALOGUE else key, RU if language == RU else EN, seed=seed, **values)


def _define(
    key: str, formal: str | tuple[str, ...], english: str | tuple[str, ...], friendly: str | tuple[str, ...] = ""
) -> None:
    define(key, formal, english)
    if friendly:
        define(key + _FRIENDLY, friendly, english)


_define("hello", "Здравствуйте!", "Hello!", "Привет!")
_define(
    "how_help",
    ("Чем можем помочь?", "Подскажем по услугам, ценам и времени. Что вас интересует?"),
    ("How can we help?", "We can help with services, prices and times. What would you like?"),
    ("Чем помочь?", "Подскажем по занятиям, ценам и времени. Что интересно?"),
)
_define("welcome", ("Пожалуйста!", "Рады помочь!"), ("You are welcome!", "Glad to help!"))
_define(
    "assistant",
    "Вам отвечает виртуальный помощник «{business}». Если нужен человек, напишите: позову администратора.",
    "You are talking to the virtual assistant of {business}. If you need a person, just say so.",
    "Тебе отвечает виртуальный помощник «{business}». Если нужен человек, напиши: позову администратора.",
)

_define(
    "ask_service",
    ("Какая услуга вас интересует?", "Подскажите, пожалуйста, какая услуга нужна?"),
    ("Which service would you like?", "What service do you need?"),
    ("Что тебя интересует?", "Подскажи, на что хочешь прийти?"),
)
_define(
    "ask_when",
    ("На какой день и время вам удобно?", "Когда вам было бы удобно?"),
    ("What day and time would suit you?", "When would you like to come?"),
    ("На какой день и время тебе удобно?", "Когда тебе удобно?"),
)
_define(
    "ask_time",
    ("А в какое время вам удобно?", "Какое время вам подойдёт?"),
    "What time would suit you?",
    ("А во сколько тебе удобно?", "Какое время подойдёт?"),
)
_define(
    "ask_name",
    ("Как вас зовут?", "Подскажите, пожалуйста, ваше имя?"),
    ("What is your name?", "May I have your name?"),
    ("Как тебя зовут?", "Подскажи, как тебя зовут?"),
)
_define(
    "ask_phone",
    ("По какому номеру с вами связаться?", "Оставьте, пожалуйста, номер телефона для связи."),
    ("What phone number can we reach you at?", "Please leave a phone number to reach you."),
    ("По какому номеру с тобой связаться?", "Оставь, пожалуйста, номер телефона."),
)
_define(
    "ask_more",
    ("Уточните, пожалуйста, что вы имеете в виду?", "Напишите, пожалуйста, чуть подробнее, что нужно?"),
    ("Could you please tell me a little more?", "Sorry, could you put it another way?"),
    ("Уточни, пожалуйста, что имеешь в виду?", "Напиши чуть подробнее, что нужно?"),
)

_define(
    "request",
    ("Передам администратору: {what}.", "Передаю администратору: {what}."),
    ("I am passing this to our team: {what}.", "Our team will get this: {what}."),
)
_define("confirms", ("Он подтвердит время.", "Он подтвердит запись."), "They will confirm the time.")
_define("confirms_by", "Он подтвердит {by}.", "They will confirm {by}.")
_define("person_confirms", "Администратор подтвердит время.", "A colleague will confirm the time.")
_define("person_confirms_by", "Администратор подтвердит {by}.", "A colleague will confirm {by}.")
_define("noted", ("Хорошо!", "Поняли вас!"), ("All right!", "Got it!"), ("Хорошо!", "Окей!"))
_define(
    "noted_later",
    "Хорошо! Если решите, напишите нам.",
    "Of course! Write to us when you decide.",
    "Хорошо! Решишь — пиши.",
)
_define(
    "nice", ("Спасибо, {name}!", "Приятно познакомиться, {name}!"), ("Thank you, {name}!", "Nice to meet you, {name}!")
)
_define("thank_you", ("Спасибо!", "Спасибо, передадим!"), "Thank you!")
_define("person_answers", "Администратор ответит {by}.", "A colleague will answer {by}.")
_define(
    "person_later",
    (
        "Сейчас мы закрыты: {opens}, администратор ответит {by}.",
        "Мы уже не работаем: {opens}, администратор ответит {by}.",
    ),
    "We are closed now: {opens}, and a colleague will answer {by}.",
)
_define("opens", "откроемся {day} в {time}", "we open {day} at {time}")
_define("by_time", "до {time}", "by {time}")
_define("by_day", "{day} до {time}", "{day} by {time}")
_define(
    "handing",
    ("Передаю администратору.", "Зову администратора."),
    ("I am passing you to a colleague.", "Let me get a colleague."),
)
_define(
    "handing_question",
    ("Уточню это у администратора.", "Передам вопрос администратору."),
    "I will ask our team about this.",
)
_define(
    "handing_subject",
    "На этот вопрос ответит специалист, передаю ему ваше сообщение.",
    "A specialist will answer that; I am passing your message on.",
    "На это ответит специалист, передаю твоё сообщение.",
)
_define(
    "sorry",
    ("Нам очень жаль, что так вышло.", "Приносим извинения за эту ситуацию."),
    ("We are very sorry about this.", "Please accept our apologies."),
    ("Нам очень жаль, что так вышло.", "Извини, пожалуйста, за эту ситуацию."),
)
_define(
    "emergency",
    "Похоже, нужна срочная помощь: пожалуйста, прямо сейчас позвоните 103 или 112. Сообщение передаю сотруднику.",
    "This sounds like an emergency: please call 103 or 112 right now. I am passing your message to a colleague.",
)

_define("cancel_what", "отменить визит", "cancel the visit")
_define("move_what", "перенести визит", "move the visit")
_define("move_to", "перенести визит на {when}", "move the visit to {when}")
_define("wish", "{services}, {when}", "{services}, {when}")
_define(
    "see_you",
    ("Спасибо! Ждём вас {when}.", "Отлично, ждём вас {when}."),
    ("Thank you! See you {when}.", "Great, see you {when}."),
    ("Отлично, ждём тебя {when}!", "Супер, увидимся {when}!"),
)
_define("see_you_plain", "Спасибо, отметили!", "Thank you, noted!")
_define("chosen", ("Хорошо, {when}.", "Принято, {when}."), "All right, {when}.")

_define("price", "{service}: {price}", "{service}: {price}")
_define("price_long", "{service}: {price}, {duration}", "{service}: {price}, {duration}")
_define("price_from", "от {amount}", "from {amount}")
_define("free", "бесплатно", "free of charge")
_define("wanted_service", "{service} ({price})", "{service} ({price})")
_define("takes", "{service}: {duration}", "{service}: {duration}")
_define("we_offer", "У нас есть: {services}.", "We offer: {services}.")
_define("we_do", ("Да, делаем.", "Да, есть."), "Yes, we do.")

_define("address", "Наш адрес: {address}.", "Our address: {address}.")
_define("phone", "Наш телефон: {phone}.", "Our phone: {phone}.")
_define("open_till", "Сегодня открыты до {time}.", "Today we are open until {time}.")
_define("open_later", "Сегодня работаем: {spans}.", "Today we are open {spans}.")
_define("open_day", "{day} работаем: {spans}.", "{day} we are open {spans}.")
_define("closed_day", "{day} мы закрыты.", "{day} we are closed.")
_define("closed_now", "Сейчас мы закрыты.", "We are closed now.")
_define("next_open", "Откроемся {day}, {spans}.", "We open again {day}, {spans}.")
_define("week", "Часы работы: {hours}.", "Opening hours: {hours}.")
_define("span", "с {opens} до {closes}", "from {opens} to {closes}")
_define("round_the_clock", "круглосуточно", "round the clock")
_define("outside", "{day} принимаем {spans}.", "{day} we receive {spans}.")
_define("past", ("Это время уже прошло.",), "That time has already passed.")

_define(
    "kind_voice",
    (
        "Голосовые пока не слушаем сами: передам администратору. Если удобно, напишите текстом.",
        "Голосовое передам администратору. Текстом отвечу сразу, если напишете.",
    ),
    "I cannot listen to voice notes, so a colleague will. If you write, I can answer at once.",
    (
        "Голосовое передам администратору. Напиши текстом, и отвечу сразу.",
        "Голосовые пока не слушаю: послушает администратор. Текстом отвечу сразу.",
    ),
)
_define(
    "kind_image",
    "Фото получили, администратор посмотрит. Что вас интересует?",
    "We got the photo, a colleague will look at it. How can we help?",
    "Фото получили, администратор посмотрит. Что интересует?",
)
_define(
    "kind_video",
    "Видео получили, администратор посмотрит. Что вас интересует?",
    "We got the video, a colleague will look at it. How can we help?",
    "Видео получили, администратор посмотрит. Что интересует?",
)
_define("kind_document", "Файл получили, администратор посмотрит.", "We got the file, a colleague will look at it.")
_define(
    "kind_location", "Спасибо за геометку! Наш адрес: {address}.", "Thank you for the location! Our address: {address}."
)
_define("kind_contact", "Спасибо, контакт получили.", "Thank you, we got the contact.")
_define(
    "kind_share",
    "Спасибо, публикацию получили, администратор посмотрит.",
    "Thank you, we got the post, a colleague will look at it.",
)
_define(
    "kind_unsupported",
    "Такое сообщение здесь не открывается, администратор посмотрит. Напишите, пожалуйста, текстом.",
    "I cannot open this kind of message, a colleague will look at it. Please write it as text.",
    "Такое сообщение здесь не открывается, администратор посмотрит. Напиши, пожалуйста, текстом.",
)
