"""`otklik init`: ten questions → a profile and a `.env`, and what to click in each vendor's cabinet."""

import os
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml

import app.flow.init_texts  # noqa: F401 - fills the catalogue
from app.domain.words import say
from app.profile_notation import known_zone, parse_spans

Ask = Callable[[str], str]  # a question → what was typed
T = TypeVar("T")

CHANNELS = ("telegram", "whatsapp", "instagram", "site")
CITIES = {
    "Europe/Kaliningrad": "калининград",
    "Europe/Moscow": "москва, санкт-петербург, спб, питер, казань, нижний новгород, ростов-на-дону, краснодар, "
    "воронеж, сочи, тула, ярославль, рязань, moscow, saint petersburg",
    "Europe/Samara": "самара, тольятти, ижевск",
    "Europe/Saratov": "саратов",
    "Europe/Volgograd": "волгоград",
    "Asia/Yekaterinburg": "екатеринбург, челябинск, уфа, пермь, тюмень, оренбург",
    "Asia/Omsk": "омск",
    "Asia/Novosibirsk": "новосибирск",
    "Asia/Krasnoyarsk": "красноярск",
    "Asia/Barnaul": "барнаул",
    "Asia/Tomsk": "томск",
    "Asia/Irkutsk": "иркутск",
    "Asia/Yakutsk": "якутск",
    "Asia/Vladivostok": "владивосток, хабаровск",
}
ZONES = {city: zone for zone, cities in CITIES.items() for city in cities.split(", ")}
BOOKED = {"salon": "Мастер", "clinic": "Врач", "auto": "Пост", "fitness": "Зал", "tutor": "Преподаватель"}
CYRILLIC = "а б в г д е ё ж з и й к л м н о п р с т у ф х ц ч ш щ ы э ю я"
ROMAN = "a b v g d e e zh z i y k l m n o p r s t u f h ts ch sh sch y e yu ya"
LATIN = str.maketrans(dict(zip(CYRILLIC.split(), ROMAN.split(), strict=True)) | {"ъ": "", "ь": ""})
SERVICE = re.compile(
    r"(?P<name>.+?)[\s,:–—-]+(?P<length>\d+(?:[.,]\d+)?)\s*(?:(?P<minutes>мин\w*|м|min\w*|m)|ч\w*|h\w*)\.?"
    r"[\s,:–—-]+(?P<starts>от\s+|from\s+)?(?P<price>\d[\d\s]*)(?:₽|р|руб|rub)?\.?",
    re.IGNORECASE,
)
SPAN = re.compile(r"(\d{1,2})(?::(\d\d))?\s*[-–—]\s*(\d{1,2})(?::(\d\d))?")


class Unclear(Exception):
    """An answer that cannot be read; one sentence for the one who gave it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What the ten questions found out.

    weekdays, saturday, sunday    as a profile writes hours
    services                      rows of the profile
    portal                        the inbound webhook's URL, a host, or empty
    model                         key, base URL, name: as many as were given
    supervisor                    the portal's user, and a Telegram id or empty
    """

    kind: str
    name: str
    place: tuple[str, str]
    weekdays: str
    weekend: tuple[str, str]
    services: tuple[dict[str, Any], ...]
    channels: tuple[str, ...]
    portal: str
    model: tuple[str, ...]
    supervisor: tuple[int, str]


def interview(ask: Ask, locale: str = "ru") -> Answers:
    """Ten questions; one that was not understood is asked again with the reason on top."""

    def put(key: str, read: Callable[[str], T]) -> T:
        question = say(f"init_{key}", locale)
        reason = ""
        while True:
            try:
                return read(ask(reason + question).strip())
            except (Unclear, ValueError) as error:
                reason = say(f"init_unclear_{error}" if isinstance(error, Unclear) else "init_unclear", locale) + "\n"

    return Answers(
        kind=put("kind", read_kind),
        name=put("name", read_name),
        place=put("place", read_place),
        weekdays=(weekdays := put("weekdays", read_hours)),
        weekend=put("weekend", lambda text: read_weekend(text, weekdays)),
        services=put("services", read_services),
        channels=put("channels", read_channels),
        portal=put("portal", read_portal),
        model=put("model", lambda text: tuple(text.split()[:3])),
        supervisor=put("supervisor", read_supervisor),
    )


def typed(question: str) -> str:
    return input(f"{question}\n> ")


def run(
    profile: Path, env: Path, *, ask: Ask = typed, tell: Callable[[str], object] = print, locale: str = "ru"
) -> None:
    """Ask, write what may be written, and tell what to do next. Existing files stay unless the answer is yes."""
    answers = interview(ask, locale)
    tell(_written(ask, profile, profile_text(answers, locale), 0o644, locale))
    tell(_written(ask, env, env_text(answers, profile), 0o600, locale))
    portal = "application" if answers.portal and "/rest/" not in answers.portal else "portal"
    for key in ("next", *(f"click_{place}" for place in (portal, *answers.channels)), "last"):
        tell(say(f"init_{key}", locale))


def read_kind(text: str) -> str:
    kind = {"1": "salon", "2": "clinic", "3": "auto", "4": "fitness", "5": "tutor"}.get(text, text)
    return read_name(kind)


def read_name(text: str) -> str:
    if not text:
        raise Unclear("empty")
    return text


def read_place(text: str) -> tuple[str, str]:
    """`Казань`, or `Тара, Asia/Omsk` → city and zone."""
    city, _, zone = (part.strip() for part in text.partition(","))
    zone = zone or ZONES.get(city.lower().replace("ё", "е"), "")
    if not zone or not city:
        raise Unclear("place")
    return city, known_zone(zone)


def read_hours(text: str) -> str:
    """`10-21`, `10:00-14:00, 15-21`, `24/7`, `выходной` → as a profile writes it."""
    if text.lower() in {"", "-", "нет", "выходной", "закрыто", "closed", "no"}:
        return "closed"
    if text.lower() in {"24/7", "круглосуточно", "always"}:
        return "24/7"
    spans = SPAN.sub(lambda s: f"{int(s[1]):02}:{s[2] or '00'}-{int(s[3]):02}:{s[4] or '00'}", text)
    parse_spans(spans)
    return spans


def read_weekend(text: str, weekdays: str) -> tuple[str, str]:
    """One answer for both days, or `10-18 / выходной` for Saturday and Sunday."""
    saturday, slash, sunday = text.partition(" / ")
    hours = read_hours(saturday.strip()), read_hours((sunday if slash else saturday).strip())
    if {weekdays, *hours} == {"closed"}:
        raise Unclear("never_open")
    return hours


def read_services(text: str) -> tuple[dict[str, Any], ...]:
    """`Маникюр, 90 мин, 2500; Стрижка, 1 ч, от 2200`."""
    rows: list[dict[str, Any]] = []
    for part in (part.strip() for part in re.split(r"[;\n]", text) if part.strip()):
        found = SERVICE.fullmatch(part)
        if not found:
            raise Unclear("services")
        length = float(found["length"].replace(",", ".")) * (1 if found["minutes"] else 60)
        price = int(re.sub(r"\s", "", found["price"]))
        rows.append(
            {
                "id": _unused(_id(found["name"]), [row["id"] for row in rows]),
                "name": found["name"],
                "aliases": [found["name"].lower()],
                "duration": f"{round(length)}m",
                "price": {"from": price} if found["starts"] else price,
                "resources": ["first"],
            }
        )
    if not rows or any(row["duration"] == "0m" for row in rows):
        raise Unclear("services")
    return tuple(rows)


def read_channels(text: str) -> tuple[str, ...]:
    """By name or number, in any order; empty: all."""
    words = re.findall(r"\w+", text.lower())
    named = {CHANNELS[int(word) - 1] if word in {"1", "2", "3", "4"} else word for word in words} or set(CHANNELS)
    if named - set(CHANNELS):
        raise Unclear("channels")
    return tuple(channel for channel in CHANNELS if channel in named)


def read_portal(text: str) -> str:
    if text and not re.fullmatch(r"https?://[\w.:-]+/rest/\d+/\w+/?|(?:https?://)?[\w-]+(?:\.[\w-]+)+/?", text):
        raise Unclear("portal")
    return text.rstrip("/") + "/" if "/rest/" in text else text


def read_supervisor(text: str) -> tuple[int, str]:
    """`5`, or `5 500000001` with a Telegram id; empty: the portal's first user."""
    user, _, telegram = (text or "1").partition(" ")
    if not user.isdecimal() or int(user) < 1 or not (telegram.strip() or "0").isdecimal():
        raise Unclear("supervisor")
    return int(user), telegram.strip()


def profile_text(answers: Answers, locale: str = "ru") -> str:
    city, zone = answers.place
    saturday, sunday = answers.weekend
    user, telegram = answers.supervisor
    supervisor = {"user": user, "telegram": telegram} if telegram else {"user": user}
    profile = {
        "business": {"name": answers.name, "kind": answers.kind, "city": city, "timezone": zone, "locale": locale},
        "hours": {"mon-fri": answers.weekdays, "sat": saturday, "sun": sunday, "holidays": {"calendar": "RU"}},
        "services": list(answers.services),
        "resources": [{"id": "first", "name": BOOKED.get(answers.kind, answers.name)}],
        "team": {"managers": {"users": [user]}, "supervisor": supervisor, "owner": {"user": 1}},
        "escalation": [
            {"after": 0.8, "do": ["remind_assignee"]},
            {"after": 1.0, "do": ["reassign_next", "notify_supervisor"]},
        ],
        "reminders": {"offsets": ["24h", "2h"], "quiet_hours": "22:00-09:00"},
        "reports": {"daily": "09:00", "to": ["owner"]},
    }
    return say("init_profile_head", locale) + "\n" + yaml.safe_dump(profile, allow_unicode=True, sort_keys=False)


def env_text(answers: Answers, profile: Path) -> str:
    """What must be invented is invented here; what a vendor gives stays empty, which keeps that door closed."""
    values = {"PROFILE": str(profile), "PUBLIC_URL": "", "SECRET_KEY": secrets.token_hex(32)}
    values |= {"DASHBOARD_TOKEN": secrets.token_hex(16)}
    values |= _portal_values(answers.portal)
    values |= dict(zip(("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL"), answers.model, strict=False))
    if "telegram" in answers.channels:
        values |= {"TELEGRAM_BOT_TOKEN": "", "TELEGRAM_WEBHOOK_SECRET": secrets.token_hex(24)}
    for meta, account in (("whatsapp", "PHONE_NUMBER_ID"), ("instagram", "ACCOUNT_ID")):
        if meta in answers.channels:
            given = dict.fromkeys((f"{meta.upper()}_{name}" for name in ("ACCESS_TOKEN", account, "APP_SECRET")), "")
            values |= given | {f"{meta.upper()}_VERIFY_TOKEN": secrets.token_hex(16)}
    if "site" in answers.channels:
        values |= {"SITE_WEBHOOK_SECRET": secrets.token_hex(24), "WIDGET_ORIGINS": ""}
    return "# .env.example explains each line\n" + "".join(f"{name}={value}\n" for name, value in values.items())


def _portal_values(portal: str) -> dict[str, str]:
    """A webhook's address is all that it needs; a host is where a local application will be made."""
    if "/rest/" in portal or not portal:
        return {"BITRIX_WEBHOOK_URL": portal}
    host = portal.removeprefix("https://").removeprefix("http://").strip("/")
    return {"BITRIX_DOMAIN": host, "BITRIX_CLIENT_ID": "", "BITRIX_CLIENT_SECRET": ""}


def _written(ask: Ask, path: Path, text: str, mode: int, locale: str) -> str:
    if path.exists() and ask(say("init_overwrite", locale, path=path)).strip().lower() not in {"да", "д", "yes", "y"}:
        return say("init_kept", locale, path=path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), mode)  # also of a file that was there
        file.write(text)
    return say("init_written", locale, path=path)


def _id(name: str) -> str:
    words = re.findall(r"[a-z0-9]+", name.lower().translate(LATIN))
    found = "_".join(words[:4])
    return found if found[:1].isalpha() else f"n_{found}".rstrip("_")


def _unused(name: str, taken: list[str]) -> str:
    return next(found for found in (name, *(f"{name}_{number}" for number in range(2, 999))) if found not in taken)
