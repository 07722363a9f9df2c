"""aiogram's own types read the updates of a JSON file: `aiogram_updates.py <file of a list of updates>`."""

import json
import sys
from pathlib import Path

from aiogram.types import Update


def read(body: dict) -> dict:
    update = Update.model_validate(body)
    event = update.event
    content = getattr(event, "text", None) or getattr(event, "data", None)
    contact = getattr(event, "contact", None)
    return {"type": update.event_type, "content": contact.phone_number if contact else content}


print(json.dumps([read(body) for body in json.loads(Path(sys.argv[1]).read_text())], ensure_ascii=False))
