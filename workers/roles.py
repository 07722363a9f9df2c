"""Which flow works on which stream, and how many at once in one process."""

from app.flow.answer import answer
from app.flow.book import book, give_up
from app.flow.deal_chat import GROUP as CHATS
from app.flow.deal_chat import show
from app.flow.events import GROUP as HINTED
from app.flow.events import read_hints
from app.flow.line_hear import GROUP as HINTS
from app.flow.line_hear import hear
from app.flow.line_talk import GROUP as TALKS
from app.flow.line_talk import talk
from app.flow.notify import GROUP as NOTICES
from app.flow.notify import notify
from app.flow.register import GROUP as CARDS
from app.flow.register import fill, fill_hot, register
from app.flow.send import send
from app.jobs import Entry, Role
from app.runtime import Runtime
from app.store import keys


async def _answer(runtime: Runtime, entries: list[Entry]) -> None:
    for entry in entries:
        await answer(runtime, entry.subject, entry.id, entry.tries)


async def _send(runtime: Runtime, entries: list[Entry]) -> None:
    for entry in entries:
        await send(runtime, entry.subject, entry.id, entry.tries)


async def _book(runtime: Runtime, entries: list[Entry]) -> None:
    for entry in entries:
        await book(runtime, entry)


ROLES = (
    Role(name="answer", streams=(keys.ANSWER,), work=_answer, slots=200),
    Role(name="send", streams=(keys.SEND,), work=_send, slots=100, together=24),
    Role(name="book", streams=(keys.BOOK,), work=_book, slots=20, given_up=give_up),
    Role(name="notify", streams=(keys.NOTICES,), work=notify, slots=1, group=NOTICES),
    Role(name="handoff", streams=(keys.HINTS,), work=read_hints, slots=1, group=HINTED),
    Role(name="talk", streams=(keys.TALK,), work=talk, slots=4, group=TALKS, together=48),
    Role(name="hear", streams=(keys.LINE_HINTS,), work=hear, slots=2, group=HINTS, together=48),
    Role(name="dealchat", streams=(keys.DEAL_CHATS,), work=show, slots=2, group=CHATS, together=48),
    Role(
        name="register", streams=(keys.REGISTER_HOT,), work=register, slots=2, group=CARDS, together=48, fill=fill_hot
    ),
    Role(name="register", streams=(keys.REGISTER,), work=register, slots=2, group=CARDS, together=48, fill=fill),
)
