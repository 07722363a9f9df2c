"""What a WhatsApp message holds, by its `type` (…/whatsapp/cloud-api/webhooks/reference/messages)."""

from dataclasses import dataclass

from app.channels.phones import international
from app.channels.untrusted import Flag, Many, Maybe, Text, Vendor
from app.domain.message import Attachment, Kind, Phone


class TextBody(Vendor):
    body: Text = ""


class Media(Vendor):
    id: Text = ""
    url: Text = ""
    mime_type: Text = ""
    caption: Text = ""
    filename: Text = ""
    voice: Flag = False


class Place(Vendor):
    latitude: float
    longitude: float
    name: Text = ""
    address: Text = ""


class PersonName(Vendor):
    formatted_name: Text = ""


class CardPhone(Vendor):
    phone: Text = ""
    wa_id: Text = ""


class Card(Vendor):
    name: Maybe[PersonName] = None
    phones: Many[CardPhone] = ()
    origin: Text = ""


class Choice(Vendor):
    id: Text = ""
    title: Text = ""


class Interactive(Vendor):
    type: Text = ""
    button_reply: Maybe[Choice] = None
    list_reply: Maybe[Choice] = None


class TemplateButton(Vendor):
    payload: Text = ""
    text: Text = ""


class Reaction(Vendor):
    message_id: Text = ""
    emoji: Text = ""


class System(Vendor):
    type: Text = ""
    wa_id: Text = ""
    user_id: Text = ""
    previous_user_id: Text = ""


class UnsupportedBody(Vendor):
    type: Text = ""


class Body(Vendor):
    type: Text = ""
    text: Maybe[TextBody] = None
    image: Maybe[Media] = None
    video: Maybe[Media] = None
    audio: Maybe[Media] = None
    document: Maybe[Media] = None
    sticker: Maybe[Media] = None
    location: Maybe[Place] = None
    contacts: Many[Card] = ()
    interactive: Maybe[Interactive] = None
    button: Maybe[TemplateButton] = None
    reaction: Maybe[Reaction] = None
    system: Maybe[System] = None
    unsupported: Maybe[UnsupportedBody] = None


class Change(Vendor):
    """Of an earlier message, edited (`message` is the new one) or deleted for everybody."""

    original_message_id: Text = ""
    message: Maybe[Body] = None


class Payload(Body):
    edit: Maybe[Change] = None
    revoke: Maybe[Change] = None


MEDIA = {"image": Kind.IMAGE, "video": Kind.VIDEO, "document": Kind.DOCUMENT, "sticker": Kind.STICKER}


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """previous_id   of an identity that changed: the id that was"""

    kind: Kind
    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    payload: str = ""
    target_id: str = ""
    phone: Phone | None = None
    previous_id: str = ""


def read_content(payload: Payload) -> Content:
    """Whatever its type: what we do not know, or what lacks its body, is `unsupported` and still reaches a person."""
    return (
        _words(payload)
        or _media(payload)
        or _things(payload)
        or _changes(payload)
        or Content(kind=Kind.UNSUPPORTED, attachments=(Attachment(kind="unsupported", name=_unknown(payload)),))
    )


def _words(payload: Body) -> Content | None:
    match payload:
        case Body(type="text", text=TextBody(body=body)):
            return Content(kind=Kind.TEXT, text=body)
        case Body(type="button", button=TemplateButton(payload=chosen, text=title)):
            return Content(kind=Kind.BUTTON, text=title, payload=chosen)
        case Body(type="interactive", interactive=Interactive(button_reply=Choice(id=chosen, title=title))):
            return Content(kind=Kind.BUTTON, text=title, payload=chosen)
        case Body(type="interactive", interactive=Interactive(list_reply=Choice(id=chosen, title=title))):
            return Content(kind=Kind.BUTTON, text=title, payload=chosen)
        case Body(type="reaction", reaction=Reaction(message_id=target, emoji=emoji)):
            return Content(kind=Kind.REACTION, text=emoji, target_id=target)
        case _:
            return None


def _media(payload: Body) -> Content | None:
    if payload.type == "audio" and payload.audio:  # a voice note, or a music file
        kind, media = Kind.VOICE if payload.audio.voice else Kind.DOCUMENT, payload.audio
    elif payload.type in MEDIA and (found := getattr(payload, payload.type)):
        kind, media = MEDIA[payload.type], found
    else:
        return None
    attachment = Attachment(
        kind=kind.value, ref=media.id, url=media.url, name=media.filename, mime_type=media.mime_type
    )
    return Content(kind=kind, text=media.caption, attachments=(attachment,))


def _things(payload: Body) -> Content | None:
    if payload.type == "location" and (place := payload.location):
        name = ", ".join(filter(None, (place.name, place.address)))
        attachment = Attachment(kind="location", ref=f"{place.latitude},{place.longitude}", name=name)
        return Content(kind=Kind.LOCATION, attachments=(attachment,))
    if payload.type == "contacts":
        cards = [card for card in payload.contacts if card]
        own = next((number for card in cards if card.origin == "contact_request" and (number := _number(card))), "")
        return Content(
            kind=Kind.CONTACT,
            attachments=tuple(
                Attachment(kind="contact", ref=_number(card), name=card.name.formatted_name if card.name else "")
                for card in cards
            ),
            phone=Phone(number=own, proven=True) if own else None,
        )
    return None


def _changes(payload: Payload) -> Content | None:
    if payload.type == "edit" and payload.edit:
        body, target = payload.edit.message or Body(), payload.edit.original_message_id
        new = _words(body) or _media(body) or _things(body) or Content(kind=Kind.EDITED)
        return Content(kind=Kind.EDITED, text=new.text, attachments=new.attachments, target_id=target)
    if payload.type == "revoke" and payload.revoke:
        return Content(kind=Kind.DELETED, target_id=payload.revoke.original_message_id)
    if payload.type == "system" and (system := payload.system):
        number = international(system.wa_id) if system.wa_id else ""
        return Content(
            kind=Kind.IDENTITY,
            phone=Phone(number=number, proven=True) if number else None,
            target_id=system.user_id,
            previous_id=system.previous_user_id,
        )
    return None


def _number(card: Card) -> str:
    phones = [phone for phone in card.phones if phone]
    return next((n for p in phones if (n := international(p.wa_id or p.phone))), "")


def _unknown(payload: Payload) -> str:
    return (payload.unsupported.type if payload.unsupported else "") or payload.type[:64]
