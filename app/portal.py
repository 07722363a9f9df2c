"""How this deployment gets into its portal: by an inbound webhook, or as a local application whose tokens we keep."""

import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from app.settings import Settings
from app.store.vault import Sealed, Vault
from bitrix import OAuthAccess, Tokens, WebhookAccess
from bitrix.access import Access, Application
from bitrix.errors import Unauthorized, Unreachable

RECORD = "portal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """Our application as it stands in the portal."""

    tokens: Tokens
    application_token: str = field(repr=False)

    @property
    def member_id(self) -> str:
        return self.tokens.member_id

    def is_from(self, application_token: str, member_id: str) -> bool:
        """Whether the sender knows the token that this portal gave us. Takes constant time."""
        known, given = self.application_token.encode(), application_token.encode("utf-8", "replace")
        return bool(known) and hmac.compare_digest(known, given) and member_id == self.member_id


class Installed:
    """The tokens between processes (bitrix.access.TokenStore) and, with them, what else the installation gave us."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def load(self) -> Tokens | None:
        installation = await self.installation()
        return installation.tokens if installation else None

    async def save(self, tokens: Tokens) -> None:
        installation = await self.installation()
        if installation is None:
            raise Unauthorized("not_installed", "the application was taken out of the portal meanwhile")
        await self.install(replace(installation, tokens=tokens))

    @asynccontextmanager
    async def lock(self) -> AsyncIterator[None]:
        try:
            async with self._vault.lock(RECORD):
                yield
        except TimeoutError as error:
            raise Unreachable("locked", "another process has been renewing the tokens for too long") from error

    async def installation(self) -> Installation | None:
        """None before the application is installed and after it was removed."""
        try:
            record = await self._vault.load(RECORD)
        except Sealed as error:
            cure = "set the former SECRET_KEY or install the application again"
            raise Unauthorized("sealed", f"{error}: {cure}") from error
        return _installation(record) if record else None

    async def install(self, installation: Installation) -> None:
        await self._vault.save(RECORD, asdict(installation))

    async def remove(self) -> None:
        await self._vault.forget(RECORD)


def installed_of(settings: Settings, vault: Vault | None) -> Installed | None:
    """None where no application is configured; a webhook beside a complete application stands back."""
    return Installed(vault) if vault is not None and settings.portal.is_application else None


async def is_installed(installed: Installed | None) -> bool:
    """True also for a webhook, which needs no installation. Raises BitrixError for tokens that cannot be read."""
    return installed is None or await installed.load() is not None


def application_of(settings: Settings) -> Application:
    room = settings.portal
    secret = room.client_secret.get_secret_value() if room.client_secret else ""
    return Application(client_id=room.client_id, client_secret=secret, oauth_url=room.oauth_url)


def access_of(settings: Settings, installed: Installed | None) -> Access | None:
    """None while no portal is configured."""
    room = settings.portal
    if installed is not None:
        application = application_of(settings)
        return OAuthAccess(application.client_id, application.client_secret, installed, oauth_url=application.oauth_url)
    return WebhookAccess(room.webhook_url.get_secret_value()) if room.webhook_url else None


def name_of(settings: Settings) -> str:
    """The portal's host: the bucket of calls is shared by all who call it."""
    room = settings.portal
    if room.is_application or room.webhook_url is None:
        return room.domain
    return room.webhook_url.get_secret_value().split("/rest/")[0].split("//")[-1]


def _installation(record: dict[str, Any]) -> Installation:
    return Installation(tokens=Tokens(**record["tokens"]), application_token=record["application_token"])
