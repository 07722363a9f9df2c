"""WhatsApp's error codes → what they mean (developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes)."""

from collections.abc import Mapping
from datetime import timedelta

from app.channels.meta import AGAIN, GRAPH, THROTTLED
from app.domain.failures import Refusal

VERDICTS: Mapping[int | tuple[int, int], str] = {
    0: Refusal.TOKEN,
    130429: THROTTLED,
    131056: THROTTLED,  # too many to one customer
    133016: THROTTLED,
    80007: THROTTLED,
    131000: AGAIN,
    131016: AGAIN,
    131057: AGAIN,
    133004: AGAIN,
    131026: Refusal.BLOCKED,  # also: not on WhatsApp, an old app; a block itself is silent
    131047: Refusal.WINDOW_CLOSED,
    132000: Refusal.TEMPLATE,
    132001: Refusal.TEMPLATE,
    132005: Refusal.TEMPLATE,
    132007: Refusal.TEMPLATE,
    132012: Refusal.TEMPLATE,
    132015: Refusal.TEMPLATE,
    132016: Refusal.TEMPLATE,
    130472: Refusal.REFUSED,  # advertising: an experiment of Meta's
    131049: Refusal.REFUSED,  # advertising: enough for this customer today
    131050: Refusal.REFUSED,  # advertising: the customer said stop
    130497: Refusal.ACCOUNT,  # we may not write to that country
    131031: Refusal.ACCOUNT,
    131042: Refusal.ACCOUNT,
    131045: Refusal.ACCOUNT,
}
PAUSES = {131056: timedelta(seconds=6), 80007: timedelta(minutes=1), 4: timedelta(minutes=1)}


def reason(code: int) -> str:
    """Of a `failed` status, which comes when nothing can be tried again at once."""
    verdict = VERDICTS.get(code) or GRAPH.get(code, Refusal.REFUSED)
    return Refusal.REFUSED if verdict in {THROTTLED, AGAIN} else verdict
