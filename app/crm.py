"""The one file that speaks both our words and the portal's: card ↔ contact, lead, deal, timeline."""

import re
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import app.domain.phrases  # noqa: F401 - fills the catalogue
from app.domain.business import Business, Team
from app.domain.card import Card, Line, Notice, Stage
from app.domain.roster import Person, Roster
from app.domain.scheme import Scheme
from app.domain.summary import channel_name, speaker
from app.domain.words import say
from app.observe.metrics import Meter
from app.settings import Settings
from bitrix import BitrixError, CallReport, Client, Command, HttpxTransport, Id, Pace, Priority, Result, methods
from bitrix.access import Access

ORIGINATOR = "otklik"
PIPELINE = "Отклик"
PRESENCE = 16  # people a batch of fifty commands asks of: three each, and one for all
FRESH_SECONDS = 60.0  # of this process's own reading
LINES_PER_COMMENT = 20
COMMENT_CHARACTERS = 8000
TEXT_CHARACTERS = 3000  # of one line; the rest is in the messenger

# Our stages in a pipeline of our own: code and name. NEW, WON and LOSE are the portal's.
STAGES: dict[Stage, tuple[str, str]] = {
    Stage.NEW: ("NEW", "Новое обращение"),
    Stage.ANSWERED: ("OTK_ANSWERED", "Ответил ассистент"),
    Stage.WAITING: ("OTK_WAITING", "Ждёт менеджера"),
    Stage.IN_WORK: ("OTK_IN_WORK", "Менеджер в диалоге"),
    Stage.BOOKED: ("OTK_BOOKED", "Записан"),
    Stage.WON: ("WON", "Пришёл"),
    Stage.LOST: ("LOSE", "Не пришёл или отказ"),
}
# Our fields of a deal: code, the portal's type, Russian and English label.
FIELDS: dict[str, tuple[str, str, str, str]] = {
    "ad_source": ("UF_CRM_OTKLIK_AD_SOURCE", "string", "Источник рекламы", "Ad source"),
    "channel": ("UF_CRM_OTKLIK_CHANNEL", "string", "Канал", "Channel"),
    "visit_kind": ("UF_CRM_OTKLIK_VISIT_KIND", "string", "Тип записи", "Kind of visit"),
    "wanted_at": ("UF_CRM_OTKLIK_WANTED_AT", "datetime", "Хочет прийти", "Wants to come"),
    "reminded": ("UF_CRM_OTKLIK_REMINDED", "string", "Напоминание отправлено", "Reminder sent"),
    "sla_class": ("UF_CRM_OTKLIK_SLA_CLASS", "string", "Класс SLA", "SLA class"),
    "answer_by": ("UF_CRM_OTKLIK_ANSWER_BY", "datetime", "Ответить до", "Answer by"),
    "answer_why": ("UF_CRM_OTKLIK_ANSWER_WHY", "string", "Почему такой срок", "Why then"),
    "bot_replied_at": ("UF_CRM_OTKLIK_BOT_REPLIED_AT", "datetime", "Первый ответ ассистента", "First bot reply"),
    "human_replied_at": ("UF_CRM_OTKLIK_HUMAN_REPLIED_AT", "datetime", "Первый ответ менеджера", "First human reply"),
    "verdict": ("UF_CRM_OTKLIK_VERDICT", "string", "SLA выполнен", "SLA verdict"),
    "step": ("UF_CRM_OTKLIK_STEP", "integer", "Ступень эскалации", "Escalation step"),
    "booked_for": ("UF_CRM_OTKLIK_BOOKED_FOR", "datetime", "Время записи", "Booked for"),
    "came": ("UF_CRM_OTKLIK_CAME", "boolean", "Пришёл", "Came"),
    "state": ("UF_CRM_OTKLIK_STATE", "string", "Состояние (служебное)", "State (service)"),
}
SOURCES = {
    "telegram": ("OTKLIK_TELEGRAM", "Отклик: Telegram"),
    "whatsapp": ("OTKLIK_WHATSAPP", "Отклик: WhatsApp"),
    "instagram": ("OTKLIK_INSTAGRAM", "Отклик: Instagram"),
    "site": ("OTKLIK_SITE", "Отклик: сайт"),
}
MARK = re.compile(r"\[otklik (\d+)-(\d+)\]\s*$")


class Crm:
    """One portal, in our words. Raises bitrix.BitrixError; flow/register.py turns these into what follows."""

    def __init__(self, client: Client, business: Business) -> None:
        self.client, self._business = client, business
        self._zone = ZoneInfo(business.zone)
        self._scheme: Scheme | None = None
        self._read_at = 0.0

    @property
    def locale(self) -> str:
        return self._business.locale

    async def aclose(self) -> None:
        await self.client.aclose()

    async def scheme(self, *, fresh: bool = False) -> Scheme:
        """Read now and then: names are the portal's, a manager may rename them, `otklik setup` may add some."""
        if self._scheme is None or fresh or time.monotonic() - self._read_at > FRESH_SECONDS:
            self._scheme, self._read_at = await self._read_scheme(), time.monotonic()
        return self._scheme

    async def _read_scheme(self) -> Scheme:
        wanted = self._business.crm
        answers = await self.client.batch(
            {"mode": methods.crm_mode(), "categories": methods.categories(), "sources": methods.statuses("SOURCE")}
        )
        category = category_id(_value(answers["categories"]), wanted.pipeline or PIPELINE)
        stages = await self.client.call(methods.statuses(f"DEAL_STAGE_{category}" if category else "DEAL_STAGE"))
        known = {row["STATUS_ID"] for row in stages.value}
        prefix = f"C{category}:" if category else ""
        codes = {stage: wanted.stages.get(stage, prefix + code) for stage, (code, _) in STAGES.items()}
        sources = {row["STATUS_ID"] for row in _value(answers["sources"])}
        named = {channel: wanted.sources.get(channel, code) for channel, (code, _) in SOURCES.items()}
        return Scheme(
            simple=int(_value(answers["mode"])) == 2,
            category_id=category,
            stages={stage: code for stage, code in codes.items() if code in known},
            sources={channel: code for channel, code in named.items() if code in sources},
            fields={word: wanted.fields.get(word, row[0]) for word, row in FIELDS.items()},
        )

    # --- card → the portal's fields

    def contact_fields(self, card: Card, scheme: Scheme) -> dict[str, Any]:
        fields: dict[str, Any] = {
            "NAME": card.name or say("title_customer", self._business.locale),
            "SOURCE_ID": scheme.sources.get(card.channel),
            "ASSIGNED_BY_ID": card.assignee,
            "ORIGINATOR_ID": ORIGINATOR,
            "ORIGIN_ID": card.person_id,
            "PHONE": [{"VALUE": card.phone.number, "VALUE_TYPE": "MOBILE"}] if card.phone else None,
            "EMAIL": [{"VALUE": card.email, "VALUE_TYPE": "HOME"}] if card.email else None,
            "IM": [{"VALUE": card.username, "VALUE_TYPE": card.channel.upper()}]
            if card.username and card.channel in ("telegram", "instagram")
            else None,
        }
        return _known(fields | _utm(card, upper=True))

    def lead_fields(self, card: Card, scheme: Scheme, contact: Id) -> dict[str, Any]:
        fields: dict[str, Any] = {
            "TITLE": card.title,
            "NAME": card.name,
            "CONTACT_ID": contact,
            "STATUS_ID": "NEW",
            "SOURCE_ID": scheme.sources.get(card.channel),
            "SOURCE_DESCRIPTION": ad_source(card, self.locale),
            "ASSIGNED_BY_ID": card.assignee,
            "OPPORTUNITY": card.amount,
            "CURRENCY_ID": self._business.currency if card.amount is not None else None,
            "ORIGINATOR_ID": ORIGINATOR,
            "ORIGIN_ID": card.id,
        }
        return _known(fields | _utm(card, upper=True))

    def deal_new(self, card: Card, scheme: Scheme, contact: Id, lead: Id | None) -> dict[str, Any]:
        """Everything of a new deal, its links and origin included."""
        fields: dict[str, Any] = {
            "categoryId": scheme.category_id,
            "contactIds": [contact],
            "leadId": lead,
            "sourceId": scheme.sources.get(card.channel),
            "sourceDescription": ad_source(card, self.locale),
            "originatorId": ORIGINATOR,
            "originId": card.id,
        }
        return _known(fields | _utm(card, upper=False) | self.deal_values(card, scheme))

    def deal_values(self, card: Card, scheme: Scheme) -> dict[str, Any]:
        """What of a deal may change, in JSON's own types, so that it can be compared with what was written."""
        locale = self._business.locale
        ours: dict[str, Any] = {
            "ad_source": ad_source(card, locale),
            "channel": channel_name(card.channel, locale),
            "visit_kind": card.visit_kind,
            "wanted_at": self._time(card.wanted_at),
            "reminded": card.reminded,
            "sla_class": say(f"class_{card.sla_class}", locale) if card.sla_class else "",
            "answer_by": self._time(card.answer_by),
            "answer_why": card.answer_why,
            "bot_replied_at": self._time(card.bot_replied_at),
            "human_replied_at": self._time(card.human_replied_at),
            "verdict": say(f"verdict_{card.verdict}", locale),
            "step": card.step,
            "booked_for": self._time(card.booked_for),
            "came": None if card.came is None else int(card.came),
            "state": card.state,
        }
        fields: dict[str, Any] = {
            "title": card.title,
            "stageId": scheme.stages.get(card.stage),
            "assignedById": card.assignee,
            "opportunity": card.amount,
            "currencyId": self._business.currency if card.amount is not None else None,
            "isManualOpportunity": "Y" if card.amount is not None else None,
        }
        fields = {name: value for name, value in fields.items() if value is not None}
        return fields | {scheme.fields[word]: "" if value is None else value for word, value in ours.items()}

    def comments(self, lines: Sequence[Line]) -> list[tuple[str, int]]:
        """Dialogue lines as timeline comments, each with the number of its last line. A block ends with its mark."""
        blocks: list[tuple[str, int]] = []
        block: list[str] = []
        first = lines[0].number if lines else 0
        for place, line in enumerate(lines):
            block.append(self._line(line))
            last = place == len(lines) - 1
            if last or len(block) == LINES_PER_COMMENT or sum(map(len, block)) > COMMENT_CHARACTERS - TEXT_CHARACTERS:
                blocks.append(("\n".join([*block, f"[otklik {first}-{line.number}]"]), line.number))
                block, first = [], line.number + 1
        return blocks

    def _line(self, line: Line) -> str:
        """`3 · 22.11 10:02 · Клиент: …`; a customer cannot write a line of ours or a mention."""
        who = speaker(line, self._business.locale)
        at = line.at.astimezone(self._zone).strftime("%d.%m %H:%M")
        text = line.text[:TEXT_CHARACTERS].replace("[", "[\u2060").replace("\n", "\n\u00a0\u00a0\u00a0\u00a0")
        return f"{line.number} · {at} · {who}: {text}"

    def notice(self, notice: Notice, deal: int | None) -> Command | None:
        """A task. None where nobody is known to do it, and while the deal has no id yet."""
        if notice.user is None or deal is None:
            return None
        return methods.task_add(title=notice.text, responsible_id=notice.user, crm=[f"D_{deal}"], deadline=notice.at)

    def _time(self, at: datetime | None) -> str | None:
        return at.astimezone(self._zone).isoformat(timespec="seconds") if at else None

    # --- people

    async def roster(self, team: Team) -> Roster:
        """Managers who are active, the supervisor and the owner, and what is known of each: at work, on leave, load.

        A few calls every two minutes, before the crowd's: escalations ask who is at work.
        """
        departments = (await self.client.call(methods.departments(), priority=Priority.HOT)).value
        department = next((row for row in departments if row["NAME"] == team.department), None)
        ids = list(team.users)
        if not ids and department:
            asked = methods.users(department=int(department["ID"]))
            rows = (await self.client.call(asked, priority=Priority.HOT)).value
            ids = [int(row["ID"]) for row in rows]
        head = int(department["UF_HEAD"]) if department and department.get("UF_HEAD") else None
        managers = [user for user in ids if user != head] or ids
        extra = [user for peak in self._business.sla.peaks for user in peak.users]
        supervisor = head if team.supervisor.user == "head" else _user(team.supervisor.user)
        people = await self._presence([*managers, *extra, *((supervisor,) if supervisor else ())])
        return Roster(
            managers=tuple(sorted(managers)), supervisor=supervisor, owner=_user(team.owner.user), people=people
        )

    async def _presence(self, users: Sequence[int]) -> tuple[Person, ...]:
        """One call for up to sixteen people; of whom the portal tells nothing, nothing is known."""
        found: list[Person] = []
        users = sorted(set(users))
        for start in range(0, len(users), PRESENCE):
            part = users[start : start + PRESENCE]
            asks = {f"day{user}": methods.working_day(user) for user in part}
            asks |= {f"load{user}": methods.open_deals(user) for user in part}
            answers = await self.client.batch(asks | {"leave": methods.presence(part)}, priority=Priority.HOT)
            found += [person_of(user, answers) for user in part]
        return tuple(found)


def open_crm(settings: Settings, business: Business, access: Access | None, pace: Pace, meter: Meter) -> Crm | None:
    """None while no portal is configured: customers are answered, cards wait in Redis."""
    room = settings.portal
    if access is None:
        return None

    def on_call(report: CallReport) -> None:
        meter.count("otklik_vendor_calls_total", vendor="bitrix", operation=report.method, outcome=report.outcome)

    transport = HttpxTransport(
        proxy=room.proxy.get_secret_value() if room.proxy else None,
        ca_bundle=str(room.ca_bundle) if room.ca_bundle else None,
    )
    return Crm(Client(access, pace=pace, transport=transport, on_call=on_call), business)


def person_of(user: int, answers: Mapping[str, Result | BitrixError]) -> Person:
    """Refused (no time tracking, no right to see it) and unreadable both mean: not known."""
    day, leave, deals = (answers.get(key) for key in (f"day{user}", "leave", f"load{user}"))
    status = day.value.get("STATUS") if isinstance(day, Result) and isinstance(day.value, Mapping) else None
    rows = leave.value if isinstance(leave, Result) and isinstance(leave.value, Mapping) else {}
    row = rows.get(str(user)) or {}
    absent = row.get("absent")
    return Person(
        user=user,
        name=" ".join(str(row.get("name") or "").split()),
        at_work=status == "OPENED" if status else None,
        away_until=datetime.fromisoformat(absent) if isinstance(absent, str) else None,
        load=(deals.total or 0) if isinstance(deals, Result) else 0,
    )


def category_id(answer: Mapping[str, Any], pipeline: str) -> int:
    """The pipeline of that name or id; the portal's first one where there is none."""
    rows = answer["categories"]
    return next((int(row["id"]) for row in rows if pipeline in (row["name"], str(row["id"]))), 0)


def ad_source(card: Card, locale: str) -> str:
    """«Источник рекламы» in one line: where the customer came from. Its kind where nothing more is known."""
    source = card.source
    if source is None:
        return ""
    parts = (source.title, source.ref, source.utm_source, source.utm_campaign, source.page_url)
    return " / ".join(part for part in parts if part)[:250] or say(f"source_{source.kind}", locale)


def last_line(comments: Sequence[Mapping[str, Any]]) -> int:
    """The highest dialogue line that a card holds, by the marks of its comments."""
    marks = (MARK.search(str(row.get("COMMENT", ""))) for row in comments)
    return max((int(mark.group(2)) for mark in marks if mark), default=0)


def _utm(card: Card, *, upper: bool) -> dict[str, Any]:
    source = card.source
    if source is None:
        return {}
    words = ("source", "medium", "campaign", "content", "term")
    return {
        f"UTM_{word.upper()}" if upper else f"utm{word.capitalize()}": getattr(source, f"utm_{word}") or None
        for word in words
    }


def _known(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None and value != ""}


def _user(user: int | str) -> int | None:
    return user if isinstance(user, int) else None


def _value(answer: "Result | Exception") -> Any:
    if isinstance(answer, Exception):
        raise answer
    return answer.value
