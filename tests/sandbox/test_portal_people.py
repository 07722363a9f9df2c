"""People, notices, working time and tasks (reference 4, 11.10 (78, 79))."""

from __future__ import annotations

from tests.sandbox.portal_case import Case


async def test_users_have_text_ids_and_leaking_moments() -> None:  # 11.10 (79), 11.3 (21)
    async with Case() as case:
        rows = await case.call("user.get", FILTER={"ACTIVE": True, "UF_DEPARTMENT": 5})
        assert [row["ID"] for row in rows] == ["3", "5", "7", "9"]
        assert (rows[0]["ACTIVE"], rows[0]["UF_DEPARTMENT"], rows[0]["TIMESTAMP_X"]) == (True, [5], {})
        await case.lever("users", id=7, active=False)
        assert [row["ID"] for row in await case.call("user.get", ACTIVE="true", ID=[5, 7])] == ["5"]


async def test_department_names_its_head() -> None:  # 11.10 (79)
    async with Case() as case:
        row = (await case.call("department.get", ID=5))[0]
        assert row == {"ID": "5", "NAME": "Администраторы", "SORT": 500, "PARENT": "1", "UF_HEAD": "3"}
        assert await case.call("im.department.managers.get", ID=[5, 1]) == {"5": [3], "1": [1]}
        assert (await case.call("im.department.managers.get", ID=[5], USER_DATA="Y"))["5"][0]["id"] == 3
        assert await case.refused("im.department.managers.get") == (400, "ID_EMPTY")


async def test_working_day_is_known_only_where_time_is_tracked() -> None:  # 4.3
    async with Case() as case:
        assert (await case.call("timeman.status", USER_ID=5))["STATUS"] == "OPENED"
        await case.lever("users", id=5, workday="CLOSED")
        assert (await case.call("timeman.status", USER_ID=5))["TIME_FINISH"] is not None
        await case.lever("users", id=5, workday="")
        assert (await case.body("timeman.status", USER_ID=5))["error_description"] == "User not found"


async def test_a_break_and_a_forgotten_day_are_no_opened_day() -> None:  # 4.3
    async with Case() as case:
        for status in ("PAUSED", "EXPIRED", "CLOSED"):
            await case.lever("users", id=5, workday=status)
            told = await case.call("timeman.status", USER_ID=5)
            assert (told["STATUS"], told["ACTIVE"]) == (status, False)


async def test_who_is_on_leave_is_absent_until_a_moment() -> None:  # 4.1
    async with Case() as case:
        await case.lever("users", id=7, absent="2026-12-01T00:00:00+03:00")
        rows = await case.call("im.user.list.get", ID=[5, 7, 4000])
        assert {"5": False, "7": "2026-12-01T00:00:00+03:00"} == {key: row["absent"] for key, row in rows.items()}


async def test_notice_with_the_same_tag_replaces_the_earlier() -> None:  # 4.4
    async with Case() as case:
        first = await case.call("im.notify.personal.add", USER_ID=5, MESSAGE="Срок!", TAG="SLA|1")
        second = await case.call("im.notify.personal.add", USER_ID=5, MESSAGE="Срок прошёл", TAG="SLA|1")
        await case.call("im.notify.personal.add", USER_ID=7, MESSAGE="Срок!", TAG="SLA|1")
        shown = case.portal.snapshot()["notifications"]
        assert first not in [row["id"] for row in shown]
        assert [(row["user"], row["text"]) for row in shown] == [(7, "Срок!"), (5, "Срок прошёл")]
        assert second in [row["id"] for row in shown]
        assert await case.refused("im.notify.personal.add", MESSAGE="x") == (400, "USER_ID_EMPTY")
        assert await case.refused("im.notify.personal.add", USER_ID=5) == (400, "MESSAGE_EMPTY")


async def test_system_notice_with_a_tag_needs_a_client_id_from_a_webhook() -> None:  # 4.4
    async with Case() as case:
        notice = {"USER_ID": 5, "MESSAGE": "x"}
        await case.call("im.notify.system.add", **notice)
        assert await case.refused("im.notify.system.add", **notice, TAG="t") == (403, "WRONG_AUTH_TYPE")
        await case.call("im.notify.system.add", **notice, TAG="t", CLIENT_ID="bot")


async def test_message_reaches_a_user_and_no_stranger() -> None:  # 4.4
    async with Case() as case:
        await case.call("im.message.add", DIALOG_ID="5", MESSAGE="Привет")
        assert case.portal.snapshot()["messages"][0]["text"] == "Привет"
        assert await case.refused("im.message.add", DIALOG_ID="chat42", MESSAGE="x") == (403, "ACCESS_ERROR")


async def test_task_is_asked_in_upper_and_answered_in_camel_case() -> None:  # 11.10 (78)
    async with Case() as case:
        fields = {"TITLE": "Перезвонить", "RESPONSIBLE_ID": 5, "UF_CRM_TASK": ["D_7001"]}
        task = (await case.call("tasks.task.add", fields=fields | {"DEADLINE": "2026-05-14T18:00:00+03:00"}))["task"]
        assert (task["id"], task["status"], task["responsibleId"], task["createdBy"]) == ("5001", "2", "5", "1")
        assert (task["deadline"], "ufCrmTask" in task) == ("2026-05-14T18:00:00+03:00", False)
        await case.call("tasks.task.add", fields={"TITLE": "other", "RESPONSIBLE_ID": 7})
        wanted = {"UF_CRM_TASK": "D_7001", "!REAL_STATUS": 5}
        rows = (await case.call("tasks.task.list", filter=wanted, select=["ID", "TITLE", "UF_CRM_TASK"]))["tasks"]
        assert rows == [{"id": "5001", "title": "Перезвонить", "ufCrmTask": ["D_7001"]}]
        await case.call("tasks.task.update", taskId=5001, fields={"TITLE": "Написать"})
        assert (await case.call("tasks.task.complete", taskId=5001))["task"]["status"] == "5"
        assert (await case.call("tasks.task.get", taskId=5001))["task"]["title"] == "Написать"
        assert (await case.call("tasks.task.list", filter=wanted))["tasks"] == []


async def test_task_errors_end_in_a_line_break() -> None:  # 11.10 (78)
    async with Case() as case:
        body = await case.body("tasks.task.add", fields={"TITLE": "x"})
        assert (body["error"], body["error_description"][-4:]) == ("ERROR_CORE", "<br>")
        assert await case.refused("tasks.task.add") == (400, 100)
