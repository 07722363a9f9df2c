"""What WhatsApp and Instagram share: Meta's handshake, the signature over raw bytes, the Graph API's errors."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import chain

from app.channels.base import Ack, Response, Webhook
from app.channels.untrusted import Maybe, Vendor, is_one_of, loads
from app.domain.failures import Failure, Malformed, Refusal, Refused, Throttled, Unauthentic, Unavailable, Unusable

MAX_BODY_BYTES = 4 << 20  # up to 1 000 updates in 3 MB: developers.facebook.com/docs/graph-api/webhooks
THROTTLED, AGAIN = "throttled", "again"  # verdicts beside the words of Refusal
PAUSE = timedelta(seconds=1)
LONGEST = timedelta(days=1)

GRAPH = {  # developers.facebook.com/docs/graph-api/guides/error-handling
    1: AGAIN,
    2: AGAIN,
    4: THROTTLED,
    17: THROTTLED,
    32: THROTTLED,
    613: THROTTLED,
    190: Refusal.TOKEN,
    10: Refusal.ACCOUNT,
    368: Refusal.ACCOUNT,
    **dict.fromkeys(range(200, 300), Refusal.ACCOUNT),
}


class GraphError(Vendor):
    code: Maybe[int] = None
    error_subcode: Maybe[int] = None


class ErrorBody(Vendor):
    error: Maybe[GraphError] = None


class Usage(Vendor):
    estimated_time_to_regain_access: Maybe[float] = None  # minutes


def handshake(webhook: Webhook, vendor: str, verify_token: str) -> Ack:
    """The challenge goes back as text: it may begin with zeros."""
    if not verify_token:
        raise Unauthentic(f"{vendor}: {vendor.upper()}_VERIFY_TOKEN is empty, the door is closed")
    asked = webhook.query.get("hub.mode") == "subscribe"
    if not is_one_of(webhook.query.get("hub.verify_token", ""), [verify_token]) or not asked:
        raise Unauthentic(f"{vendor}: the verify token is wrong or missing")
    return Ack(body=webhook.query.get("hub.challenge", "").encode("utf-8", "ignore"))


def verify(webhook: Webhook, vendor: str, app_secrets: Sequence[str]) -> None:
    """HMAC-SHA256 of the bytes as they came (Meta signs its escaped form), keyed with any of our app secrets."""
    keys = [secret for secret in app_secrets if secret]
    if not keys:
        raise Unauthentic(f"{vendor}: {vendor.upper()}_APP_SECRET is empty, the door is closed")
    signatures = ["sha256=" + hmac.new(key.encode(), webhook.body, hashlib.sha256).hexdigest() for key in keys]
    if not is_one_of(webhook.headers.get("x-hub-signature-256", "").lower(), signatures):
        raise Unauthentic(f"{vendor}: the signature is wrong or missing")


def token_for(account: str, accounts: Sequence[str], tokens: Sequence[str]) -> str:
    """The token in the account's place of the list; a single one serves all accounts."""
    place = accounts.index(account) if account in accounts else 0
    return tokens[place] if place < len(tokens) else next(iter(tokens), "")


def failure(
    vendor: str, response: Response, verdicts: Mapping[int | tuple[int, int], str], pauses: Mapping[int, timedelta]
) -> Failure:
    """What a refused call means. `verdicts` by code, or by code and subcode where the code alone says too little."""
    try:
        error = ErrorBody.model_validate(loads(response.body)).error or GraphError()
    except (Malformed, ValueError):
        error = GraphError()
    code, subcode = error.code if error.code is not None else -1, error.error_subcode or 0
    detail = f"{response.status} code {code}, subcode {subcode}"
    verdict = verdicts.get((code, subcode)) or verdicts.get(code) or GRAPH.get(code, "")
    if verdict == THROTTLED or (response.status == 429 and not verdict):
        return Throttled(vendor, detail, wait(response) or pauses.get(code, PAUSE))
    if verdict == AGAIN or (not verdict and (response.status >= 500 or response.status == 408)):
        return Unavailable(vendor, detail, wait(response) or PAUSE, executed=None)
    if not verdict and response.status == 401:
        verdict = Refusal.TOKEN
    if not verdict and error.code is None:
        return Unusable(vendor, detail, executed=None if response.status == 200 else False)
    return Refused(vendor, detail, verdict or Refusal.REFUSED)


def wait(response: Response) -> timedelta | None:
    """`Retry-After` in seconds, or the longest of `X-Business-Use-Case-Usage`, in minutes."""
    after = response.headers.get("retry-after", "")
    if after.isascii() and after.isdecimal():
        return min(timedelta(seconds=int(after[:9])), LONGEST)
    try:
        usage = loads(response.headers.get("x-business-use-case-usage", "").encode())
        minutes = max(Usage.model_validate(row).estimated_time_to_regain_access or 0 for row in chain(*usage.values()))
    except (Malformed, ValueError, TypeError, AttributeError):
        return None
    return min(timedelta(minutes=min(minutes, 1440)), LONGEST) if minutes > 0 else None
