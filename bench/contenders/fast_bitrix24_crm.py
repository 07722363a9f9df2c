"""fast_bitrix24 at its best with new customers: `ADDRESS COUNT`, phase by phase in batches of its own making.

Runs in the peers' environment.
"""

# mypy: ignore-errors
import asyncio
import sys

from fast_bitrix24 import BitrixAsync

address, count = sys.argv[1], int(sys.argv[2])


async def main() -> None:
    portal = BitrixAsync(address, verbose=False)
    people = [f"peer-{number}" for number in range(count)]
    contacts = await portal.call("crm.contact.add", [{"fields": {"NAME": who, "ORIGIN_ID": who}} for who in people])
    leads = await portal.call(
        "crm.lead.add",
        [{"fields": {"TITLE": f"lead {one}", "CONTACT_ID": one, "STATUS_ID": "NEW"}} for one in contacts],
    )
    pairs = zip(contacts, leads, strict=True)
    fields = [{"TITLE": f"deal {lead}", "CONTACT_IDS": [contact], "LEAD_ID": lead} for contact, lead in pairs]
    deals = await portal.call("crm.deal.add", [{"fields": each} for each in fields])
    lines = [{"ENTITY_ID": deal, "ENTITY_TYPE": "deal", "COMMENT": f"1 · {deal}"} for deal in deals]
    await portal.call("crm.timeline.comment.add", [{"fields": line} for line in lines])


asyncio.run(main())
