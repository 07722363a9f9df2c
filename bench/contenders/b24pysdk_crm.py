"""b24pysdk at its best with new customers: `HOST COUNT`, phase by phase through `call_batches`.

Runs in the peers' environment; it speaks https alone.
"""

# mypy: ignore-errors
import sys

from b24pysdk import BitrixWebhook

host, count = sys.argv[1], int(sys.argv[2])
token = BitrixWebhook(domain=host, webhook_token="1/sandbox")


def add(method: str, rows: list[dict[str, object]]) -> list[int]:
    answer = token.call_batches([(method, {"fields": row}) for row in rows])["result"]["result"]
    return [int(value) for value in (answer.values() if isinstance(answer, dict) else answer)]


people = [f"peer-{number}" for number in range(count)]
contacts = add("crm.contact.add", [{"NAME": who, "ORIGIN_ID": who} for who in people])
leads = add("crm.lead.add", [{"TITLE": f"lead {one}", "CONTACT_ID": one, "STATUS_ID": "NEW"} for one in contacts])
pairs = zip(contacts, leads, strict=True)
deals = add("crm.deal.add", [{"TITLE": f"deal {two}", "CONTACT_IDS": [one], "LEAD_ID": two} for one, two in pairs])
add(
    "crm.timeline.comment.add", [{"ENTITY_ID": deal, "ENTITY_TYPE": "deal", "COMMENT": f"1 · {deal}"} for deal in deals]
)
