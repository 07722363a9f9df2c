"""What leads, deals and contacts do (reference 11.6)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.portal_case import Case


async def deal(case: Case, **fields: Any) -> int:
    number: int = await case.call("crm.deal.add", fields={"TITLE": "x", **fields})
    return number


async def history(case: Case, owner: int) -> list[tuple[int, str]]:
    rows = (await case.call("crm.stagehistory.list", entityTypeId=2, filter={"OWNER_ID": owner}))["items"]
    return [(row["TYPE_ID"], row["STAGE_ID"]) for row in rows]


async def test_simple_mode_turns_a_lead_into_contact_and_deal() -> None:  # 11.6 (41)
    async with Case(crm_mode=2) as case:
        assert await case.call("crm.settings.mode.get") == 2
        lead = await case.call("crm.lead.add", fields={"NAME": "Анна", "PHONE": [{"VALUE": "+79001234567"}]})
        assert (await case.call("crm.lead.get", id=lead))["STATUS_ID"] == "CONVERTED"
        made = (await case.call("crm.deal.list", filter={"LEAD_ID": lead}))[0]
        contact = await case.call("crm.contact.get", id=made["CONTACT_ID"])
        assert (contact["NAME"], contact["PHONE"][0]["VALUE"]) == ("Анна", "+79001234567")


async def test_classic_mode_leaves_a_lead_alone() -> None:  # 11.6 (41)
    async with Case() as case:
        lead = await case.call("crm.lead.add", fields={"NAME": "Анна"})
        assert (await case.call("crm.lead.get", id=lead))["STATUS_ID"] == "NEW"
        assert await case.call("crm.deal.list") == []
        await case.call("crm.lead.update", id=lead, fields={"STATUS_ID": "CONVERTED"})  # 3.8: makes nothing
        assert await case.call("crm.deal.list") == []


async def test_ids_of_kinds_never_meet() -> None:  # 11.6 (42)
    async with Case() as case:
        made = [await case.call(f"crm.{name}.add", fields={"TITLE": "x"}) for name in ("lead", "deal", "contact")]
        made.append((await case.call("crm.item.add", entityTypeId=2, fields={}))["item"]["id"])
        assert len(set(made)) == 4
        assert all(isinstance(number, int) for number in made)


async def test_old_reads_are_text_and_item_reads_are_typed() -> None:  # 11.3 (21, 23)
    async with Case() as case:
        number = await deal(case, OPPORTUNITY=1500.5, BEGINDATE="2026-05-20")
        old = await case.call("crm.deal.get", id=number)
        assert (old["ID"], old["OPPORTUNITY"], old["OPENED"], old["LEAD_ID"]) == (str(number), "1500.50", "N", None)
        assert old["DATE_CREATE"] == "2026-05-14T10:30:00+03:00"
        assert old["BEGINDATE"] == "2026-05-20T03:00:00+03:00"  # a date, shifted as the vendor shifts it
        item = (await case.call("crm.item.get", entityTypeId=2, id=number))["item"]
        assert (item["id"], item["opportunity"], item["contactIds"]) == (number, 1500.5, [])


async def test_phones_have_ids_and_are_added_changed_and_removed_by_them() -> None:  # 11.6 (43)
    async with Case() as case:
        fields = {"NAME": "A", "PHONE": [{"VALUE": " +79001 "}], "IM": [{"VALUE": "anna"}]}
        contact = await case.call("crm.contact.add", fields=fields)
        card = await case.call("crm.contact.get", id=contact)
        row = card["PHONE"][0]
        assert (row["VALUE"], row["VALUE_TYPE"], card["IM"][0]["VALUE_TYPE"]) == ("+79001", "WORK", "OTHER")
        await case.call("crm.contact.update", id=contact, fields={"PHONE": [{"VALUE": "+79002", "VALUE_TYPE": "HOME"}]})
        await case.call("crm.contact.update", id=contact, fields={"PHONE": [{"ID": row["ID"], "VALUE": "+79003"}]})
        phones = (await case.call("crm.contact.get", id=contact))["PHONE"]
        assert [(one["VALUE"], one["VALUE_TYPE"]) for one in phones] == [("+79003", "WORK"), ("+79002", "HOME")]
        await case.call("crm.contact.update", id=contact, fields={"PHONE": [{"ID": row["ID"], "VALUE": ""}]})
        assert [one["VALUE"] for one in (await case.call("crm.contact.get", id=contact))["PHONE"]] == ["+79002"]


async def test_item_phones_are_an_object_and_need_their_type() -> None:  # 11.6 (43)
    async with Case() as case:
        add = {"entityTypeId": 3, "fields": {"name": "A", "fm": [{"typeId": "PHONE", "value": "+79001"}]}}
        item = (await case.call("crm.item.add", **add))["item"]
        where = {"entityTypeId": 3, "id": item["id"]}
        row = str(item["fm"][0]["id"])

        async def after(fm: dict[str, Any]) -> list[str]:
            changed = await case.call("crm.item.update", **where, fields={"fm": fm})
            return [one["value"] for one in changed["item"]["fm"]]

        assert await after({"n0": {"value": "+79002"}}) == ["+79001"]  # no typeId: nothing happens, in silence
        assert await after({"n0": {"typeId": "PHONE", "value": "+79002"}}) == ["+79001", "+79002"]
        assert await after({row: {"typeId": "PHONE", "value": "+79003"}}) == ["+79003", "+79002"]
        assert await after({row: {"typeId": "PHONE", "value": ""}}) == ["+79002"]


async def test_lead_of_a_known_contact_is_a_returning_customer() -> None:  # 11.6 (44)
    async with Case() as case:
        contact = await case.call("crm.contact.add", fields={"NAME": "A"})
        known = await case.call("crm.lead.add", fields={"TITLE": "x", "CONTACT_ID": contact})
        fresh = await case.call("crm.lead.add", fields={"TITLE": "x"})
        flags = [(await case.call("crm.lead.get", id=number))["IS_RETURN_CUSTOMER"] for number in (known, fresh)]
        assert flags == ["Y", "N"]


async def test_deal_keeps_its_dates_and_meanings() -> None:  # 11.6 (44)
    async with Case() as case:
        number = await deal(case)
        case.clock.forward(hours=2)
        before = await case.call("crm.deal.get", id=number)
        assert (before["CLOSEDATE"][:10], before["STAGE_ID"], before["STAGE_SEMANTIC_ID"]) == ("2026-05-21", "NEW", "P")
        await case.call("crm.deal.update", id=number, fields={"STAGE_ID": "WON"})
        after = await case.call("crm.deal.get", id=number)
        assert (after["STAGE_SEMANTIC_ID"], after["CLOSED"], after["MOVED_BY_ID"]) == ("S", "Y", "1")
        assert after["MOVED_TIME"] == after["DATE_MODIFY"] == "2026-05-14T12:30:00+03:00"
        assert after["LAST_ACTIVITY_TIME"] == before["LAST_ACTIVITY_TIME"]


async def test_stage_history_has_a_row_per_move() -> None:  # 11.6 (44, 46)
    async with Case() as case:
        category = (await case.call("crm.category.add", entityTypeId=2, fields={"name": "Салон"}))["category"]["id"]
        number = await deal(case)
        await case.call("crm.deal.update", id=number, fields={"STAGE_ID": "EXECUTING"})
        moved = {"categoryId": category, "stageId": f"C{category}:NEW"}
        await case.call("crm.item.update", entityTypeId=2, id=number, fields=moved)
        await case.call("crm.item.update", entityTypeId=2, id=number, fields={"stageId": f"C{category}:LOSE"})
        rows = [(1, "NEW"), (2, "EXECUTING"), (5, f"C{category}:NEW"), (3, f"C{category}:LOSE")]
        assert rows == await history(case, number)
        await case.call("crm.deal.delete", id=number)
        assert await history(case, number) == []


async def test_stage_of_another_pipeline_is_refused_by_items_and_dropped_by_old_methods() -> None:  # 11.6 (45)
    async with Case() as case:
        fields = {"title": "x", "stageId": "C7:NEW"}
        refused = (400, "CRM_FIELD_ERROR_VALUE_NOT_VALID")
        assert await case.refused("crm.item.add", entityTypeId=2, fields=fields) == refused
        number = await deal(case, STAGE_ID="C7:NEW")
        await case.call("crm.deal.update", id=number, fields={"STAGE_ID": "NOWHERE"})
        assert (await case.call("crm.deal.get", id=number))["STAGE_ID"] == "NEW"


async def test_old_update_never_changes_the_pipeline() -> None:  # 11.6 (46)
    async with Case() as case:
        category = (await case.call("crm.category.add", entityTypeId=2, fields={"name": "Салон"}))["category"]["id"]
        number = await deal(case)
        assert await case.call("crm.deal.update", id=number, fields={"CATEGORY_ID": category}) is True
        assert (await case.call("crm.deal.get", id=number))["CATEGORY_ID"] == "0"


async def test_update_that_changes_nothing_leaves_no_trace() -> None:  # 11.6 (47)
    async with Case() as case:
        number = await deal(case)
        before = await case.call("crm.deal.get", id=number)
        case.clock.forward(hours=1)
        assert await case.call("crm.deal.update", id=number, fields={"TITLE": "x", "STAGE_ID": "NEW"}) is True
        assert await case.call("crm.deal.get", id=number) == before
        assert await history(case, number) == [(1, "NEW")]


async def test_origin_is_found_but_not_unique() -> None:  # 11.6 (48)
    async with Case() as case:
        made = [await deal(case, ORIGINATOR_ID="otklik", ORIGIN_ID="e-1") for _ in range(2)]
        wanted = {"originatorId": "otklik", "originId": "e-1"}
        found = (await case.call("crm.item.list", entityTypeId=2, filter=wanted))["items"]
        assert made == [row["id"] for row in found]


@pytest.mark.parametrize("written", ["+7 (900) 123-45-67", "89001234567", "79001234567", "+79001234567#404"])
async def test_duplicates_are_found_however_the_phone_is_written(written: str) -> None:  # 11.6 (49)
    async with Case() as case:
        contact = await case.call("crm.contact.add", fields={"NAME": "A", "PHONE": [{"VALUE": "+79001234567"}]})
        lead = await case.call("crm.lead.add", fields={"TITLE": "A", "PHONE": [{"VALUE": written}]})
        found = await case.call("crm.duplicate.findbycomm", type="PHONE", values=[written])
        assert found == {"CONTACT": [contact], "LEAD": [lead]}
        only = await case.call("crm.duplicate.findbycomm", type="PHONE", values=[written], entity_type="LEAD")
        assert only == {"LEAD": [lead]}
        exact = await case.call("crm.contact.list", filter={"PHONE": "89001234567"})
        assert exact == []  # 3.7: a list compares the text


async def test_no_duplicates_is_an_empty_list_and_mistakes_are_named() -> None:  # 11.6 (49)
    async with Case() as case:
        assert await case.call("crm.duplicate.findbycomm", type="EMAIL", values=["a@b.example"]) == []
        for params, text in (({}, "type"), ({"type": "PHONE"}, "values")):
            body = await case.body("crm.duplicate.findbycomm", **params)
            assert body["error_description"].startswith(f"Communication {text} is not defined")


NAMES = [
    ({"FIELD_NAME": "SLA_STATE", "USER_TYPE_ID": "string"}, None),
    ({"USER_TYPE_ID": "string"}, ""),
    ({"FIELD_NAME": "X" * 44, "USER_TYPE_ID": "string"}, "ERROR_CORE"),
    ({"FIELD_NAME": "А-Я", "USER_TYPE_ID": "string"}, "ERROR_CORE"),
    ({"FIELD_NAME": "TAKEN", "USER_TYPE_ID": "string"}, "ERROR_CORE"),
    ({"FIELD_NAME": "UF_CRM_TAKEN", "USER_TYPE_ID": "string"}, "ERROR_CORE"),
    ({"FIELD_NAME": "KIND", "USER_TYPE_ID": "no_such"}, "ERROR_CORE"),
]


@pytest.mark.parametrize(("fields", "code"), NAMES)
async def test_user_field_names_are_checked(fields: dict[str, str], code: str | None) -> None:  # 11.6 (50)
    async with Case() as case:
        await case.call("crm.deal.userfield.add", fields={"FIELD_NAME": "TAKEN", "USER_TYPE_ID": "string"})
        body = await case.body("crm.deal.userfield.add", fields=fields)
        assert body.get("error") == code


async def test_user_field_labels_come_with_a_language_and_options_have_ids() -> None:  # 11.6 (50)
    async with Case() as case:
        options = [{"VALUE": "Вовремя", "XML_ID": "met"}, {"VALUE": "Сорван", "XML_ID": "breached"}]
        fields = {"FIELD_NAME": "STATE", "USER_TYPE_ID": "enumeration", "LABEL": "SLA", "LIST": options}
        await case.call("crm.deal.userfield.add", fields=fields)
        plain = (await case.call("crm.deal.userfield.list", filter={"FIELD_NAME": "UF_CRM_STATE"}))[0]
        named = (await case.call("crm.deal.userfield.list", filter={"FIELD_NAME": "UF_CRM_STATE", "LANG": "ru"}))[0]
        assert ("EDIT_FORM_LABEL" in plain, named["EDIT_FORM_LABEL"]) == (False, "SLA")
        chosen = {row["XML_ID"]: row["ID"] for row in plain["LIST"]}
        number = await deal(case, UF_CRM_STATE=chosen["breached"])
        assert (await case.call("crm.deal.get", id=number))["UF_CRM_STATE"] == chosen["breached"]
        item = (await case.call("crm.item.get", entityTypeId=2, id=number))["item"]
        assert item["ufCrmState"] == int(chosen["breached"])
        shown = (await case.call("crm.deal.fields"))["UF_CRM_STATE"]["items"]
        assert [row["VALUE"] for row in shown] == ["Вовремя", "Сорван"]


STATUSES = [
    ({"ENTITY_ID": "SOURCE", "STATUS_ID": "WHATSAPP", "NAME": "WhatsApp"}, True),
    ({"ENTITY_ID": "SOURCE", "STATUS_ID": "WEB", "NAME": "Again"}, False),
    ({"ENTITY_ID": "STATUS", "STATUS_ID": "X" * 22, "NAME": "Long", "SORT": 5}, False),
    ({"ENTITY_ID": "DEAL_STAGE", "STATUS_ID": "TALK", "NAME": "Talk", "SORT": 25}, True),
    ({"ENTITY_ID": "DEAL_STAGE", "STATUS_ID": "TALK", "NAME": "Talk", "SORT": 60}, False),
    ({"ENTITY_ID": "DEAL_STAGE_99", "STATUS_ID": "TALK", "NAME": "Talk", "SORT": 25}, False),
    ({"ENTITY_ID": "SOURCE", "STATUS_ID": "NAMELESS"}, False),
]


@pytest.mark.parametrize(("fields", "taken"), STATUSES)
async def test_statuses_are_checked(fields: dict[str, Any], taken: bool) -> None:  # 11.6 (51)
    async with Case() as case:
        body = await case.body("crm.status.add", fields=fields)
        assert taken == ("result" in body)


async def test_stage_of_a_second_pipeline_gets_its_prefix() -> None:  # 11.6 (51)
    async with Case() as case:
        category = (await case.call("crm.category.add", entityTypeId=2, fields={"name": "Салон"}))["category"]["id"]
        fields = {"ENTITY_ID": f"DEAL_STAGE_{category}", "STATUS_ID": "BOOKED", "NAME": "Записан", "SORT": 35}
        number = await case.call("crm.status.add", fields=fields)
        row = await case.call("crm.status.get", id=number)
        assert (row["STATUS_ID"], row["EXTRA"]["SEMANTICS"]) == (f"C{category}:BOOKED", "process")


async def test_comments_name_their_author_and_are_read_by_owner() -> None:  # 11.6 (52)
    async with Case() as case:
        number = await deal(case)
        fields = {"ENTITY_TYPE": "deal", "ENTITY_ID": number, "COMMENT": "Здравствуйте"}
        mine = await case.call("crm.timeline.comment.add", fields=fields)
        case.clock.forward(minutes=5)
        theirs = await case.call("crm.timeline.comment.add", fields=fields | {"AUTHOR_ID": 7})
        owner = {"ENTITY_TYPE": "deal", "ENTITY_ID": number}
        rows = await case.call("crm.timeline.comment.list", filter=owner | {"COMMENT": "no"}, order={"ID": "ASC"})
        assert [(int(row["ID"]), row["AUTHOR_ID"]) for row in rows] == [(mine, "1"), (theirs, "7")]
        assert rows[0]["FILES"] == []
        assert (await case.call("crm.deal.get", id=number))["LAST_ACTIVITY_TIME"] == "2026-05-14T10:35:00+03:00"
        assert await case.refused("crm.timeline.comment.list", filter={"ENTITY_ID": number}) == (400, "")
        await case.call("crm.timeline.comment.update", id=mine, fields={"COMMENT": "Иначе"})
        await case.call("crm.timeline.comment.delete", id=theirs)
        left = await case.call("crm.timeline.comment.list", filter=owner)
        assert [row["COMMENT"] for row in left] == ["Иначе"]


BAD_COMMENTS = [
    ({"COMMENT": ""}, "INVALID_ARG_VALUE"),
    ({"ENTITY_ID": 1}, "OWNER_NOT_FOUND"),
    ({"ENTITY_TYPE": "DEAL"}, "OWNER_NOT_FOUND"),
]


@pytest.mark.parametrize(("change", "code"), BAD_COMMENTS)
async def test_comment_needs_text_and_an_owner_in_lower_case(change: dict[str, Any], code: str) -> None:  # 11.6 (52)
    async with Case() as case:
        fields = {"ENTITY_TYPE": "deal", "ENTITY_ID": await deal(case), "COMMENT": "x"} | change
        assert await case.refused("crm.timeline.comment.add", fields=fields) == (400, code)


async def test_log_line_needs_its_icon() -> None:  # 3.13
    async with Case() as case:
        fields = {"entityTypeId": 2, "entityId": await deal(case), "title": "t", "text": "x"}
        assert await case.refused("crm.timeline.logmessage.add", fields=fields) == (400, 100)
        row = (await case.call("crm.timeline.logmessage.add", fields=fields | {"iconCode": "info"}))["logMessage"]
        assert (row["title"], row["authorId"]) == ("t", 1)


async def test_todo_is_an_activity_of_its_card() -> None:  # 11.6 (53)
    async with Case() as case:
        number = await deal(case)
        todo = {"ownerTypeId": 2, "ownerId": number, "title": "Перезвонить", "responsibleId": 5}
        case.clock.forward(hours=1)
        made = await case.call("crm.activity.todo.add", **todo, deadline="2026-05-14T15:00:00+03:00")
        rows = await case.call("crm.activity.list", filter={"OWNER_TYPE_ID": 2, "OWNER_ID": number})
        assert [(int(row["ID"]), row["PROVIDER_ID"], row["RESPONSIBLE_ID"]) for row in rows] == [
            (made["id"], "CRM_TODO", "5")
        ]
        assert rows[0]["SETTINGS"] == []  # 11.3 (20)
        assert (await case.call("crm.deal.get", id=number))["LAST_ACTIVITY_TIME"] == "2026-05-14T11:30:00+03:00"
        assert await case.refused("crm.activity.todo.add", **todo, deadline="soon") == (400, "WRONG_DATETIME_FORMAT")
        missing = todo | {"ownerId": 1, "deadline": "2026-05-14"}
        assert await case.refused("crm.activity.todo.add", **missing) == (400, "OWNER_NOT_FOUND")


async def test_item_values_are_checked() -> None:  # 3.2
    async with Case() as case:
        for fields, code in (
            ({"opportunity": "много"}, "CRM_FIELD_ERROR_VALUE_NOT_VALID"),
            ({"contactIds": "5"}, 100),
            ({"categoryId": 99}, "CRM_FIELD_ERROR_VALUE_NOT_VALID"),
        ):
            assert await case.refused("crm.item.add", entityTypeId=2, fields=fields) == (400, code)
        assert await case.refused("crm.item.get", entityTypeId=2, id=1) == (400, "NOT_FOUND")
        assert await case.refused("crm.item.add", entityTypeId=2) == (400, 100)


async def test_person_in_the_portal_moves_comments_and_assigns() -> None:  # 11.6 (54)
    async with Case() as case:
        number = await deal(case)
        for deed in (
            {"do": "comment", "text": "Беру"},
            {"do": "assign", "to": 7},
            {"do": "move_stage", "stage": "EXECUTING"},
            {"do": "edit", "fields": {"OPPORTUNITY": "900"}},
            {"do": "won"},
        ):
            await case.lever("human", user=5, id=number, **deed)
        card = await case.call("crm.deal.get", id=number)
        wanted = {"ASSIGNED_BY_ID": "7", "STAGE_ID": "WON", "OPPORTUNITY": "900.00", "MODIFY_BY_ID": "5"}
        assert wanted.items() <= card.items()
        comment = (await case.call("crm.timeline.comment.list", filter={"ENTITY_TYPE": "deal", "ENTITY_ID": number}))[0]
        assert (comment["COMMENT"], comment["AUTHOR_ID"]) == ("Беру", "5")
        await case.lever("human", user=5, id=number, do="delete")
        assert await case.refused("crm.deal.get", id=number) == (400, "")
