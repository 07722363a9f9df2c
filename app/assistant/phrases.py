"""What the assistant itself says where a draft may not."""

from app.domain.words import define

UNSURE, EMERGENCY = "guard_unsure", "guard_emergency"
DOUBTS = {"when": "ask_when_again", "service": "ask_service_again", "intent": "ask_intent_again"}

define(
    UNSURE,
    ("Уточню у администратора и вернусь с ответом.", "Это уточню у администратора и напишу вам."),
    "Let me check that with our team and come back to you.",
)
define(
    EMERGENCY,
    "Это похоже на неотложную ситуацию: пожалуйста, прямо сейчас позвоните 103 или 112. "
    "Сообщение передаю сотруднику, он свяжется с вами.",
    "This sounds like an emergency: please call 103 or 112 right now. I am passing your message to a colleague.",
)
define(
    DOUBTS["when"],
    (
        "Уточните, пожалуйста, на какой день и время вас записать?",
        "Подскажите, пожалуйста, точный день и время визита?",
    ),
    "Could you please confirm the day and time that suit you?",
)
define(
    DOUBTS["service"],
    ("Уточните, пожалуйста, какая услуга вас интересует?", "Подскажите, пожалуйста, какую услугу вы хотите?"),
    "Could you please confirm which service you would like?",
)
define(
    DOUBTS["intent"],
    "Правильно ли я понимаю: вы хотите изменить или отменить визит? Напишите, пожалуйста, подробнее.",
    "Do I understand correctly that you would like to change or cancel your visit? Please tell me more.",
)
