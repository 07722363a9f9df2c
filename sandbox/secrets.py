"""What each vendor knows of the business: the same variables as the product's own."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """Tokens, ids and app secrets; where several are listed, the first is the one used for signing."""

    telegram_tokens: tuple[str, ...]
    telegram_webhook_secret: str
    whatsapp_app_secret: str
    whatsapp_tokens: tuple[str, ...]
    whatsapp_phone_number_ids: tuple[str, ...]
    whatsapp_verify_token: str
    instagram_app_secret: str
    instagram_tokens: tuple[str, ...]
    instagram_account_ids: tuple[str, ...]
    instagram_verify_token: str
    site_secret: str
    sms_ru_api_id: str


def read_secrets(environ: Mapping[str, str] = os.environ) -> Secrets:
    """An unset or empty variable gets the value of the sample payloads, so that the sandbox also runs alone."""

    def several(name: str, sample: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in (environ.get(name) or sample).split(",") if part.strip())

    def first(name: str, sample: str) -> str:
        return several(name, sample)[0]

    return Secrets(
        telegram_tokens=several("TELEGRAM_BOT_TOKEN", "7000000001:demo-telegram-token"),
        telegram_webhook_secret=first("TELEGRAM_WEBHOOK_SECRET", "demo-telegram-secret"),
        whatsapp_app_secret=first("WHATSAPP_APP_SECRET", "demo-whatsapp-app-secret"),
        whatsapp_tokens=several("WHATSAPP_ACCESS_TOKEN", "demo-whatsapp-token"),
        whatsapp_phone_number_ids=several("WHATSAPP_PHONE_NUMBER_ID", "106540000000001"),
        whatsapp_verify_token=first("WHATSAPP_VERIFY_TOKEN", "demo-verify-token"),
        instagram_app_secret=first("INSTAGRAM_APP_SECRET", "demo-instagram-app-secret"),
        instagram_tokens=several("INSTAGRAM_ACCESS_TOKEN", "demo-instagram-token"),
        instagram_account_ids=several("INSTAGRAM_ACCOUNT_ID", "17841400000000001"),
        instagram_verify_token=first("INSTAGRAM_VERIFY_TOKEN", "demo-verify-token"),
        site_secret=first("SITE_WEBHOOK_SECRET", "demo-site-key"),
        sms_ru_api_id=first("SMS_RU_API_ID", "demo-sms-ru-key"),
    )
