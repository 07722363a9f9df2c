"""What a turn itself says: to the customer, and to those who work in the portal."""

from app.domain.words import define

define("greeting", "Здравствуйте! Это {name}. Чем могу помочь?", "Hello! This is {name}. How can I help?")
define(
    "privacy_line",
    "Вам отвечает виртуальный помощник ({name}). Переписка хранится, чтобы ответить вам и оформить запись.",
    "A virtual assistant answers you ({name}). We keep this chat to answer you and to arrange your visit.",
)
define(
    "apology",
    "Извините за ожидание. Ваше сообщение у администратора, вам ответит человек.",
    "Sorry to keep you waiting. A person has your message and will answer you.",
)
define(
    "parked",
    "Сообщение получено, на него ответит администратор.",
    "Your message has reached us; a person will answer it.",
)

define("title_enquiry", "обращение", "enquiry")
define("title_customer", "клиент", "customer")
define("visit_booking", "Запись", "Booking")
define("visit_reschedule", "Перенос", "Reschedule")
define("visit_cancel", "Отмена", "Cancellation")

define("source_start", "ссылка на бота", "link to the bot")
define("source_ad", "реклама", "advertisement")
define("source_link", "ссылка", "link")
define("source_utm", "реклама, метки UTM", "advertisement, by UTM")
define("source_comment", "комментарий к публикации", "comment under a post")
define("source_page", "страница сайта", "page of the site")

define("class_hot", "Горячий", "Hot")
define("class_warm", "Тёплый", "Warm")
define("class_cold", "Холодный", "Cold")
define("verdict_running", "Ждёт ответа", "Awaited")
define("verdict_none", "Ответ не нужен", "None owed")
define("verdict_met", "Выполнен", "Kept")
define("verdict_missed", "Нарушен", "Missed")

define("notice_handoff", "{title}: нужен человек ({reason})", "{title}: a person is needed ({reason})")
define(
    "notice_soon",
    "{title}: ответьте до {due}, клиент ждёт с {since}",
    "{title}: answer by {due}, waiting since {since}",
)
define(
    "notice_late",
    "{title}: срок ответа истёк {due}, клиент ждёт с {since}",
    "{title}: the answer was due {due}, waiting since {since}",
)
define(
    "notice_yours",
    "{title}: сделка передана вам, срок ответа был {due}, клиент ждёт с {since}",
    "{title}: this deal is yours now; the answer was due {due}, waiting since {since}",
)
define(
    "notice_bot_failed",
    "{title}: ассистент не ответил к {due}, нужен человек",
    "{title}: the assistant did not answer by {due}, a person is needed",
)
define(
    "task_late", "Ответить клиенту: {title} (ждёт с {since})", "Answer the customer: {title} (waiting since {since})"
)
define(
    "notice_undelivered",
    "{title}: сообщение не доставлено ({reason}), свяжитесь иначе",
    "{title}: a message was not delivered ({reason}), use another way",
)
define("undelivered", "Не доставлено ({reason}): {text}", "Not delivered ({reason}): {text}")
define("blocked", "Клиент заблокировал бота", "The customer blocked the bot")
define("unblocked", "Клиент разблокировал бота", "The customer unblocked the bot")
define("edited", "Исправлено клиентом: {text}", "Edited by the customer: {text}")
define("deleted", "Клиент удалил сообщение {text}", "The customer deleted a message {text}")

define("shown_text", "пустое сообщение", "empty message")
define("shown_start", "начал диалог", "started the chat")
define("shown_form", "заявка с сайта", "site form")
define("shown_voice", "голосовое", "voice note")
define("shown_image", "фото", "photo")
define("shown_video", "видео", "video")
define("shown_document", "файл", "file")
define("shown_sticker", "стикер", "sticker")
define("shown_location", "геопозиция", "location")
define("shown_contact", "контакт", "contact")
define("shown_share", "публикация", "shared post")
define("shown_comment", "комментарий", "comment")
define("shown_button", "кнопка", "button")
define("shown_unsupported", "неподдерживаемое сообщение", "unsupported message")

define("reason_asked", "клиент просит человека", "the customer asks for a person")
define("reason_complaint", "жалоба", "a complaint")
define("reason_emergency", "срочная помощь", "an emergency")
define("reason_unclear", "ассистент не смог ответить", "the assistant could not answer")
define("reason_subject", "тема не для ассистента", "a subject that is not the assistant's")
define("reason_guard", "ответ ассистента не подтверждён", "the assistant's answer could not be proven")
define("reason_blocked", "клиент заблокировал бота", "the customer blocked the bot")
define("reason_no_chat", "у заявки с сайта нет чата, позвоните", "a site form has no chat, call")
define("reason_window_closed", "окно переписки закрыто", "the messenger's window is closed")
define("reason_template", "шаблон не принят", "the template was not accepted")
define("reason_token", "доступ к мессенджеру не работает", "our access to the messenger does not work")
define("reason_account", "аккаунт в мессенджере ограничен", "our account in the messenger is restricted")
define("reason_refused", "мессенджер отказал", "the messenger refused")
define("reason_away", "мессенджер недоступен", "the messenger is away")
define("reason_sms_refused", "SMS на этот номер не принята", "the SMS to this number was not accepted")
define("reason_sms_token", "SMS: ключ не подошёл", "SMS: the key was refused")
define("reason_sms_account", "SMS: счёт, лимит или имя отправителя", "SMS: balance, limit or sender's name")
define("reason_sms_away", "SMS: сервис недоступен", "SMS: the vendor is away")
define("reason_unknown", "мессенджер не подтвердил доставку", "the messenger did not confirm it")

define("line_customer", "Клиент", "Customer")
define("line_assistant", "Ассистент", "Assistant")
define("line_person", "Менеджер", "Manager")
define("cure_window_closed", "Позвоните{phone} или напишите по шаблону.", "Call{phone} or write by a template.")
define("cure_blocked", "Позвоните{phone}.", "Call{phone}.")
define("cure_no_chat", "Позвоните{phone}.", "Call{phone}.")
define(
    "cure_token", "Скажите интегратору: сейчас не уходит никому.", "Tell the integrator: nothing leaves to anybody now."
)
define("cure_account", "Скажите интегратору: аккаунт ограничен.", "Tell the integrator: the account is restricted.")
define("cure_unknown", "Проверьте в мессенджере и повторите.", "Look into the messenger, then repeat.")
define("cure_other", "Позвоните{phone} или повторите позже.", "Call{phone} or repeat later.")
define("called", "Менеджер позвонил клиенту", "A manager called the customer")
define("assigned", "Ответственный сменён в карточке", "Another person is responsible now, by the card")

define("line_brief", "Сводка", "Brief")
define("line_note", "Отметка", "Note")
