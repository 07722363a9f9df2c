"""Lying outputs of a model and their true twins; imports nothing of the guards, so it shares no mistake with them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random

from app.domain.business import Business
from app.domain.qualification import Known, Question, When
from bench.lying.claim import Claim
from bench.lying.claims import KINDS
from bench.lying.worlds import World, world

BEFORE = ("", "", "Здравствуйте! ", "Добрый день! ", "Спасибо за обращение! ", "Конечно! ", "Подскажу с радостью. ")
AFTER = ("", "", " Будем рады помочь!", " Что для вас удобнее?", " Если есть вопросы, пишите.", " Хорошего дня!")


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One answer of a model. sentence: the part of `reply` that is the claim. visit_id: of the standing booking."""

    kind: str
    business: Business
    question: Question
    reply: str
    sentence: str
    lies: bool


def outputs(businesses: Sequence[Business], *, pairs: int, seed: int = 1) -> Iterator[Output]:
    """`pairs` lies, each followed by its true twin; the same seed gives the same ones."""
    rng, made, kinds = Random(seed), 0, list(KINDS.items())
    while made < pairs:
        kind, draw = kinds[made % len(kinds)] if rng.random() < 0.9 else rng.choice(kinds)
        w = world(businesses[made % len(businesses)], rng)
        claim = draw(w, rng)
        if claim is None:
            kinds = kinds[1:] + kinds[:1]
            continue
        made += 1
        frame = rng.choice(BEFORE), rng.choice(AFTER)
        for lies in (True, False):
            yield _output(kind, w, claim, frame, lies=lies)


def _output(kind: str, w: World, claim: Claim, frame: tuple[str, str], *, lies: bool) -> Output:
    told = claim.lie if lies else claim.truth
    stands = claim.visit if claim.lie != claim.truth or not lies else None
    return Output(
        kind=kind,
        business=w.business,
        question=_question(w, claim.asked, stands),
        reply=f"{frame[0]}{told}{frame[1]}",
        sentence=told,
        lies=lies,
    )


def _question(w: World, asked: str, visit: datetime | None) -> Question:
    when = When(earliest=visit, latest=visit, exact=True) if visit else None
    return Question(
        texts=(asked,),
        kinds=("text",),
        known=Known(greeted=True, when=when),
        offered=() if visit else w.offered,
        can_book=True,
        visit_id="17" if visit else "",
        visit_at=visit,
        now=w.now,
    )
