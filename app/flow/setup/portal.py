"""The portal's half of `otklik setup`: what it has of our fields, pipeline, stages and sources, how ours are made."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from app.crm import FIELDS, PIPELINE, SOURCES, STAGES, Crm
from app.domain.business import CrmMap
from app.domain.card import Stage
from bitrix import BitrixError, Command, Result, methods
from bitrix.errors import Denied, Refused
from bitrix.methods import Entity

PREFIX = "UF_CRM_"
SEMANTICS = {Stage.WON: "S", Stage.LOST: "F"}  # of a stage's code in the portal; all others are in progress, P
SERVICE = ("state",)  # fields that people need not see
OWN = "OTK_"  # begins the codes of the stages that are ours alone
FALLBACK = 0  # the first pipeline, which every portal has

Row = Mapping[str, Any]


class State(StrEnum):
    STANDS = "stands"
    MISSING = "missing"  # `apply` makes it
    MADE = "made"
    WRONG = "wrong"  # a person decides; nothing of it is changed
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing that must stand somewhere.

    part      `field`, `pipeline`, `stage`, `source`, `webhook`, `portal`, `profile`, `cabinet`
    word      our word for it, as the profile's `crm:` knows it
    text      what is told of a WRONG or a NOTE: a key of the catalogue and its values
    command   makes a MISSING one; None: it depends on what is made before it
    """

    part: str
    word: str = ""
    name: str = ""
    code: str = ""
    state: State
    text: str = ""
    values: Mapping[str, Any] | None = None
    command: Command | None = None


async def portal_items(crm: Crm, wanted: CrmMap, channels: Collection[str]) -> list[Item]:
    """Everything of the portal in the order of making. Raises BitrixError when it cannot be read."""
    items = _unknown_words(wanted)
    if int((await crm.client.call(methods.crm_mode())).value) == 2:
        items.append(Item(part="portal", state=State.NOTE, text="setup_simple"))
    items += _field_items(wanted, await _rows(crm, methods.userfields(Entity.DEAL)))
    items += await _pipeline_and_stages(crm, wanted)
    items += _source_items(wanted, channels, await _rows(crm, methods.statuses("SOURCE")))
    return items


async def make(crm: Crm, items: Sequence[Item], *parts: str) -> list[Item]:
    """All missing things of these parts, in one call. MADE, or WRONG with the portal's own words."""
    commands = {f"i{n}": item.command for n, item in enumerate(items) if item.part in parts and item.command}
    answers = await crm.client.batch(commands)
    return [_outcome(item, answers[f"i{n}"]) if f"i{n}" in commands else item for n, item in enumerate(items)]


async def make_pipeline(crm: Crm, wanted: CrmMap, items: Sequence[Item]) -> list[Item]:
    """The pipeline, or the first one where the portal gives none; and its stages as they are to be made there."""
    place = next((n for n, item in enumerate(items) if item.part == "pipeline" and item.command), None)
    if place is None:
        return list(items)
    pipeline = items[place]
    try:
        category = await _new_pipeline(crm)
        pipeline = replace(pipeline, state=State.MADE, code=str(category), command=None)
    except Refused as error:  # no page names the code of the plan's limit: any refusal means the first pipeline
        category, values = FALLBACK, {"reason": _reason(error), "name": PIPELINE}
        pipeline = replace(pipeline, state=State.NOTE, text="setup_fell_back", values=values, command=None)
    stages = _stage_items(wanted, category, await _rows(crm, _stages_of(category)))
    rest = [item for item in items[place + 1 :] if item.part != "stage"]
    return [*items[:place], pipeline, *stages, *rest]


# --- read


async def _pipeline_and_stages(crm: Crm, wanted: CrmMap) -> list[Item]:
    """Our pipeline, or the mapped one; the first one where an earlier run fell back to it."""
    name = wanted.pipeline or PIPELINE
    categories = (await crm.client.call(methods.categories())).value["categories"]
    category = next((int(row["id"]) for row in categories if name in (row["name"], str(row["id"]))), None)
    if category is not None:
        rows = await _rows(crm, _stages_of(category))
        standing = Item(part="pipeline", name=name, code=str(category), state=State.STANDS)
        return [standing, *_stage_items(wanted, category, rows)]
    if wanted.pipeline:
        known = _few(str(row["name"]) for row in categories)
        return [_wrong("pipeline", name, name, "setup_lacks", place="crm.pipeline", known=known)]
    rows = await _rows(crm, _stages_of(FALLBACK))
    if any(row["STATUS_ID"].startswith(OWN) for row in rows):
        note = Item(part="pipeline", state=State.NOTE, text="setup_first_pipeline", values={"name": name})
        return [note, *_stage_items(wanted, FALLBACK, rows)]
    missing = Item(part="pipeline", name=name, code=name, state=State.MISSING, command=methods.category_add(name))
    codes = {row["STATUS_ID"] for row in rows}  # the first pipeline's: where the plan allows no other, ours lie there
    return [missing, *_stages_to_come(wanted, codes)]


def _stages_to_come(wanted: CrmMap, known: Collection[str]) -> Iterator[Item]:
    """Of a pipeline that is still to be made: ours come with it, a mapped one must stand in the first already."""
    for stage, (_, name) in STAGES.items():
        code = wanted.stages.get(stage)
        if code is None:
            yield missing_stage(stage)
        elif code not in known:
            key = f"crm.stages.{stage}"
            yield _wrong("stage", name, code, "setup_lacks", word=stage, place=key, known=_few(known))


async def _rows(crm: Crm, command: Command) -> list[Row]:
    """All rows of a list; what the portal sends at once on one build comes by 50 on another."""
    rows: list[Row] = []
    start: int | None = 0
    while start is not None:
        params = {**command.params, **({"start": start} if start else {})}
        result = await crm.client.call(Command(method=command.method, params=params))
        rows += result.value
        start = result.next
    return rows


def _stages_of(category: int) -> Command:
    return methods.statuses(f"DEAL_STAGE_{category}" if category else "DEAL_STAGE")


def _unknown_words(wanted: CrmMap) -> list[Item]:
    kinds: tuple[tuple[str, Mapping[Any, Any]], ...] = (("stages", STAGES), ("fields", FIELDS), ("sources", SOURCES))
    return [
        _wrong("profile", word, code, "setup_unknown_word", place=f"crm.{kind}", known=", ".join(map(str, known)))
        for kind, known in kinds
        for word, code in getattr(wanted, kind).items()
        if word not in known
    ]


def _field_items(wanted: CrmMap, rows: Sequence[Row]) -> list[Item]:
    found = {row["FIELD_NAME"]: row for row in rows}
    return [
        _field_item(word, wanted.fields.get(word, FIELDS[word][0]), found, mapped=word in wanted.fields)
        for word in FIELDS
    ]


def _field_item(word: str, code: str, found: Mapping[str, Row], *, mapped: bool) -> Item:
    _, kind, label, _ = FIELDS[word]
    row = found.get(code)
    if row is not None:
        several = row.get("MULTIPLE") == "Y"
        if row["USER_TYPE_ID"] == kind and not several:
            return Item(part="field", word=word, name=label, code=code, state=State.STANDS)
        values = {"found": row["USER_TYPE_ID"], "expected": kind, "several": several}
        return Item(
            part="field", word=word, name=label, code=code, state=State.WRONG, text="setup_other_type", values=values
        )
    if mapped:
        return _wrong("field", label, code, "setup_lacks", word=word, place=f"crm.fields.{word}", known=_few(found))
    command = methods.userfield_add(Entity.DEAL, _field_fields(word))
    return Item(part="field", word=word, name=label, code=code, state=State.MISSING, command=command)


def _field_fields(word: str) -> dict[str, Any]:
    code, kind, russian, english = FIELDS[word]
    label = {"ru": russian, "en": english}
    shown = "N" if word in SERVICE else "Y"
    return {
        "FIELD_NAME": code.removeprefix(PREFIX),
        "USER_TYPE_ID": kind,
        "XML_ID": code,
        "SORT": 100 + 10 * list(FIELDS).index(word),
        "EDIT_FORM_LABEL": label,
        "LIST_COLUMN_LABEL": label,
        "LIST_FILTER_LABEL": label,
        "SHOW_FILTER": shown,
        "SHOW_IN_LIST": shown,
        "EDIT_IN_LIST": "Y",
        "MULTIPLE": "N",
        "MANDATORY": "N",
    }


def _stage_items(wanted: CrmMap, category: int, rows: Sequence[Row]) -> list[Item]:
    found = {row["STATUS_ID"]: row for row in rows}
    prefix = f"C{category}:" if category else ""
    items = []
    for stage, (own, name) in STAGES.items():
        code = wanted.stages.get(stage, prefix + own)
        row = found.get(code)
        if row is None and stage in wanted.stages:
            key, known = f"crm.stages.{stage}", _few(found)
            items.append(_wrong("stage", name, code, "setup_lacks", word=stage, place=key, known=known))
        elif row is None:
            items.append(missing_stage(stage, category, rows))
        else:
            items.append(_standing_stage(stage, row))
    return items


def missing_stage(stage: Stage, category: int | None = None, rows: Sequence[Row] = ()) -> Item:
    """Without a category its pipeline is still to be made, and the command with it."""
    code, name = STAGES[stage]
    item = Item(part="stage", word=stage, name=name, code=code, state=State.MISSING)
    if category is None:
        return item
    fields = {
        "ENTITY_ID": f"DEAL_STAGE_{category}" if category else "DEAL_STAGE",
        "STATUS_ID": code,
        "NAME": name,
        "SORT": _sort(stage, rows),
        "SEMANTICS": SEMANTICS.get(stage, ""),
    }
    return replace(item, code=f"C{category}:{code}" if category else code, command=methods.status_add(fields))


def _standing_stage(stage: Stage, row: Row) -> Item:
    code, name = row["STATUS_ID"], row["NAME"]
    meaning, expected = row.get("SEMANTICS") or "P", SEMANTICS.get(stage, "P")
    if meaning == expected:
        return Item(part="stage", word=stage, name=name, code=code, state=State.STANDS)
    values = {"meaning": meaning, "wanted": expected}
    return Item(
        part="stage", word=stage, name=name, code=code, state=State.WRONG, text="setup_other_meaning", values=values
    )


def _sort(stage: Stage, rows: Sequence[Row]) -> int:
    """Ours lie in their order between the first stage and success, which the portal demands of stages in progress."""
    won = min((int(row["SORT"]) for row in rows if row.get("SEMANTICS") == "S"), default=1000)
    if stage in SEMANTICS:
        return won + 10
    first = min((int(row["SORT"]) for row in rows), default=0)
    between = [stage for stage in STAGES if stage not in SEMANTICS and stage is not Stage.NEW]
    place = between.index(stage) + 1 if stage in between else 0
    return min(first + (won - first) * place // (len(between) + 1), won - 1)


def _source_items(wanted: CrmMap, channels: Collection[str], rows: Sequence[Row]) -> list[Item]:
    found = {row["STATUS_ID"]: row["NAME"] for row in rows}
    items = []
    for channel, (own, name) in SOURCES.items():
        if channel not in channels and channel not in wanted.sources:
            continue
        code = wanted.sources.get(channel, own)
        item = Item(part="source", word=channel, name=name, code=code, state=State.STANDS)
        if code in found:
            items.append(replace(item, name=found[code]))
        elif channel in wanted.sources:
            key = f"crm.sources.{channel}"
            items.append(_wrong("source", name, code, "setup_lacks", word=channel, place=key, known=_few(found)))
        else:
            command = methods.status_add({"ENTITY_ID": "SOURCE", "STATUS_ID": code, "NAME": name, "SORT": 500})
            items.append(replace(item, state=State.MISSING, command=command))
    return items


def _wrong(part: str, name: str, code: str, text: str, *, word: str = "", **values: object) -> Item:
    return Item(part=part, word=word, name=name, code=code, state=State.WRONG, text=text, values=values)


def _few(known: Iterable[str]) -> str:
    names = list(known)
    return ", ".join(names[:12]) + (", …" if len(names) > 12 else "") if names else "—"


# --- made


def _outcome(item: Item, answer: Result | BitrixError) -> Item:
    if isinstance(answer, Result):
        return replace(item, state=State.MADE, command=None)
    if not isinstance(answer, Refused):
        raise answer
    text = "setup_denied" if isinstance(answer, Denied) else "setup_refused"
    return replace(item, state=State.WRONG, text=text, values={"reason": _reason(answer)}, command=None)


async def _new_pipeline(crm: Crm) -> int:
    """Its id. Raises Refused; a lacking right shows at the fields, which come first."""
    answer = await crm.client.call(methods.category_add(PIPELINE))
    category = int(answer.value["category"]["id"])
    await _furnish(crm, category)
    return category


async def _furnish(crm: Crm, category: int) -> None:
    """A pipeline that this very run has made: the portal's own stages get our names or go. No card stands in them."""
    names = {f"C{category}:{code}": name for code, name in STAGES.values()}
    commands = {}
    for row in await _rows(crm, _stages_of(category)):
        name = names.get(row["STATUS_ID"])
        commands[f"s{row['ID']}"] = (
            methods.status_update(int(row["ID"]), {"NAME": name})
            if name
            else Command(method="crm.status.delete", params={"id": int(row["ID"]), "params": {"FORCED": "Y"}})
        )
    await crm.client.batch(commands)  # looks only: what the portal keeps of its own harms nothing


def _reason(error: BitrixError) -> str:
    return error.description or error.code
