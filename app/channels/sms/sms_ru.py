"""SMS.ru: one text to one number, and what its codes mean (docs/reference/channels.md 10.1)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from app.channels.base import Request, Response
from app.channels.untrusted import Id, Maybe, Vendor, loads
from app.domain.failures import Failure, Malformed, Refusal, Refused, Throttled, Unavailable, Unusable

VENDOR = "sms"
OK = 100
AWAY, UNSURE = "away", "unsure"  # verdicts beside the words of Refusal
PAUSE = timedelta(seconds=5)

VERDICTS: Mapping[int, str] = {  # any other code is the number's or the text's: another try would end the same
    200: Refusal.TOKEN,
    300: Refusal.TOKEN,
    301: Refusal.TOKEN,
    201: Refusal.ACCOUNT,  # no money
    204: Refusal.ACCOUNT,  # the sender's name is not approved
    206: Refusal.ACCOUNT,  # the account's limit of the day
    302: Refusal.ACCOUNT,  # the account is not confirmed
    220: AWAY,
    500: UNSURE,  # «an error, repeat»: whether the text left is not said
}


class Text(Vendor):
    status_code: Maybe[int] = None
    sms_id: Maybe[Id] = None


class Answer(Vendor):
    """`sms` by number: we send one at a time. Amounts come as numbers or as strings."""

    status_code: Maybe[int] = None
    sms: Maybe[dict[str, Any]] = None
    balance: Maybe[float] = None


class SmsRu:
    def __init__(self, *, api_id: str, sender: str = "", base_url: str) -> None:
        self._api_id, self._sender, self._base_url = api_id, sender, base_url.rstrip("/")

    def render(self, phone: str, text: str) -> Request:
        named = {"from": self._sender} if self._sender else {}
        return self._call("sms/send", {"to": phone.removeprefix("+"), "msg": text, **named})

    def read(self, response: Response) -> str:
        """Its `sms_id`. The same text again would be sent again: there is no key of ours that it knows."""
        answer = answer_of(response)
        if answer.status_code != OK:
            raise _failure(answer.status_code)
        try:
            [text] = [Text.model_validate(each) for each in (answer.sms or {}).values()]
        except ValueError:
            raise Unusable(VENDOR, "accepted without a word of the number", executed=None) from None
        if text.status_code != OK:
            raise _failure(text.status_code)
        if not text.sms_id:
            raise Unusable(VENDOR, "accepted without an id", executed=None)
        return text.sms_id

    def ask_balance(self) -> Request:
        return self._call("my/balance", {})

    def _call(self, method: str, fields: Mapping[str, str]) -> Request:
        form = {"api_id": self._api_id, "json": "1", **fields}
        return Request(method="POST", url=f"{self._base_url}/{method}", form=form)


def answer_of(response: Response) -> Answer:
    """What it said, a refusal too. Raises Failure where it said nothing that can be read."""
    if response.status == 429:
        raise Throttled(VENDOR, "429", PAUSE)
    if response.status != 200:
        raise Unavailable(VENDOR, f"HTTP {response.status}", PAUSE, executed=None)
    try:
        return Answer.model_validate(loads(response.body))
    except (Malformed, ValueError):
        raise Unusable(VENDOR, "an answer that is no JSON object", executed=None) from None


def _failure(code: int | None) -> Failure:
    verdict = VERDICTS.get(code or 0, Refusal.REFUSED)
    if code is None:
        return Unusable(VENDOR, "an answer without a code", executed=None)
    if verdict in (AWAY, UNSURE):
        return Unavailable(VENDOR, f"code {code}", PAUSE, executed=None if verdict == UNSURE else False)
    return Refused(VENDOR, f"code {code}", verdict)
