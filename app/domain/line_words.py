"""What operators of the open line read of us."""

from app.domain.words import define

define("line_title", "Отклик", "Otklik")
define("line_chat", "{channel}: {name}", "{channel}: {name}")
define("line_correction", "Исправление: {text}", "Correction: {text}")
define(
    "line_deleted",
    "Клиент уже получил это сообщение: в мессенджере оно останется. Если нужно, напишите исправление.",
    "The customer has this message already: it stays in the messenger. Write a correction if needed.",
)
define(
    "app_installed",
    "Отклик подключён к порталу. Это окно можно закрыть.",
    "Otklik is connected to the portal. This window may be closed.",
)
define("app_title", "Отклик", "Otklik")
define(
    "app_refused_malformed",
    "Эту страницу открывает Битрикс24, когда ставит приложение. Откройте её из портала.",
    "Bitrix24 opens this page when it installs the application. Open it from the portal.",
)
define(
    "app_refused_closed",
    "Приложение ещё не настроено: впишите в .env BITRIX_DOMAIN, BITRIX_CLIENT_ID, BITRIX_CLIENT_SECRET и SECRET_KEY, "
    "перезапустите службу и нажмите «Сохранить» ещё раз.",
    "Not configured yet: set BITRIX_DOMAIN, BITRIX_CLIENT_ID, BITRIX_CLIENT_SECRET and SECRET_KEY in "
    ".env, restart the service and press Save again.",
)
define(
    "app_refused_unauthentic",
    "Битрикс24 не подтвердил этот портал. Сверьте BITRIX_DOMAIN, BITRIX_CLIENT_ID и BITRIX_CLIENT_SECRET с порталом и "
    "поставьте приложение заново.",
    "Bitrix24 did not confirm this portal. Compare BITRIX_DOMAIN, BITRIX_CLIENT_ID, BITRIX_CLIENT_SECRET with it and "
    "install the application again.",
)
define(
    "app_refused_away",
    "Сервер авторизации или база не ответили. Обновите страницу через минуту.",
    "The authorisation server or the store did not answer. Reload the page in a minute.",
)
define(
    "app_connected",
    "Открытая линия «Отклик» подключена: сообщения клиентов приходят сюда, ответы менеджеров уходят в мессенджер.",
    "The open line «Отклик» is connected: customers' messages come here, managers' answers go to the messenger.",
)
define(
    "app_not_connected",
    "Открытая линия ещё не подключена: запустите `otklik setup`.",
    "The open line is not connected yet: run `otklik setup`.",
)
