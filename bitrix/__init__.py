"""An asynchronous Bitrix24 REST client: calls, batches, paging, pace, events and group commit. Usable on its own."""

from bitrix.access import OAuthAccess, Tokens, TokenStore, WebhookAccess
from bitrix.client import SETTLES, CallReport, Client, HttpxTransport
from bitrix.errors import BitrixError
from bitrix.events import Event, parse_event
from bitrix.group import Outcome, Plan, Step, commit
from bitrix.pace import LocalPace, Pace, Priority
from bitrix.wire import Command, Id, Reference, Request, Response, Result, Transport

__all__ = [
    "SETTLES",
    "BitrixError",
    "CallReport",
    "Client",
    "Command",
    "Event",
    "HttpxTransport",
    "Id",
    "LocalPace",
    "OAuthAccess",
    "Outcome",
    "Pace",
    "Plan",
    "Priority",
    "Reference",
    "Request",
    "Response",
    "Result",
    "Step",
    "TokenStore",
    "Tokens",
    "Transport",
    "WebhookAccess",
    "commit",
    "parse_event",
]
