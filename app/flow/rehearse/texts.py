"""What a readiness report says."""

from app.domain.words import define

define("rehearse_title", "Репетиция: {name}", "Rehearsal: {name}")
define(
    "rehearse_week",
    "Неделя {first} – {last} ({zone}), клиентов {customers}, сообщений {messages}, вариант {number}",
    "Week {first} – {last} ({zone}), {customers} customers, {messages} messages, seed {number}",
)
define("rehearse_ready", "ГОТОВ: можно пускать настоящих клиентов.", "READY: real customers may come.")
define("rehearse_not_ready", "НЕ ГОТОВ. Причин: {count}.", "NOT READY. Reasons: {count}.")
define(
    "rehearse_unplayed", "Неделя не разыгрывалась: сначала исправьте профиль.", "No week was played: mend the profile."
)

define("rehearse_profile", "Что в профиле будет мешать", "What in the profile will hurt")
define("rehearse_profile_fine", "Ничего не найдено.", "Nothing was found.")
define("rehearse_answers", "Как отвечено", "What was answered how")
define("rehearse_kinds", "Клиенты по видам", "Customers by kind")
define("rehearse_promises", "Какие обещания сдержаны", "Which promises held")
define("rehearse_told", "Кому и когда сказано", "Who was told of what when")
define("rehearse_cards", "Карточки", "Cards")
define("rehearse_whole", "Карточка целиком: {title}", "A whole card: {title}")
define("rehearse_proof", "Получено = в портале", "Received = in the portal")
define("rehearse_reasons", "Почему не готов", "Why not ready")

define("rehearse_words", "слов клиентов", "words of customers")
define("rehearse_by_rules", "ответов ассистента по правилам", "answers of the assistant, by rules")
define("rehearse_by_model", "ответов ассистента моделью", "answers of the assistant, by a model")
define("rehearse_by_people", "ответов людей", "answers of people")
define("rehearse_touches", "напоминаний замолчавшим", "touches of those who fell silent")
define("rehearse_handed", "передано человеку: {reason}", "handed to a person: {reason}")
define("rehearse_booked", "записей в журнале (переносов, отмен)", "booked in the diary (moved, cancelled)")
define("rehearse_spam", "распознано как спам, без сделки", "taken for spam, no deal")
define("rehearse_unanswered", "клиентов без ответа", "customers without an answer")
define(
    "rehearse_no_model", "Модель в репетиции не спрашивается: отчёт повторим.", "No model is asked: the report repeats."
)

define("rehearse_kind", "вид", "kind")
define("rehearse_customers", "клиентов", "customers")
define("rehearse_answered", "ответил ассистент", "by the assistant")
define("rehearse_person", "ответил человек", "by a person")
define("rehearse_in_time", "в срок", "in time")
define("rehearse_booked_short", "записаны", "booked")
for key, ru, en in (
    ("price", "спросил цену", "asked for a price"),
    ("booking", "записывается", "books"),
    ("info", "спросил часы или адрес", "asked for hours or the address"),
    ("urgent", "срочно, сегодня", "urgent, today"),
    ("silence", "спросил и замолчал", "asked and fell silent"),
    ("night", "пишет ночью", "writes by night"),
    ("reschedule", "переносит запись", "moves a visit"),
    ("cancel", "отменяет запись", "cancels a visit"),
    ("human", "просит человека", "asks for a person"),
    ("complaint", "жалуется", "complains"),
    ("form", "форма на сайте", "a form of the site"),
    ("closed_day", "пишет в закрытый день", "writes on a closed day"),
    ("two_channels", "один человек в двух каналах", "one person in two channels"),
    ("english", "пишет по-английски", "writes in English"),
    ("spam", "спам", "spam"),
):
    define(f"scenario_{key}", ru, en)

define("rehearse_target", "обещание", "promise")
define("rehearse_total", "всего", "in all")
define("rehearse_met", "сдержано", "kept")
define("rehearse_missed", "нарушено", "missed")
define("rehearse_running", "ещё идёт", "still running")
define("rehearse_share", "доля", "share")
define(
    "rehearse_sla",
    "SLA: {ratio} ({kept} из {all} обращений), цель {goal}",
    "SLA: {ratio} ({kept} of {all} enquiries), goal {goal}",
)
define(
    "rehearse_first_bot",
    "первый ответ ассистента: сразу у {count} из {all} (часы репетиции стоят, пока он думает)",
    "first answer of the assistant: at once for {count} of {all} (time stands while it thinks)",
)
define(
    "rehearse_first_human",
    "первый ответ человека: медиана {median}, девять из десяти за {most}",
    "first answer of a person: median {median}, nine of ten in {most}",
)
define(
    "rehearse_managers",
    "Менеджеры сыграны: отвечают на смене, то вовремя, то поздно, на часть слов не отвечают вовсе. Доля говорит не о "
    "ваших людях, а о том, что опоздание замечено.",
    "The managers are played: on shift, in time or late, to some words never. The share tells nothing of your people, "
    "only that a miss is seen.",
)
define("rehearse_causes", "причины: {causes}", "causes: {causes}")

define("rehearse_whom", "кому", "whom")
define("rehearse_notices", "уведомлений", "notices")
define("rehearse_tasks", "задач", "tasks")
define("rehearse_at", "когда", "when")
define("rehearse_what", "что", "what")
define("rehearse_more", "и ещё {count}", "and {count} more")
define("rehearse_nobody_told", "Никого предупреждать не пришлось.", "Nobody had to be told.")

define("rehearse_stage", "стадия", "stage")
define("rehearse_class", "класс", "class")
define("rehearse_verdict", "вердикт", "verdict")
define("rehearse_count", "сделок", "deals")
define("rehearse_sum", "сумма", "sum")
define("rehearse_field_stage", "Стадия", "Stage")
define("rehearse_field_class", "Класс SLA", "SLA class")
define("rehearse_field_verdict", "SLA", "SLA")
define("rehearse_field_sum", "Сумма", "Sum")
define("rehearse_field_assignee", "Ответственный", "Responsible")

define("rehearse_chats", "диалогов (без спама)", "conversations (spam left out)")
define("rehearse_deals", "из них со сделкой в портале", "of them with a deal in the portal")
define("rehearse_received", "слов клиентов принято", "words of customers received")
define("rehearse_lines", "строк клиентов в таймлайнах", "lines of customers in timelines")
define("rehearse_leads", "лидов / контактов", "leads / contacts")
define("rehearse_dead", "карточек, которые портал не принял", "dead letters")

define("reason_rehearse_unanswered", "клиенты без ответа: {count}", "customers without an answer: {count}")
define("reason_rehearse_lost", "диалоги без сделки: {count}", "conversations without a deal: {count}")
define(
    "reason_rehearse_lines",
    "слов принято {received}, строк в таймлайнах {lines}",
    "{received} words received, {lines} lines in timelines",
)
define("reason_rehearse_dead", "портал не принял карточек: {count}", "cards that the portal refused: {count}")
define(
    "reason_rehearse_untold",
    "сроки нарушены, а услышать об этом некому: {count}",
    "missed promises of which nobody heard: {count}",
)
define(
    "reason_rehearse_unsettled",
    "работа не закончилась за отведённое время: {count} раз",
    "work did not end in its time: {count} times",
)
define("reason_rehearse_profile", "{where}: {found}", "{where}: {found}")
define("rehearse_not_a_profile", "профиль не читается: {reason}", "the profile cannot be read: {reason}")
