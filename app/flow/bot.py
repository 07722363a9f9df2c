"""Our bot in the portal: who it is, whom its chats belong to."""

import time
from dataclasses import dataclass
from hashlib import blake2b

from app.domain.mail import Button
from app.domain.words import define
from app.runtime import Runtime
from app.settings import Settings
from bitrix import Priority, bots
from bitrix.errors import Refused

CODE = "otklik"
NAME = "Отклик"
FRESH_SECONDS, NONE_SECONDS = 60.0, 2.0  # how long the answer is believed; that there is none, shorter
# The commands of its buttons, as the portal names them.
COMMANDS = {
    Button.ACCEPT: "accept",
    Button.RETURN: "bot",
    Button.DISMISS: "dismiss",
    Button.CAME: "came",
    Button.NO_SHOW: "noshow",
}

define("chat_title", "{title} · № {deal}", "{title} · № {deal}")
define(
    "chat_opened",
    "Пишите здесь: ваши слова уйдут клиенту. Строка, начатая с //, останется внутри.",
    "Write here: your words go to the customer. A line that begins with // stays inside.",
)
define(
    "chat_stranger",
    "Этот чат не связан с обращением, клиент этого не получил. Ответьте комментарием в карточке сделки: {mark} текст.",
    "This chat belongs to no enquiry, the customer did not get this. Answer by a comment in the deal: {mark} text.",
)
define(
    "chat_changed",
    "Клиент уже получил прежний текст; правка и удаление до него не доходят.",
    "The customer has the former text already; an edit or a deletion does not reach them.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    id: int
    token: str


_found: dict[int, tuple[Bot | None, float]] = {}


def token_of(settings: Settings) -> str:
    """What our bot is known by to the portal: the same in every process, and no use for anything else."""
    secret = settings.general.secret_key or settings.portal.webhook_url
    key = secret.get_secret_value().encode()[:64] if secret else b""
    return blake2b(b"imbot", key=key, digest_size=16).hexdigest()


async def bot_of(runtime: Runtime) -> Bot | None:
    """None: no portal, no right for bots, or `otklik setup` has not made it yet. Raises BitrixError."""
    if runtime.crm is None:
        return None
    bot, read_at = _found.get(id(runtime.crm), (None, 0.0))
    if read_at and time.monotonic() - read_at < (FRESH_SECONDS if bot else NONE_SECONDS):
        return bot
    token = token_of(runtime.settings)
    try:
        rows = (await runtime.crm.client.call(bots.bot_list(token), priority=Priority.URGENT)).value["bots"]
    except Refused:
        rows = []
    found = next((int(row["id"]) for row in rows if row["code"] == CODE), None)
    bot = Bot(id=found, token=token) if found is not None else None
    _found[id(runtime.crm)] = (bot, time.monotonic())
    return bot


def forget() -> None:
    """Ask anew at the next need: `otklik setup` has made it."""
    _found.clear()
