"""Group commit: few calls, and each customer failing alone."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from fake_portal import FakePortal, refused

from bitrix import errors
from bitrix.access import WebhookAccess
from bitrix.client import Client
from bitrix.group import Fenced, Outcome, Plan, Step, commit
from bitrix.methods import (
    Entity,
    comment_add,
    contact_add,
    deal_add,
    deal_get,
    deal_update,
    duplicates_by_phone,
    lead_add,
    lead_update,
)
from bitrix.pace import Bucket, LocalPace
from bitrix.wire import Command, Response

STEPS = ("contact", "lead", "deal", "line")
LOST = errors.Unanswered("unanswered", "ReadTimeout")
HTML = Response(status=502, body=b"<html>")


def customer(key: str, *, name: str = "Anna", title: str = "x", lookup: bool = False, **known: int) -> Plan:
    """The steps of a new customer; what is `known` is not created."""
    steps = [
        Step(
            name="contact",
            command=lambda done: contact_add({"NAME": name, "ORIGIN_ID": key}),
            read=int,
            creates=True,
        ),
        Step(
            name="lead",
            command=lambda done: lead_add({"TITLE": title, "CONTACT_ID": (known | dict(done))["contact"]}),
            read=int,
            creates=True,
        ),
        Step(
            name="deal",
            command=lambda done: deal_add(
                {
                    "title": title,
                    "leadId": (known | dict(done))["lead"],
                    "contactIds": [(known | dict(done))["contact"]],
                }
            ),
            read=lambda value: value["item"]["id"],
            reference="[item][id]",
            creates=True,
        ),
        Step(
            name="line",
            command=lambda done: comment_add(Entity.DEAL, (known | dict(done))["deal"], f"{name}: hello"),
            read=int,
            creates=True,
        ),
    ]
    before = [Step(name="lookup", command=lambda done: duplicates_by_phone(["+70000000000"]), read=lambda v: v or {})]
    return Plan(key=key, steps=tuple(before * lookup + [step for step in steps if step.name not in known]))


class Told:
    """What `before` was told, call by call."""

    def __init__(self) -> None:
        self.calls: list[list[tuple[str, str]]] = []

    async def __call__(self, carried: Sequence[tuple[Plan, Step]]) -> None:
        self.calls.append([(plan.key, step.name) for plan, step in carried])


async def run(portal: FakePortal, plans: Sequence[Plan], told: Callable[..., Any] | None = None) -> dict[str, Outcome]:
    client = Client(
        WebhookAccess("https://p.example/rest/1/c/"), pace=LocalPace(Bucket(drain_per_second=500)), transport=portal
    )
    return await commit(client, plans, before=told or Told())


def many(count: int, **options: Any) -> list[Plan]:
    return [customer(f"k{n}", **options) for n in range(count)]


def linked(portal: FakePortal, outcomes: Mapping[str, Outcome]) -> None:
    """Every object hangs on its own customer's objects."""
    leads = {str(params["fields"]["CONTACT_ID"]) for method, params in portal.executed if method == "crm.lead.add"}
    deals = {
        (str(params["fields"]["contactIds"][0]), str(params["fields"]["leadId"]))
        for method, params in portal.executed
        if method == "crm.item.add"
    }
    lines = {
        str(params["fields"]["ENTITY_ID"]) for method, params in portal.executed if method == "crm.timeline.comment.add"
    }
    expected = [(str(o.values["contact"]), str(o.values["lead"]), str(o.values["deal"])) for o in outcomes.values()]
    assert leads == {contact for contact, _, _ in expected}
    assert deals == {(contact, lead) for contact, lead, _ in expected}
    assert lines == {deal for _, _, deal in expected}


async def test_fifty_customers_of_four_steps_are_four_calls() -> None:
    portal, told = FakePortal(), Told()
    outcomes = await run(portal, many(50), told)
    assert len(portal.requests) == 4
    assert all(tuple(outcome.values) == STEPS for outcome in outcomes.values())
    assert [len(call) for call in told.calls] == [50, 50, 50, 50]
    linked(portal, outcomes)


@pytest.mark.parametrize(("count", "calls"), [(1, 1), (2, 2), (3, 3), (4, 4), (10, 4), (60, 5), (100, 8), (130, 11)])
async def test_no_order_of_steps_needs_fewer_calls(count: int, calls: int) -> None:
    portal = FakePortal()
    outcomes = await run(portal, many(count))
    assert len(portal.requests) == calls
    assert all(tuple(outcome.values) == STEPS for outcome in outcomes.values())
    linked(portal, outcomes)


async def test_what_a_call_carried_out_is_told_before_the_next_one_leaves() -> None:
    portal, calls = FakePortal(), []

    async def after(done: Sequence[tuple[Plan, Step, Any]]) -> None:
        calls.append((len(portal.requests), {step.name: value for plan, step, value in done if plan.key == "k0"}))

    client = Client(
        WebhookAccess("https://p.example/rest/1/c/"), pace=LocalPace(Bucket(drain_per_second=500)), transport=portal
    )
    outcomes = await commit(client, many(50), before=Told(), after=after)
    assert calls == [(n, {step: outcomes["k0"].values[step]}) for n, step in enumerate(STEPS, 1)]


@pytest.mark.parametrize(("count", "calls"), [(1, 2), (50, 3)])
@pytest.mark.parametrize("changes", [True, False])
async def test_a_step_that_decides_is_looked_into_and_what_has_nothing_to_do_costs_no_call(
    count: int, calls: int, changes: bool
) -> None:
    def plan(n: int) -> Plan:
        look = Step(name="look", command=lambda _: deal_get(n), read=lambda value: value["item"]["id"], decides=True)

        def update(done: Mapping[str, Any]) -> Command | None:
            assert isinstance(done["look"], int)
            return deal_update(done["look"], {"title": "new"}) if changes else None

        line = Step(name="line", command=lambda _: comment_add(Entity.DEAL, n, "hello"), read=int, creates=True)
        return Plan(key=f"k{n}", steps=(look, Step(name="update", command=update, read=lambda _: True), line))

    portal = FakePortal()
    outcomes = await run(portal, [plan(n) for n in range(count)])
    assert len(portal.requests) == calls - (count > 1 and not changes)
    assert all(tuple(outcome.values) == ("look", "update", "line") for outcome in outcomes.values())
    assert {outcome.values["update"] for outcome in outcomes.values()} == {True if changes else None}
    assert changes == any(method == "crm.item.update" for method, _ in portal.executed)


async def test_no_batch_carries_more_than_fifty_commands() -> None:
    portal = FakePortal()
    await run(portal, many(120))
    assert max(len(body["cmd"]) for body in portal.bodies) == 50


async def test_shorter_plans_and_lookups_ride_along() -> None:
    portal = FakePortal()
    plans = [*many(20), *[customer(f"old{n}", contact=7, lead=8) for n in range(15)]]
    plans += [customer(f"phone{n}", lookup=True, contact=7, lead=8) for n in range(15)]
    outcomes = await run(portal, plans)
    assert len(portal.requests) == 4
    assert tuple(outcomes["old3"].values) == ("deal", "line")
    assert tuple(outcomes["phone3"].values) == ("lookup", "deal", "line")


async def test_phases_carry_no_references() -> None:
    portal = FakePortal()
    await run(portal, many(12))
    assert not any("%24result" in text for body in portal.bodies for text in body["cmd"].values())


async def test_a_lone_customer_is_one_chained_batch_that_halts() -> None:
    portal, told = FakePortal(), Told()
    outcome = (await run(portal, [customer("a")], told))["a"]
    assert outcome == Outcome(values={"contact": 101, "lead": 102, "deal": 103, "line": 104})
    assert len(portal.requests) == 1
    assert portal.bodies[0]["halt"] == 1
    assert portal.executed[2][1]["fields"]["contactIds"] == [101]  # the typed value, not a text
    assert told.calls == [[("a", step) for step in STEPS]]


async def test_a_bad_field_stops_only_its_own_customer() -> None:
    portal = FakePortal()
    portal.refuse = lambda method, params: (
        ("ERROR_CORE", "Invalid.<br>") if method == "crm.lead.add" and params["fields"]["TITLE"] == "bad" else None
    )
    outcomes = await run(portal, [*many(20), customer("bad", title="bad")])
    bad = outcomes.pop("bad")
    assert bad.failed is not None
    assert (bad.failed[0], type(bad.failed[1]), bad.failed[1].description) == ("lead", errors.Invalid, "Invalid.")
    assert (tuple(bad.values), bad.not_tried) == (("contact",), ("deal", "line"))
    assert all(tuple(outcome.values) == STEPS for outcome in outcomes.values())
    assert len(portal.requests) == 4


async def test_a_halted_chain_names_what_was_done_what_failed_and_what_was_not_tried() -> None:
    portal = FakePortal()
    portal.refuse = lambda method, params: ("", "Access denied.") if method == "crm.item.add" else None
    outcome = (await run(portal, [customer("a")]))["a"]
    assert outcome.values == {"contact": 101, "lead": 102}
    assert outcome.failed is not None
    assert outcome.failed[0] == "deal"
    assert (outcome.not_tried, outcome.unknown) == (("line",), {})


@pytest.mark.parametrize("end", [LOST, HTML])
async def test_a_lost_phase_leaves_its_writes_unknown_and_goes_no_further(end: Any) -> None:
    portal = FakePortal()
    portal.script = [portal.answer, end]
    outcomes = await run(portal, many(10))
    assert len(portal.requests) == 2
    for outcome in outcomes.values():
        assert (tuple(outcome.values), tuple(outcome.unknown)) == (("contact",), ("lead",))
        assert (outcome.failed, outcome.not_tried) == (None, ("deal", "line"))


async def test_a_lost_chain_leaves_every_write_of_it_unknown() -> None:
    portal = FakePortal()
    portal.script = [LOST]
    outcome = (await run(portal, [customer("a", lookup=True)]))["a"]
    assert (tuple(outcome.unknown), outcome.not_tried, outcome.failed) == (STEPS, ("lookup",), None)


async def test_an_error_of_one_command_that_may_have_run_is_unknown_for_its_customer_only() -> None:
    portal = FakePortal()
    portal.refuse = lambda method, params: (
        ("INTERNAL_SERVER_ERROR", "") if params.get("fields", {}).get("ORIGIN_ID") == "k3" else None
    )
    outcomes = await run(portal, many(10))
    assert tuple(outcomes["k3"].unknown) == ("contact",)
    assert outcomes["k3"].not_tried == ("lead", "deal", "line")
    assert tuple(outcomes["k4"].values) == STEPS


async def test_a_portal_that_is_away_is_asked_once_and_nothing_is_unknown() -> None:
    portal = FakePortal()
    portal.script = [errors.Unreachable("unreachable")] * 9
    outcomes = await run(portal, many(60))
    assert len(portal.requests) == 3  # three tries of the first batch
    first, last = outcomes["k0"], outcomes["k59"]
    assert first.failed is not None
    assert (first.failed[0], first.failed[1].executed, first.not_tried) == ("contact", "no", STEPS[1:])
    assert last == Outcome(values={}, not_tried=STEPS)


async def test_a_lost_lookup_is_a_failure_not_a_doubt() -> None:
    portal = FakePortal()
    portal.script = [LOST] * 3
    outcomes = await run(portal, [customer(f"k{n}", lookup=True) for n in range(9)])
    assert len(portal.requests) == 3
    for outcome in outcomes.values():
        assert outcome.failed is not None
        assert (outcome.failed[0], outcome.unknown, outcome.not_tried) == ("lookup", {}, STEPS)


async def test_before_hears_of_every_try_and_may_forbid_it() -> None:
    portal, told = FakePortal(), Told()
    portal.script = [refused(503, "QUERY_LIMIT_EXCEEDED")]
    await run(portal, [customer("a")], told)
    assert len(told.calls) == len(portal.requests) == 2

    async def forbid(creates: Sequence[tuple[Plan, Step]]) -> None:
        raise ConnectionError("the journal is away")

    silent = FakePortal()
    with pytest.raises(ConnectionError):
        await run(silent, many(5), forbid)
    assert silent.requests == []


async def test_before_hears_of_updates_too() -> None:
    told = Told()
    update = Step(name="lead", command=lambda done: lead_update(5, {"TITLE": "x"}), read=bool)
    outcomes = await run(FakePortal(), [Plan(key="a", steps=(update,))], told)
    assert (outcomes["a"].values, told.calls) == ({"lead": True}, [[("a", "lead")]])


async def test_a_command_that_cannot_be_built_touches_nobody_else() -> None:
    def broken(done: Mapping[str, Any]) -> Command:
        return contact_add({"a]b": 1})

    bad = Plan(key="bad", steps=(Step(name="contact", command=broken, read=int, creates=True),))
    outcomes = await run(FakePortal(), [*many(6), bad])
    failed = outcomes["bad"].failed
    assert failed is not None
    assert isinstance(failed[1], errors.Unsendable)
    assert all(tuple(outcomes[f"k{n}"].values) == STEPS for n in range(6))


async def test_a_reference_inside_a_text_is_stopped_before_it_is_sent() -> None:
    steps = (
        customer("a").steps[0],
        Step(name="lead", command=lambda done: lead_add({"TITLE": f"of {done['contact']}"}), read=int, creates=True),
    )
    portal = FakePortal()
    outcome = (await run(portal, [Plan(key="a", steps=steps)]))["a"]
    assert outcome.values == {"contact": 101}
    assert outcome.failed is not None
    assert "whole value" in outcome.failed[1].description


async def test_an_answer_off_its_shape_is_unknown_since_it_was_executed() -> None:
    odd = Step(name="contact", command=lambda done: contact_add({}), read=lambda value: value["item"], creates=True)
    outcome = (await run(FakePortal(), [Plan(key="a", steps=(odd,))]))["a"]
    assert isinstance(outcome.unknown["contact"], errors.Unusable)


async def test_a_customers_text_cannot_reach_into_another_customers_step() -> None:
    portal = FakePortal()
    await run(portal, [*many(10), customer("evil", name="$result[p0]")])
    names = {params["fields"].get("NAME") for method, params in portal.executed if method == "crm.contact.add"}
    assert names == {"Anna", "$\u2060result[p0]"}


@pytest.mark.parametrize("plans", [[customer("a"), customer("a")], [Plan(key="a", steps=customer("a").steps * 2)]])
async def test_plans_and_steps_have_names_of_their_own(plans: list[Plan]) -> None:
    with pytest.raises(ValueError, match=r"same key|of its own"):
        await run(FakePortal(), plans)


async def test_nothing_to_do_calls_nobody() -> None:
    portal = FakePortal()
    assert await run(portal, [Plan(key="a", steps=())]) == {"a": Outcome(values={})}
    assert portal.requests == []


@pytest.mark.parametrize("count", [2, 12], ids=["chained", "by_phases"])
async def test_a_plan_that_is_fenced_off_goes_no_further_and_the_others_do(count: int) -> None:
    told = Told()

    async def before(carried: Sequence[tuple[Plan, Step]]) -> None:
        if any((plan.key, step.name) == ("k1", "lead") for plan, step in carried):
            raise Fenced(["k1"])
        await told(carried)

    outcomes = await run(FakePortal(), many(count), before)
    assert [set(STEPS)] * (count - 1) == [set(found.values) for key, found in outcomes.items() if key != "k1"]
    fenced = outcomes["k1"]
    assert (None, {}) == (fenced.failed, fenced.unknown)
    assert set(STEPS) - set(fenced.values) == set(fenced.not_tried)
    assert "lead" in fenced.not_tried
    assert not any(key == "k1" and step == "lead" for call in told.calls for key, step in call)
