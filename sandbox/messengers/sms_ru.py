"""SMS.ru: takes texts for numbers, refuses by its codes, tells what became of each (channels.md section 10.1)."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route, Router

from sandbox.faults import PROXY_PAGE, Faults, HangUp, hang
from sandbox.messengers.world import World

TEXTS_KEPT = 10_000
ONE_PART, PART_OF_SEVERAL, MOST_PARTS = 70, 67, 8
PRICE = 4.5  # of a part
SAME_TEXT = timedelta(minutes=1)
STATUSES = {
    200: "Неправильный api_id",
    201: "Не хватает средств на лицевом счету",
    202: "Неправильно указан номер телефона получателя, либо на него нет маршрута",
    203: "Нет текста сообщения",
    204: "Имя отправителя не согласовано с администрацией",
    205: "Сообщение слишком длинное (превышает 8 СМС)",
    220: "Сервис временно недоступен, попробуйте чуть позже",
    231: "Превышен лимит одинаковых сообщений на этот номер в минуту",
    500: "Ошибка на сервере. Повторите запрос",
}


class Verdicts(BaseModel):
    """What the vendor shall think.

    numbers   number (digits) → the code that it is refused with
    silent    numbers whose text is taken and whose answer is lost
    balance   of the account
    senders   approved names; None: every name
    same_text refuse the same text to the same number within a minute
    """

    model_config = ConfigDict(extra="forbid")

    numbers: dict[str, int] = {}
    silent: list[str] = []
    balance: float = 500.0
    senders: list[str] | None = None
    same_text: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One text that the vendor took."""

    at: datetime
    to: str
    text: str
    sender: str
    parts: int
    id: str


class SmsRu:
    """`/sms/send`, `/sms/status`, `/my/balance`; HTTP 200 always, the code is in the body."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.faults = Faults()
        self.clear()
        self.app = Router(
            [
                Route("/sms/send", self._send, methods=["GET", "POST"]),
                Route("/sms/status", self._status, methods=["GET", "POST"]),
                Route("/my/balance", self._balance, methods=["GET", "POST"]),
            ]
        )

    def clear(self) -> None:
        self.sent: deque[Text] = deque(maxlen=TEXTS_KEPT)
        self.verdicts = Verdicts()
        self.calls = 0

    def newest(self, count: int) -> list[dict[str, Any]]:
        return [asdict(text) for text in reversed(list(self.sent)[-count:])]

    async def _send(self, request: Request) -> Response:
        self.calls += 1
        kind = await self.faults.strike()
        match kind:
            case "away":
                return HangUp()
            case "timeout":
                return await hang(request)
            case "html":
                return HTMLResponse(PROXY_PAGE, 502)
            case "garbage":
                return Response('{"status": "OK", ', media_type="application/json")
            case "429":
                return Response(status_code=429)
            case "500":
                return _refusal(500)
        fields = await _fields(request)
        answer = self._answer(fields)
        return HangUp() if kind == "lost" or fields.get("to") in self.verdicts.silent else answer

    def _answer(self, fields: Mapping[str, str]) -> Response:
        text, sender = fields.get("msg", ""), fields.get("from", "")
        known = self.verdicts.senders
        if fields.get("api_id") != self.world.secrets.sms_ru_api_id:
            return _refusal(200)
        if not text:
            return _refusal(203)
        if sender and known is not None and sender not in known:
            return _refusal(204)
        found = {number: self._one(number, text, sender) for number in fields.get("to", "").split(",")}
        whole = {"status": "OK", "status_code": 100, "sms": found, "balance": round(self.verdicts.balance, 2)}
        return JSONResponse(whole)

    def _one(self, number: str, text: str, sender: str) -> dict[str, Any]:
        code, parts, now = self._code(number, text), parts_of(text), self.world.clock.now()
        if code != 100:
            return {"status": "ERROR", "status_code": code, "status_text": STATUSES.get(code, f"код {code}")}
        self.verdicts.balance -= parts * PRICE
        id_ = f"{now:%Y%m}-{len(self.sent) + 1_000_000}"
        self.sent.append(Text(at=now, to=number, text=text, sender=sender, parts=parts, id=id_))
        return {"status": "OK", "status_code": 100, "sms_id": id_}

    def _code(self, number: str, text: str) -> int:
        if number in self.verdicts.numbers:
            return self.verdicts.numbers[number]
        if not (number.isdigit() and 10 <= len(number) <= 15):
            return 202
        if parts_of(text) > MOST_PARTS:
            return 205
        if self.verdicts.balance < parts_of(text) * PRICE:
            return 201
        now = self.world.clock.now()
        same = any(one.to == number and one.text == text and now - one.at < SAME_TEXT for one in self.sent)
        return 231 if same and self.verdicts.same_text else 100

    async def _status(self, request: Request) -> Response:
        fields = await _fields(request)
        if fields.get("api_id") != self.world.secrets.sms_ru_api_id:
            return _refusal(200)
        known = {text.id for text in self.sent}
        found = {
            id_: {"status": "OK", "status_code": 103, "cost": PRICE, "status_text": "Сообщение доставлено"}
            if id_ in known
            else {"status": "ERROR", "status_code": -1, "status_text": "Сообщение не найдено"}
            for id_ in fields.get("sms_id", "").split(",")
        }
        return JSONResponse({"status": "OK", "status_code": 100, "sms": found, "balance": self.verdicts.balance})

    async def _balance(self, request: Request) -> Response:
        kind = await self.faults.strike()
        if kind == "timeout":
            return await hang(request)
        if kind != "ok":
            return _refusal(220)
        if (await _fields(request)).get("api_id") != self.world.secrets.sms_ru_api_id:
            return _refusal(200)
        return JSONResponse({"status": "OK", "status_code": 100, "balance": round(self.verdicts.balance, 2)})


def parts_of(text: str) -> int:
    """Of a text with Cyrillic letters, in UTF-16 units."""
    units = len(text.encode("utf-16-le")) // 2
    return 1 if units <= ONE_PART else -(-units // PART_OF_SEVERAL)


def _refusal(code: int) -> Response:
    return JSONResponse({"status": "ERROR", "status_code": code, "status_text": STATUSES[code]})


async def _fields(request: Request) -> dict[str, str]:
    """A form, or the query: the vendor takes both."""
    body = (await request.body()).decode("utf-8", "replace")
    return dict(request.query_params) | dict(parse_qsl(body))
