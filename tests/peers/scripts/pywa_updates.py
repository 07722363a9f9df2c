"""pywa's own webhook reader takes what the sandbox posted: `pywa_updates.py <file> <phone number id> <app secret>`.

The file is a JSON list of {"body": text as it travelled, "signature": header}.
"""

import json
import sys
from pathlib import Path

from pywa import WhatsApp

path, number, secret = sys.argv[1:]
whatsapp = WhatsApp(phone_id=number, token="unused", server=None, verify_token="unused", app_secret=secret)
read = []


@whatsapp.on_message
def on_message(_, message):
    read.append(["message", message.text, message.from_user.name])


@whatsapp.on_callback_button
def on_button(_, press):
    read.append(["button", press.data, press.title])


@whatsapp.on_message_status
def on_status(_, status):
    read.append(["status", status.status.value, status.tracker])


refused = []
for one in json.loads(Path(path).read_text()):
    body = one["body"].encode()
    refused.append(whatsapp.webhook_update_validator(body, one["signature"]) is not None)
    whatsapp.webhook_update_handler(body)
forged = whatsapp.webhook_update_validator(b"{}", "sha256=00") is not None
print(json.dumps({"read": read, "refused": any(refused), "forged": forged}, ensure_ascii=False))
