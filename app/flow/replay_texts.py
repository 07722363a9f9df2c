"""What `otklik replay` says of a dead letter: what happened, and what helps."""

from app.domain.words import define

define(
    "replay_register",
    "{id} карточка {conversation}: портал дважды отказал ({reason}). Устраните причину и запустите otklik replay {id}",
    "{id} card {conversation}: the portal refused twice ({reason}). Cure the reason, then run otklik replay {id}",
)
define(
    "replay_task",
    "{id} задача по карточке {conversation}: портал отказал ({reason}); сама карточка в порядке. Проверьте право task "
    "и работает ли ещё ответственный, затем запустите otklik replay {id}",
    "{id} task of card {conversation}: the portal refused it ({reason}); the card itself is in order. Check the right "
    "`task` and whether its assignee still works, then run otklik replay {id}",
)
define(
    "replay_answer",
    "{id} разговор {conversation}: обработка обрывалась, раз: {reason}; клиента передали человеку. Повторять нечего: "
    "журнал службы покажет причину",
    "{id} conversation {conversation}: its workers ended {reason} times, a person was asked. Nothing to repeat: the "
    "service's log shows why",
)
define(
    "replay_send",
    "{id} разговор {conversation}: сообщение не ушло, с нашим аккаунтом беда ({reason}). otklik check назовёт лечение; "
    "клиенту ответьте из карточки",
    "{id} conversation {conversation}: a message did not leave, our account is in trouble ({reason}). otklik check "
    "names the cure; answer the customer from the card",
)
define("replay_none", "Неудач нет.", "No dead letters.")
define("replay_went", "Отправлено снова: {count}", "On their way again: {count}")
define(
    "replay_parked",
    "{id} шаг {step} {conversation}: каждый раз обрывается ошибкой ({reason}) и отложен, чтобы другие не ждали. Это "
    "ошибка Отклика: журнал службы покажет её целиком; после обновления запустите otklik replay {id}",
    "{id} step {step} {conversation}: an error ends it whenever it runs ({reason}); it was put aside so that nobody "
    "waits for it. That is a fault of Otklik: the service's log has it in full; after an update run otklik replay {id}",
)
define(
    "replay_other",
    "{id} разговор {conversation}: шаг {step}, причина {reason}",
    "{id} conversation {conversation}: step {step}, reason {reason}",
)
