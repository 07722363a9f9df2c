"""Everything a flow may touch, opened once per process and handed down."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import redis.asyncio as redis
from pydantic import SecretStr

from app.assistant import rules
from app.assistant.model import Model, ModelAccess, ModelCall
from app.assistant.understand import Assistant
from app.channels import Instagram, Site, Telegram, WhatsApp
from app.channels.base import Channel
from app.channels.http import Wire
from app.channels.sms import Sms, SmsRu
from app.crm import Crm, open_crm
from app.diary import PortalDiary
from app.domain.business import Business, DiaryKind
from app.domain.message import Template
from app.domain.qualification import Understanding
from app.domain.visits.slot_source import Diary
from app.observe.metrics import Meter
from app.portal import Installed, access_of, installed_of, name_of
from app.profiles import load
from app.settings import FallbackModel, Settings, Vendor
from app.settings import Model as ModelRoom
from app.store import birth
from app.store.cards import Cards
from app.store.chat import Chat
from app.store.codec import moment
from app.store.commands import Commands
from app.store.dead_letters import DeadLetters
from app.store.diary import DiaryCopy
from app.store.due import Due
from app.store.embedded import Embedded
from app.store.figures import Figures
from app.store.forgetting import Forgetting
from app.store.holds import Holds
from app.store.imported import Imported
from app.store.journal import Journal
from app.store.keys import OFFSET
from app.store.lines import Lines
from app.store.link import Link, StoreAway, StoreError
from app.store.mailbox import Mailbox
from app.store.outbox import Outbox
from app.store.pace import PortalPace
from app.store.people import People
from app.store.reports import Reports
from app.store.schemes import Schemes
from app.store.staff import Staff
from app.store.switches import Switches
from app.store.talks import Hints, Talks
from app.store.times import business_ms
from app.store.vault import Vault
from app.store.waiters import Waiters
from bitrix import SETTLES

log = logging.getLogger("otklik.runtime")

FLUSH_SECONDS = 1.0
UNHURRIED = 4  # turns at once in a process for which nobody waits


class Bill:
    """What models cost this process and the day's sum does not hold yet."""

    def __init__(self) -> None:
        self._owed = 0.0

    def add(self, cost: float) -> None:
        self._owed += cost

    def take(self) -> float:
        owed, self._owed = self._owed, 0.0
        return owed


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    settings: Settings
    business: Business
    redis_url: str
    link: Link
    blocking: redis.Redis
    channels: Mapping[str, Channel]
    wires: Mapping[str, Wire]
    assistant: Assistant
    crm: Crm | None
    vault: Vault | None  # None without SECRET_KEY
    installed: Installed | None  # None where the portal is entered by a webhook, or not at all
    mailbox: Mailbox
    outbox: Outbox
    due: Due
    cards: Cards
    people: People
    holds: Holds
    commands: Commands
    waiters: Waiters
    diary: Diary | None
    imported: Imported
    diary_copy: DiaryCopy
    schemes: Schemes
    staff: Staff
    reports: Reports
    switches: Switches
    forgetting: Forgetting
    talks: Talks
    hints: Hints
    chat: Chat
    lines: Lines
    journal: Journal
    figures: Figures
    dead_letters: DeadLetters
    meter: Meter = field(default_factory=Meter)
    bill: Bill = field(default_factory=Bill)
    unhurried: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(UNHURRIED))

    def template(self, channel: str) -> Template | None:
        """The approved template that carries a text outside the window: one value in its body, the text itself."""
        named = self.settings.whatsapp.template if channel == "whatsapp" else ""
        name, _, language = named.partition(":")
        return Template(name=name, language=language or self.business.locale) if name else None

    def patience(self, seconds: float) -> float:
        """How long to wait for what may still come. Time stands in a rehearsal, so that little does: a twentieth."""
        return seconds / 20 if self.settings.general.rehearsal else seconds

    async def now(self) -> datetime:
        """Business time, by Redis's clock."""
        (seconds, micro), offset = await asyncio.gather(self.link.command("TIME"), self.link.command("GET", OFFSET))
        return moment(business_ms(int(seconds) * 1000 + int(micro) / 1000, offset))

    async def flush(self) -> None:
        """Hand what was counted over to Redis; while it is away the counts wait here."""
        grown, cost = self.meter.take(), self.bill.take()
        try:
            if cost:
                await self.switches.spent(cost)
                cost = 0.0
            await self.figures.add(grown)
        except (StoreAway, StoreError):
            self.meter.add(grown)
            self.bill.add(cost)

    async def aclose(self) -> None:
        await self.assistant.aclose()
        for wire in self.wires.values():
            await wire.close()
        if self.crm:
            await self.crm.aclose()
        await self.blocking.aclose()
        await self.link.close()


@asynccontextmanager
async def opened(settings: Settings, redis_url: str, *, prepare: bool = True) -> AsyncIterator[Runtime]:
    """The runtime of one process. `prepare`: check that this Redis is fit and mark its birth."""
    runtime = _wired(settings, redis_url)
    flusher = asyncio.create_task(_flush_forever(runtime), name="flush")
    try:
        if prepare and await birth.open_store(runtime.link):
            log.info("the store was empty: it is born now")
        yield runtime
    finally:
        flusher.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await flusher
        await runtime.flush()
        await runtime.aclose()


def _wired(settings: Settings, redis_url: str) -> Runtime:
    business = load(settings.general.profile)
    link = Link(redis_url)
    blocking = redis.Redis.from_url(redis_url, decode_responses=True, socket_timeout=None)
    meter, bill = Meter(), Bill()
    vault = Vault(link, _secret(settings.general.secret_key)) if settings.general.secret_key else None
    installed = installed_of(settings, vault)
    access, pace = access_of(settings, installed), PortalPace(link, name_of(settings))
    crm = open_crm(settings, business, access, pace, meter)
    imported, commands = Imported(link), Commands(link)
    return Runtime(
        settings=settings,
        business=business,
        redis_url=redis_url,
        link=link,
        blocking=blocking,
        channels=channels_of(settings),
        wires=wires_of(settings),
        assistant=assistant_of(settings, meter, bill),
        crm=crm,
        vault=vault,
        installed=installed,
        holds=Holds(link, [resource.id for resource in business.resources] or [""], business.booking.buffer),
        commands=commands,
        waiters=Waiters(link),
        diary=_diary(business, crm, imported, commands),
        imported=imported,
        diary_copy=DiaryCopy(link),
        mailbox=Mailbox(link),
        outbox=Outbox(link),
        due=Due(link),
        cards=Cards(link),
        people=People(link),
        schemes=Schemes(link),
        staff=Staff(link),
        reports=Reports(link),
        switches=Switches(link),
        forgetting=Forgetting(link),
        talks=Talks(link),
        hints=Hints(link),
        chat=Chat(link, blocking),
        lines=Lines(link),
        journal=Journal(link),
        figures=Figures(link),
        dead_letters=DeadLetters(link),
        meter=meter,
        bill=bill,
    )


def _diary(business: Business, crm: Crm | None, imported: Imported, commands: Commands) -> Diary | None:
    if business.booking.diary is DiaryKind.IMPORT:
        return imported
    return PortalDiary(crm.client, business, partial(commands.begin, settles=SETTLES)) if crm else None


def redis_url_of(settings: Settings) -> str:
    """REDIS_URL, or the embedded server of DATA_DIR: found if it runs, started otherwise."""
    if settings.general.redis_url is not None:
        return settings.general.redis_url.get_secret_value()
    return Embedded(settings.general.data_dir / "redis").start()


async def _flush_forever(runtime: Runtime) -> None:
    while True:
        await asyncio.sleep(FLUSH_SECONDS)
        await runtime.flush()


def channels_of(settings: Settings) -> dict[str, Channel]:
    """Every messenger stands there, its door closed without its secret; SMS, which has no door, only with its key."""
    telegram, whatsapp, instagram = settings.telegram, settings.whatsapp, settings.instagram
    return {
        "telegram": Telegram(
            token=_secret(telegram.bot_token), secret=_secret(telegram.webhook_secret), api_url=telegram.api_url
        ),
        "whatsapp": WhatsApp(
            tokens=_secrets(whatsapp.access_tokens),
            phone_number_ids=whatsapp.phone_number_ids,
            app_secrets=_secrets(whatsapp.app_secrets),
            verify_token=_secret(whatsapp.verify_token),
            api_url=whatsapp.api_url,
        ),
        "instagram": Instagram(
            tokens=_secrets(instagram.access_tokens),
            account_ids=instagram.account_ids,
            app_secrets=_secrets(instagram.app_secrets),
            verify_token=_secret(instagram.verify_token),
            api_url=instagram.api_url or "",
        ),
        "site": Site(secret=_secret(settings.site.webhook_secret)),
        **_sms(settings),
    }


def _sms(settings: Settings) -> dict[str, Channel]:
    room = settings.sms
    if not room.is_open:
        return {}
    return {"sms": Sms(SmsRu(api_id=_secret(room.api_id), sender=room.sender, base_url=room.base_url))}


def wires_of(settings: Settings) -> dict[str, Wire]:
    rooms: dict[str, Vendor] = {
        "telegram": settings.telegram,
        "whatsapp": settings.whatsapp,
        "instagram": settings.instagram,
        "sms": settings.sms,
    }
    return {
        name: Wire(name, proxy=_secret(room.proxy), ca_bundle=str(room.ca_bundle or "")) for name, room in rooms.items()
    }


def assistant_of(settings: Settings, meter: Meter, bill: Bill | None = None) -> Assistant:
    rooms: dict[str, ModelRoom | FallbackModel] = {"model": settings.model, "fallback": settings.fallback_model}

    def on_call(call: ModelCall) -> None:
        room = rooms[call.name]
        cost = (call.input_tokens * room.price_in + call.output_tokens * room.price_out) / 1000
        if bill is not None and cost:
            bill.add(cost)
        meter.count("otklik_model_cost_total", cost, model=call.name)
        meter.count("otklik_vendor_calls_total", vendor="model", operation=call.name, outcome=call.outcome)
        meter.count("otklik_model_tokens_total", call.input_tokens, model=call.name, direction="in")
        meter.count("otklik_model_tokens_total", call.output_tokens, model=call.name, direction="out")

    def on_reply(understanding: Understanding, seconds: float) -> None:
        meter.count("otklik_replies_total", source=understanding.by)
        for guard in understanding.guards:
            meter.count("otklik_guards_fired_total", guard=guard)
        meter.observe("otklik_step_duration_seconds", seconds, step="understand", outcome=understanding.by)

    models = [
        Model(
            ModelAccess(
                name=name,
                base_url=room.base_url,
                api_key=_secret(room.api_key),
                model=room.model,
                proxy=_secret(room.proxy),
                ca_bundle=str(room.ca_bundle or ""),
            ),
            on_call=on_call,
        )
        for name, room in rooms.items()
        if room.api_key
    ]
    return Assistant(
        models=models,
        rules=rules.answer,
        privacy=settings.general.privacy,
        budget_seconds=settings.assistant.budget_seconds,
        on_reply=on_reply,
    )


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value else ""


def _secrets(values: tuple[SecretStr, ...]) -> tuple[str, ...]:
    return tuple(value.get_secret_value() for value in values)
