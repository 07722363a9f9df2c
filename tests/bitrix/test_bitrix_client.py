"""The client's retries, renewals, redirects and paging (table 2.12 of the reference), with the network left out."""

import asyncio
import json
import time
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from fake_portal import FakePortal, ok, refused

from bitrix import errors, methods
from bitrix.access import OAuthAccess, Tokens, WebhookAccess
from bitrix.client import CallReport, Client
from bitrix.pace import Bucket, LocalPace, Priority
from bitrix.wire import Command, Request, Response

HOOK = "https://portal.example/rest/1/code/"
LEAD = methods.lead_add({"TITLE": "x"})
READ = methods.lead_get(5)
FULL = refused(503, "QUERY_LIMIT_EXCEEDED", "Too many requests")


class Store:
    """Tokens in memory, with the moments of load, save and use in `log`."""

    def __init__(self, tokens: Tokens | None) -> None:
        self.tokens = tokens
        self.log: list[str] = []
        self._lock = asyncio.Lock()

    async def load(self) -> Tokens | None:
        return self.tokens

    async def save(self, tokens: Tokens) -> None:
        await asyncio.sleep(0.01)
        self.tokens = tokens
        self.log.append(f"saved {tokens.access_token}")

    def lock(self) -> AbstractAsyncContextManager[Any]:
        return self._lock


def tokens(access: str, refresh: str = "r1") -> Tokens:
    return Tokens(
        access_token=access,
        refresh_token=refresh,
        client_endpoint="https://portal.example/rest/",
        server_endpoint="https://oauth.example/rest/",
        member_id="m1",
        expires_at=0.0,
    )


def client_of(portal: FakePortal, access: Any = None, **options: Any) -> Client:
    pace = LocalPace(Bucket(drain_per_second=200.0))
    return Client(access or WebhookAccess(HOOK), pace=pace, transport=portal, **options)


async def test_a_call_brings_its_value_and_is_reported() -> None:
    portal, reports = FakePortal(), list[CallReport]()
    result = await client_of(portal, on_call=reports.append).call(LEAD, priority=Priority.HOT)
    assert result.value == 101
    assert [(r.method, r.commands, r.outcome, r.priority) for r in reports] == [("crm.lead.add", 1, "ok", Priority.HOT)]


@pytest.mark.parametrize("failure", [FULL, errors.Unreachable("unreachable", "ConnectError")])
async def test_a_create_that_was_not_executed_is_tried_again(failure: Any) -> None:
    portal = FakePortal()
    portal.script = [failure]
    assert (await client_of(portal).call(LEAD)).value == 101
    assert len(portal.requests) == 2


@pytest.mark.parametrize(
    "failure",
    [
        errors.Unanswered("unanswered", "ReadTimeout"),
        refused(500, "INTERNAL_SERVER_ERROR"),
        Response(status=502, body=b"<html>"),
    ],
)
async def test_a_create_that_may_have_been_executed_is_never_repeated(failure: Any) -> None:
    portal = FakePortal()
    portal.script = [failure]
    with pytest.raises(errors.BitrixError) as caught:
        await client_of(portal).call(LEAD)
    assert caught.value.executed == "unknown"
    assert caught.value.method == "crm.lead.add"
    assert len(portal.requests) == 1


async def test_a_read_survives_two_lost_answers_but_not_three() -> None:
    portal = FakePortal()
    portal.script = [Response(status=502, body=b"<html>"), errors.Unanswered("unanswered"), ok({"ID": "5"})]
    assert (await client_of(portal).call(READ)).value == {"ID": "5"}
    portal.script = [Response(status=502, body=b"<html>")] * 4
    with pytest.raises(errors.Unanswered):
        await client_of(portal).call(READ)
    assert len(portal.requests) == 6


async def test_a_batch_is_repeated_only_when_all_of_it_reads() -> None:
    portal = FakePortal()
    portal.script = [Response(status=502, body=b"<html>")]
    assert set(await client_of(portal).batch({"a": READ, "b": methods.profile()})) == {"a", "b"}
    portal.script = [Response(status=502, body=b"<html>")]
    with pytest.raises(errors.Unanswered):
        await client_of(portal).batch({"a": READ, "b": LEAD})


async def test_an_error_that_can_not_pass_is_not_repeated() -> None:
    portal = FakePortal()
    portal.script = [refused(503, "OVERLOAD_LIMIT"), refused(400, "", "Not found")]
    with pytest.raises(errors.Closed) as caught:
        await client_of(portal).call(READ)
    assert caught.value.retry_after is None
    with pytest.raises(errors.Missing):
        await client_of(portal).call(READ)
    assert len(portal.requests) == 2


async def test_a_full_portal_fills_our_own_bucket_too() -> None:
    pace = LocalPace(Bucket(drain_per_second=4.0))
    portal = FakePortal()
    portal.script = [FULL]
    started = time.monotonic()
    await Client(WebhookAccess(HOOK), pace=pace, transport=portal).call(LEAD)
    assert time.monotonic() - started >= 0.25  # one call's room has to run out first


async def test_operating_limit_says_when_it_ends_from_the_last_answer_of_that_method() -> None:
    portal = FakePortal()
    client = client_of(portal)
    body = {"result": 1, "time": {"finish": 1000.0, "operating": 479, "operating_reset_at": 1300.0}}
    limit = refused(429, "OPERATION_TIME_LIMIT", "Method is blocked due to operation time limit.")
    portal.script = [Response(status=200, body=json.dumps(body).encode()), limit, limit]
    await client.call(LEAD)
    with pytest.raises(errors.OperatingLimit) as caught:
        await client.call(LEAD)
    assert caught.value.retry_after == pytest.approx(300, abs=5)
    with pytest.raises(errors.OperatingLimit) as other:
        await client.call(methods.profile())
    assert other.value.retry_after == 60
    assert len(portal.requests) == 3


async def test_a_batch_gives_each_command_its_own_end() -> None:
    portal = FakePortal()
    portal.refuse = lambda method, params: ("", "Access denied.") if method == "crm.contact.add" else None
    bad = methods.contact_add({"NAME": "x"})
    free = await client_of(portal).batch({"a": LEAD, "b": bad, "c": LEAD})
    assert (free["a"].value, free["c"].value) == (101, 102)
    assert isinstance(free["b"], errors.Denied)
    halted = await client_of(portal).batch({"a": LEAD, "b": bad, "c": LEAD}, halt=True)
    assert set(halted) == {"a", "b"}


async def test_an_expired_token_is_renewed_once_and_saved_before_use() -> None:
    store = Store(tokens("old"))
    portal = FakePortal()

    def answer(request: Request) -> Response:
        if request.verb == "GET":
            assert request.url.startswith("https://oauth.example/oauth/token/?grant_type=refresh_token&client_id=id")
            return renewal("new", "r2")
        token = json.loads(request.body)["auth"]
        store.log.append(f"used {token}")
        return ok(7) if token == "new" else refused(401, "expired_token")

    portal.script = [answer] * 3
    client = client_of(portal, OAuthAccess("id", "secret", store))
    assert (await client.call(LEAD)).value == 7
    assert store.log == ["used old", "saved new", "used new"]
    assert store.tokens is not None
    assert store.tokens.refresh_token == "r2"


async def test_calls_at_once_share_one_renewal() -> None:
    store = Store(tokens("old"))
    portal = FakePortal()

    def answer(request: Request) -> Response:
        if request.verb == "GET":
            return renewal("new", "r2")
        return ok(7) if json.loads(request.body)["auth"] == "new" else refused(401, "expired_token")

    portal.script = [answer] * 50
    client = client_of(portal, OAuthAccess("id", "secret", store))
    await asyncio.gather(*(client.call(LEAD) for _ in range(8)))
    assert [request.verb for request in portal.requests].count("GET") == 1


async def test_a_dead_refresh_token_ends_in_a_final_error() -> None:
    portal = FakePortal()
    portal.script = [refused(401, "expired_token"), refused(400, "invalid_grant")]
    with pytest.raises(errors.Unauthorized) as caught:
        await client_of(portal, OAuthAccess("id", "secret", Store(tokens("old")))).call(LEAD)
    assert (caught.value.code, caught.value.retry_after) == ("invalid_grant", None)


async def test_an_application_that_is_not_installed_calls_nobody() -> None:
    portal = FakePortal()
    with pytest.raises(errors.Unauthorized, match="not been installed"):
        await client_of(portal, OAuthAccess("id", "secret", Store(None))).call(LEAD)
    assert portal.requests == []


def moved(location: str) -> Response:
    return Response(status=302, body=b"<html>Moved</html>", location=location)


async def test_a_portal_under_a_new_name_is_followed_and_remembered() -> None:
    portal = FakePortal()
    portal.script = [moved("https://new.example/rest/1/code/crm.lead.add")]
    client = client_of(portal)
    await client.call(LEAD)
    await client.call(LEAD)
    hosts = [request.url.removesuffix("/rest/1/code/crm.lead.add") for request in portal.requests]
    assert hosts == ["https://portal.example", "https://new.example", "https://new.example"]


@pytest.mark.parametrize("location", ["/auth/", "https://portal.example/login/", "http://new.example/rest/"])
async def test_a_redirect_that_is_no_new_name_is_an_error(location: str) -> None:
    portal = FakePortal()
    portal.script = [moved(location)]
    with pytest.raises(errors.Moved):
        await client_of(portal).call(LEAD)
    assert len(portal.requests) == 1


def renewal(access: str, refresh: str) -> Response:
    body = {
        "access_token": access,
        "refresh_token": refresh,
        "expires": 1773762761,
        "expires_in": 3600,
        "scope": "crm",
        "domain": "portal.example",
        "client_endpoint": "https://portal.example/rest/",
        "server_endpoint": "https://oauth.example/rest/",
        "member_id": "m1",
        "user_id": 1,
        "status": "L",
    }
    return Response(status=200, body=json.dumps(body).encode())


class Rows:
    """A list of `count` rows behind `filter[>ID]`, wrapped as items or bare."""

    def __init__(self, count: int, *, field: str, heeds_filter: bool = True) -> None:
        self.count, self.field, self.heeds_filter = count, field, heeds_filter

    def __call__(self, request: Request) -> Response:
        params = json.loads(request.body)
        assert params["start"] == -1
        assert params["order"] == {self.field: "ASC"}
        above = params["filter"].get(f">{self.field}", 0) if self.heeds_filter else 0
        rows = [{self.field: str(n)} for n in range(above + 1, min(above + 50, self.count) + 1)]
        return ok(rows if self.field == "ID" else {"items": rows})


@pytest.mark.parametrize(("count", "sizes"), [(0, []), (49, [49]), (50, [50]), (51, [50, 1]), (120, [50, 50, 20])])
@pytest.mark.parametrize("field", ["ID", "id"])
async def test_pages_hold_every_row_once(count: int, sizes: list[int], field: str) -> None:
    portal = FakePortal()
    portal.script = [Rows(count, field=field)] * 5
    command = Command(method="crm.item.list", params={"filter": {"stageId": "NEW"}})
    pages = [page async for page in client_of(portal).pages(command, id_field=field)]
    assert [len(page) for page in pages] == sizes
    assert [int(row[field]) for page in pages for row in page] == list(range(1, count + 1))
    assert all(body["filter"]["stageId"] == "NEW" for body in portal.bodies)


async def test_a_list_that_ignores_the_window_ends_in_an_error_instead_of_a_loop() -> None:
    portal = FakePortal()
    portal.script = [Rows(80, field="ID", heeds_filter=False)] * 5
    with pytest.raises(errors.Unusable, match="does not filter"):
        [page async for page in client_of(portal).pages(Command(method="crm.x.list", params={}))]


async def test_before_is_awaited_in_front_of_every_try() -> None:
    portal, seen = FakePortal(), list[int]()
    portal.script = [FULL, errors.Unreachable("unreachable")]

    async def before() -> None:
        seen.append(len(portal.requests))

    await client_of(portal).call(LEAD, before=before)
    assert seen == [0, 1, 2]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "portal.example/rest/1/x/",
        "https://portal.example/",
        "https://p.example/rest/code/",
        "ftp://p.example/rest/1/x/",
    ],
)
def test_an_address_that_is_no_webhook_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="webhook"):
        WebhookAccess(url)


async def left_alone(store: Store) -> tuple[OAuthAccess, FakePortal]:
    """A renewal on its way whose caller is gone."""
    portal, asked = FakePortal(), asyncio.Event()

    async def slow(request: Request) -> Response:
        asked.set()
        await asyncio.sleep(0.02)
        return renewal("new", "r2")

    access = OAuthAccess("id", "secret", store)
    portal.send = lambda request, _: slow(request)  # type: ignore[method-assign, assignment, return-value]
    renewing = asyncio.create_task(access.renew(await access.target(), portal))
    await asked.wait()
    renewing.cancel()
    return access, portal


async def test_a_renewal_is_finished_even_when_its_caller_is_gone() -> None:
    store = Store(tokens("old"))
    await left_alone(store)
    await asyncio.sleep(0.1)
    assert store.tokens is not None
    assert ("new", "r2") == (store.tokens.access_token, store.tokens.refresh_token)


async def test_a_renewal_is_kept_by_a_client_that_is_closed_meanwhile() -> None:
    """A worker that is told to stop: the tokens on their way are the only ones left."""
    store = Store(tokens("old"))
    access, portal = await left_alone(store)
    await Client(access, pace=LocalPace(), transport=portal).aclose()
    assert "r2" == (store.tokens.refresh_token if store.tokens else "")


async def test_tokens_that_could_not_be_saved_are_saved_before_the_next_use() -> None:
    class Away(Store):
        fails = True

        async def save(self, tokens: Tokens) -> None:
            if self.fails:
                raise ConnectionError
            await super().save(tokens)

    store, portal = Away(tokens("old")), FakePortal()
    portal.script = [renewal("new", "r2")]
    access = OAuthAccess("id", "secret", store)
    with pytest.raises(ConnectionError):
        await access.renew(await access.target(), portal)
    with pytest.raises(ConnectionError):
        await access.target()  # never used unsaved
    store.fails = False
    assert "new" == (await access.target()).token
    assert store.tokens is not None
    assert "r2" == store.tokens.refresh_token
