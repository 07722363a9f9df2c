"""What an Instagram message holds: words, things shown, where the customer came from."""

from app.channels.untrusted import Flag, Id, Many, Maybe, Text, Vendor
from app.domain.message import Attachment, Kind, Source

KINDS = {
    "image": Kind.IMAGE,
    "video": Kind.VIDEO,
    "audio": Kind.VOICE,
    "file": Kind.DOCUMENT,
    "share": Kind.SHARE,
    "ig_post": Kind.SHARE,
    "ig_reel": Kind.SHARE,
    "reel": Kind.SHARE,
    "story": Kind.SHARE,
    "ig_story": Kind.SHARE,
    "story_mention": Kind.SHARE,
}


class File(Vendor):
    url: Text = ""
    title: Text = ""
    reel_video_id: Text = ""


class Shown(Vendor):
    type: Text = ""
    payload: Maybe[File] = None


class QuickReply(Vendor):
    payload: Text = ""


class Story(Vendor):
    id: Text = ""
    url: Text = ""


class ReplyTo(Vendor):
    mid: Text = ""
    story: Maybe[Story] = None


class AdContext(Vendor):
    ad_title: Text = ""


class Referral(Vendor):
    ref: Text = ""
    ad_id: Text = ""
    source: Text = ""
    ads_context_data: Maybe[AdContext] = None


class Message(Vendor):
    mid: Id
    text: Text = ""
    attachments: Many[Shown] = ()
    quick_reply: Maybe[QuickReply] = None
    reply_to: Maybe[ReplyTo] = None
    referral: Maybe[Referral] = None
    is_echo: Flag = False
    is_self: Flag = False
    is_deleted: Flag = False
    is_unsupported: Flag = False


def kind_of(message: Message) -> Kind:
    if message.quick_reply:
        return Kind.BUTTON
    if shown := next(filter(None, message.attachments), None):
        return KINDS.get(shown.type, Kind.UNSUPPORTED)
    return Kind.TEXT if message.text and not message.is_unsupported else Kind.UNSUPPORTED


def read_attachments(message: Message) -> tuple[Attachment, ...]:
    """Addresses are of a CDN and die within minutes; a story may be looked at, not kept."""
    shown = [_attachment(item) for item in message.attachments if item]
    if message.reply_to and (story := message.reply_to.story):
        shown.append(Attachment(kind="story", ref=story.id, url=story.url))
    if not shown and kind_of(message) is Kind.UNSUPPORTED:
        shown.append(Attachment(kind="unsupported"))
    return tuple(shown)


def _attachment(item: Shown) -> Attachment:
    file, kind = item.payload or File(), KINDS.get(item.type, Kind.UNSUPPORTED)
    name = file.title if kind is not Kind.UNSUPPORTED else item.type[:64]
    shared = item.type if kind is Kind.SHARE else kind.value  # which thing was shared matters to a person
    return Attachment(kind=shared, ref=file.reel_video_id, url=file.url, name=name)


def source_of(referral: Referral) -> Source:
    if referral.ad_id or referral.source == "ADS":
        title = referral.ads_context_data.ad_title if referral.ads_context_data else ""
        return Source(kind="ad", ref=referral.ad_id or referral.ref, title=title, utm_campaign=referral.ref)
    return Source(kind="link", ref=referral.ref)
