"""What a fresh portal holds: people, one department, stages and sources, no customers."""

from __future__ import annotations

from sandbox.portal.catalogue import add_deal_stages, add_statuses, category_row
from sandbox.portal.world import User, World

ADMINISTRATORS = 5  # the department of those who answer customers

_LEAD_STAGES = (
    ("NEW", "Не обработан", 10, "P"),
    ("IN_PROCESS", "В работе", 20, "P"),
    ("PROCESSED", "Обработан", 30, "P"),
    ("CONVERTED", "Качественный лид", 40, "S"),
    ("JUNK", "Некачественный лид", 50, "F"),
)
_SOURCES = (
    ("CALL", "Звонок"),
    ("EMAIL", "Электронная почта"),
    ("WEB", "Веб-сайт"),
    ("ADVERTISING", "Реклама"),
    ("PARTNER", "Существующий клиент"),
    ("RECOMMENDATION", "По рекомендации"),
    ("TRADE_SHOW", "Выставка"),
    ("WEBFORM", "CRM-форма"),
    ("CALLBACK", "Обратный звонок"),
    ("RC_GENERATOR", "Генератор продаж"),
    ("STORE", "Интернет-магазин"),
    ("OTHER", "Другое"),
)


def furnish(world: World) -> None:
    people = (
        User(id=1, name="Ольга", last_name="Владелец", position="Директор", departments=[1], admin=True),
        User(id=3, name="Марина", last_name="Старшая", position="Руководитель отдела", departments=[ADMINISTRATORS]),
        User(id=5, name="Анна", last_name="Первая", position="Администратор", departments=[ADMINISTRATORS]),
        User(id=7, name="Борис", last_name="Второй", position="Администратор", departments=[ADMINISTRATORS]),
        User(id=9, name="Вера", last_name="Третья", position="Администратор", departments=[ADMINISTRATORS]),
    )
    world.users = {user.id: user for user in people}
    world.departments = {
        1: {"ID": 1, "NAME": "Компания", "SORT": 500, "PARENT": None, "UF_HEAD": 1},
        ADMINISTRATORS: {"ID": ADMINISTRATORS, "NAME": "Администраторы", "SORT": 500, "PARENT": 1, "UF_HEAD": 3},
    }
    add_statuses(world, "STATUS", _LEAD_STAGES)
    add_statuses(
        world, "SOURCE", tuple((code, name, 10 * place, "P") for place, (code, name) in enumerate(_SOURCES, 1))
    )
    add_statuses(world, "CONTACT_TYPE", (("CLIENT", "Клиенты", 10, "P"), ("OTHER", "Другое", 20, "P")))
    add_statuses(world, "DEAL_TYPE", (("SALE", "Продажа", 10, "P"), ("SERVICE", "Обслуживание", 20, "P")))
    world.categories[0] = category_row(0, "Общая", 300)
    add_deal_stages(world, 0)
