"""The ladder: model, second model, rules; whichever passes the guards in time."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from app.assistant import crosscheck, guards, prompt
from app.assistant import privacy as privacy_words
from app.assistant.breaker import Breaker
from app.assistant.model import Model, ModelAnswer
from app.assistant.phrases import DOUBTS, EMERGENCY
from app.assistant.prompt import Prompt
from app.domain.business import Business
from app.domain.failures import Failure
from app.domain.qualification import By, Intent, Question, Understanding
from app.domain.words import say

FAIR_SHARE = 0.4  # of the budget: then the second model starts, and a model cut off later than that has failed
CERTAIN_HANDOFFS = frozenset({"asked", "complaint", "emergency", "subject"})
ACTING = frozenset({Intent.BOOKING, Intent.RESCHEDULE, Intent.CANCEL})  # asked for in this turn: not done yet
CLOSING_SECONDS = 0.05  # to let cancelled calls close their connections before the answer goes out

Rules = Callable[[Question, Business], Understanding]


TOKENS, LOCAL = "tokens", "local"  # a customer's words may go to any model in tokens, or to our own network's alone


@dataclass(slots=True)
class _Contender:
    model: Model
    breaker: Breaker = field(default_factory=Breaker)

    @property
    def by(self) -> By:
        return By(self.model.access.name)


class Assistant:
    """Answers any question within its budget, whatever the models do; without a model by the rules alone.

    models           in order of preference, closed by `aclose`
    rules            our own reading and draft: pure, a few milliseconds
    privacy          `tokens` or `local`
    budget_seconds   for all models together
    on_reply         called with each answer and the seconds it took
    """

    def __init__(
        self,
        *,
        models: Sequence[Model],
        rules: Rules,
        privacy: str,
        budget_seconds: float = 3.5,
        on_reply: Callable[[Understanding, float], None] | None = None,
    ) -> None:
        if privacy not in (TOKENS, LOCAL):
            raise ValueError(f"privacy is {privacy!r}, expected `tokens` or `local`")
        self._models = tuple(models)
        self._rules = rules
        self._budget_seconds = budget_seconds
        self._on_reply = on_reply or (lambda understanding, seconds: None)
        self._contenders = [_Contender(model) for model in models if privacy == TOKENS or model.access.is_local]
        self._closing: set[asyncio.Task[Understanding | None]] = set()

    async def understand(
        self,
        question: Question,
        business: Business,
        *,
        deadline_seconds: float | None = None,
        use_models: bool = True,
    ) -> Understanding:
        """What the customer wants and a checked draft, within the smaller of budget and deadline, + 0.1 s.

        use_models   False: by the rules alone (the day's cost cap is reached)
        """
        started = time.monotonic()
        budget = self._budget_seconds if deadline_seconds is None else min(deadline_seconds, self._budget_seconds)
        own = self._own(question, business)
        best = None
        if use_models and any(text.strip() for text in question.texts) and not _is_settled(own):
            best = await self._race(question, business, own, started + budget)
        understanding = best or own
        self._on_reply(understanding, time.monotonic() - started)
        return understanding

    async def aclose(self) -> None:
        if self._closing:
            await asyncio.wait(self._closing)
        for model in self._models:
            await model.aclose()

    def _own(self, question: Question, business: Business) -> Understanding:
        """The rules' answer. Its words are ours and true by construction; only an emergency overrules them."""
        own = self._rules(question, business)
        if not guards.is_emergency(question):
            return own
        reply = say(EMERGENCY, own.reading.language)
        return replace(own, reply=reply, asks="", guards=(*own.guards, "emergency"), handoff="emergency")

    async def _race(
        self, question: Question, business: Business, own: Understanding, deadline: float
    ) -> Understanding | None:
        """The first clean answer; at the end a repaired one, if that is all there is. None: the rules' stands."""
        waiting = deque(contender for contender in self._contenders if not contender.breaker.is_open)
        if not waiting:
            return None
        masked, tokens = _masked(question)
        turn = _Turn(
            prompt=prompt.build(masked, business), tokens=tokens, question=question, business=business, own=own
        )
        running: set[asyncio.Task[Understanding | None]] = set()
        hedge_after = (deadline - time.monotonic()) * FAIR_SHARE
        next_start = time.monotonic()
        repaired = None
        try:
            while (left := deadline - time.monotonic()) > 0:
                if waiting and (not running or time.monotonic() >= next_start):
                    running.add(asyncio.create_task(self._attempt(waiting.popleft(), turn, left)))
                    next_start = time.monotonic() + hedge_after
                if not running:
                    break
                patience = min(left, max(0.0, next_start - time.monotonic())) if waiting else left
                done, running = await asyncio.wait(running, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
                for answer in (task.result() for task in done):
                    if answer and not answer.guards:
                        return answer
                    repaired = repaired or answer
            return repaired
        finally:
            await self._cancel(running)

    async def _attempt(self, contender: _Contender, turn: "_Turn", seconds: float) -> Understanding | None:
        """One model's judged answer; its breaker hears how it ended."""
        if not contender.breaker.allows():
            return None
        started = time.monotonic()
        try:
            answer = await contender.model.answer(turn.prompt, timeout_seconds=seconds)
        except Failure:
            contender.breaker.failed()
            return None
        except asyncio.CancelledError:
            late = time.monotonic() - started >= self._budget_seconds * FAIR_SHARE
            (contender.breaker.failed if late else contender.breaker.abandoned)()
            raise
        contender.breaker.succeeded()
        return _judge(answer, turn, contender.by)

    async def _cancel(self, running: set[asyncio.Task[Understanding | None]]) -> None:
        if not running:
            return
        for task in running:
            task.cancel()
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)
        await asyncio.wait(running, timeout=CLOSING_SECONDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    """What the hedged calls of one turn share."""

    prompt: Prompt
    tokens: privacy_words.Tokens
    question: Question
    business: Business
    own: Understanding


def _masked(question: Question) -> tuple[Question, privacy_words.Tokens]:
    """The question as an outside model may see it."""
    known, turns = question.known, question.history
    texts = (*question.texts, known.name, known.phone, *(text for _, text in turns))
    masked, tokens = privacy_words.mask(texts, known)
    burst = len(question.texts)
    words, (name, phone), said = masked[:burst], masked[burst : burst + 2], masked[burst + 2 :]
    history = tuple((who, text) for (who, _), text in zip(turns, said, strict=True))
    return replace(question, texts=words, history=history, known=replace(known, name=name, phone=phone)), tokens


def _judge(answer: ModelAnswer, turn: _Turn, by: By) -> Understanding | None:
    """A model's answer, checked against the rules and the guards. None: nothing of it may go out."""
    question, business, own = turn.question, turn.business, turn.own
    name = privacy_words.restore(answer.name, turn.tokens) if answer.name else None
    answer = answer.model_copy(update={"name": name, "reply": privacy_words.restore(answer.reply, turn.tokens)})
    checked = crosscheck.check(answer, own.reading, business, " ".join(question.texts))
    if checked.doubt:
        reply = say(DOUBTS[checked.doubt], checked.reading.language, seed=len(question.history))
        asks = "" if checked.doubt == "intent" else checked.doubt
        return Understanding(reading=checked.reading, reply=reply, asks=asks, by=by, guards=("doubt",))
    stands = "" if checked.reading.intent in ACTING else question.visit_id
    seen = replace(question, visit_id=stands, known=replace(question.known, language=own.reading.language))
    verdict = guards.check(answer.reply, seen, business)
    if verdict.blocked:
        return None
    handoff = own.handoff if own.handoff in CERTAIN_HANDOFFS else verdict.handoff or answer.handoff
    return Understanding(
        reading=checked.reading,
        reply=verdict.text,
        asks="" if verdict.fired else answer.asks,
        by=by,
        guards=verdict.fired,
        handoff=handoff or _due_handoff(checked.reading.intent),
    )


def _is_settled(own: Understanding) -> bool:
    """No model has anything to add: help is needed at once, or only an invitation was agreed to or refused."""
    said_nothing_else = own.reading.invited is not None and own.reading.intent is Intent.SMALLTALK
    return "emergency" in own.guards or said_nothing_else


def _due_handoff(intent: Intent) -> str:
    return {Intent.HUMAN: "asked", Intent.COMPLAINT: "complaint"}.get(intent, "")
