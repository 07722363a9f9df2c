"""What the chat's page says. PAGE stands in its HTML, SCRIPT is given to its script."""

from app.domain.words import define

_TEXTS = {
    "welcome": (
        "Здравствуйте! Спросите о ценах, времени или запишитесь: ответим сразу.",
        "Hello! Ask about prices and times, or book a visit: we answer at once.",
    ),
    "privacy": (
        "Переписка хранится, чтобы ответить вам и оформить запись. Имя и телефон оставляйте, только если хотите.",
        "We keep this chat to answer you and to arrange your visit. Your name and phone are up to you.",
    ),
    "privacy_more": ("Подробнее", "More"),
    "placeholder": ("Напишите сообщение…", "Write a message…"),
    "text_label": ("Сообщение", "Message"),
    "send": ("Отправить", "Send"),
    "contact": ("Имя и телефон", "Name and phone"),
    "contact_hint": ("Необязательно: чтобы с вами могли связаться", "Optional: so that we can reach you"),
    "name": ("Имя", "Name"),
    "phone": ("Телефон", "Phone"),
    "done": ("Готово", "Done"),
    "close": ("Свернуть чат", "Close the chat"),
    "history": ("Переписка", "Conversation"),
    "call": ("Позвонить", "Call"),
    "noscript": (
        "Чату нужен JavaScript. Включите его или позвоните нам.",
        "The chat needs JavaScript. Please turn it on, or call us.",
    ),
    "you": ("Вы", "You"),
    "assistant": ("Ассистент", "Assistant"),
    "person": ("Менеджер", "Manager"),
    "typing": ("печатает…", "is typing…"),
    "sending": ("отправляется", "sending"),
    "failed": ("не отправлено", "not sent"),
    "lost": (
        "Нет связи. Сообщения сохранены и уйдут, когда она появится.",
        "No connection. Your messages are kept and will leave when it is back.",
    ),
    "restored": ("Связь восстановлена", "Connected again"),
    "slow_down": (
        "Слишком много сообщений подряд, подождите немного.",
        "Too many messages at once, please wait a little.",
    ),
    "answers": ("Варианты ответа", "Quick replies"),
}
for _name, (_ru, _en) in _TEXTS.items():
    define(f"chat_{_name}", _ru, _en)

PAGE = (
    "welcome", "privacy", "privacy_more", "placeholder", "text_label", "send", "contact", "contact_hint", "name",
    "phone", "done", "close", "history", "call", "noscript",
)  # fmt: skip
SCRIPT = ("you", "assistant", "person", "typing", "sending", "failed", "lost", "restored", "slow_down", "answers")
