"""Filters, order and selection (reference 11.5, 3.12)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.portal_case import Case


async def people(case: Case) -> None:
    """Deals 7001…7004 with sums, sources and dates of their own."""
    await case.call("crm.deal.userfield.add", fields={"FIELD_NAME": "PAID", "USER_TYPE_ID": "boolean"})
    options = [{"VALUE": "Горячий", "XML_ID": "hot"}, {"VALUE": "Холодный", "XML_ID": "cold"}]
    enumeration = {"FIELD_NAME": "HEAT", "USER_TYPE_ID": "enumeration", "LIST": options}
    await case.call("crm.deal.userfield.add", fields=enumeration)
    for title, money, more in (
        ("Стрижка", 1500, {"SOURCE_ID": "WEB", "UF_CRM_PAID": 1, "UF_CRM_HEAT": 71}),
        ("Окрашивание", 7000, {"SOURCE_ID": "CALL", "UF_CRM_PAID": 0, "UF_CRM_HEAT": 72}),
        ("Стрижка и укладка", 3000, {"SOURCE_ID": "WEB"}),
        ("Маникюр", 2000, {}),
    ):
        await case.call("crm.deal.add", fields={"TITLE": title, "OPPORTUNITY": money, **more})
        case.clock.forward(hours=1)


async def ids(case: Case, method: str = "crm.deal.list", **params: Any) -> list[int]:
    found = await case.call(method, **params)
    rows = found["items"] if isinstance(found, dict) else found
    return sorted(int(row.get("ID", row.get("id"))) for row in rows)


OLD: list[tuple[dict[str, Any], list[int]]] = [
    ({"SOURCE_ID": "WEB"}, [7001, 7003]),
    ({"=SOURCE_ID": ["WEB", "CALL"]}, [7001, 7002, 7003]),
    ({"@SOURCE_ID": ["CALL"]}, [7002]),
    ({"!SOURCE_ID": "WEB"}, [7002, 7004]),
    ({"!@SOURCE_ID": ["WEB", "CALL"]}, [7004]),
    ({"SOURCE_ID": ""}, [7004]),
    ({"!SOURCE_ID": ""}, [7001, 7002, 7003]),
    ({">OPPORTUNITY": 2000}, [7002, 7003]),
    ({">=OPPORTUNITY": "2000", "<OPPORTUNITY": "7000"}, [7003, 7004]),
    ({"<=OPPORTUNITY": 1500}, [7001]),
    ({"%TITLE": "стрижка"}, [7001, 7003]),
    ({"%TITLE": "с%а"}, []),
    ({"=%TITLE": "Стр%"}, [7001, 7003]),
    ({"%=TITLE": "%ка"}, [7001, 7003]),
    ({"!%TITLE": "Стрижка"}, [7002, 7004]),
    ({"!=%TITLE": "%ка"}, [7002, 7004]),
    ({"UF_CRM_PAID": 1}, [7001]),
    ({"UF_CRM_HEAT": 72}, [7002]),
    ({"ID": [7001, "7004", 9]}, [7001, 7004]),
    ({">ID": 7002}, [7003, 7004]),
    ({">=DATE_CREATE": "2026-05-14T12:00:00+03:00"}, [7003, 7004]),
    ({">=DATE_CREATE": "2026-05-14T09:00:00Z"}, [7003, 7004]),
    ({"<DATE_CREATE": "2026-05-14 11:00:00"}, [7001]),
    ({"NO_SUCH_FIELD": "x"}, [7001, 7002, 7003, 7004]),  # 11.5 (39): old lists ignore what they do not know
]


@pytest.mark.parametrize(("wanted", "found"), OLD, ids=[str(wanted) for wanted, _ in OLD])
async def test_old_filter_finds(wanted: dict[str, Any], found: list[int]) -> None:  # 11.5 (38)
    async with Case() as case:
        await people(case)
        assert found == await ids(case, filter=wanted)


ITEMS: list[tuple[dict[str, Any], list[int]]] = [
    ({"sourceId": "WEB", ">opportunity": 2000}, [7003]),
    ({"ufCrmPaid": 1}, [7001]),
    ({"0": {"logic": "OR", "0": {"sourceId": "CALL"}, "1": {"%title": "мани"}}}, [7002, 7004]),
    ({"sourceId": "WEB", "0": {"logic": "OR", "0": {"opportunity": 1500}, "1": {"opportunity": 7000}}}, [7001]),
    ({"@id": [7001, 7002]}, [7001, 7002]),
]


@pytest.mark.parametrize(("wanted", "found"), ITEMS, ids=[str(wanted) for wanted, _ in ITEMS])
async def test_item_filter_finds(wanted: dict[str, Any], found: list[int]) -> None:  # 11.5 (38)
    async with Case() as case:
        await people(case)
        assert found == await ids(case, "crm.item.list", entityTypeId=2, filter=wanted)


async def test_item_list_refuses_an_unknown_field_by_name() -> None:  # 11.5 (39)
    async with Case() as case:
        for params in ({"filter": {"=NO_SUCH": 1}}, {"order": {"NO_SUCH": "ASC"}}):
            answer = await case.post("crm.item.list", entityTypeId=2, **params)
            assert answer.status_code == 400
            assert answer.json()["error"] == "INVALID_ARG_VALUE"
            assert "'NO_SUCH'" in answer.json()["error_description"]


async def test_original_names_of_user_fields_are_used_when_asked_for() -> None:  # 3.1
    async with Case() as case:
        await people(case)
        await case.call("crm.deal.userfield.add", fields={"FIELD_NAME": "17473", "USER_TYPE_ID": "string"})
        camel = (await case.call("crm.item.get", entityTypeId=2, id=7001))["item"]
        assert {"ufCrmHeat", "ufCrm_17473"} <= set(camel)
        params = {"entityTypeId": 2, "useOriginalUfNames": "Y"}
        assert {"UF_CRM_HEAT", "UF_CRM_17473"} <= set((await case.call("crm.item.get", id=7001, **params))["item"])
        assert await ids(case, "crm.item.list", filter={"UF_CRM_HEAT": 72}, **params) == [7002]


async def test_order_is_by_value_and_no_promise_without_it() -> None:  # 11.5 (33, 34)
    async with Case() as case:
        await people(case)
        rows = await case.call("crm.deal.list", order={"OPPORTUNITY": "DESC"}, select=["ID"])
        assert [row["ID"] for row in rows] == ["7002", "7003", "7004", "7001"]
        assert [row["ID"] for row in await case.call("crm.deal.list")] == ["7004", "7003", "7002", "7001"]
        items = (await case.call("crm.item.list", entityTypeId=2, order={"ID": "ASC"}))["items"]
        assert [row["id"] for row in items] == [7001, 7002, 7003, 7004]
        assert await case.refused("crm.deal.list", order={"ID": "SIDEWAYS"}) == (400, "INVALID_ARG_VALUE")


async def test_id_order_is_accepted_by_every_list() -> None:  # 11.5 (34, 35)
    async with Case() as case:
        order = {"ID": "ASC"}
        await case.call("tasks.task.add", fields={"TITLE": "x", "RESPONSIBLE_ID": 5})
        wrapped = {
            "items": await case.call("crm.item.list", entityTypeId=2, order=order),
            "tasks": await case.call("tasks.task.list", order=order),
            "categories": await case.call("crm.category.list", entityTypeId=2, order=order),
        }
        for name, result in wrapped.items():
            assert [name] == list(result)
        assert len(await case.call("crm.status.list", order=order, filter={"ENTITY_ID": "STATUS"})) == 5


async def test_users_sort_by_two_scalars() -> None:  # 11.5 (37)
    async with Case() as case:
        rows = await case.call("user.get", SORT="ID", ORDER="DESC")
        assert [row["ID"] for row in rows] == ["9", "7", "5", "3", "1"]


async def test_select_takes_names_and_masks() -> None:  # 11.5 (40)
    async with Case() as case:
        await people(case)
        await case.call("crm.lead.add", fields={"TITLE": "x", "PHONE": [{"VALUE": "+79001234567"}]})
        few = await case.call("crm.deal.list", select=["ID", "TITLE"], filter={"ID": 7001})
        assert few == [{"ID": "7001", "TITLE": "Стрижка"}]
        plain, custom = [
            set((await case.call("crm.deal.list", select=[mask], filter={"ID": 7001}))[0]) for mask in ("*", "UF_*")
        ]
        assert not any(name.startswith("UF_") for name in plain)
        assert custom == {"ID", "UF_CRM_PAID", "UF_CRM_HEAT"}
        assert "PHONE" not in (await case.call("crm.lead.list"))[0]
        assert (await case.call("crm.lead.list", select=["PHONE"]))[0]["PHONE"][0]["VALUE"] == "+79001234567"
        assert (await case.call("crm.lead.get", id=3001))["PHONE"][0]["VALUE"] == "+79001234567"


async def test_origin_and_window_of_ids_are_found_without_a_scan() -> None:
    async with Case() as case:
        for round_ in range(100):
            await case.batch(*(f"crm.deal.add?fields[ORIGIN_ID]=o-{round_}-{n}" for n in range(50)))
        window = {"filter": {">ID": 11900}, "order": {"ID": "ASC"}, "start": -1}

        async def quickest(**params: Any) -> float:
            bodies = [await case.body("crm.deal.list", select=["ID"], **params) for _ in range(5)]
            assert all(body["result"] for body in bodies)
            return min(float(body["time"]["duration"]) for body in bodies)

        scan = await quickest(filter={"!ORIGIN_ID": "o-7-7"})
        for params in ({"filter": {"ORIGIN_ID": "o-7-7"}}, window):
            assert await quickest(**params) < scan / 2


async def test_look_up_by_a_changed_origin_forgets_the_old_one() -> None:
    async with Case() as case:
        number = await case.call("crm.deal.add", fields={"TITLE": "x", "ORIGIN_ID": "old"})
        await case.call("crm.deal.update", id=number, fields={"ORIGIN_ID": "new"})
        shelf = case.portal.world.shelves[2]
        assert (shelf.find("ORIGIN_ID", ["old"]), shelf.find("ORIGIN_ID", ["new"])) == (set(), {number})
        await case.call("crm.deal.delete", id=number)
        assert await case.call("crm.deal.list", filter={"ORIGIN_ID": "new"}) == []
