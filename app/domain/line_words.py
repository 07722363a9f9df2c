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
    "Otklik is connected to the portal.",
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
