"""What can go wrong between us and a vendor, in one shape."""

from datetime import timedelta


class Unauthentic(Exception):
    """The request does not prove its sender (or its door has no secret and is closed): 401, nothing is read."""


class Malformed(Exception):
    """A signed payload that we cannot parse: our fault, not theirs. Kept, counted, answered 200."""


class Failure(Exception):
    """A vendor did not do what was asked.

    vendor        closed set: `telegram`, `whatsapp`, `instagram`, `site`, `sms`, `bitrix`, `model`
    detail        one line without personal data
    retry_after   when to try again; None means final
    executed      False: surely not executed; None: nobody knows (a time-out after the bytes were sent)
    """

    def __init__(
        self, vendor: str, detail: str, retry_after: timedelta | None = None, *, executed: bool | None = False
    ) -> None:
        super().__init__(f"{vendor}: {detail}")
        self.vendor, self.detail, self.retry_after, self.executed = vendor, detail, retry_after, executed


class Unavailable(Failure):
    """For now: network, 5xx."""


class Throttled(Failure):
    """For now: too many calls (429, QUERY_LIMIT_EXCEEDED)."""


class Refused(Failure):
    """For good: blocked, window closed, bad field. `reason` is from the closed set of `Refusal`."""

    def __init__(self, vendor: str, detail: str, reason: str = "refused") -> None:
        super().__init__(vendor, detail)
        self.reason = reason


class Refusal:
    """Why a vendor refused for good; the words used in the journal and in metrics."""

    BLOCKED = "blocked"  # the customer does not want or cannot get our messages: a fact, not an error
    NO_CHAT = "no_chat"  # a form of the site: a call is the only way
    WINDOW_CLOSED = "window_closed"  # free text is no longer allowed: a template, or a person calls
    TEMPLATE = "template"  # the template is unknown, paused or badly filled
    TOKEN = "token"  # noqa: S105  our token is dead: ops must act
    ACCOUNT = "account"  # our account is in trouble: ops must act
    REFUSED = "refused"  # anything else that is final
    AWAY = "away"  # not reached, and there is no time to wait for it


class Unusable(Failure):
    """For good: an answer off its schema."""
