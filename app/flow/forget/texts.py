"""What `otklik forget` says: its plan and its certificate."""

from app.domain.words import define

define("forget_plan_persons", "Будет удалён человек: {persons}", "To be forgotten: {persons}")
define(
    "forget_plan_conversations",
    "Переписок: {count} ({channels}); тексты, телефоны, имена, очереди, напоминания",
    "Conversations: {count} ({channels}); texts, phones, names, queues, reminders",
)
define(
    "forget_plan_portal",
    "В Bitrix24: контактов {contacts}, лидов {leads}, сделок {deals}; имя, телефон, почта, источник и тексты "
    "будут стёрты, суммы и стадии останутся; комментариев {comments}, чатов {chats}, задач {tasks}, "
    "уведомлений {notices}",
    "In Bitrix24: {contacts} contacts, {leads} leads, {deals} deals; name, phone, e-mail, source and texts go, sums "
    "and stages stay; {comments} comments, {chats} chats, {tasks} tasks, {notices} notices",
)
define("forget_no_portal", "Bitrix24 не подключён", "No Bitrix24 is connected")
define(
    "forget_plan_backups",
    "Резервные копии и сам мессенджер этой командой не меняются",
    "Backups and the messenger itself are not changed by this command",
)
define("forget_certificate", "Справка об удалении {number} от {at}", "Certificate of removal {number}, {at}")
define(
    "forget_redis",
    "Redis: удалено ключей {keys}, записей в других ключах {elsewhere}, недоставленного и сырых запросов {letters}",
    "Redis: {keys} keys removed, {elsewhere} entries of other keys, {letters} dead letters and raw payloads",
)
define(
    "forget_journal",
    "Журнал: обезличено событий {count} (счёт показателей не меняется)",
    "Journal: {count} events lead to nobody now (no figure changes)",
)
define(
    "forget_file_rewritten",
    "Файл Redis на диске переписан без удалённого",
    "Redis's append-only file was rewritten without it",
)
define("forget_file_none", "Файла журнала Redis нет", "Redis keeps no append-only file")
define(
    "forget_file_refused",
    "Файл Redis НЕ переписан ({reason}): выполните BGREWRITEAOF на сервере",
    "Redis's append-only file was NOT rewritten ({reason}): run BGREWRITEAOF on the server",
)
define(
    "forget_portal",
    "Bitrix24: обезличено контактов {contacts}, лидов {leads}, сделок {deals}, чатов {chats}; удалено "
    "комментариев {comments}, сообщений в чатах {messages}; переименовано задач {tasks}; "
    "заменено уведомлений {notices}",
    "Bitrix24: {contacts} contacts, {leads} leads, {deals} deals, {chats} chats blanked; {comments} comments, "
    "{messages} messages in chats deleted; {tasks} tasks renamed; {notices} notices replaced",
)
define(
    "forget_operators",
    "В открытой линии остались слова операторов: {count}. Портал даёт удалить их только самим операторам",
    "Words of operators stay in the open line: {count}. The portal lets only themselves delete them",
)
define("forget_left_none", "Проверка: в Redis не осталось ничего", "Checked: nothing is left in Redis")
define("forget_left", "Проверка: ОСТАЛОСЬ в {keys}; повторите команду", "Checked: LEFT in {keys}; run it again")
define(
    "forget_logs",
    "Логи: персональных данных не содержат (маскируются при записи)",
    "Logs: hold no personal data (masked as they are written)",
)
define("forgotten_name", "Удалено по запросу", "Removed on request")
define("forgotten_notice", "Обращение удалено по запросу клиента", "The enquiry was removed on the customer's request")
