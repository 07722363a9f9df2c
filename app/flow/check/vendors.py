"""Messengers and models: does the vendor take our token, is the account ours, does its webhook lead here."""

import hmac
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from hashlib import sha256
from itertools import zip_longest
from typing import Any
from urllib.parse import urlsplit

import orjson
from pydantic import SecretStr

from app.assistant.model import ModelAccess
from app.channels import instagram as instagram_channel
from app.channels import whatsapp as whatsapp_channel
from app.channels.base import Request, Response
from app.channels.http import Wire
from app.channels.instagram.send import Login
from app.channels.sms.sms_ru import OK, VERDICTS, SmsRu, answer_of
from app.domain.card import Role
from app.domain.failures import Failure, Refusal, Refused
from app.domain.words import say
from app.flow import telegram_webhook
from app.flow.check.doors import is_open, told_away
from app.flow.check.findings import Notes
from app.flow.staff import code_of
from app.settings import FallbackModel, Model, Settings, Vendor

SECONDS = 4.5  # below the bound of a part


async def telegram(settings: Settings, notes: Notes) -> None:
    if not is_open(settings.telegram, notes):
        return
    try:
        bot = await telegram_webhook.ask(settings, "getMe")
        notes.ok("telegram_ok", name=bot.get("username", bot.get("id")))
        _staff_links(settings, str(bot.get("username", "")), notes)
        _webhook(await telegram_webhook.webhook_info(settings), settings, notes)
    except Refused as refused:
        if refused.reason == Refusal.TOKEN:
            notes.fail("telegram_token", reason=refused.detail)
        else:
            notes.fail("refused", reason=refused.detail, name="TELEGRAM_BOT_TOKEN")
    except Failure as failure:
        told_away(failure, notes, name="TELEGRAM", reason=failure.detail, address="TELEGRAM_API_URL")


def _staff_links(settings: Settings, bot: str, notes: Notes) -> None:
    """What the supervisor and the owner open once, to hear notices in their own chat."""
    if settings.general.secret_key is None:
        notes.ok("staff_closed")
        return
    for role in (Role.SUPERVISOR, Role.OWNER):
        who = say(f"staff_role_{role}", notes.locale)
        notes.ok("staff_link", role=who, link=f"https://t.me/{bot}?start={code_of(settings, role)}")


def _webhook(info: telegram_webhook.WebhookInfo, settings: Settings, notes: Notes) -> None:
    url = telegram_webhook.address(settings)
    if not info.url:
        notes.fail("webhook_none")
    elif info.url != url:
        notes.fail("webhook_elsewhere", host=urlsplit(info.url).hostname)  # its path may hold somebody's secret
    elif info.is_refused:
        notes.fail("webhook_secret", pending=info.pending)
    elif info.last_error:
        notes.warn("webhook_error", reason=info.last_error, pending=info.pending, url=url)
    elif info.lacks:
        notes.warn("webhook_lacks", kinds=", ".join(sorted(info.lacks)))
    else:
        notes.ok("webhook_ok", pending=info.pending)


async def whatsapp(settings: Settings, notes: Notes) -> None:
    room = settings.whatsapp
    if not is_open(room, notes):
        return
    async with _wire("WHATSAPP", room, notes) as wire:
        for number, token in zip_longest(room.phone_number_ids, room.access_tokens, fillvalue=room.access_tokens[0]):
            await _number(wire, room.api_url, str(number), token, room.app_secrets, notes)
    if not room.template:
        notes.warn("whatsapp_template")


async def _number(
    wire: Wire, api_url: str, number: str, token: SecretStr, secrets: tuple[SecretStr, ...], notes: Notes
) -> None:
    """The number's own page, read with a proof of each app secret until one fits; the token's app has only one."""
    url = f"{api_url}/{whatsapp_channel.API_VERSION}/{number}?fields=display_phone_number,quality_rating"
    answer, reason = await _graph(wire, url, token)
    if answer is None:
        notes.fail("token", reason=reason, name="WHATSAPP_ACCESS_TOKEN")
        return
    named = answer.get("display_phone_number", number)
    if answer.get("quality_rating") == "RED":
        notes.warn("whatsapp_red", number=named)
    else:
        notes.ok("whatsapp_ok", number=named)
    proofs = [_proof(token, secret) for secret in secrets]
    if not any([(await _graph(wire, f"{url}&appsecret_proof={proof}", token))[0] for proof in proofs]):
        notes.fail("whatsapp_secret")


def _proof(token: SecretStr, secret: SecretStr) -> str:
    """developers.facebook.com/docs/graph-api/guides/secure-requests"""
    return hmac.new(secret.get_secret_value().encode(), token.get_secret_value().encode(), sha256).hexdigest()


async def instagram(settings: Settings, notes: Notes) -> None:
    room = settings.instagram
    if not is_open(room, notes):
        return
    async with _wire("INSTAGRAM", room, notes) as wire:
        for token in room.access_tokens:
            login = Login.of(token.get_secret_value())
            fields = "user_id,username" if login is Login.INSTAGRAM else "id,name"
            url = f"{room.api_url or login.host}/{instagram_channel.API_VERSION}/me?fields={fields}"
            answer, reason = await _graph(wire, url, token)
            if answer is None:
                notes.fail("token", reason=reason, name="INSTAGRAM_ACCESS_TOKEN")
            elif login is Login.INSTAGRAM and str(answer.get("user_id")) not in room.account_ids:
                notes.fail("instagram_other", found=answer.get("user_id"))
            else:
                notes.ok("instagram_ok", name=answer.get("username") or answer.get("name"))


async def sms(settings: Settings, notes: Notes) -> None:
    """The balance: it proves the key too, and no text is paid for."""
    room = settings.sms
    if not is_open(room, notes) or room.api_id is None:
        return
    vendor = SmsRu(api_id=room.api_id.get_secret_value(), base_url=room.base_url)
    async with _wire("SMS", room, notes) as wire:
        answer = answer_of(await wire.send(vendor.ask_balance()))
        match VERDICTS.get(answer.status_code or 0):
            case Refusal.TOKEN:
                notes.fail("token", reason=f"SMS.ru {answer.status_code}", name="SMS_RU_API_ID")
            case Refusal.ACCOUNT:
                notes.fail("sms_account", code=answer.status_code)
            case _ if answer.status_code != OK or answer.balance is None:
                notes.warn("sms_ill", code=answer.status_code)
            case _ if answer.balance <= 0:
                notes.fail("sms_empty", balance=f"{answer.balance:.2f}")
            case _:
                notes.ok("sms_ok", balance=f"{answer.balance:.2f}")


async def _graph(wire: Wire, url: str, token: SecretStr) -> tuple[Mapping[str, Any] | None, str]:
    """The object, or why there is none. Raises Failure when nobody answered."""
    headers = {"Authorization": f"Bearer {token.get_secret_value()}"}
    response = await wire.send(Request(method="GET", url=url, headers=headers))
    answer = _json(response)
    if response.status == 200 and answer is not None:
        return answer, ""
    error = answer.get("error") if answer else None
    return None, str(error.get("message")) if isinstance(error, Mapping) else f"HTTP {response.status}"


async def model(settings: Settings, notes: Notes) -> None:
    await _model(settings, settings.model, "OPENAI", notes)


async def fallback(settings: Settings, notes: Notes) -> None:
    await _model(settings, settings.fallback_model, "FALLBACK_OPENAI", notes)


async def _model(settings: Settings, room: Model | FallbackModel, name: str, notes: Notes) -> None:
    """The call that will be made, with one word: a list of models would prove neither the key nor the name."""
    if room.api_key is None:
        if name == "OPENAI":
            notes.ok("model_none", names=", ".join(room.missing()))
        return
    access = ModelAccess(name=notes.part, base_url=room.base_url, model=room.model)
    if settings.general.privacy == "local" and not access.is_local:
        notes.warn("model_private")
        return
    asked = {"model": room.model, "messages": [{"role": "user", "content": "1"}]}
    headers = {"Authorization": f"Bearer {room.api_key.get_secret_value()}"}
    async with _wire(name, room, notes) as wire:
        request = Request(method="POST", url=f"{room.base_url}/chat/completions", headers=headers, json=asked)
        _answered(await wire.send(request), room.model, name, notes)


def _answered(response: Response, model: str, name: str, notes: Notes) -> None:
    answer = _json(response)
    match response.status:
        case 200 if answer is not None and answer.get("choices"):
            notes.ok("model_ok", model=model)
        case 401 | 403:
            notes.fail("model_key", status=response.status, name=name)
        case 404:
            notes.fail("model_unknown", model=model, status=404, name=name)
        case 429:
            notes.warn("model_limit")
        case status:
            notes.fail("model_ill", reason=f"HTTP {status}", name=name)


@asynccontextmanager
async def _wire(name: str, room: Vendor, notes: Notes) -> AsyncIterator[Wire]:
    """Connections as the running service makes them; whoever was not reached is noted."""
    proxy = room.proxy.get_secret_value() if room.proxy else ""
    wire = Wire(notes.part, proxy=proxy, ca_bundle=str(room.ca_bundle or ""), total_seconds=SECONDS)
    try:
        yield wire
    except Failure as failure:
        address = {"WHATSAPP": "GRAPH_API_URL", "INSTAGRAM": "GRAPH_API_URL"}.get(name, f"{name}_BASE_URL")
        told_away(failure, notes, name=name, reason=failure.detail, address=address)
    finally:
        await wire.close()


def _json(response: Response) -> Mapping[str, Any] | None:
    try:
        answer = orjson.loads(response.body)
    except orjson.JSONDecodeError:
        return None
    return answer if isinstance(answer, Mapping) else None
