"""What the demo says in the terminal."""

from app.domain.words import define

define(
    "demo_port",
    "порт {port} занят: остановите ту программу или назовите --port",
    "port {port}: another program listens there; stop it or say --port",
)
define(
    "demo_starting",
    "запускаю Redis, песочницу (Битрикс24, мессенджеры), шлюз и два рабочих процесса …",
    "starting Redis, the sandbox (Bitrix24, messengers), a gateway and two workers …",
)
define("demo_started", "шлюз {gateway}   страница песочницы {sandbox}", "gateway {gateway}   sandbox page {sandbox}")
define("demo_stays", "Всё остаётся запущенным; Ctrl+C завершит.", "Everything stays up; Ctrl+C ends it.")
define("demo_page", "  страница  {home}", "  page     {home}")
define("demo_chat", "  чат       {home}/chat", "  chat     {home}/chat")
define(
    "demo_figures",
    "  цифры     {home}/dashboard (имя любое, пароль {token})",
    "  figures  {home}/dashboard (any name, password {token})",
)

define("demo_table", "Отклик · {seconds} с", "Otklik · {seconds} s")
define("demo_channel", "канал", "channel")
define("demo_received", "получено", "received")
define("demo_replies", "ответил ассистент", "by the assistant")
define("demo_people", "ответили люди", "by people")
define(
    "demo_caption",
    "отправлено {sent} из {total} · карточек {cards} · срок нарушен {missed} · в очереди {waiting}",
    "sent {sent} of {total} · cards {cards} · deadlines missed {missed} · jobs waiting {waiting}",
)

define("demo_summary", "Итог: посчитано постранично на портале", "Summary, counted by paging the portal")
define("demo_conversations", "диалоги с сообщением клиента", "conversations with a customer's message")
define("demo_answered", "  из них с ответом", "  of them answered")
define("demo_deals", "  сделки этих диалогов", "  deals of these conversations")
define("demo_forms", "сделки заявок с сайта (ждут звонка, чата нет)", "deals of forms (a call is due, no chat)")
define("demo_leads", "лиды / контакты", "leads / contacts")
define("demo_messages", "сообщения клиентов в этих диалогах", "customers' messages in these conversations")
define("demo_lines", "строки клиентов в таймлайнах", "customers' lines in timelines")
define("demo_answers", "ответы ассистента / людей", "answers by the assistant / by people")
define("demo_spam", "отдельно: спам, без сделки", "apart: spam, no deal")
define("demo_groups", "отдельно: сообщения в группах, не от клиентов", "apart: group messages, ignored")
define("demo_sla", "SLA (люди, в срок из всех обращений)", "SLA (people, in time of all enquiries)")
define(
    "demo_verdicts",
    "  выполнен / нарушен / ещё идёт / ответ не нужен",
    "  met / missed / still running / none owed",
)
define("demo_bot", "первый ответ ассистента, медиана / худший", "first response of the assistant, median / worst")
define("demo_human", "первый ответ людей, медиана / худший", "first response of people, median / worst")
define("demo_steps", "эскалации (по высшей ступени)", "escalated deals (by highest step)")
define("demo_step", "ступень {step}: {count}", "step {step}: {count}")
define("demo_none", "нет", "none")
define("demo_lengths", "{median} с / {worst} с", "{median} s / {worst} s")
define(
    "demo_passed",
    "СОШЛОСЬ: на каждое сообщение ответили и каждое записали, один раз",
    "PASSED: every message was answered and registered, once",
)
define("demo_failed", "НЕ СОШЛОСЬ: числа различаются", "FAILED: the counts differ")
