"""Our own people in the messengers: a chat that hears notices is no customer's, so it makes no lead.

A chat becomes one of ours by `/start staff_<code>` (flow/staff.py proves the code) and stays one until
`/start staff_off`. The binding lies in the conversation; whoever sends notices finds it by store/staff.py.
"""

from dataclasses import replace

from app.domain.decision import Fact, Out
from app.domain.desk import Desk
from app.domain.mail import OutKind
from app.domain.message import STAFF_LEAVES, STAFF_REFUSED, InboundMessage, OutboundMessage
from app.domain.words import define, say

define(
    "staff_bound",
    "Этот чат теперь получает уведомления ({role}). Заявки из него не создаются. Отключить: /start staff_off",
    "This chat now hears notices ({role}). It makes no enquiries. To stop: /start staff_off",
)
define(
    "staff_known",
    "Это служебный чат ({role}): сюда приходят уведомления, заявки отсюда не создаются. Отключить: /start staff_off",
    "This is a staff chat ({role}): it hears notices and makes no enquiries. To stop: /start staff_off",
)
define(
    "staff_left",
    "Этот чат больше не получает уведомлений. Следующее сообщение отсюда будет обращением клиента.",
    "This chat hears no more notices. The next message from here is a customer's.",
)
define(
    "staff_refused",
    "Код не подошёл. Возьмите ссылку ещё раз: её печатает команда otklik check.",
    "This code does not fit. Take the link again: `otklik check` prints it.",
)
define("staff_role_supervisor", "руководитель", "supervisor")
define("staff_role_owner", "владелец", "owner")
define("staff_role_assignee", "менеджер", "manager")


def is_ours(desk: Desk, message: InboundMessage) -> bool:
    return bool(message.staff or desk.c.staff)


def hear(desk: Desk, message: InboundMessage) -> None:
    """One of ours wrote to the bot: told where they are, never registered."""
    match message.staff:
        case "":
            _say(desk, "staff_known", desk.c.staff)
        case word if word == STAFF_REFUSED:
            _say(desk, "staff_refused", "")
        case word if word == STAFF_LEAVES:
            _say(desk, "staff_left", "")
            _become(desk, "", "unbound", desk.c.staff)
        case role:
            if desk.c.staff != role:
                _become(desk, role, "bound", role)
            _say(desk, "staff_bound", role)


def _become(desk: Desk, staff: str, what: str, role: str) -> None:
    """What the chat asked as a customer's is waited for no longer; its card stays as it is."""
    desk.c = replace(desk.c, staff=staff, enquiry=None, history=())
    desk.facts.append(Fact(kind="staff", values={"what": what, "role": role}))


def _say(desk: Desk, key: str, role: str) -> None:
    words = say(f"staff_role_{role}", desk.business.locale) if role else ""
    text = say(key, desk.business.locale, role=words)
    desk.outs = [Out(kind=OutKind.CONFIRMATION, message=OutboundMessage(text=text))]  # one answer to a burst
