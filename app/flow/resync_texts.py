"""What `otklik check --proof` says."""

from app.domain.words import define

define(
    "proof_received",
    "Получено обращений: {received} (сообщений: {messages}), в CRM: {in_crm}, в пути: {waiting}, "
    "различий: {differences}",
    "Enquiries received: {received} (messages: {messages}), in the CRM: {in_crm}, under way: {waiting}, "
    "differences: {differences}",
)
define("proof_line", "✗ {conversation}, сделка {deal}: {what}", "✗ {conversation}, deal {deal}: {what}")
define("proof_note", "· {conversation}, сделка {deal}: {what}", "· {conversation}, deal {deal}: {what}")
define(
    "proof_no_portal", "Портал не подключён: сравнивать не с чем.", "No portal is connected: nothing to compare with."
)
define(
    "difference_lost",
    "в журнале сообщение есть, карточки и разговора нет: найдите переписку в мессенджере",
    "the journal has the message, but there is no conversation and no card: look for it in the messenger",
)
define(
    "difference_forgotten",
    "карточка есть, служба о ней забыла: ближайшая сверка восстановит разговор",
    "the card is there, the service has forgotten it: the next sweep brings the conversation back",
)
define(
    "difference_unregistered",
    "сделки нет: ближайшая сверка создаст её",
    "there is no deal: the next sweep makes it",
)
define(
    "difference_parked",
    "портал дважды отказал: устраните причину (otklik check) и запустите otklik replay",
    "the portal refused twice: cure the reason (otklik check), then run otklik replay",
)
define(
    "difference_deleted",
    "сделку удалили люди: новая появится, когда клиент напишет снова",
    "people deleted the deal: a new one comes when the customer writes again",
)
define(
    "difference_doubled",
    "карточек несколько: объедините их в CRM, останется меньший номер",
    "there are several cards: merge them in the CRM, the lowest number stays",
)
define(
    "difference_changed",
    "поле, которое ведёт служба, изменили: ближайшая сверка вернёт его",
    "a field that the service keeps was changed: the next sweep writes it again",
)
define(
    "difference_lines",
    "в карточке не вся переписка: сверьте с мессенджером",
    "the dialogue in the card is not whole: compare it with the messenger",
)
define(
    "difference_wakeless",
    "срок идёт, но за ним никто не следит: ближайшая сверка вернёт напоминание",
    "a deadline runs and nobody watches it: the next sweep sets its wake",
)
