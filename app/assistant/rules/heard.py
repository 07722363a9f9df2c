"""One message before its intent is told: its words, days and times, services, and what of an offer it picks."""

import re
from dataclasses import dataclass
from datetime import date, datetime

from app.assistant.rules import confirm, halves, learned, offers, phones, services, text, when
from app.assistant.rules.clock import Times
from app.assistant.rules.days import Days
from app.assistant.rules.mask import mask
from app.assistant.rules.services import Found
from app.assistant.rules.text import Message
from app.assistant.rules.when import Spoken
from app.domain.business import Business

SHORT, LONG = 15, 120  # characters
_OFFERING = re.compile(
    r"свободн|предлож|\bесть (?:врем|мест|окн|\d|[а-я]+,)|подойд|удобн|записать\b|записыва|выбер|запишем|"
    r"ближайшее время"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """offered: the moments that the bot's last words (`context`) name, in their order; chosen: the one said yes to.

    asked   the day of which those words ask the hour
    """

    message: Message
    spoken: Spoken
    services: Found
    context: str
    offered: tuple[datetime, ...]
    chosen: datetime | None
    asked: date | None = None

    @property
    def scene(self) -> str:
        """`offer` of slots, `reminder` of one visit, `question`, or empty when the bot said nothing before."""
        if not self.context:
            return ""
        if not self.offered:
            return "question"
        return "offer" if len(self.offered) > 1 or _OFFERING.search(self.context.lower()) else "reminder"

    @property
    def features(self) -> dict[str, float]:
        masked = mask(self.message, self.spoken, self.services.words)
        return learned.features(masked, [sign for sign, is_true in self._signs().items() if is_true])

    def _signs(self) -> dict[str, bool]:
        """What the letters do not show."""
        raw, wanted = self.message.raw, self.spoken.wanted
        return {
            f"#{self.scene}": bool(self.scene),
            "#chosen": self.chosen is not None,
            "#phone": self.message.phone is not None,
            "#link": phones.has_link(raw),
            "#service": bool(self.services.ids),
            "#day": any(isinstance(item, Days) for item in wanted),
            "#time": any(isinstance(item, Times) for item in wanted),
            "#standing": bool(self.spoken.standing),
            "#dropped": bool(self.spoken.dropped),
            "#asks": "?" in raw,
            "#exclaims": "!" in raw,
            "#short": len(raw) < SHORT,
            "#long": len(raw) > LONG,
        }


def hear(words: str, *, now: datetime, business: Business, context: str = "") -> Heard:
    message = text.prepare(words)
    spoken = when.listen(message.plain, now=now, business=business)
    offered = offers.slots(context, now=now, business=business) if context else ()
    spoken = confirm.spared(message.plain, spoken, offered)
    return Heard(
        message=message,
        spoken=spoken,
        services=services.find(message, business),
        context=context,
        offered=offered,
        chosen=confirm.choose(message.plain, spoken, offered, context=context)
        or halves.pick(message.plain, spoken, offered),
        asked=offers.day_asked(context, now=now, business=business) if context and not offered else None,
    )
