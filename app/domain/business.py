"""One business as its profile describes it: what it sells, when, by whom, and how fast it promises to answer."""

from dataclasses import dataclass, field
from datetime import date, time, timedelta
from enum import StrEnum

from app.domain.calendar import Calendar
from app.domain.qualification import Heat, Intent

CURRENCY_SIGNS = {"RUB": "₽", "KZT": "₸", "USD": "$", "EUR": "€", "UAH": "₴", "GEL": "₾", "AMD": "֏"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """In the business's currency. `starts_from`: «от 2200»."""

    amount: int
    starts_from: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    id: str
    name: str
    aliases: tuple[str, ...] = ()
    duration: timedelta
    price: Price
    resources: tuple[str, ...] = ()
    repeat_after: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """Who or what is booked. `calendar`: the business's hours, narrowed by its own."""

    id: str
    name: str
    calendar: Calendar


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The business's own approved words, true from `starts` to `ends`, both included."""

    ask: tuple[str, ...]
    say: str
    starts: date | None = None
    ends: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A role in the portal: a user id, or `head` (of the managers' department), and a messenger for when it is away."""

    user: int | str
    telegram: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    department: str = ""
    users: tuple[int, ...] = ()
    supervisor: Party
    owner: Party


class ClockMode(StrEnum):
    WORKING_HOURS = "working_hours"
    ALWAYS = "always"


class Binds(StrEnum):
    """Whose answer makes SLA%."""

    HUMAN = "human"
    ANY = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """Hours of the week with promises and extra people of their own; a heat left out keeps the ordinary promise."""

    calendar: Calendar
    first_response: dict[Heat, timedelta] = field(default_factory=dict)
    users: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaPolicy:
    """Budgets of the targets (docs/sla.md). `first_response` by heat; `bot_reply` always runs round the clock."""

    bot_reply: timedelta
    first_response: dict[Heat, timedelta]
    hot_window: timedelta
    first_call: timedelta
    booking_confirmation: timedelta
    resolution: timedelta | None = None
    accepted_for: timedelta = timedelta(minutes=15)  # after «Принял»; with no answer the ladder goes on
    clock: ClockMode = ClockMode.WORKING_HOURS
    binds: Binds = Binds.HUMAN
    peaks: tuple[Peak, ...] = ()


class Act(StrEnum):
    """What a step of the ladder does."""

    REMIND_ASSIGNEE = "remind_assignee"
    REASSIGN_NEXT = "reassign_next"
    NOTIFY_SUPERVISOR = "notify_supervisor"
    NOTIFY_OWNER = "notify_owner"
    CREATE_TASK = "create_task"
    APOLOGISE = "apologise_to_customer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """`after`: a share of the target, 1.0 is the deadline itself."""

    after: float
    acts: tuple[Act, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """Local wall-clock span, may cross midnight."""

    starts: time
    ends: time


class DiaryKind(StrEnum):
    """Where the business keeps its bookings.

    auto    the portal's online booking if it has our resources, else nowhere
    import  a file that `otklik import` reads; what we book stands beside it
    """

    AUTO = "auto"
    CALENDAR = "calendar"
    IMPORT = "import"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingRules:
    slot_step: timedelta = timedelta(minutes=30)
    offer: int = 3
    horizon: timedelta = timedelta(days=14)
    hold: timedelta = timedelta(minutes=10)
    waiting_hold: timedelta = timedelta(minutes=15)
    buffer: timedelta = timedelta(0)
    free_cancel: timedelta = timedelta(hours=3)
    diary: DiaryKind = DiaryKind.AUTO


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderRules:
    offsets: tuple[timedelta, ...] = ()
    quiet_hours: QuietHours | None = None
    ask_confirmation: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUps:
    """`by_intent` replaces the offsets for those intents."""

    offsets: tuple[timedelta, ...] = ()
    by_intent: dict[Intent, tuple[timedelta, ...]] = field(default_factory=dict)
    stop_after: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reports:
    daily: time | None = None
    weekly: str = ""  # `mon` … `sun`
    monthly: int | None = None
    to: tuple[str, ...] = ()


class Mode(StrEnum):
    """What the assistant does with its draft: says it, shows it to the manager, or makes none."""

    AUTO = "auto"
    SUGGEST = "suggest"
    OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class CrmMap:
    """An existing pipeline, stages and fields to use instead of those that `otklik setup` would create.

    pipeline   name or id; empty: our own
    stages     our stage word → the portal's stage code
    fields     our field word → the portal's user field code
    sources    channel → the portal's source code
    """

    pipeline: str = ""
    stages: dict[str, str] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Business:
    name: str
    kind: str
    city: str = ""
    address: str = ""
    zone: str
    locale: str = "ru"
    currency: str = "RUB"
    phone: str = ""
    voice: str = ""
    facts: tuple[str, ...] = ()
    calendar: Calendar
    holidays: str = ""  # country whose public holidays are days off; empty: none are
    services: tuple[Service, ...] = ()
    resources: tuple[Resource, ...] = ()
    team: Team
    sla: SlaPolicy
    ladder: tuple[Step, ...] = ()
    answers: tuple[Answer, ...] = ()
    scenarios: dict[Intent, str] = field(default_factory=dict)
    never_say: tuple[str, ...] = ()
    booking: BookingRules = BookingRules()
    reminders: ReminderRules = ReminderRules()
    follow_ups: FollowUps = FollowUps()
    reports: Reports = Reports()
    kpi_targets: dict[str, float] = field(default_factory=dict)
    crm: CrmMap = CrmMap()
    channel_order: tuple[str, ...] = ()
    modes: dict[str, Mode] = field(default_factory=dict)  # by channel; the others are `auto`
    comment_mark: str = "/ответ"  # a timeline comment that begins with it goes to the customer
    bot_returns_after: timedelta = timedelta(hours=12)  # of a person's silence
    privacy_url: str = ""
    asks_to_invite: bool = True  # a yes to advertising is asked for, once, after a booking
    consent_text: str = ""  # the question's words; empty: our own

    @property
    def currency_sign(self) -> str:
        """«₽»; of a currency without a sign its code."""
        return CURRENCY_SIGNS.get(self.currency, self.currency)

    def service(self, service_id: str) -> Service | None:
        return next((service for service in self.services if service.id == service_id), None)
