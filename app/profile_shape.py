"""The shape of a profile: every key, its type and default (docs/profile.md); each model turns into domain values."""

from datetime import date, timedelta
from typing import Annotated, Literal

import holidays
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.domain import business as domain
from app.domain.calendar import DAY_MINUTES, Calendar, Spans
from app.domain.qualification import Heat, Intent
from app.profile_notation import (
    AnyDuration,
    Country,
    DaySpans,
    Duration,
    Id,
    Money,
    Night,
    Phone,
    Portal,
    Ratio,
    Seconds,
    TimeOfDay,
    Users,
    Zone,
    days_of,
    filled,
)

FIRST_YEAR, LAST_YEAR = 2020, 2040  # of the holiday layer; which years are known for sure: profiles.warnings


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class About(Shape):
    name: str
    kind: str
    city: str = ""
    address: str = ""
    timezone: Zone
    locale: str = "ru"
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "RUB"
    phone: Phone = ""
    voice: str = ""
    facts: tuple[str, ...] = ()


class Holidays(Shape):
    calendar: Country
    open: bool = False


class Days(Shape):
    """Keys are days, `mon` or `mon-fri`; a day that is not named is closed."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, DaySpans] = Field(init=False)
    exceptions: dict[date, DaySpans] = {}

    def weekly(self, unnamed: Spans = ()) -> tuple[Spans, ...]:
        week = [unnamed] * 7
        for key, spans in self.__pydantic_extra__.items():
            for day in days_of(key):
                week[day] = spans
        return tuple(week)

    def inside(self, outer: Calendar) -> Calendar:
        """These days within the outer hours; with exceptions alone the outer week stands."""
        whole_day: Spans = ((0, DAY_MINUTES),)
        weekly = self.weekly(() if self.__pydantic_extra__ else whole_day)
        return Calendar(zone=outer.zone, weekly=weekly, exceptions=self.exceptions, within=outer)


class Hours(Days):
    holidays: Holidays | None = None

    def calendar(self, zone: str) -> Calendar:
        weekly = self.weekly()
        return Calendar(zone=zone, weekly=weekly, exceptions=self.exceptions, holidays=self._days_off(weekly))

    @property
    def country_closed(self) -> str:
        return self.holidays.calendar if self.holidays and not self.holidays.open else ""

    def _days_off(self, weekly: tuple[Spans, ...]) -> dict[date, Spans]:
        """Public holidays are closed; a weekend day made a working one has Friday's hours, unless it has its own."""
        if not self.country_closed:
            return {}
        off = holidays.country_holidays(self.country_closed, years=range(FIRST_YEAR, LAST_YEAR + 1))
        worked = {day: weekly[4] for day in off.weekend_workdays if not weekly[day.weekday()]}
        return dict.fromkeys(off, ()) | worked


class ServiceShape(Shape):
    id: Id
    name: str
    aliases: tuple[str, ...] = ()
    duration: Duration
    price: Money
    resources: tuple[str, ...] = ()
    repeat_after: Duration | None = None

    def value(self) -> domain.Service:
        return domain.Service(**dict(self))


class ResourceShape(Shape):
    id: Id
    name: str
    hours: Days | None = None

    def value(self, calendar: Calendar) -> domain.Resource:
        own = self.hours.inside(calendar) if self.hours else calendar
        return domain.Resource(id=self.id, name=self.name, calendar=own)


class AnswerShape(Shape):
    ask: tuple[str, ...]
    say: str
    starts: date | None = Field(default=None, alias="from")
    ends: date | None = Field(default=None, alias="until")

    def value(self) -> domain.Answer:
        return domain.Answer(**dict(self))


class Managers(Shape):
    department: str = ""
    users: Users = ()


class PartyShape(Shape):
    user: Portal
    telegram: Annotated[str, Field(pattern="^[0-9]*$")] = ""

    def value(self) -> domain.Party:
        return domain.Party(**dict(self))


class TeamShape(Shape):
    managers: Managers
    supervisor: PartyShape
    owner: PartyShape

    def value(self) -> domain.Team:
        managers = dict(self.managers)
        return domain.Team(**managers, supervisor=self.supervisor.value(), owner=self.owner.value())


class SlaClass(Shape):
    first_response: Duration


class Classes(Shape):
    hot: SlaClass = SlaClass(first_response=timedelta(minutes=5))
    warm: SlaClass = SlaClass(first_response=timedelta(hours=1))
    cold: SlaClass = SlaClass(first_response=timedelta(hours=24))

    def value(self) -> dict[Heat, timedelta]:
        return {heat: getattr(self, heat.value).first_response for heat in Heat}


class PeakClasses(Shape):
    hot: SlaClass | None = None
    warm: SlaClass | None = None
    cold: SlaClass | None = None

    def value(self) -> dict[Heat, timedelta]:
        named = {heat: getattr(self, heat.value) for heat in Heat}
        return {heat: promise.first_response for heat, promise in named.items() if promise}


class PeakShape(Shape):
    hours: Days
    classes: PeakClasses = PeakClasses()
    users: Users = ()

    def value(self, calendar: Calendar) -> domain.Peak:
        return domain.Peak(calendar=self.hours.inside(calendar), first_response=self.classes.value(), users=self.users)


class SlaShape(Shape):
    bot_reply: Duration = timedelta(seconds=180)
    classes: Classes = Classes()
    hot_window: Duration = timedelta(hours=48)
    first_call: Duration = timedelta(hours=1)
    booking_confirmation: Duration = timedelta(minutes=10)
    resolution: Duration | None = None
    accepted_for: Duration = timedelta(minutes=15)
    clock: domain.ClockMode = domain.ClockMode.WORKING_HOURS
    binds: domain.Binds = domain.Binds.HUMAN
    peaks: tuple[PeakShape, ...] = ()

    def value(self, calendar: Calendar) -> domain.SlaPolicy:
        plain = {name: value for name, value in self if name not in ("classes", "peaks")}
        peaks = tuple(peak.value(calendar) for peak in self.peaks)
        return domain.SlaPolicy(**plain, first_response=self.classes.value(), peaks=peaks)


class StepShape(Shape):
    after: Annotated[float, Field(gt=0)]
    do: Annotated[tuple[domain.Act, ...], AfterValidator(filled)]

    def value(self) -> domain.Step:
        return domain.Step(after=self.after, acts=self.do)


class BookingShape(Shape):
    slot_step: Duration = timedelta(minutes=30)
    offer: Annotated[int, Field(ge=1, le=3)] = 3
    horizon: Duration = timedelta(days=14)
    hold: Duration = timedelta(minutes=10)
    waiting_hold: Duration = timedelta(minutes=15)
    buffer: AnyDuration = timedelta(0)
    free_cancel: AnyDuration = timedelta(hours=3)
    diary: domain.DiaryKind = domain.DiaryKind.AUTO

    def value(self) -> domain.BookingRules:
        return domain.BookingRules(**dict(self))


class RemindersShape(Shape):
    offsets: tuple[Duration, ...] = ()
    quiet_hours: Night | None = None
    ask_confirmation: bool = True

    def value(self) -> domain.ReminderRules:
        return domain.ReminderRules(**dict(self))


class FollowUpsShape(Shape):
    offsets: tuple[Duration, ...] = ()
    by_intent: dict[Intent, tuple[Duration, ...]] = {}
    stop_after: Annotated[int, Field(ge=0)] | None = None  # None: after the last offset

    def value(self) -> domain.FollowUps:
        longest = max((len(self.offsets), *map(len, self.by_intent.values())))
        stop_after = longest if self.stop_after is None else self.stop_after
        return domain.FollowUps(offsets=self.offsets, by_intent=self.by_intent, stop_after=stop_after)


class ReportsShape(Shape):
    daily: TimeOfDay | None = None
    weekly: Literal["", "mon", "tue", "wed", "thu", "fri", "sat", "sun"] = ""
    monthly: Annotated[int, Field(ge=1, le=28)] | None = None
    to: tuple[Literal["owner", "supervisor"], ...] = ()

    def value(self) -> domain.Reports:
        return domain.Reports(**dict(self))


class KpiTargets(Shape):
    sla: Ratio | None = None
    first_reply: Seconds | None = None
    conversion: Ratio | None = None
    no_show: Ratio | None = None
    repeat_90d: Ratio | None = None

    def value(self) -> dict[str, float]:
        return {name: value for name, value in self if value is not None}


class CrmShape(Shape):
    pipeline: str = ""
    stages: dict[str, str] = {}
    fields: dict[str, str] = {}
    sources: dict[str, str] = {}

    def value(self) -> domain.CrmMap:
        return domain.CrmMap(**dict(self))


class Channels(Shape):
    order: tuple[str, ...] = ()
    modes: dict[Literal["telegram", "whatsapp", "instagram", "site"], domain.Mode] = {}


class Consent(Shape):
    ask: bool = True
    text: str = ""


class Profile(Shape):
    business: About
    hours: Hours
    services: Annotated[tuple[ServiceShape, ...], AfterValidator(filled)]
    resources: tuple[ResourceShape, ...] = ()
    team: TeamShape
    sla: SlaShape = SlaShape()
    escalation: tuple[StepShape, ...] = ()
    answers: tuple[AnswerShape, ...] = ()
    scenarios: dict[Intent, str] = {}
    never_say: tuple[str, ...] = ()
    booking: BookingShape = BookingShape()
    reminders: RemindersShape = RemindersShape()
    follow_ups: FollowUpsShape = FollowUpsShape()
    reports: ReportsShape = ReportsShape()
    kpi_targets: KpiTargets = KpiTargets()
    crm: CrmShape = CrmShape()
    channels: Channels = Channels()
    consent: Consent = Consent()
    comment_mark: Annotated[str, Field(min_length=2)] = "/ответ"
    bot_returns_after: Duration = timedelta(hours=12)
    privacy_url: Annotated[str, Field(pattern="^(https?://.+)?$")] = ""

    def value(self) -> domain.Business:
        """A calendar that never opens is a ValueError."""
        about = dict(self.business)
        calendar = self.hours.calendar(about.pop("timezone"))
        return domain.Business(
            **about,
            zone=calendar.zone,
            calendar=calendar,
            holidays=self.hours.country_closed,
            services=tuple(service.value() for service in self.services),
            resources=tuple(resource.value(calendar) for resource in self.resources),
            team=self.team.value(),
            sla=self.sla.value(calendar),
            ladder=tuple(step.value() for step in self.escalation),
            answers=tuple(answer.value() for answer in self.answers),
            scenarios=self.scenarios,
            never_say=self.never_say,
            booking=self.booking.value(),
            reminders=self.reminders.value(),
            follow_ups=self.follow_ups.value(),
            reports=self.reports.value(),
            kpi_targets=self.kpi_targets.value(),
            crm=self.crm.value(),
            channel_order=self.channels.order,
            modes={str(channel): mode for channel, mode in self.channels.modes.items()},
            asks_to_invite=self.consent.ask,
            consent_text=self.consent.text,
            comment_mark=self.comment_mark,
            bot_returns_after=self.bot_returns_after,
            privacy_url=self.privacy_url,
        )
