"""`otklik forget`: a person leaves Redis, its append-only file and the portal's cards; a certificate says what went.

Found by phone, e-mail, person id or conversation id. Figures stay: the journal goes on counting under ids that lead
to nobody, deals keep their sums and stages.
"""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import app.flow.forget.texts  # noqa: F401 - fills the catalogue
from app.domain.conversation import Conversation
from app.domain.summary import channel_name
from app.domain.ways import known
from app.domain.words import say
from app.flow.forget import chats, lines, portal
from app.flow.forget.portal import Blanked
from app.runtime import Runtime
from app.store.forgetting import Kept, Removed

PHONE = re.compile(r"\+?[\d\s().-]{7,20}")


class NobodyFound(Exception):
    """One line for whoever asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Whose traces go. `persons`: person id → their conversations."""

    persons: Mapping[str, tuple[Conversation, ...]]
    kept: tuple[Kept, ...]
    blanked: Blanked = field(default_factory=Blanked)  # the portal's cards that were found; nothing is changed yet

    @property
    def words(self) -> tuple[str, ...]:
        """What is the person's alone: phones, e-mails."""
        conversations = [each for several in self.persons.values() for each in several]
        phones = {each.phone.number for each in conversations if each.phone}
        numbers = {word for phone in phones for word in (phone.lstrip("+"), f"8{phone[2:]}")}
        return tuple(sorted(phones | numbers | {each.email for each in conversations if each.email}))

    @property
    def names(self) -> tuple[str, ...]:
        """What others may share or repeat: looked for in kept payloads only."""
        conversations = [each for several in self.persons.values() for each in several]
        found = {word for each in conversations for word in (each.name, each.username, each.customer_id, each.chat_id)}
        found |= {
            word for each in conversations for way in each.ways for word in (way.username, way.customer_id, way.chat_id)
        }
        return tuple(sorted(found - {""}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    number: str
    at: datetime
    plan: Plan
    removed: Removed
    blanked: Blanked


async def plan(runtime: Runtime, whom: str) -> Plan:
    """Raises NobodyFound, BitrixError."""
    asked = whom.strip()
    persons = await _persons(runtime, asked)
    if not persons:
        raise NobodyFound(
            f"forget {_shape(asked)}: nobody found; expected a phone (+79161234567), an e-mail, "
            "a person's id (p-te-…) or a conversation's (te-…)"
        )
    kept = [await runtime.forgetting.kept(person, each) for person, each in _conversations(persons)]
    found = await portal.find(runtime.crm, tuple(persons), kept)
    return Plan(persons=persons, kept=tuple(kept), blanked=found)


async def carry_out(runtime: Runtime, plan: Plan) -> Certificate:
    """The portal, then Redis, then what a worker wrote to the portal meanwhile. An error leaves it to be repeated."""
    ids = {
        person: [way.id for each in conversations for way in known(each)]
        for person, conversations in plan.persons.items()
    }
    messages, operators = await _blank(runtime, plan.blanked, plan.kept)
    kept = [await runtime.forgetting.kept_now(person, each) for person, each in _conversations(plan.persons)]
    removed = await runtime.forgetting.forget(ids, plan.words, plan.names)
    late = await portal.texts_of(runtime.crm, portal.with_places(plan.blanked, kept))
    more, _ = await _blank(runtime, late, kept)
    blanked = replace(plan.blanked, messages=messages + more, operators=operators)
    removed.left = await runtime.forgetting.remains(
        [*plan.words, *ids, *(one for each in ids.values() for one in each)]
    )
    return Certificate(number=secrets.token_hex(4), at=datetime.now(UTC), plan=plan, removed=removed, blanked=blanked)


async def _blank(runtime: Runtime, found: Blanked, kept: Sequence[Kept]) -> tuple[int, int]:
    """Messages that were deleted, and words of operators that stay."""
    await portal.blank(runtime.crm, found, kept, runtime.business.locale)
    messages = await chats.clear(runtime, found.chats)
    spoken, operators = await lines.clear(runtime, found.sessions)
    return messages + spoken, operators


def _conversations(persons: Mapping[str, Sequence[Conversation]]) -> list[tuple[str, Conversation]]:
    return [(person, each) for person, several in persons.items() for each in several]


def plan_lines(plan: Plan, locale: str) -> list[str]:
    conversations = [each for several in plan.persons.values() for each in several]
    channels = sorted({channel_name(way.channel, locale) for each in conversations for way in known(each)})
    return [
        say("forget_plan_persons", locale, persons=", ".join(plan.persons)),
        say("forget_plan_conversations", locale, count=len(conversations), channels=", ".join(channels)),
        _portal_line("forget_plan_portal", plan.blanked, locale),
        say("forget_plan_backups", locale),
    ]


def certificate_lines(certificate: Certificate, locale: str) -> list[str]:
    """It names nobody: it may be filed and shown."""
    removed, file = certificate.removed, certificate.removed.file
    told = "forget_file_" + (file if file in ("rewritten", "none") else "refused")
    return [
        say("forget_certificate", locale, number=certificate.number, at=f"{certificate.at:%Y-%m-%d %H:%M} UTC"),
        say("forget_redis", locale, keys=removed.keys, elsewhere=removed.elsewhere, letters=removed.letters),
        say("forget_journal", locale, count=removed.journal),
        say(told, locale, reason=file),
        _portal_line("forget_portal", certificate.blanked, locale),
        *_operators(certificate.blanked, locale),
        say("forget_left_none" if not removed.left else "forget_left", locale, keys=", ".join(removed.left[:10])),
        say("forget_logs", locale),
        say("forget_plan_backups", locale),
    ]


def _portal_line(key: str, blanked: Blanked, locale: str) -> str:
    if not blanked.asked:
        return say("forget_no_portal", locale)
    return say(
        key,
        locale,
        contacts=len(blanked.contacts),
        leads=len(blanked.leads),
        deals=len(blanked.deals),
        comments=len(blanked.comments),
        chats=len(blanked.chats) + len({conversation for conversation, _ in blanked.sessions}),
        messages=blanked.messages,
        notices=blanked.notices,
        tasks=len(blanked.tasks),
    )


def _operators(blanked: Blanked, locale: str) -> list[str]:
    return [say("forget_operators", locale, count=blanked.operators)] if blanked.operators else []


async def _persons(runtime: Runtime, asked: str) -> dict[str, tuple[Conversation, ...]]:
    """The person whom `asked` names, with all conversations of theirs."""
    phone = _phone(asked)
    wanted = {await runtime.forgetting.person_of_phone(phone)} - {""} if phone else set()
    everybody: dict[str, list[Conversation]] = {}
    async for conversation, person, state in runtime.forgetting.persons():
        person = person or state.person_id or f"p-{conversation}"
        everybody.setdefault(person, []).append(state)
        named = {conversation, person, state.email.casefold(), *(way.id for way in state.ways)} - {""}
        same_phone = phone and state.phone is not None and state.phone.number == phone
        if same_phone or asked in named or asked.casefold() in named:
            wanted.add(person)
    return {person: tuple(everybody.get(person, ())) for person in sorted(wanted)}


def _phone(asked: str) -> str:
    """E.164 of what was typed, or nothing."""
    digits = re.sub(r"\D", "", asked)
    if not PHONE.fullmatch(asked) or not digits:
        return ""
    if len(digits) == 11 and digits[0] == "8":
        digits = "7" + digits[1:]
    return f"+7{digits}" if len(digits) == 10 and not asked.startswith("+") else f"+{digits}"


def _shape(asked: str) -> str:
    """What was asked for, without repeating it: it may be personal, and shells keep what is printed."""
    return "a phone" if _phone(asked) else "an e-mail" if "@" in asked else f"{asked[:24]!r}"
