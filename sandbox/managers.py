"""Scripted managers: for a share of the deals the assignee answers the customer after a while, as people do."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from sandbox.customers import Customers, Echo
from sandbox.messengers.phones import Phone
from sandbox.portal import Portal
from sandbox.portal.errors import RestError
from sandbox.portal.human import Deed, perform

LOOK_SECONDS = 0.5
SENTENCES = (
    "Добрый день! Это администратор, всё вижу, помогу с записью.",
    "Здравствуйте! Я на связи. Вам удобнее утром или вечером?",
    "Спасибо, что написали! Уточню у мастера и вернусь к вам.",
    "Добрый день! С радостью помогу, подскажите, как к вам обращаться?",
)


class Shift(BaseModel):
    """How the managers work; `share` 0 sends them home.

    share          of the deals that get an answer, by seed and the deal's origin id
    delay_seconds  from, to: machine time between the deal's appearance and the answer
    door           a comment in the deal, or the messenger's own app where the customer's channel has one
    mark           how a comment meant for the customer begins
    """

    model_config = ConfigDict(extra="forbid")

    share: float = Field(default=0.6, ge=0, le=1)
    delay_seconds: tuple[float, float] = (1.0, 4.0)
    door: Literal["comment", "app"] = "comment"
    mark: str = "/ответ "
    seed: int = 1


class Managers:
    """Looks at the board, draws each new deal's lot once, and answers those that it falls on."""

    def __init__(self, portal: Portal, customers: Customers) -> None:
        self.portal = portal
        self.customers = customers
        self.shift = Shift(share=0)
        self.seen: set[int] = set()
        self.answers: list[dict[str, Any]] = []
        self._busy: set[asyncio.Task[None]] = set()

    def start(self, shift: Shift) -> None:
        """Deals that already stand on the board are drawn too, unless they were before."""
        self.stop()
        self.shift = shift
        if shift.share:
            self._keep(self._watch())

    def stop(self) -> None:
        for task in self._busy:
            task.cancel()

    def forget(self) -> None:
        self.stop()
        self.shift = Shift(share=0)
        self.seen.clear()
        self.answers.clear()

    def view(self) -> dict[str, Any]:
        return {**self.shift.model_dump(), "seen": len(self.seen), "answered": len(self.answers)}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        try:
            yield
        finally:
            self.stop()

    def _keep(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._busy.add(task)
        task.add_done_callback(self._busy.discard)

    async def _watch(self) -> None:
        while True:
            board = self.portal.snapshot()
            contacts = {str(contact["ID"]): contact for contact in board["contacts"]}
            for deal in reversed(board["deals"]):
                if int(deal["ID"]) not in self.seen:
                    self.seen.add(int(deal["ID"]))
                    self._draw(deal, contacts.get(str(deal.get("CONTACT_ID"))))
            await asyncio.sleep(LOOK_SECONDS)

    def _draw(self, deal: dict[str, Any], contact: dict[str, Any] | None) -> None:
        lot = random.Random(f"{self.shift.seed}:{deal.get('ORIGIN_ID') or deal['ID']}")
        answers, delay = lot.random() < self.shift.share, lot.uniform(*self.shift.delay_seconds)
        if answers:
            self._keep(self._answer(deal, contact, delay, lot.choice(SENTENCES)))

    async def _answer(self, deal: dict[str, Any], contact: dict[str, Any] | None, delay: float, words: str) -> None:
        await asyncio.sleep(delay)
        phone = self._phone(deal, contact) if self.shift.door == "app" else None
        if phone is not None:
            await self.customers.echo(
                Echo.model_validate({"channel": phone.channel, "customer": phone.customer, "text": words})
            )
        elif not self._comment(deal, words):
            return
        door = "comment" if phone is None else "app"
        self.answers.append({"deal": int(deal["ID"]), "door": door, "text": words})

    def _comment(self, deal: dict[str, Any], words: str) -> bool:
        """By whoever is responsible at this moment; False when the deal is gone."""
        card = next((row for row in self.portal.snapshot()["deals"] if row["ID"] == deal["ID"]), deal)
        author = int(card.get("ASSIGNED_BY_ID") or 1)
        deed = Deed(user=author, do="comment", entity="deal", id=int(deal["ID"]), text=self.shift.mark + words)
        try:
            perform(self.portal.world, deed)
        except RestError:
            return False
        return True

    def _phone(self, deal: dict[str, Any], contact: dict[str, Any] | None) -> Phone | None:
        """The customer whose messenger id stands on the card, if that messenger has an app for the owner."""
        card = json.dumps([deal, contact], ensure_ascii=False, default=str)
        for phone in self.customers.world.phones:
            has_app = phone.channel in ("whatsapp", "instagram") or phone.connection is not None
            if has_app and phone.id in card:
                return phone
        return None
