"""fast_bitrix24 against a portal: `ADDRESS` → JSON of what it read. Runs in the peers' environment."""

import asyncio
import json
import sys

import aiohttp
from fast_bitrix24 import BitrixAsync

ADDRESS = sys.argv[1]
CARDS = 120
APPLICATION = {"client_id": "local.peer", "client_secret": "peer-secret"}


async def lever(name: str, **body: object) -> dict:
    url = f"{ADDRESS}/_sandbox/portal/{name}"
    async with aiohttp.ClientSession(raise_for_status=True) as session, session.post(url, json=body) as answer:
        return await answer.json()


async def through_webhook() -> dict:
    portal = BitrixAsync(f"{ADDRESS}/rest/1/sandbox/", verbose=False)
    created = await portal.call("crm.deal.add", [{"fields": {"TITLE": f"deal {n}"}} for n in range(CARDS)])
    one = await portal.call("crm.contact.add", {"fields": {"NAME": "Anna", "PHONE": [{"VALUE": "+79001234567"}]}})
    deals = await portal.get_all("crm.deal.list", {"select": ["ID", "TITLE"]})
    items = await portal.get_all("crm.item.list", {"entityTypeId": 2, "select": ["id"]})
    by_id = await portal.get_by_ID("crm.deal.get", created[:60])
    statuses = await portal.get_all("crm.status.list", {"filter": {"ENTITY_ID": "SOURCE"}})
    users = await portal.get_all("user.get")
    chained = await portal.call_batch(
        {
            "halt": 0,
            "cmd": {"deal": "crm.deal.add?fields[TITLE]=x", "back": "crm.deal.get?id=$result[deal]"},
        }
    )
    return {
        "created": created,
        "contact": one,
        "deals": sorted(int(row["ID"]) for row in deals),
        "items": sorted(row["id"] for row in items),
        "by_id": sorted(int(row["ID"]) for row in by_id.values()),
        "sources": len(statuses),
        "users": sorted(int(row["ID"]) for row in users),
        "chained": chained["back"]["TITLE"],
    }


async def through_a_throttled_portal() -> dict:
    await lever("faults", kind="503", count=3)
    portal = BitrixAsync(f"{ADDRESS}/rest/1/sandbox/", verbose=False)
    found = await portal.get_all("crm.deal.list", {"select": ["ID"]})
    return {"deals": len(found)}


async def through_an_expired_token() -> dict:
    given = await lever("oauth", **APPLICATION, user_id=5, expires_in=0)
    tokens = [given["access_token"]]
    refresh = {**APPLICATION, "grant_type": "refresh_token", "refresh_token": given["refresh_token"]}

    async def token() -> str:
        """The expired one first; asked again after a 401, the refreshed one."""
        if len(tokens) == 1:
            tokens.append("")
            return tokens[0]
        url = f"{ADDRESS}/oauth/token/"
        async with aiohttp.ClientSession() as session, session.get(url, params=refresh) as answer:
            tokens.append((await answer.json())["access_token"])
        return tokens[-1]

    portal = BitrixAsync(f"{ADDRESS}/rest/", token, verbose=False)
    profile = await portal.get_all("profile")
    return {"user": profile["ID"], "asked": len(tokens) - 1}


async def main() -> None:
    webhook = await through_webhook()
    print(
        json.dumps(
            {
                "webhook": webhook,
                "throttled": await through_a_throttled_portal(),
                "oauth": await through_an_expired_token(),
            }
        )
    )


asyncio.run(main())
