"""What the command line of a rehearsal says, checked: a mistake is one line that names option, found and expected."""

import os
from datetime import date
from pathlib import Path

from app.flow.rehearse import Wish
from app.flow.rehearse.real import MARK
from app.settings import Settings

PORTALS = ("sandbox", "real")


class Wrong(Exception):
    """One line for the user."""


def wish(*, profile: Path | None, messages: int, seed: int, first_day: date | None, portal: str, yes: bool) -> Wish:
    """Raises Wrong, SettingsError. The real portal is written to only where it is named, set, and said yes to."""
    file, portal_url = _place(profile)
    if not file.is_file():
        raise Wrong(f"--profile {str(file)!r}: no such file, expected the path of a business's file")
    if portal not in PORTALS:
        raise Wrong(f"--portal {portal!r}: expected sandbox or real")
    if portal == "real" and not portal_url:
        raise Wrong("--portal real: BITRIX_WEBHOOK_URL is not set, expected the portal's inbound webhook")
    if portal == "real" and not yes:
        raise Wrong(
            f"--portal real: makes a pipeline «{MARK} …» with a few deals in your portal and removes it; say --yes"
        )
    return Wish(
        profile=file,
        messages=messages,
        seed=seed,
        first_day=first_day,
        portal_url=portal_url,
        real=portal == "real",
    )


def keep(page: Path, text: str) -> None:
    """Raises Wrong."""
    try:
        page.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Wrong(f"--html {str(page)!r}: {error.strerror}, expected a file that can be written") from error


def _place(profile: Path | None) -> tuple[Path, str]:
    """(the profile, the webhook of the configured portal or nothing). `--profile` alone needs no settings at all."""
    if profile is not None and not (Path(".env").exists() or "PROFILE" in os.environ):
        return profile, ""
    settings = Settings.load()
    webhook = settings.portal.webhook_url
    return profile or settings.general.profile, webhook.get_secret_value() if webhook else ""
