"""One touch of the follow-up series goes out, fails or was the last one."""

from dataclasses import replace

from app.domain import clockwork, escalation, follow_ups, telling
from app.domain.card import Role, Stage
from app.domain.conversation import HISTORY
from app.domain.decision import Fact, Out
from app.domain.desk import Desk
from app.domain.mail import OutKind, SendOutcome
from app.domain.message import OutboundMessage
from app.domain.words import define, say

define(
    "follow_up",
    (
        "Вы писали нам{about}. Если вопрос ещё актуален, ответьте здесь, и мы продолжим.",
        "Напомним о себе{about}: будем рады помочь. Что вам подсказать?",
        "Больше не будем беспокоить{about}. Если понадобимся, просто напишите сюда.",
    ),
    (
        "You wrote to us{about}. If it still matters, answer here and we will go on.",
        "A short reminder{about}: we are glad to help. What would you like to know?",
        "We will not write again{about}. If you need us, just write here.",
    ),
)
define("follow_up_about", " об услуге «{service}»", " about “{service}”")
define(
    "task_follow_up",
    "Связаться с клиентом: {title} (автосерия не доставлена: {reason})",
    "Reach the customer: {title} (a follow-up was not delivered: {reason})",
)
define("series_over", "Автосерия закончена: {reason}", "The follow-up series ended: {reason}")
define("reason_silence", "клиент не ответил", "the customer did not answer")


def touch(desk: Desk) -> None:
    """At most one touch a turn: what an outage held back does not go out in a burst."""
    due = follow_ups.due_at(desk.c, desk.owner, desk.business)
    if due is None or due > desk.now:
        return
    if follow_ups.is_last(desk.c, desk.business):
        _close(desk, "silence")
        return
    enquiry = desk.open_enquiry()
    service = desk.business.service(enquiry.services[0]) if enquiry.services else None
    about = say("follow_up_about", desk.c.language, service=service.name) if service else ""
    last = enquiry.touches + 1 >= len(follow_ups.offsets(enquiry, desk.business))
    text = say("follow_up", desk.c.language, seed=2 if last and enquiry.touches else enquiry.touches % 2, about=about)
    desk.outs.append(Out(kind=OutKind.FOLLOW_UP, message=OutboundMessage(text=text)))
    desk.facts.append(Fact(kind="followed_up", values={"touch": enquiry.touches + 1, "intent": enquiry.intent}))
    desk.change(touches=enquiry.touches + 1)
    desk.c = replace(desk.c, touched_at=desk.now, history=(*desk.c.history, ("assistant", text))[-2 * HISTORY :])


def failed(desk: Desk, outcome: SendOutcome) -> None:
    """It cannot reach the customer here (window closed, no template, refused): a person's task, no further touch."""
    if desk.c.enquiry is None:
        return
    if outcome.reason == "blocked":
        clockwork.blocked(desk, outcome.at)
    else:
        user = telling.hearer(desk, Role.ASSIGNEE) or desk.open_enquiry().assignee
        key = f"follow_up:{desk.open_enquiry().touches}"
        desk.notice(key, Role.ASSIGNEE, "task_follow_up", user=user, task=True, reason=outcome.reason or outcome.fate)
    _close(desk, outcome.reason or outcome.fate)


def _close(desk: Desk, reason: str) -> None:
    """The deal is lost only where no promise of a person's answer is open: our own silence is not the customer's."""
    desk.change(series_over=True)
    desk.facts.append(Fact(kind="closed", values={"reason": reason}))
    desk.note(desk.now, say("series_over", desk.business.locale, reason=desk.reason(reason)))
    waits = any(clock.target in escalation.HUMAN_TARGETS for clock in desk.open_enquiry().running())
    if reason == "silence" and not waits:
        desk.move(Stage.LOST)
