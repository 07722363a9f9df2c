"""The deployment's knobs: environment variables, with a `.env` file below them, read once at start and checked.

One model per room, each field under the name of its variable. A variable that is unset or empty closes its door and
never opens one; `missing()` of a door names what is still to be filled. `.env.example` explains every variable.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self, cast

from dotenv import dotenv_values
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.settings_notation import (
    BotToken,
    Domain,
    File,
    HeaderSecret,
    LongSecret,
    Names,
    Origins,
    PortalWebhook,
    PublicUrl,
    RedisUrl,
    SecretKey,
    Secrets,
    Url,
)

PLACEHOLDER = "replace-me"  # stands in every example of .env.example that must not be kept


class SettingsError(Exception):
    """One line per problem: the variable, what was found (never a secret), what was expected, the cure."""


class Room(BaseSettings):
    """`needs` lists the fields without which the door stays closed."""

    model_config = SettingsConfigDict(
        case_sensitive=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        populate_by_name=True,
        validate_default=False,
    )
    needs: ClassVar[tuple[str, ...]] = ()

    @model_validator(mode="before")
    @classmethod
    def _empty_is_unset(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Also hides the file's value: `TELEGRAM_BOT_TOKEN= otklik serve` closes that door."""
        return {name: value for name, value in values.items() if value != ""}

    @field_validator("*", mode="before")
    @classmethod
    def _no_placeholder(cls, value: object) -> object:
        if isinstance(value, str) and PLACEHOLDER in value:
            raise PydanticCustomError("placeholder", "your own value, or nothing to keep this door closed")
        return value

    def missing(self) -> tuple[str, ...]:
        """The variables that are still unset; empty when the door is open."""
        return tuple(self._variable(name) for name in self.needs if not getattr(self, name))

    @property
    def is_open(self) -> bool:
        return not self.missing()

    @property
    def is_untouched(self) -> bool:
        """Nothing of it is configured: a door that nobody wants, not one that was forgotten half open."""
        return not any(getattr(self, name) for name in self.needs)

    @classmethod
    def _variable(cls, name: str) -> str:
        return str(cls.model_fields[name].validation_alias)


class Vendor(Room):
    """A door behind which others answer; each names its variables itself."""

    proxy: SecretStr | None = None
    ca_bundle: File | None = None


class General(Room):
    redis_url: RedisUrl | None = Field(None, validation_alias="REDIS_URL")
    profile: Path = Field(validation_alias="PROFILE")
    public_url: PublicUrl = Field("http://127.0.0.1:8000", validation_alias="PUBLIC_URL")
    dashboard_token: LongSecret | None = Field(None, validation_alias="DASHBOARD_TOKEN")
    secret_key: SecretKey | None = Field(None, validation_alias="SECRET_KEY")
    privacy: Literal["tokens", "local"] = Field("tokens", validation_alias="PRIVACY")
    sandbox: bool = Field(False, validation_alias="SANDBOX")
    rehearsal: bool = Field(False, validation_alias="REHEARSAL")
    data_dir: Path = Field(Path("var"), validation_alias="DATA_DIR")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", validation_alias="LOG_LEVEL")

    @field_validator("rehearsal")
    @classmethod
    def _only_in_the_sandbox(cls, value: bool, info: ValidationInfo) -> bool:
        if value and not info.data.get("sandbox"):
            raise PydanticCustomError("rehearsal", "nothing, or SANDBOX=1 beside it: `otklik rehearse` sets both")
        return value


class Portal(Vendor):
    """Bitrix24, by an inbound webhook (`webhook_url` alone) or as a local application (OAuth)."""

    webhook_url: PortalWebhook | None = Field(None, validation_alias="BITRIX_WEBHOOK_URL")
    domain: Domain = Field("", validation_alias="BITRIX_DOMAIN")
    client_id: str = Field("", validation_alias="BITRIX_CLIENT_ID")
    client_secret: SecretStr | None = Field(None, validation_alias="BITRIX_CLIENT_SECRET")
    oauth_url: Url = Field("https://oauth.bitrix24.tech", validation_alias="BITRIX_OAUTH_URL")
    application_token: SecretStr | None = Field(None, validation_alias="BITRIX_APPLICATION_TOKEN")
    api_url: Url | None = Field(None, validation_alias="BITRIX_API_URL")  # None: https://<domain>/rest
    proxy: SecretStr | None = Field(None, validation_alias="BITRIX_PROXY")
    ca_bundle: File | None = Field(None, validation_alias="BITRIX_CA_BUNDLE")

    def missing(self) -> tuple[str, ...]:
        if self.webhook_url or not (self.domain or self.client_id or self.client_secret):
            return () if self.webhook_url else ("BITRIX_WEBHOOK_URL",)
        application = {
            "BITRIX_DOMAIN": self.domain,
            "BITRIX_CLIENT_ID": self.client_id,
            "BITRIX_CLIENT_SECRET": self.client_secret,
        }
        return tuple(name for name, value in application.items() if not value)

    @property
    def is_application(self) -> bool:
        """A complete application outranks a webhook beside it: it can do all that a webhook can."""
        return bool(self.domain and self.client_id and self.client_secret)

    @property
    def is_untouched(self) -> bool:
        return not (self.webhook_url or self.domain or self.client_id or self.client_secret)


class Model(Vendor):
    """Any server that speaks OpenAI's chat completions."""

    needs = ("api_key",)
    api_key: SecretStr | None = Field(None, validation_alias="OPENAI_API_KEY")
    base_url: Url = Field("https://api.openai.com/v1", validation_alias="OPENAI_BASE_URL")
    model: str = Field("gpt-4.1-mini", validation_alias="OPENAI_MODEL")
    price_in: float = Field(0.0, ge=0, validation_alias="OPENAI_PRICE_IN")  # of 1 000 tokens
    price_out: float = Field(0.0, ge=0, validation_alias="OPENAI_PRICE_OUT")
    proxy: SecretStr | None = Field(None, validation_alias="OPENAI_PROXY")
    ca_bundle: File | None = Field(None, validation_alias="OPENAI_CA_BUNDLE")


class FallbackModel(Vendor):
    """The second opinion when the first is slow; the same protocol."""

    needs = ("api_key",)
    api_key: SecretStr | None = Field(None, validation_alias="FALLBACK_OPENAI_API_KEY")
    base_url: Url = Field("https://api.openai.com/v1", validation_alias="FALLBACK_OPENAI_BASE_URL")
    model: str = Field("gpt-4.1-nano", validation_alias="FALLBACK_OPENAI_MODEL")
    price_in: float = Field(0.0, ge=0, validation_alias="FALLBACK_OPENAI_PRICE_IN")
    price_out: float = Field(0.0, ge=0, validation_alias="FALLBACK_OPENAI_PRICE_OUT")
    proxy: SecretStr | None = Field(None, validation_alias="FALLBACK_OPENAI_PROXY")
    ca_bundle: File | None = Field(None, validation_alias="FALLBACK_OPENAI_CA_BUNDLE")


class Assistant(Room):
    budget_seconds: float = Field(3.5, gt=0, le=4.5, validation_alias="MODEL_BUDGET_SECONDS")  # an answer is due in 5 s
    daily_cap: float | None = Field(None, ge=0, validation_alias="MODEL_DAILY_CAP")


class Telegram(Vendor):
    needs = ("bot_token", "webhook_secret")
    bot_token: BotToken | None = Field(None, validation_alias="TELEGRAM_BOT_TOKEN")
    webhook_secret: HeaderSecret | None = Field(None, validation_alias="TELEGRAM_WEBHOOK_SECRET")
    api_url: Url = Field("https://api.telegram.org", validation_alias="TELEGRAM_API_URL")
    proxy: SecretStr | None = Field(None, validation_alias="TELEGRAM_PROXY")
    ca_bundle: File | None = Field(None, validation_alias="TELEGRAM_CA_BUNDLE")


def _paired(ids: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
    tokens = info.data.get("access_tokens", ())
    if ids and len(tokens) > 1 and len(tokens) != len(ids):
        message = "one token for all or one for each: {tokens} tokens, {ids} ids"
        raise PydanticCustomError("paired", message, {"tokens": len(tokens), "ids": len(ids)})
    return ids


Accounts = Annotated[Names, AfterValidator(_paired)]


class WhatsApp(Vendor):
    """One access token for all numbers, or one for each, in the numbers' order; any number of app secrets."""

    needs = ("access_tokens", "phone_number_ids", "app_secrets", "verify_token")
    access_tokens: Secrets = Field((), validation_alias="WHATSAPP_ACCESS_TOKEN")
    phone_number_ids: Accounts = Field((), validation_alias="WHATSAPP_PHONE_NUMBER_ID")
    app_secrets: Secrets = Field((), validation_alias="WHATSAPP_APP_SECRET")
    verify_token: SecretStr | None = Field(None, validation_alias="WHATSAPP_VERIFY_TOKEN")
    template: str = Field("", validation_alias="WHATSAPP_TEMPLATE")  # `name:language`, one value in its body
    api_url: Url = Field("https://graph.facebook.com", validation_alias="GRAPH_API_URL")
    proxy: SecretStr | None = Field(None, validation_alias="WHATSAPP_PROXY")
    ca_bundle: File | None = Field(None, validation_alias="WHATSAPP_CA_BUNDLE")


class Instagram(Vendor):
    """One access token for all accounts, or one for each, in the accounts' order; any number of app secrets."""

    needs = ("access_tokens", "account_ids", "app_secrets", "verify_token")
    access_tokens: Secrets = Field((), validation_alias="INSTAGRAM_ACCESS_TOKEN")
    account_ids: Accounts = Field((), validation_alias="INSTAGRAM_ACCOUNT_ID")
    app_secrets: Secrets = Field((), validation_alias="INSTAGRAM_APP_SECRET")
    verify_token: SecretStr | None = Field(None, validation_alias="INSTAGRAM_VERIFY_TOKEN")
    api_url: Url | None = Field(None, validation_alias="GRAPH_API_URL")  # None: the host of each token's login
    proxy: SecretStr | None = Field(None, validation_alias="INSTAGRAM_PROXY")
    ca_bundle: File | None = Field(None, validation_alias="INSTAGRAM_CA_BUNDLE")


class Sms(Vendor):
    """SMS.ru: the last way of a reminder."""

    needs = ("api_id",)
    api_id: SecretStr | None = Field(None, validation_alias="SMS_RU_API_ID")
    sender: str = Field("", validation_alias="SMS_SENDER")
    base_url: Url = Field("https://sms.ru", validation_alias="SMS_BASE_URL")
    proxy: SecretStr | None = Field(None, validation_alias="SMS_PROXY")
    ca_bundle: File | None = Field(None, validation_alias="SMS_CA_BUNDLE")


class Site(Room):
    """Forms and the chat. The chat needs no secret: its page carries none."""

    needs = ("webhook_secret",)
    webhook_secret: LongSecret | None = Field(None, validation_alias="SITE_WEBHOOK_SECRET")
    widget_origins: Origins = Field((), validation_alias="WIDGET_ORIGINS")


class Settings(BaseModel):
    model_config = ConfigDict(frozen=True)

    general: General
    portal: Portal
    assistant: Assistant
    model: Model
    fallback_model: FallbackModel
    telegram: Telegram
    whatsapp: WhatsApp
    instagram: Instagram
    sms: Sms
    site: Site

    @property
    def messengers(self) -> dict[str, Vendor]:
        """Channel → its room, for those that are called over a vendor's API and answered."""
        return {"telegram": self.telegram, "whatsapp": self.whatsapp, "instagram": self.instagram}

    @classmethod
    def load(cls, env_file: Path | None = Path(".env")) -> Self:
        """From the environment and, below it, the file when it is there. Raises SettingsError with every problem."""
        rooms: dict[str, Room] = {}
        problems = _misspelt(env_file) if env_file else []
        for name, room in cls._rooms().items():
            try:
                rooms[name] = room(_env_file=env_file)  # type: ignore[call-arg]  # pydantic-settings' own argument
            except ValidationError as error:
                problems += [_line(room, detail) for detail in error.errors()]
        if problems:
            raise SettingsError("\n".join(dict.fromkeys(problems)))
        return cls.model_validate(rooms)

    @classmethod
    def of(cls, variables: Mapping[str, str]) -> Self:
        """From these variables, which outrank this process's own environment: of another process that we start."""
        rooms = {}
        for name, room in cls._rooms().items():
            own = {str(field.validation_alias) for field in room.model_fields.values()}
            given = {variable: value for variable, value in variables.items() if variable in own}
            rooms[name] = room(_env_file=None, **given)  # type: ignore[call-arg]
        return cls.model_validate(rooms)

    @classmethod
    def variables(cls) -> frozenset[str]:
        """The name of every variable that is read."""
        fields = (field for room in cls._rooms().values() for field in room.model_fields.values())
        return frozenset(str(field.validation_alias) for field in fields)

    @classmethod
    def _rooms(cls) -> dict[str, type[Room]]:
        return {name: cast(type[Room], field.annotation) for name, field in cls.model_fields.items()}


def _misspelt(env_file: Path) -> list[str]:
    """A name in the file that nearly is one of ours would close its door in silence."""
    known = Settings.variables()
    names = [name for name in dotenv_values(env_file) if name not in known]
    guesses = [(name, guess) for name in names for guess in get_close_matches(name.upper(), known, n=1, cutoff=0.85)]
    return [f"{name}: found in {env_file}, but nothing reads it; did you mean {guess}?" for name, guess in guesses]


def _line(room: type[Room], detail: ErrorDetails) -> str:
    variable = str(detail["loc"][0])
    if detail["type"] == "missing":
        return f"{variable}: not set, expected the path of a business's file; `otklik init` writes one"
    expected = detail["msg"].removeprefix("Input should be ").removeprefix("Value should have ")
    found = "its value is a secret and not shown" if _is_secret(room, variable) else f"found {str(detail['input'])!r}"
    if detail["type"] == "placeholder":
        found = f"still the placeholder of .env.example ({PLACEHOLDER})"
    return f"{variable}: {found}; expected {expected}; .env.example explains it"


def _is_secret(room: type[Room], variable: str) -> bool:
    fields = room.model_fields.values()
    return any("SecretStr" in repr(field.annotation) for field in fields if field.validation_alias == variable)
