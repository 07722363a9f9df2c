"""Conversation and profile → prompt (pure). A long part that stays the same, so that servers cache it, then the turn.

The customer's words, names and earlier turns are data: what looks like a delimiter in them is defused.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from app.domain.business import Answer, Business, Service
from app.domain.qualification import Known, Question, When

PROMPTS = Path(__file__).parent / "prompts"
MAX_TURNS = 6
MAX_WORDS = 1500  # characters of a burst that a model sees; the rules and people see it whole
MAX_TURN = 300
SHOWN_DAYS = 8
CHARACTERS_PER_TOKEN = 2.5  # of Russian text, a cautious estimate
WEEKDAYS = ("пн", "вт", "ср", "чт", "пт", "сб", "вс")
WHO = {"customer": "клиент", "assistant": "ты", "person": "сотрудник"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    system: str
    user: str

    @property
    def tokens(self) -> int:
        """An estimate, for budgets only."""
        return round((len(self.system) + len(self.user)) / CHARACTERS_PER_TOKEN)


def build(question: Question, business: Business) -> Prompt:
    """The prompt of a turn. `question` is already masked where the model is an outside one."""
    now = question.now.astimezone(ZoneInfo(business.zone))
    user = _text("context").format(
        now=f"{_day(now.date())}.{now.year} {now:%H:%M}",
        days=_days(business, now.date()),
        known=_known(question.known, question.can_book),
        offered="; ".join(_moment(slot.astimezone(now.tzinfo)) for slot in question.offered) or "пусто",
        history=_history(question.history),
        words=_data("\n".join(question.texts), MAX_WORDS),
    )
    return Prompt(system=_system(business, now.date()), user=user)


def shape() -> str:
    """Added to the system text for a server that takes no schema."""
    return "\n" + _text("shape")


def instructions() -> tuple[str, ...]:
    """The lines of the prompt that are ours and no customer's business."""
    return tuple(line for name in ("system", "context", "shape") for line in _text(name).splitlines())


def answers_of(business: Business, day: date) -> tuple[Answer, ...]:
    """The business's approved words that are true on a local day."""
    return tuple(
        answer for answer in business.answers if (answer.starts or date.min) <= day <= (answer.ends or date.max)
    )


@cache
def _text(name: str) -> str:
    """A prompt's text without the line that holds its version."""
    return (PROMPTS / f"{name}.md").read_text(encoding="utf-8").split("\n", 1)[1].rstrip("\n")


def _system(business: Business, today: date) -> str:
    never = f' Темы {", ".join(business.never_say)} — только человеку, "subject".' if business.never_say else ""
    return _text("system").format(
        name=business.name,
        city=f", {business.city}" if business.city else "",
        voice=business.voice or "вежливый, на «вы»",
        hot_hours=business.sla.hot_window // timedelta(hours=1),
        never_say=never,
        facts="\n".join(_facts(business, today)),
    )


def _facts(business: Business, today: date) -> list[str]:
    """One line each, led by the id that a model names in `facts`."""
    about = {"address": business.address, "phone": business.phone, "staff": _staff(business), "hours": _week(business)}
    lines = [f"{key}: {text}" for key, text in about.items() if text]
    lines += [_service(service, business.currency_sign) for service in business.services]
    lines += [f"f{number}: {fact}" for number, fact in enumerate(business.facts, 1)]
    for number, answer in enumerate(business.answers, 1):
        if answer in answers_of(business, today):
            lines.append(f"a{number} ({', '.join(answer.ask)}): {answer.say}")
    return lines


def _service(service: Service, sign: str) -> str:
    price = f"{'от ' if service.price.starts_from else ''}{service.price.amount}"
    return f"{service.id}: {service.name}, {price} {sign}, {service.duration // timedelta(minutes=1)} мин"


def _staff(business: Business) -> str:
    return ", ".join(resource.name for resource in business.resources)


def _week(business: Business) -> str:
    """«пн–пт 10:00–21:00, сб–вс 11:00–20:00»: equal neighbours drawn together."""
    runs: list[tuple[int, int, str]] = []
    for weekday, spans in enumerate(business.calendar.weekly):
        text = hours_text(spans)
        if runs and runs[-1][2] == text:
            runs[-1] = (runs[-1][0], weekday, text)
        else:
            runs.append((weekday, weekday, text))
    names = ((WEEKDAYS[a] if a == b else f"{WEEKDAYS[a]}–{WEEKDAYS[b]}", text) for a, b, text in runs)
    return ", ".join(f"{name} {text}" for name, text in names)


def hours_text(spans: tuple[tuple[int, int], ...]) -> str:
    """Minutes of a day → «10:00–14:00 и 15:00–21:00» or «закрыто»."""
    return " и ".join(f"{_clock(start)}–{_clock(end)}" for start, end in spans) or "закрыто"


def _clock(minutes: int) -> str:
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"


def _days(business: Business, today: date) -> str:
    """The dates of the coming days, a month where it begins; hours only where they differ from the week's."""
    days, month = list[str](), 0
    for day in (today + timedelta(days=ahead) for ahead in range(SHOWN_DAYS)):
        spans, usual = business.calendar.spans_of(day), business.calendar.weekly[day.weekday()]
        if day == today and spans == usual:  # it stands before them
            continue
        named = _day(day) if day.month != month else f"{WEEKDAYS[day.weekday()]} {day:%d}"
        days.append(named if spans == usual else f"{named} {hours_text(spans)}")
        month = day.month
    return "Дни: " + ", ".join(days)


def _day(day: date) -> str:
    return f"{WEEKDAYS[day.weekday()]} {day:%d.%m}"


def _moment(at: datetime) -> str:
    return f"{_day(at.date())} {at:%H:%M}"


def _known(known: Known, can_book: bool) -> str:
    facts = [_data(fact, MAX_TURN) for fact in (known.name, known.phone, *known.services, _when(known.when)) if fact]
    facts.append("уже здоровались" if known.greeted else "ещё не здоровались")
    if known.asked:
        facts.append("спрашивали: " + ", ".join(known.asked))
    if not can_book:
        facts.append("время называть нельзя, только принять заявку")
    return ", ".join(facts)


def _when(when: When | None) -> str:
    if when is None:
        return ""
    return _moment(when.earliest) if when.exact else f"{_moment(when.earliest)} – {_moment(when.latest)}"


def _history(history: tuple[tuple[str, str], ...]) -> str:
    turns = (f"{WHO.get(who, who)}: {_data(' '.join(text.split()), MAX_TURN)}\n" for who, text in history[-MAX_TURNS:])
    return "".join(turns)


def _data(text: str, limit: int) -> str:
    """Somebody's words, shortened, unable to close the delimiters or to look like a line of ours."""
    defused = text.replace("<<<", "‹‹‹").replace(">>>", "›››")
    return defused if len(defused) <= limit else defused[: limit - 1] + "…"
