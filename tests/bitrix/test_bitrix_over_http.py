"""The client over real HTTP against the sandbox's portal, which knows nothing of it."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any

import pytest
import uvicorn

from bitrix import errors, methods
from bitrix.access import OAuthAccess, Tokens, WebhookAccess
from bitrix.client import Client
from bitrix.group import Plan, Step, commit
from bitrix.methods import Entity
from bitrix.pace import Bucket, LocalPace
from bitrix.wire import Command
from sandbox.portal import Portal
from sandbox.portal.faults import Faults
from sandbox.portal.limits import Bucket as PortalBucket

LEAD = methods.lead_add({"TITLE": "Заявка", "ORIGINATOR_ID": "test", "ORIGIN_ID": "e1"})


class Running:
    def __init__(self, portal: Portal, port: int) -> None:
        self.portal, self.port = portal, port
        self.clients: list[Client] = []

    def client(self, access: Any = None, **options: Any) -> Client:
        access = access or WebhookAccess(f"http://127.0.0.1:{self.port}/rest/1/sandbox/")
        client = Client(access, pace=LocalPace(Bucket(drain_per_second=300)), **options)
        self.clients.append(client)
        return client

    @property
    def http_calls(self) -> int:
        return int(self.portal.calls()["http"])

    def fails(self, kind: Any, count: int | None = None) -> None:
        self.portal.door.faults = Faults(kind=kind, count=count)


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    portal = Portal()
    portal.limits.bucket = None
    sock = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(portal.app, log_level="critical", lifespan="off"))
    serving = asyncio.create_task(server.serve([sock]))
    house = Running(portal, sock.getsockname()[1])
    try:
        yield house
    finally:
        for client in house.clients:
            await client.aclose()
        server.should_exit = True
        await serving
        sock.close()


async def nothing(creates: Sequence[tuple[Plan, Step]]) -> None: ...


def newcomer(key: str, name: str = "Анна + #1 & $result[p0]") -> Plan:
    origin = {"ORIGINATOR_ID": "test", "ORIGIN_ID": key}
    phone = [{"VALUE": f"+7900{abs(hash(key)) % 10**7:07}", "VALUE_TYPE": "MOBILE"}]

    def deal(done: Any) -> Any:
        card = {"title": key, "contactIds": [done["contact"]], "leadId": done["lead"], "stageId": "NEW"}
        return methods.deal_add({**card, "originatorId": "test", "originId": key})

    return Plan(
        key=key,
        steps=(
            Step(
                name="contact",
                command=lambda done: methods.contact_add({**origin, "NAME": name, "PHONE": phone}),
                read=int,
                creates=True,
            ),
            Step(
                name="lead",
                command=lambda done: methods.lead_add({**origin, "TITLE": key, "CONTACT_ID": done["contact"]}),
                read=int,
                creates=True,
            ),
            Step(
                name="deal",
                command=deal,
                read=lambda value: value["item"]["id"],
                reference="[item][id]",
                creates=True,
            ),
            Step(
                name="line",
                command=lambda done: methods.comment_add(Entity.DEAL, done["deal"], f"{name}: 5 > 3"),
                read=int,
                creates=True,
            ),
        ),
    )


async def test_fifty_customers_stand_in_the_portal_after_four_calls(running: Running) -> None:
    client = running.client()
    outcomes = await commit(client, [newcomer(f"k{n}") for n in range(50)], before=nothing)
    assert running.http_calls == 4
    found = {}
    command = methods.item_list(Entity.DEAL, select=["id", "originId", "leadId", "contactId"])
    async for page in client.pages(command, id_field="id"):
        found |= {row["originId"]: (row["id"], row["leadId"], row["contactId"]) for row in page}
    assert found == {
        key: (outcome.values["deal"], outcome.values["lead"], outcome.values["contact"])
        for key, outcome in outcomes.items()
    }


async def test_a_lone_customer_is_linked_by_references_in_one_call(running: Running) -> None:
    client = running.client()
    values = (await commit(client, [newcomer("a")], before=nothing))["a"].values
    assert running.http_calls == 1
    deal = (await client.call(methods.deal_get(values["deal"]))).value["item"]
    assert (deal["leadId"], deal["contactIds"]) == (values["lead"], [values["contact"]])
    comment = (await client.call(methods.comment_get(values["line"]))).value
    assert comment["COMMENT"] == "Анна + #1 & $\u2060result[p0]: 5 > 3"
    assert (comment["ENTITY_TYPE"], comment["ENTITY_ID"]) == ("deal", str(values["deal"]))


async def test_a_refused_field_leaves_the_others_alone(running: Running) -> None:
    def misplaced(done: Any) -> Any:
        return methods.deal_add({"title": "bad", "stageId": "C9:NOWHERE", "contactIds": [done["contact"]]})

    plans = [newcomer(f"k{n}") for n in range(5)]
    steps = plans[2].steps
    plans[2] = Plan(key="bad", steps=(*steps[:2], replace(steps[2], command=misplaced), steps[3]))
    outcomes = await commit(running.client(), plans, before=nothing)
    assert outcomes["bad"].failed is not None
    assert (outcomes["bad"].failed[0], type(outcomes["bad"].failed[1])) == ("deal", errors.Invalid)
    assert outcomes["bad"].not_tried == ("line",)
    assert all(len(outcomes[f"k{n}"].values) == 4 for n in (0, 1, 3, 4))


@pytest.mark.parametrize(("kind", "found"), [("lost", 1), ("html", 0), ("500", 0), ("away", 0)])
async def test_after_an_unknown_end_a_look_up_by_origin_tells(running: Running, kind: str, found: int) -> None:
    client = running.client()
    running.fails(kind, count=1)
    with pytest.raises(errors.Unanswered) as caught:
        await client.call(LEAD)
    assert caught.value.executed == "unknown"
    rows = (await client.call(methods.find_by_origin(Entity.LEAD, "test", ["e1", "e2"]))).value["items"]
    assert [row["originId"] for row in rows] == ["e1"] * found


async def test_a_hanging_portal_ends_after_our_own_timeout(running: Running) -> None:
    running.fails("timeout", count=1)
    with pytest.raises(errors.Unanswered):
        await running.client(timeout_seconds=0.2).call(LEAD)


async def test_a_portal_that_is_not_there_executed_nothing() -> None:
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as sock:
        port = sock.getsockname()[1]
    client = Client(WebhookAccess(f"http://127.0.0.1:{port}/rest/1/x/"), pace=LocalPace())
    with pytest.raises(errors.Unreachable) as caught:
        await client.call(LEAD)
    await client.aclose()
    assert caught.value.executed == "no"


async def test_a_throttling_portal_gets_each_lead_once(running: Running) -> None:
    running.portal.limits.bucket = PortalBucket(drain=5, block=3)
    pace = LocalPace(Bucket(drain_per_second=5, block_above=20, reserve=5))  # believes in more room than there is
    access = WebhookAccess(f"http://127.0.0.1:{running.port}/rest/1/sandbox/")
    client = Client(access, pace=pace)
    running.clients.append(client)
    for _ in range(7):
        await client.call(LEAD)
    assert running.portal.calls()["throttled"] > 0
    running.portal.limits.bucket = None
    pages = [page async for page in client.pages(methods.find_by_origin(Entity.LEAD, "test", ["e1"]), id_field="id")]
    assert sum(map(len, pages)) == 7


async def test_errors_come_typed_alone_and_in_a_batch(running: Running) -> None:
    client = running.client()
    with pytest.raises(errors.UnknownMethod):
        await client.call(Command(method="crm.nothing.here", params={}))
    answers = await client.batch({"a": methods.lead_get(999_999), "b": methods.crm_mode()})
    assert isinstance(answers["a"], errors.Missing)
    assert answers["b"].value == 1
    with pytest.raises(errors.Unauthorized):
        await running.client(WebhookAccess(f"http://127.0.0.1:{running.port}/rest/1/wrong/")).call(LEAD)


async def test_duplicates_are_found_by_phone_however_written(running: Running) -> None:
    client = running.client()
    contact = methods.contact_add({"NAME": "A", "PHONE": [{"VALUE": "8 (900) 123-45-67", "VALUE_TYPE": "MOBILE"}]})
    contact_id = (await client.call(contact)).value
    assert (await client.call(methods.duplicates_by_phone(["+79001234567"]))).value == {"CONTACT": [contact_id]}
    assert (await client.call(methods.duplicates_by_email(["x@example.com"]))).value == []


async def test_pages_bring_every_lead_of_both_families(running: Running) -> None:
    client = running.client()
    for _ in range(3):
        await client.batch({f"c{n}": LEAD for n in range(40)})
    legacy = Command(method="crm.lead.list", params={"select": ["ID"]})
    for command, field in ((legacy, "ID"), (methods.item_list(Entity.LEAD, select=["id"]), "id")):
        ids = [int(row[field]) async for page in client.pages(command, id_field=field) for row in page]
        assert len(set(ids)) == len(ids) == 120
        assert ids == sorted(ids)


async def test_a_portal_that_moved_is_followed(running: Running) -> None:
    client = running.client()
    running.portal.door.moved_to = f"http://localhost:{running.port}"
    seen: list[int] = []

    async def before() -> None:
        seen.append(running.http_calls)
        if len(seen) == 2:  # the new name leads to the same portal: it must not send us on
            running.portal.door.moved_to = None

    assert isinstance((await client.call(LEAD, before=before)).value, int)
    assert seen == [0, 1]


class Store:
    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self._lock = asyncio.Lock()

    async def load(self) -> Tokens | None:
        return self.tokens

    async def save(self, tokens: Tokens) -> None:
        self.tokens = tokens

    def lock(self) -> AbstractAsyncContextManager[Any]:
        return self._lock


async def test_an_application_renews_its_tokens_against_the_oauth_server(running: Running) -> None:
    access = running.portal.world.access
    access.applications["local.x"] = "secret"
    now = running.portal.world.now()
    old, refresh = access.issue("local.x", 1, frozenset({"crm"}), now, -1)
    root = f"http://127.0.0.1:{running.port}/rest/"
    tokens = Tokens(
        access_token=old,
        refresh_token=refresh,
        client_endpoint=root,
        server_endpoint=root,
        member_id="m",
        expires_at=0,
    )
    store = Store(tokens)
    client = running.client(OAuthAccess("local.x", "secret", store))
    ids = await asyncio.gather(*(client.call(LEAD) for _ in range(5)))
    assert len({result.value for result in ids}) == 5
    assert store.tokens.access_token != old
    assert len(access.refresh_tokens) == 1


@pytest.mark.parametrize(
    "command",
    [
        methods.profile(),
        methods.scope(),
        methods.method_get("crm.lead.add"),
        methods.crm_mode(),
        methods.users(),
        methods.departments(),
        methods.department_managers([1]),
        methods.working_day(1),
        methods.notify(1, "Клиент ждёт"),
        methods.task_add(title="Позвонить", responsible_id=1, crm=["D_1"]),
        methods.userfields(Entity.DEAL),
        methods.userfield_add(Entity.DEAL, {"FIELD_NAME": "OTK_X", "USER_TYPE_ID": "string", "LABEL": "X"}),
        methods.statuses("SOURCE"),
        methods.status_add({"ENTITY_ID": "SOURCE", "STATUS_ID": "OTK", "NAME": "Отклик"}),
        methods.categories(),
        methods.category_add("Записи"),
        methods.item_fields(Entity.DEAL),
        methods.currency_base(),
    ],
    ids=lambda command: command.method,
)
async def test_every_builder_is_understood_by_the_portal(running: Running, command: Any) -> None:
    client = running.client()
    alone = await client.call(command)
    assert alone.value is not None
