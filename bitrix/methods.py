"""The portal's methods as typed commands, in the portal's own words. Nothing is sent here."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import IntEnum
from typing import Any

from bitrix.wire import Command, Id

Fields = Mapping[str, Any]

MAX_DUPLICATE_VALUES = 20


class Entity(IntEnum):
    """Kinds of CRM objects, by the portal's `entityTypeId`."""

    LEAD = 1
    DEAL = 2
    CONTACT = 3
    COMPANY = 4

    @property
    def word(self) -> str:
        """As the timeline and the legacy methods name it."""
        return self.name.lower()


def command(method: str, **params: Any) -> Command:
    """Any method of the portal; a parameter that is None is left out."""
    return Command(method=method, params={name: value for name, value in params.items() if value is not None})


# The portal itself


def profile() -> Command:
    """Who we are; the cheapest proof that the access works."""
    return command("profile")


def scope() -> Command:
    """The scopes that this access was given."""
    return command("scope")


def method_get(name: str) -> Command:
    """`{"isExisting": …, "isAvailable": …}` of a method on this portal."""
    return command("method.get", name=name)


def crm_mode() -> Command:
    """1: leads and deals; 2: simple, where a created lead becomes a deal and a contact at once."""
    return command("crm.settings.mode.get")


# Contacts and leads: the legacy family, whose results are bare ids and whose phones need no `fm`


def contact_add(fields: Fields) -> Command:
    """→ id. `PHONE: [{"VALUE": "+7…", "VALUE_TYPE": "MOBILE"}]`; creates no event in the activity stream."""
    return command("crm.contact.add", fields=fields, params={"REGISTER_SONET_EVENT": "N"})


def contact_update(contact_id: Id, fields: Fields) -> Command:
    """→ True. A multi-field row without its `ID` is added, with it changed, with an empty `VALUE` deleted."""
    return command("crm.contact.update", id=contact_id, fields=fields, params={"REGISTER_SONET_EVENT": "N"})


def contact_get(contact_id: Id) -> Command:
    """→ the row, names upper-case, all text; `PHONE: [{"ID", "VALUE", "VALUE_TYPE"}]`. `Missing` once it is deleted."""
    return command("crm.contact.get", id=contact_id)


def lead_add(fields: Fields) -> Command:
    """→ id. With `CONTACT_ID` it is a repeat lead."""
    return command("crm.lead.add", fields=fields, params={"REGISTER_SONET_EVENT": "N"})


def lead_update(lead_id: Id, fields: Fields) -> Command:
    """→ True. Multi-fields as in `contact_update`."""
    return command("crm.lead.update", id=lead_id, fields=fields, params={"REGISTER_SONET_EVENT": "N"})


def lead_get(lead_id: Id) -> Command:
    """→ the row, as `contact_get`."""
    return command("crm.lead.get", id=lead_id)


# Deals and lists: the universal family, typed and wrapped; user fields keep their UF_CRM_ names


def deal_add(fields: Fields) -> Command:
    """→ `{"item": {"id": …}}`. Names are camelCase (`stageId`, `contactIds`, `leadId`), user fields as they are."""
    return command("crm.item.add", entityTypeId=Entity.DEAL.value, fields=fields, useOriginalUfNames="Y")


def deal_update(deal_id: Id, fields: Fields) -> Command:
    """→ `{"item": …}`. Nothing changed: no event, no automation. Another pipeline takes `categoryId` and `stageId`."""
    return item_update(Entity.DEAL, deal_id, fields)


def deal_get(deal_id: Id) -> Command:
    """→ `{"item": {…}}`, typed: numbers, camelCase, user fields as UF_CRM_…"""
    return item_get(Entity.DEAL, deal_id)


def item_get(entity: Entity, item_id: Id) -> Command:
    """→ `{"item": {…}}`, as `deal_get`."""
    return command("crm.item.get", entityTypeId=entity.value, id=item_id, useOriginalUfNames="Y")


def item_update(entity: Entity, item_id: Id, fields: Fields) -> Command:
    """→ `{"item": {…}}` as it is now. A field that is left out stays."""
    return command("crm.item.update", entityTypeId=entity.value, id=item_id, fields=fields, useOriginalUfNames="Y")


def item_list(
    entity: Entity, *, select: Sequence[str] = (), filters: Fields | None = None, order: Fields | None = None
) -> Command:
    """→ `{"items": […]}`, 50 a page. An unknown field in a filter is an error, not ignored as in legacy lists."""
    return command(
        "crm.item.list",
        entityTypeId=entity.value,
        select=list(select) or None,
        filter=filters,
        order=order,
        useOriginalUfNames="Y",
    )


def open_deals(user_id: int) -> Command:
    """→ `{"items": […]}`; what counts is the `total`: deals of this user that are neither won nor lost."""
    return item_list(Entity.DEAL, select=("id",), filters={"assignedById": user_id, "stageSemanticId": "P"})


def item_fields(entity: Entity) -> Command:
    """→ `{"fields": {name: {type, title, items, …}}}`."""
    return command("crm.item.fields", entityTypeId=entity.value, useOriginalUfNames="Y")


def find_by_origin(entity: Entity, originator_id: str, origin_ids: Sequence[str]) -> Command:
    """→ `{"items": [{"id", "originId"}]}`, lowest id first: the portal does not hold origin ids unique."""
    if not origin_ids:
        raise ValueError("nothing to look for: an empty list would match everything")
    return item_list(
        entity,
        select=["id", "originId"],
        filters={"originatorId": originator_id, "@originId": list(origin_ids)},
        order={"id": "ASC"},
    )


def duplicates_by_phone(phones: Sequence[str], entity: Entity | None = None) -> Command:
    """→ `{"CONTACT": [ids], "LEAD": […]}` or `[]`. At most 20 numbers, E.164; the portal ignores their formatting."""
    return _duplicates("PHONE", phones, entity)


def duplicates_by_email(emails: Sequence[str], entity: Entity | None = None) -> Command:
    """→ as `duplicates_by_phone`; at most 20 addresses."""
    return _duplicates("EMAIL", emails, entity)


def _duplicates(kind: str, values: Sequence[str], entity: Entity | None) -> Command:
    if not 1 <= len(values) <= MAX_DUPLICATE_VALUES:
        raise ValueError(f"1 to {MAX_DUPLICATE_VALUES} values, not {len(values)}")
    return command(
        "crm.duplicate.findbycomm", type=kind, values=list(values), entity_type=entity.name if entity else None
    )


# The timeline


def comment_add(entity: Entity, entity_id: Id, text: str, *, author_id: int | None = None) -> Command:
    """→ id. BB-code; the author cannot be changed later."""
    fields = {"ENTITY_TYPE": entity.word, "ENTITY_ID": entity_id, "COMMENT": text}
    return command("crm.timeline.comment.add", fields=fields | ({} if author_id is None else {"AUTHOR_ID": author_id}))


def comment_get(comment_id: Id) -> Command:
    """→ `{ID, ENTITY_ID, ENTITY_TYPE, COMMENT, AUTHOR_ID}`: what the event about it does not carry."""
    return command("crm.timeline.comment.get", id=comment_id)


def comment_delete(comment_id: Id) -> Command:
    """→ True. Anybody's, with the right to change the card."""
    return command("crm.timeline.comment.delete", id=comment_id)


def comments(entity: Entity, entity_id: Id) -> Command:
    """→ rows, newest first. The portal ignores every other filter, `>ID` included: do not page by id."""
    return command(
        "crm.timeline.comment.list",
        filter={"ENTITY_TYPE": entity.word, "ENTITY_ID": entity_id},
        select=["ID", "COMMENT", "AUTHOR_ID", "CREATED"],
        order={"ID": "DESC"},
    )


def activity_get(activity_id: Id) -> Command:
    """→ `{ID, OWNER_TYPE_ID, OWNER_ID, TYPE_ID: "2" a call, DIRECTION: "2" outgoing, COMPLETED, …}`, all text."""
    return command("crm.activity.get", id=activity_id)


def calls_since(since: str) -> Command:
    """→ rows of outgoing calls that were changed since a moment of the portal's, the oldest first, 50 a page."""
    return command(
        "crm.activity.list",
        filter={">=LAST_UPDATED": since, "TYPE_ID": 2, "DIRECTION": 2},
        order={"LAST_UPDATED": "ASC", "ID": "ASC"},
    )


# People


def users(*, ids: Sequence[int] = (), department: int | None = None, active: bool = True) -> Command:
    """→ rows `{ID: "3", ACTIVE, NAME, UF_DEPARTMENT: [1], IS_ONLINE, …}`, 50 a page by `start`."""
    filters: dict[str, Any] = {"ACTIVE": active, "USER_TYPE": "employee"}
    if ids:
        filters["ID"] = list(ids)
    if department is not None:
        filters["UF_DEPARTMENT"] = department
    return command("user.get", FILTER=filters, sort="ID", order="ASC")


def departments() -> Command:
    """→ rows `{ID, NAME, PARENT, UF_HEAD}`, all text; `UF_HEAD` is missing where nobody is named."""
    return command("department.get", sort="ID", order="ASC")


def department_managers(ids: Sequence[int]) -> Command:
    """→ `{"3": [13]}`: the heads of each department."""
    return command("im.department.managers.get", ID=list(ids), USER_DATA="N")


def presence(ids: Sequence[int]) -> Command:
    """→ user by id with `status`, `idle`, `absent` (a moment while on leave, else False)."""
    return command("im.user.list.get", ID=list(ids))


def working_day(user_id: int) -> Command:
    """→ `{"STATUS": "OPENED|CLOSED|PAUSED|EXPIRED", …}`; refused where time tracking is off for the user."""
    return command("timeman.status", USER_ID=user_id)


def notify(user_id: int, message: str) -> Command:
    """→ id, or False. From the owner of the webhook; BB-code."""
    return command("im.notify.personal.add", USER_ID=user_id, MESSAGE=message)


def task_add(
    *,
    title: str,
    responsible_id: int,
    description: str = "",
    deadline: datetime | None = None,
    crm: Sequence[str] = (),
) -> Command:
    """→ `{"task": {"id": "3711"}}`. `crm`: cards it belongs to, as "D_10", "L_1", "C_3"."""
    fields = {
        "TITLE": title,
        "RESPONSIBLE_ID": responsible_id,
        "DESCRIPTION": description,
        "DEADLINE": deadline,
        "UF_CRM_TASK": list(crm) or None,
    }
    return command("tasks.task.add", fields={name: value for name, value in fields.items() if value is not None})


def task_update(task_id: Id, fields: Fields) -> Command:
    """→ `{"task": …}`. Names are upper case."""
    return command("tasks.task.update", taskId=task_id, fields=fields)


def tasks_of(card: str) -> Command:
    """→ `{"tasks": [{"id", "title"}]}`, those of a card such as "D_10"."""
    return command("tasks.task.list", filter={"UF_CRM_TASK": card}, select=["ID", "TITLE"])


# What a portal is set up with


def userfields(entity: Entity, *, language: str = "ru") -> Command:
    """→ rows with `FIELD_NAME`, `XML_ID`, `USER_TYPE_ID`, `LIST`; labels come only because a language is asked for."""
    return command(f"crm.{entity.word}.userfield.list", filter={"LANG": language}, order={"SORT": "ASC"})


def userfield_add(entity: Entity, fields: Fields) -> Command:
    """→ id. `FIELD_NAME` gets the prefix UF_CRM_ by itself; needs a CRM administrator; its type stays for ever."""
    return command(f"crm.{entity.word}.userfield.add", fields=fields)


def statuses(entity_id: str) -> Command:
    """→ rows `{STATUS_ID, NAME, SORT, SEMANTICS}`. SOURCE, STATUS (lead stages), DEAL_STAGE, DEAL_STAGE_{category}."""
    return command("crm.status.list", filter={"ENTITY_ID": entity_id}, order={"SORT": "ASC"})


def status_add(fields: Fields) -> Command:
    """→ id. A stage outside the first pipeline gets the prefix C{category}: by itself."""
    return command("crm.status.add", fields=fields)


def status_update(row_id: int, fields: Fields) -> Command:
    """→ True. `row_id`: the row's `ID`, not its `STATUS_ID`."""
    return command("crm.status.update", id=row_id, fields=fields)


def categories(entity: Entity = Entity.DEAL) -> Command:
    """→ `{"categories": [{"id", "name", "isDefault"}]}`: pipelines."""
    return command("crm.category.list", entityTypeId=entity.value)


def category_add(name: str, *, sort: int = 500, entity: Entity = Entity.DEAL) -> Command:
    """→ `{"category": {"id"}}`. The plan limits how many."""
    return command("crm.category.add", entityTypeId=entity.value, fields={"name": name, "sort": sort})


def currency_base() -> Command:
    """→ "RUB"."""
    return command("crm.currency.base.get")
