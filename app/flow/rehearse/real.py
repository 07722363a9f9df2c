"""`otklik rehearse --portal real`: the played cards in a marked pipeline of the real portal, compared, then removed.

Nothing outside the mark is touched: a pipeline whose name begins with it is made, deals whose titles begin with it are
laid there with no contact, no lead and nobody to be told, read back, and removed by the very ids that were made. What
an earlier run left behind is recognised by pipeline and title together, and goes first. Fields are the portal's own:
those that it lacks are told, not made.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.crm import FIELDS, STAGES
from app.domain.card import Stage
from app.domain.words import define, say
from app.flow.counted import Shown
from app.flow.rehearse.report import Section
from app.flow.setup.portal import missing_stage
from bitrix import BitrixError, Client, Command, methods
from bitrix.errors import Refused
from bitrix.methods import Entity

MARK = "[ОТКЛИК-РЕПЕТИЦИЯ]"
MOST = 20  # cards that are compared

define("real_title", "Настоящий портал", "The real portal")
define("real_pipeline", "воронка с меткой", "the marked pipeline")
define("real_written", "карточек записано", "cards written")
define("real_same", "прочитано обратно без расхождений", "read back without a difference")
define("real_removed", "карточек удалено", "cards removed")
define("real_gone", "воронка удалена", "the pipeline is gone")
define("real_yes", "да", "yes")
define("real_no", "нет", "no")
define(
    "real_lacks",
    "полей ещё нет на портале: {names}; их создаст otklik setup",
    "fields that `otklik setup` will make: {names}",
)
define(
    "real_differs",
    "{title}, {field}: записано «{wanted}», на портале «{found}»",
    "{title}, {field}: wrote «{wanted}», found «{found}»",
)
define("real_reason_differs", "настоящий портал показывает иначе: {count}", "the real portal shows otherwise: {count}")
define(
    "real_reason_left",
    "на портале осталась воронка «{name}»: удалите её и её сделки вручную или повторите команду",
    "the pipeline «{name}» is still in the portal: remove it and its deals by hand, or run this again",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    title: str
    field: str
    wanted: str
    found: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """lacks   names of our fields that the portal has not got"""

    pipeline: str
    written: int
    removed: int
    is_gone: bool
    lacks: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()

    def section(self, locale: str) -> Section:
        differing = len({each.title for each in self.differences if each.field != "–"})
        rows = (
            (say("real_pipeline", locale), self.pipeline),
            (say("real_written", locale), str(self.written)),
            (say("real_same", locale), str(self.written - differing)),
            (say("real_removed", locale), str(self.removed)),
            (say("real_gone", locale), say("real_yes" if self.is_gone else "real_no", locale)),
        )
        notes = [say("real_lacks", locale, names=", ".join(self.lacks))] if self.lacks else []
        notes += [
            say("real_differs", locale, title=each.title, field=each.field, wanted=each.wanted, found=each.found)
            for each in self.differences
        ]
        return Section(title=say("real_title", locale), rows=rows, notes=tuple(notes))

    def reasons(self, locale: str) -> tuple[str, ...]:
        reasons = []
        if self.differences:
            reasons.append(say("real_reason_differs", locale, count=len(self.differences)))
        if not self.is_gone:
            reasons.append(say("real_reason_left", locale, name=self.pipeline))
        return tuple(reasons)


async def compare(client: Client, cards: Sequence[Shown], name: str) -> Compared:
    """Write, read back, remove. Raises BitrixError when the portal refuses; what was made is removed all the same."""
    await _remove_left(client)
    known = {row["FIELD_NAME"] for row in (await client.call(methods.userfields(Entity.DEAL))).value}
    pipeline = f"{MARK} {name}"[:100]
    answer = await client.call(methods.category_add(pipeline))
    category = int(answer.value["category"]["id"])
    made: list[int] = []
    differences: list[Difference] = []
    try:
        await _make_stages(client, category)
        for card in cards[:MOST]:
            wish = _wish(card, category, known)
            try:
                made.append(int((await client.call(methods.deal_add(wish))).value["item"]["id"]))
            except Refused as error:
                differences.append(Difference(title=wish["title"], field="–", wanted="–", found=str(error)))
                continue
            item = (await client.call(methods.deal_get(made[-1]))).value["item"]
            differences += _differences(wish, item)
    finally:
        removed, is_gone = await _remove(client, category, made)
    return Compared(
        pipeline=pipeline,
        written=len(made),
        removed=removed,
        is_gone=is_gone,
        lacks=tuple(row[2] for row in FIELDS.values() if row[0] not in known),
        differences=tuple(differences),
    )


async def _make_stages(client: Client, category: int) -> None:
    rows = (await client.call(methods.statuses(f"DEAL_STAGE_{category}"))).value
    stand = {row["STATUS_ID"] for row in rows}
    items = [missing_stage(stage, category, rows) for stage in STAGES]
    commands = {item.word: item.command for item in items if item.command and item.code not in stand}
    for answer in (await client.batch(commands)).values():
        if isinstance(answer, BitrixError):
            raise answer


def _wish(card: Shown, category: int, known: set[str]) -> dict[str, Any]:
    """The card as it is to look there: its own fields, no links, the mark before its title."""
    deal, prefix = card.deal, f"C{category}:"
    code = str(deal.get("stageId", "")).rpartition(":")[2] or STAGES[Stage.NEW][0]
    fields: dict[str, Any] = {
        "categoryId": category,
        "title": f"{MARK} {deal.get('title', '')}",
        "stageId": prefix + code,
        "opportunity": deal.get("opportunity") or 0,
        "isManualOpportunity": "Y",
    }
    ours = {row[0]: deal.get(row[0]) for word, row in FIELDS.items() if row[0] in known and word != "state"}
    return fields | {code: value for code, value in ours.items() if value not in (None, "")}


def _differences(wish: Mapping[str, Any], item: Mapping[str, Any]) -> list[Difference]:
    labels = {row[0]: row[2] for row in FIELDS.values()}
    return [
        Difference(title=str(wish["title"]), field=labels.get(name, name), wanted=str(value), found=str(item.get(name)))
        for name, value in wish.items()
        if name != "isManualOpportunity" and _plain(value) != _plain(item.get(name))
    ]


def _plain(value: Any) -> object:
    """Two spellings of one value are one: moments in other zones, figures as text, yes as Y."""
    text = str(value if value is not None else "")
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return {"Y": "1.0", "N": "0.0", "True": "1.0", "False": "0.0"}.get(text, text)


# --- removed


async def _remove(client: Client, category: int, deals: Sequence[int]) -> tuple[int, bool]:
    """(deals removed, whether the pipeline is gone). Never raises: what stays is told with its cure."""
    removed = 0
    for deal in deals:
        try:
            await client.call(_item_delete(deal))
        except BitrixError:
            continue
        removed += 1
    try:
        await client.call(
            Command(method="crm.category.delete", params={"entityTypeId": Entity.DEAL.value, "id": category})
        )
    except BitrixError:
        return removed, False
    return removed, True


async def _remove_left(client: Client) -> None:
    """Pipelines of earlier runs: only deals that lie there and bear the mark go, and a pipeline only when empty."""
    rows = (await client.call(methods.categories())).value["categories"]
    for row in rows:
        if not str(row["name"]).startswith(MARK):
            continue
        command = methods.item_list(Entity.DEAL, select=["id", "title"], filters={"categoryId": int(row["id"])})
        deals = [deal async for page in client.pages(command, id_field="id") for deal in page]
        ours = [int(deal["id"]) for deal in deals if str(deal["title"]).startswith(MARK)]
        await _remove(client, int(row["id"]), ours)


def _item_delete(deal: int) -> Command:
    return Command(method="crm.item.delete", params={"entityTypeId": Entity.DEAL.value, "id": deal})
