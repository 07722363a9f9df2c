"""pywa, unmodified but for the address, against a Graph server: `pywa_graph.py <sandbox> <token> <phone number id>`."""

import json
import sys
import urllib.request

import httpx
from pywa import WhatsApp
from pywa.errors import WhatsAppError
from pywa.types import Button
from pywa.types.templates import BodyText, TemplateLanguage

sandbox, token, number = sys.argv[1:]


def control(path: str, body: object) -> dict:
    data, headers = json.dumps(body).encode(), {"Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(f"{sandbox}/_sandbox/{path}", data, headers)) as answer:  # noqa: S310
        return json.load(answer)


def client(token: str) -> WhatsApp:
    session = httpx.Client(trust_env=False)
    whatsapp = WhatsApp(phone_id=number, token=token, session=session)
    session.base_url = f"{sandbox}/graph/v24.0"  # the library knows no setting for it
    return whatsapp


def refusal(call) -> dict:
    try:
        call()
    except WhatsAppError as error:
        return {"class": type(error).__name__, "code": error.code}
    return {"class": None}


customer = control("customers/say", {"channel": "whatsapp", "customer": "peer", "name": "Марина", "text": "Привет"})
to, whatsapp = customer["chat"], client(token)
language = TemplateLanguage.RUSSIAN
three = [Button(title=title, callback_data=title) for title in ("10:00", "11:00", "12:00")]
seen = {"text": whatsapp.send_message(to=to, text="Добрый день", tracker="outbox:1").id}
seen["buttons"] = whatsapp.send_message(to=to, text="Когда?", buttons=three).id
seen["template"] = whatsapp.send_template(
    to=to, name="reminder", language=language, params=[BodyText.params("завтра")]
).id
seen["read"] = bool(whatsapp.mark_message_as_read(message_id=customer["message_id"]))
seen["number"] = whatsapp.get_business_phone_number().verified_name
control("graph/faults", {"kind": "429", "count": 1})
seen["too_many"] = refusal(lambda: whatsapp.send_message(to=to, text="а"))
control("time", {"advance_seconds": 86400})
seen["window"] = refusal(lambda: whatsapp.send_message(to=to, text="а"))
seen["wrong_token"] = refusal(lambda: client("wrong").send_message(to=to, text="а"))
print(json.dumps(seen, ensure_ascii=False))
