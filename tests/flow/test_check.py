"""`otklik check` over real HTTP against the sandbox: what is wrong is named with its cure, and no secret is shown."""

import re
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from app.crm import PIPELINE
from app.domain.business import Business
from app.domain.card import Role
from app.flow import setup
from app.flow.check import Finding, State, check, lines
from app.settings import Settings
from app.store import keys
from app.store.birth import open_store
from app.store.link import Link
from app.store.staff import Staff, StaffChat
from sandbox.faults import Fault
from sandbox.portal.access import SCOPES, InboundWebhook
from sandbox.portal.faults import Faults
from tests.flow.ops_house import INSTAGRAM, MODEL, PROFILE, SALON, SMS, TELEGRAM, WHATSAPP, House, opened_house, served

ALL = TELEGRAM | WHATSAPP | INSTAGRAM | SMS | MODEL
SECRETS = [value for name, value in ALL.items() if name.endswith(("TOKEN", "SECRET", "KEY", "API_ID"))]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with opened_house(tmp_path) as house:
        yield house


@pytest.fixture
async def born(redis_url: str) -> AsyncIterator[str]:
    link = Link(redis_url)
    await open_store(link)
    yield redis_url
    await link.close()


async def set_up(house: House, settings: Settings, business: Business | None = None) -> None:
    business = business or SALON
    crm = house.crm(business)
    await setup.apply(crm, await setup.plan(crm, business, settings, ("telegram", "whatsapp", "instagram", "site")))


def of(findings: list[Finding], part: str) -> list[Finding]:
    return [finding for finding in findings if finding.part == part]


def told(findings: list[Finding], *parts: str) -> str:
    chosen = [finding for finding in findings if not parts or finding.part in parts]
    return "\n".join(f"{finding.part} {finding.state}: {finding.found} → {finding.cure}" for finding in chosen)


def states(findings: list[Finding], part: str) -> set[State]:
    return {finding.state for finding in of(findings, part)}


async def test_a_house_in_order_has_no_error(house: House, born: str) -> None:
    settings = house.settings(ALL)
    await set_up(house, settings)
    findings = await check(settings, born)
    assert [] == [finding for finding in findings if finding.state is State.ERROR]
    for part, words in {
        "redis": "appendfsync everysec",  # the tests' own server
        "telegram": "@romashka_demo_bot",
        "whatsapp": "номер +",
        "instagram": "@romashka_demo",
        "sms": "на счету 500.00",
        "model": "sandbox-small отвечает",
        "portal": "Ольга Владелец",
    }.items():
        assert words in told(findings, part)
    assert "поля, воронка, стадии и источники на месте" in told(findings, "portal")
    assert "вебхук стоит" in told(findings, "telegram")


@pytest.mark.parametrize("locale", ["ru", "en"])
async def test_no_secret_is_ever_printed(house: House, born: str, locale: str) -> None:
    settings = house.settings(ALL | {"TELEGRAM_API_URL": f"{house.url}/nowhere"})
    for wrong in (settings, house.settings(ALL | {"BITRIX_WEBHOOK_URL": f"{house.url}/rest/1/hidden-code/"})):
        text = told(await check(wrong, born, locale))
        assert [] == [secret for secret in (*SECRETS, "hidden-code", "rest/1/sandbox") if secret in text]


async def test_with_everything_away_each_part_says_so_and_nobody_waits(house: House) -> None:
    nobody = "http://127.0.0.1:9"
    away = dict.fromkeys(("TELEGRAM_API_URL", "GRAPH_API_URL", "SMS_BASE_URL", "OPENAI_BASE_URL"), nobody)
    settings = house.settings(ALL | away | {"BITRIX_WEBHOOK_URL": f"{nobody}/rest/1/x/"})
    began = time.monotonic()
    findings = await check(settings, "redis://127.0.0.1:9/0")
    assert time.monotonic() - began < 6
    for part in ("redis", "telegram", "whatsapp", "instagram", "sms", "model", "portal"):
        assert states(findings, part) - {State.WARNING} == {State.ERROR}, told(findings, part)
        assert all(finding.cure for finding in of(findings, part))


async def test_whoever_hangs_is_left_after_five_seconds(house: House, born: str) -> None:
    house.sandbox.telegram.faults.set(Fault(kind="timeout"))
    house.sandbox.model.faults.set(Fault(kind="timeout"))
    house.sandbox.portal.door.faults = Faults(kind="timeout")
    began = time.monotonic()
    findings = await check(house.settings(ALL), born)
    assert 4 < time.monotonic() - began < 8
    assert all(State.ERROR in states(findings, part) for part in ("telegram", "model", "portal"))
    assert {State.OK} == states(findings, "instagram")


async def test_closed_doors_are_said_with_what_opens_them(house: House, born: str) -> None:
    findings = await check(house.settings({"BITRIX_WEBHOOK_URL": ""}), born)
    assert "не задано WHATSAPP_ACCESS_TOKEN, WHATSAPP_PHONE_NUMBER_ID, WHATSAPP_APP_SECRET" in told(
        findings, "whatsapp"
    )
    assert "не задано TELEGRAM_BOT_TOKEN" in told(findings, "telegram")
    assert "чат на /chat открыт" in told(findings, "site")
    assert "отвечают правила" in told(findings, "model")
    assert {State.WARNING} == states(findings, "portal")


async def test_a_door_half_filled_in_is_a_warning(house: House, born: str) -> None:
    findings = await check(house.settings({k: v for k, v in WHATSAPP.items() if k != "WHATSAPP_APP_SECRET"}), born)
    assert [("whatsapp", State.WARNING, "закрыто: заполнено не всё, не задано WHATSAPP_APP_SECRET")] == [
        (finding.part, finding.state, finding.found) for finding in of(findings, "whatsapp")
    ]


@pytest.mark.parametrize(
    ("key", "balance", "state", "words"),
    [
        (
            "somebody-elses-key",
            500.0,
            State.ERROR,
            "токен не принят: SMS.ru 200 → выпустите новый и запишите в SMS_RU_API_ID",
        ),
        ("demo-sms-ru-key", 0.0, State.ERROR, "на счету 0.00, ни одной SMS не уйдёт → пополните счёт"),
        ("demo-sms-ru-key", 12.5, State.OK, "на счету 12.50"),
    ],
)
async def test_sms_a_wrong_key_and_an_empty_balance_are_named(
    house: House, born: str, key: str, balance: float, state: State, words: str
) -> None:
    house.sandbox.sms_ru.verdicts.balance = balance
    findings = await check(house.settings({"SMS_RU_API_ID": key}), born)
    assert {state} == states(findings, "sms")
    assert words in told(findings, "sms")
    assert key not in told(findings)


async def test_a_cure_stands_below_what_it_cures(house: House, redis_url: str) -> None:
    findings = [finding for finding in await check(house.settings(), redis_url) if "пусто" in finding.found]
    first, second = lines(findings)
    assert "! redis      хранилище пусто" == first
    assert second.lstrip().startswith("→ перед первым запуском")


# --- Redis


async def test_an_empty_store_is_told_and_not_marked(house: House, redis_url: str, redis_client: Any) -> None:
    assert "хранилище пусто" in told(await check(house.settings(), redis_url), "redis")
    assert [] == await redis_client.keys("*")


async def test_what_may_be_lost_is_said(house: House, born: str, redis_client: Any) -> None:
    await redis_client.config_set("appendfsync", "always")
    try:
        assert {State.OK} == states(await check(house.settings(), born), "redis")
    finally:
        await redis_client.config_set("appendfsync", "everysec")
    assert "до секунды" in told(await check(house.settings(), born), "redis")


async def test_an_evicting_redis_is_not_fit(house: House, born: str, redis_client: Any) -> None:
    await redis_client.config_set("maxmemory-policy", "allkeys-lru")
    try:
        findings = await check(house.settings(), born)
    finally:
        await redis_client.config_set("maxmemory-policy", "noeviction")
    assert {State.ERROR} == states(findings, "redis")
    assert "noeviction" in told(findings, "redis")


async def test_time_moved_outside_the_sandbox_is_an_error(house: House, born: str, redis_client: Any) -> None:
    await redis_client.set(keys.OFFSET, 2 * 3600 * 1000)
    findings = await check(house.settings(), born)
    assert "сдвинуто на +2.0 ч, а SANDBOX выключен" in told(findings, "redis")
    assert State.ERROR in states(findings, "redis")
    assert State.ERROR not in states(await check(house.settings({"SANDBOX": "true"}), born), "redis")


# --- the profile


async def test_every_mistake_of_the_profile_is_named_and_the_rest_still_checked(
    house: House, born: str, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text(PROFILE.read_text().replace("timezone: Europe/Moscow", "timezone: Mars/North", 1))
    findings = await check(house.settings({"PROFILE": str(broken)}), born)
    assert "Mars/North" in told(findings, "profile")
    assert {State.ERROR} == states(findings, "profile")
    assert "Ольга Владелец" in told(findings, "portal")


# --- messengers


async def test_a_dead_bot_token_is_named_with_its_cure(house: House, born: str) -> None:
    findings = await check(house.settings(TELEGRAM | {"TELEGRAM_BOT_TOKEN": "1:dead"}), born)
    assert [("токен бота не принят: Unauthorized", True)] == [
        (finding.found, "@BotFather" in finding.cure) for finding in of(findings, "telegram")
    ]


@pytest.mark.parametrize(
    ("webhook", "words"),
    [
        ({}, "вебхук не установлен"),
        ({"url": "https://other.example.com/secret-path"}, "вебхук ведёт не сюда: other.example.com"),
        ({"last_error_message": "Wrong response from the webhook: 401 Unauthorized"}, "другой секрет"),
        ({"last_error_message": "Connection refused"}, "Telegram жалуется: Connection refused"),
        ({"allowed_updates": ["message"]}, "не приходят обновления: business_connection"),
    ],
)
async def test_a_webhook_that_does_not_work_is_told_why(
    house: House, born: str, webhook: dict[str, Any], words: str
) -> None:
    settings = house.settings(TELEGRAM)
    await set_up(house, settings)
    house.sandbox.telegram.webhook = {**house.sandbox.telegram.webhook, **webhook} if webhook else {}
    findings = await check(settings, born)
    assert words in told(findings, "telegram")
    assert "secret-path" not in told(findings)
    assert all(finding.cure for finding in of(findings, "telegram") if finding.state is not State.OK)


async def test_meta_tokens_and_ids_are_tried(house: House, born: str) -> None:
    dead = {"WHATSAPP_ACCESS_TOKEN": "dead", "INSTAGRAM_ACCESS_TOKEN": "dead"}
    findings = await check(house.settings(WHATSAPP | INSTAGRAM | dead), born)
    assert "Invalid OAuth access token" in told(findings, "whatsapp")
    assert "запишите в INSTAGRAM_ACCESS_TOKEN" in told(findings, "instagram")
    others = {"WHATSAPP_PHONE_NUMBER_ID": "404", "INSTAGRAM_ACCOUNT_ID": "404"}
    findings = await check(house.settings(WHATSAPP | INSTAGRAM | others), born)
    assert "Object with ID '404' does not exist" in told(findings, "whatsapp")
    assert "токен от аккаунта 17841400000000001" in told(findings, "instagram")


async def test_without_a_template_the_window_is_the_end(house: House, born: str) -> None:
    findings = await check(house.settings(WHATSAPP | {"WHATSAPP_TEMPLATE": ""}), born)
    assert "24 часов" in told(findings, "whatsapp")


class ProvingGraph:
    """Graph as it is with `appsecret_proof`, which the sandbox's does not look at: a wrong one is refused."""

    def __init__(self, vendors: ASGIApp) -> None:
        self.vendors = vendors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if "appsecret_proof" not in Request(scope).query_params:
            return await self.vendors(scope, receive, send)
        error = {"message": "Invalid appsecret_proof provided in the API argument", "code": 100}
        return await JSONResponse({"error": error}, 400)(scope, receive, send)


async def test_an_app_secret_of_another_app_is_found(house: House, born: str) -> None:
    async with served(ProvingGraph(house.sandbox.app)) as port:
        settings = house.settings(WHATSAPP | {"GRAPH_API_URL": f"http://127.0.0.1:{port}/graph"})
        findings = await check(settings, born)
    assert "не от того приложения" in told(findings, "whatsapp")


async def test_a_messenger_cannot_deliver_to_this_machine(house: House, born: str) -> None:
    findings = await check(house.settings(TELEGRAM | {"PUBLIC_URL": ""}), born)
    assert "не https" in told(findings, "address")


# --- models


@pytest.mark.parametrize(("kind", "words"), [("429", "исчерпан"), ("500", "HTTP 500"), ("html", "HTTP 502")])
async def test_a_model_that_answers_no_is_told_apart(house: House, born: str, kind: Any, words: str) -> None:
    house.sandbox.model.faults.set(Fault(kind=kind))
    findings = await check(house.settings(MODEL), born)
    assert words in told(findings, "model")
    assert "правила" in told(findings, "model")


async def test_local_privacy_never_calls_an_outside_model(house: House, born: str) -> None:
    settings = house.settings(MODEL | {"PRIVACY": "local", "OPENAI_BASE_URL": "https://model.example.com/v1"})
    assert {State.WARNING} == states(await check(settings, born), "model")


# --- the portal


async def test_a_webhook_that_is_wrong_or_ran_out_is_told_to_be_made_anew(house: House, born: str) -> None:
    access = house.sandbox.portal.world.access
    access.add(InboundWebhook(user_id=1, code="old", expires_at=datetime.now(UTC) - timedelta(days=1)))
    for code in ("old", "wrong"):
        settings = house.settings({"BITRIX_WEBHOOK_URL": f"{house.url}/rest/1/{code}/"})
        assert "создайте новый входящий вебхук" in told(await check(settings, born), "portal")


@pytest.mark.parametrize(
    ("refusal", "words"),
    [("free_plan", "нет REST"), ("unpaid", "портал закрыт"), ("deleted", "портал закрыт"), ("overload", "закрыт")],
)
async def test_a_portal_that_is_shut_says_why(house: House, born: str, refusal: Any, words: str) -> None:
    house.sandbox.portal.door.refusal = refusal
    assert words in told(await check(house.settings(), born), "portal")


async def test_missing_scopes_are_listed(house: House, born: str) -> None:
    scopes = SCOPES - {"department", "im", "booking"}
    house.sandbox.portal.world.access.add(InboundWebhook(user_id=1, code="few", scopes=scopes))
    findings = await check(house.settings({"BITRIX_WEBHOOK_URL": f"{house.url}/rest/1/few/"}), born)
    assert "не даны права: department, im" in told(findings, "portal")
    assert "не даны права: booking (онлайн-запись); остальное работает" in told(findings, "portal")


async def test_without_a_right_to_crm_the_owner_is_the_matter(house: House, born: str) -> None:
    house.sandbox.portal.world.users[1].crm = False
    assert "владельцу вебхука закрыт CRM" in told(await check(house.settings(), born), "portal")


async def test_an_owner_who_is_no_administrator_is_a_warning(house: House, born: str) -> None:
    house.sandbox.portal.world.users[1].admin = False
    assert "не администратор" in told(await check(house.settings(), born), "portal")


async def test_a_portal_with_its_own_certificate_is_told_about_the_bundle(
    house: House, born: str, tmp_path: Path
) -> None:
    authority = trustme.CA()
    served_with = authority.issue_cert("127.0.0.1")
    key, chain, root = tmp_path / "key.pem", tmp_path / "chain.pem", tmp_path / "root.pem"
    served_with.private_key_pem.write_to_path(str(key))
    served_with.cert_chain_pems[0].write_to_path(str(chain))
    authority.cert_pem.write_to_path(str(root))
    async with served(house.sandbox.app, ssl_keyfile=str(key), ssl_certfile=str(chain)) as port:
        url = {"BITRIX_WEBHOOK_URL": f"https://127.0.0.1:{port}/rest/1/sandbox/"}
        assert "BITRIX_CA_BUNDLE" in told(await check(house.settings(url), born), "portal")
        trusting = await check(house.settings(url | {"BITRIX_CA_BUNDLE": str(root)}), born)
        assert "Ольга Владелец" in told(trusting, "portal")
    wrong = house.settings(url | {"BITRIX_CA_BUNDLE": str(key)})
    assert "не читается как PEM" in told(await check(wrong, born), "portal")


async def test_simple_crm_mode_is_said(house: House, born: str) -> None:
    house.sandbox.portal.world.crm_mode = 2
    assert "простой режим CRM" in told(await check(house.settings(), born), "portal")


async def test_a_portal_never_set_up_is_one_line(house: House, born: str) -> None:
    found = [
        finding for finding in of(await check(house.settings(), born), "portal") if "ещё не настроен" in finding.found
    ]
    assert ["otklik setup"] == [finding.cure for finding in found]


async def test_what_was_deleted_from_the_scheme_is_named(house: House, born: str) -> None:
    settings = house.settings()
    await set_up(house, settings)
    world = house.sandbox.portal.world
    field = next(row for row in world.userfields.values() if row.name == "UF_CRM_OTKLIK_STEP")
    await house.portal("crm.deal.userfield.delete", id=field.id)
    stage = next(row for row in world.statuses.values() if row.code.endswith(":OTK_BOOKED"))
    await house.portal("crm.status.delete", id=stage.id)
    findings = await check(settings, born)
    missing = {finding.found: finding.cure for finding in of(findings, "portal") if finding.found.startswith("нет:")}
    assert {
        "нет: поле сделки «Ступень эскалации» (UF_CRM_OTKLIK_STEP)": "otklik setup",
        f"нет: стадия «Записан» ({stage.code})": "otklik setup",
    } == missing


async def test_a_renamed_pipeline_is_named(house: House, born: str) -> None:
    settings = house.settings()
    await set_up(house, settings)
    category = next(row for row in house.sandbox.portal.world.categories.values() if row["name"] == PIPELINE)
    await house.portal("crm.category.update", entityTypeId=2, id=category["id"], fields={"name": "Продажи"})
    findings = await check(settings, born)
    assert "воронки «Отклик» нет: её переименовали или удалили" in told(findings, "portal")
    assert "нет: стадия" not in told(findings, "portal")


async def test_a_team_that_the_portal_does_not_know_is_named(house: House, born: str, tmp_path: Path) -> None:
    profile = tmp_path / "other.yaml"
    profile.write_text(PROFILE.read_text().replace("department: Администраторы", "department: Нет такого", 1))
    assert "некому передать" in told(await check(house.settings({"PROFILE": str(profile)}), born), "portal")


async def test_a_wrong_state_of_the_portal_is_not_called_fine(house: House, born: str) -> None:
    settings = house.settings()
    business = replace(SALON, crm=replace(SALON.crm, fields={"channel": "UF_CRM_NO"}))
    profile = house.folder / "mapped.yaml"
    profile.write_text(PROFILE.read_text() + "\ncrm: {fields: {channel: UF_CRM_NO}}\n")
    await set_up(house, settings, business)
    findings = await check(house.settings({"PROFILE": str(profile)}), born)
    assert "crm.fields.channel" in told(findings, "portal")
    assert "на месте" not in told(findings, "portal").replace("на месте {count}", "")


async def test_whom_a_report_would_reach_is_told(house: House, born: str) -> None:
    assert "отчёт придёт в Telegram" in told(await check(house.settings(ALL), born), "reports")
    alone = house.settings({"TELEGRAM_BOT_TOKEN": ""})
    [finding] = of(await check(alone, born), "reports")
    assert (State.OK, "владелец: чат не привязан, отчёт придёт уведомлением в Битрикс24") == (
        finding.state,
        finding.found,
    )


@pytest.mark.parametrize(
    ("reports", "words"),
    [
        ('{daily: "09:00", to: [owner, supervisor]}', ["владелец: отчёт некуда", "руководитель: отчёт некуда"]),
        ('{daily: "09:00"}', ["получателя нет"]),
        ("{to: [owner]}", ["времени нет"]),
        ("{}", []),
    ],
)
async def test_a_report_that_would_reach_nobody_is_named(
    house: House, born: str, tmp_path: Path, reports: str, words: list[str]
) -> None:
    profile = tmp_path / "profile.yaml"
    text = "\n".join(line for line in PROFILE.read_text().splitlines() if not line.startswith("reports:"))
    profile.write_text(re.sub(r',? *telegram: *"\d+"', "", text) + f"\nreports: {reports}\n")
    found = of(await check(house.settings({"BITRIX_WEBHOOK_URL": "", "PROFILE": str(profile)}), born), "reports")
    assert len(words) == len(found)
    for finding, word in zip(found, words, strict=True):
        assert (State.WARNING, True, True) == (finding.state, word in finding.found, bool(finding.cure))


async def test_a_bound_chat_is_where_the_report_goes(house: House, born: str, tmp_path: Path) -> None:
    profile = tmp_path / "profile.yaml"
    profile.write_text(re.sub(r',? *telegram: *"\d+"', "", PROFILE.read_text()))
    settings, link = house.settings(WHATSAPP | {"PROFILE": str(profile)}), Link(born)
    chat = StaffChat(conversation_id="wh-1", channel="whatsapp", account="106540000000001", chat_id="79995550100")
    await Staff(link).bind(Role.OWNER, chat)
    await link.close()
    assert "владелец: отчёт придёт в WhatsApp" in told(await check(settings, born), "reports")
