"""Before the answer: what the customer's words ask of the diary, and what it allows them."""

from collections.abc import Sequence
from dataclasses import replace

from app.assistant import rules
from app.assistant.rules.confirm import asks_of_it
from app.assistant.rules.resources import named_resource
from app.assistant.rules.text import fold
from app.assistant.rules.waiting import said_to_list
from app.domain.conversation import opened
from app.domain.mail import Received
from app.domain.qualification import Question
from app.domain.visits import openings
from app.domain.visits.visit import ListWord, Openings
from app.flow.diary import busy_now
from app.runtime import Runtime
from app.store.mailbox import Reading


async def with_openings(
    runtime: Runtime, reading: Reading, words: Sequence[Received], question: Question
) -> tuple[Question, Openings | None]:
    """The question with the times that its answer may name. None: the words ask for no time, or nobody knows any."""
    if runtime.diary is None:
        return question, None
    business, now = runtime.business, reading.now
    text = "\n".join(part for part in question.texts if part.strip())
    read = rules.sought(question, business)
    conversation = reading.conversation or opened(words[0].message)
    conversation = replace(conversation, name=conversation.name or question.known.name)
    payloads = [mail.message.payload for mail in words if mail.message.payload]
    word = said_to_list(text, read, payloads, conversation)
    if word in (ListWord.TAKE, ListWord.DECLINE, ListWord.LEAVE):
        return question, openings.of_list(word, None, conversation)
    asks = not payloads and asks_of_it(fold(text))
    found = openings.seek(conversation, read, payloads, named_resource(text, business), now, asks=asks)
    if found is None or found.needs_diary:
        live = conversation.offer.live(now) if conversation.offer else ()
        question = replace(question, offered=tuple(slot.starts for slot in live))
        if found is None:
            return question, openings.of_list(word, None, conversation) if word else None
        busy = await busy_now(runtime)
        if busy is None:
            return question, None
        found = openings.look(found, conversation, busy, business, asks="?" in text, now=now)
    offers = "" if found.at_once or not found.slots else "fits" if found.fits else "instead"
    offered = tuple(slot.starts for slot in found.slots)
    found = openings.of_list(word, found, conversation) if word else found
    return replace(question, offered=offered, offers=offers, can_book=True), found
