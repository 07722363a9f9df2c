"""How the portal is reached, who may call, and what an answer looks like (reference 11.1–11.3)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.sandbox.portal_case import HOOK, Case


@pytest.mark.parametrize("method", ["profile", "PROFILE", "profile.json", "Profile.json"])
async def test_method_is_found_in_any_case_and_with_suffix(method: str) -> None:  # 11.1 (1, 3)
    async with Case() as case:
        assert (await case.call(method))["ID"] == "1"


async def test_address_without_user_is_an_unknown_method() -> None:  # 11.1 (1)
    async with Case() as case:
        answer = await case.http.get("/rest/sandbox/profile")
        assert (answer.status_code, answer.json()["error"]) == (404, "ERROR_METHOD_NOT_FOUND")


async def test_unknown_method_is_404_with_the_vendors_text() -> None:  # 11.1 (9)
    async with Case() as case:
        answer = await case.post("crm.unheard.of")
        assert answer.status_code == 404
        assert answer.json() == {"error": "ERROR_METHOD_NOT_FOUND", "error_description": "Method not found!"}


async def test_form_multipart_json_and_query_say_the_same() -> None:  # 11.1 (4, 5)
    async with Case() as case:
        form = {"fields[NAME]": "Анна", "fields[PHONE][0][VALUE]": "+79001234567"}
        url = f"{HOOK}/crm.contact.add"
        answers = [
            await case.http.post(url, data=form),
            await case.http.post(url, data=form, files={"unused": b"x"}),
            await case.http.get(url, params=form),
            await case.post("crm.contact.add", fields={"NAME": "Анна", "PHONE": [{"VALUE": "+79001234567"}]}),
        ]
        for answer in answers:
            card = await case.call("crm.contact.get", id=answer.json()["result"])
            assert (card["NAME"], card["PHONE"][0]["VALUE"]) == ("Анна", "+79001234567")


async def test_body_wins_over_query() -> None:  # 11.1 (4)
    async with Case() as case:
        answer = await case.http.post(f"{HOOK}/method.get?name=nothing", json={"name": "profile"})
        assert answer.json()["result"] == {"isExisting": True, "isAvailable": True}


async def test_broken_json_is_no_parameters() -> None:  # 11.1 (4)
    async with Case() as case:
        url, headers = f"{HOOK}/crm.deal.add", {"Content-Type": "application/json"}
        answer = await case.http.post(url, content=b'{"fields": {', headers=headers)
        assert (answer.status_code, answer.json()["error_description"]) == (400, "Parameter 'fields' must be array.")


async def test_json_without_its_content_type_is_not_read() -> None:  # 11.1 (4)
    async with Case() as case:
        url, headers = f"{HOOK}/method.get", {"Content-Type": "text/plain"}
        answer = await case.http.post(url, content=b'{"name": "profile"}', headers=headers)
        assert answer.json()["result"]["isExisting"] is False


async def test_every_answer_is_utf8_json_open_to_all_origins() -> None:  # 11.1 (6)
    async with Case() as case:
        for method in ("profile", "crm.unheard.of"):
            headers = (await case.post(method)).headers
            assert headers["content-type"] == "application/json; charset=utf-8"
            assert headers["access-control-allow-origin"] == "*"
            assert headers["x-content-type-options"] == "nosniff"


async def test_unknown_parameters_are_ignored() -> None:  # 11.1 (8)
    async with Case() as case:
        assert await case.call("crm.deal.list", __order="order0000000000", _=1) == []


async def test_plain_http_is_refused_when_asked_to() -> None:  # 11.1 (2)
    async with Case() as case:
        await case.lever("settings", require_https=True)
        assert await case.refused("profile") == (400, "INVALID_REQUEST")


async def test_moved_portal_redirects_without_json() -> None:  # 11.1 (10)
    async with Case() as case:
        await case.lever("settings", moved_to="https://new.example")
        answer = await case.post("profile.json")
        assert answer.status_code == 302
        assert answer.headers["location"] == f"https://new.example{HOOK}/profile.json"
        assert answer.headers["content-type"].startswith("text/html")


async def test_html_fault_is_no_json() -> None:  # 11.1 (11)
    async with Case() as case:
        await case.lever("faults", kind="html")
        answer = await case.post("profile")
        assert (answer.status_code, answer.text.startswith("<html>")) == (502, True)


async def test_wrong_code_inactive_and_expired_webhooks_are_refused() -> None:  # 11.2 (12)
    async with Case() as case:
        gone = (case.clock() - timedelta(days=1)).isoformat()
        await case.lever("inbound", user=5, code="off", active=False)
        await case.lever("inbound", user=5, code="old", expires_at=gone)
        for hook in ("/rest/1/wrong", "/rest/5/sandbox", "/rest/5/off", "/rest/5/old"):
            assert await case.refused("profile", hook=hook) == (401, "INVALID_CREDENTIALS")


async def test_missing_scope_is_refused_with_the_chosen_status() -> None:  # 11.2 (12)
    async with Case() as case:
        await case.lever("inbound", user=5, code="narrow", scopes=["user"])
        assert await case.refused("crm.deal.list", hook="/rest/5/narrow") == (403, "insufficient_scope")
        await case.lever("settings", scope_status=401)
        assert await case.refused("crm.deal.list", hook="/rest/5/narrow") == (401, "insufficient_scope")


async def test_tokens_expire_and_refresh_tokens_rotate() -> None:  # 11.2 (13, 14)
    async with Case() as case:
        application = {"client_id": "local.one", "client_secret": "secret"}
        given = await case.lever("oauth", **application, user_id=7)
        assert (await case.http.get("/rest/profile", params={"auth": given["access_token"]})).json()["result"][
            "ID"
        ] == "7"
        case.clock.forward(seconds=3601)
        late = await case.http.get("/rest/profile", params={"auth": given["access_token"]})
        assert (late.status_code, late.json()["error"]) == (401, "expired_token")
        query = {**application, "grant_type": "refresh_token", "refresh_token": given["refresh_token"]}
        fresh = (await case.http.get("/oauth/token/", params=query)).json()
        wanted = {"expires", "expires_in", "user_id", "scope", "status", "member_id", "domain"}
        assert wanted | {"client_endpoint", "server_endpoint", "access_token", "refresh_token"} == set(fresh)
        assert (await case.post("profile", hook="/rest", auth=fresh["access_token"])).json()["result"]["ID"] == "7"
        assert (await case.http.get("/oauth/token/", params=query)).json()["error"] == "invalid_grant"


async def test_no_token_and_unknown_token_differ() -> None:  # 11.2 (12, 13)
    async with Case() as case:
        assert await case.refused("profile", hook="/rest") == (401, "NO_AUTH_FOUND")
        assert await case.refused("profile", hook="/rest", auth="nobody") == (401, "invalid_token")


@pytest.mark.parametrize(
    "method", ["imconnector.register", "placement.bind", "event.bind", "events", "event.offline.get"]
)
async def test_webhook_has_no_application_context(method: str) -> None:  # 11.2 (15)
    async with Case() as case:
        answer = await case.post(method)
        text = "Current authorization type is denied for this method Application context required"
        assert answer.status_code == 403
        assert {"error": "WRONG_AUTH_TYPE", "error_description": text} == answer.json()


async def test_sms_senders_are_denied_to_a_webhook_in_other_words() -> None:  # 11.2 (15)
    async with Case() as case:
        assert await case.refused("messageservice.sender.add") == (403, "ACCESS_DENIED")


async def test_fields_and_statuses_need_an_administrator() -> None:  # 11.2 (16)
    async with Case() as case:
        await case.lever("inbound", user=5, code="manager")
        for method in ("crm.deal.userfield.add", "crm.status.add"):
            answer = await case.post(method, hook="/rest/5/manager", fields={})
            assert (answer.status_code, *answer.json().values()) == (400, "", "Access denied.")


async def test_user_without_crm_rights_sees_nothing_of_it() -> None:  # 11.2 (16)
    async with Case() as case:
        await case.lever("users", id=1, crm=False)
        assert await case.refused("crm.deal.list") == (400, "")
        assert await case.refused("crm.item.list", entityTypeId=2) == (400, "ACCESS_DENIED")


async def test_health_checks_answer() -> None:  # 11.2 (17)
    async with Case() as case:
        assert (await case.call("profile"))["TIME_ZONE_OFFSET"] == 10800
        assert (await case.call("user.current"))["ID"] == "1"
        assert await case.call("server.time") == "2026-05-14T10:30:00+03:00"  # 11.3 (23)
        assert "crm" in await case.call("scope")
        assert "crm.deal.add" in await case.call("methods")
        assert await case.call("method.get", name="no.such") == {"isExisting": False, "isAvailable": False}
        assert await case.call("feature.get", CODE="rest_offline_extended") == {"value": "Y"}
        assert await case.call("user.admin") is True
        assert "SCOPE" in await case.call("app.info")


async def test_envelope_tells_its_time_and_the_operating_budget() -> None:  # 11.3 (18)
    async with Case() as case:
        shown = (await case.body("profile"))["time"]
        floats = {"start", "finish", "duration", "processing", "operating"}
        assert {name for name, value in shown.items() if isinstance(value, float)} == floats
        assert {"date_start", "date_finish", "operating_reset_at"} == set(shown) - floats
        await case.lever("limits", operating_seconds=None)
        assert not {"operating", "operating_reset_at"} & set((await case.body("profile"))["time"])


async def test_lists_count_and_point_to_the_next_page() -> None:  # 11.3 (19), 11.5 (33)
    async with Case() as case:
        await case.batch(*(f"crm.lead.add?fields[TITLE]=a{n}" for n in range(50)))
        await case.batch(*(f"crm.lead.add?fields[TITLE]=b{n}" for n in range(20)))
        first = await case.body("crm.lead.list")
        assert (len(first["result"]), first["next"], first["total"]) == (50, 50, 70)
        last = await case.body("crm.lead.list", start=50)
        assert (len(last["result"]), last["total"], "next" in last) == (20, 70, False)
        between = await case.body("crm.lead.list", start=25)
        assert between["result"] == first["result"]
        uncounted = await case.body("crm.lead.list", start=-1)
        assert (len(uncounted["result"]), uncounted["total"], "next" in uncounted) == (50, 0, False)
