"""b24pysdk against a portal: `HOST` → JSON of what it read. Runs in the peers' environment."""

import json
import sys
import time

import requests
from b24pysdk import BitrixAppLocal, BitrixTokenLocal, BitrixWebhook, Client
from b24pysdk.api.requesters.bitrix_oauth_requester import BitrixOAuthRequester

HOST = sys.argv[1]
CARDS = 120


def lever(name: str, **body: object) -> dict:
    answer = requests.post(f"https://{HOST}/_sandbox/portal/{name}", json=body, timeout=10)
    answer.raise_for_status()
    return answer.json()


def through_webhook() -> dict:
    token = BitrixWebhook(domain=HOST, webhook_token="1/sandbox")
    client = Client(token)
    created = [client.crm.deal.add(fields={"TITLE": "first", "ORIGIN_ID": "o-1"}).result]
    methods = [("crm.deal.add", {"fields": {"TITLE": f"deal {n}", "ORIGIN_ID": f"o-{n}"}}) for n in range(2, CARDS + 1)]
    batches = token.call_batches(methods)
    created += batches["result"]["result"].values()
    item = token.call_method("crm.item.get", {"entityTypeId": 2, "id": created[0]})["result"]["item"]
    listed = token.call_list("crm.deal.list", {"select": ["ID", "TITLE"], "order": {"ID": "ASC"}})["result"]
    fast = list(token.call_list_fast("crm.deal.list", {"select": ["ID"]})["result"])
    some = token.call_list("crm.deal.list", {"select": ["ID"], "filter": {"@ID": sorted(created)[:70]}})["result"]
    users = list(token.call_list_fast("user.get")["result"])
    return {
        "created": sorted(created),
        "item": item["originId"],
        "listed": [int(row["ID"]) for row in listed],
        "fast": [int(row["ID"]) for row in fast],
        "some": [int(row["ID"]) for row in some],
        "users": [int(row["ID"]) for row in users],
        "profile": client.profile().result["ID"],
    }


def through_a_throttled_portal() -> dict:
    lever("faults", kind="503", count=1)
    began = time.monotonic()
    answer = BitrixWebhook(domain=HOST, webhook_token="1/sandbox").call_method("server.time")
    return {"answered": isinstance(answer["result"], str), "waited": time.monotonic() - began}


def through_an_expired_token() -> dict:
    """The address of the OAuth server is the one thing that cannot be given from outside."""
    BitrixOAuthRequester._OAUTH_TOKEN_URL = f"https://{HOST}/oauth/token/"
    application = {"client_id": "local.peer", "client_secret": "peer-secret"}
    given = lever("oauth", **application, user_id=5, expires_in=0)
    token = BitrixTokenLocal(
        auth_token=given["access_token"],
        refresh_token=given["refresh_token"],
        bitrix_app=BitrixAppLocal(domain=HOST, **application),
    )
    user = token.call_method("user.current")["result"]
    spent = requests.get(
        f"https://{HOST}/oauth/token/",
        {**application, "grant_type": "refresh_token", "refresh_token": given["refresh_token"]},
        timeout=10,
    )
    return {
        "user": user["ID"],
        "rotated": token.refresh_token not in (None, given["refresh_token"]),
        "old_refresh_token": spent.json()["error"],
    }


found = {"webhook": through_webhook(), "throttled": through_a_throttled_portal(), "oauth": through_an_expired_token()}
print(json.dumps(found))
