"""What of a Telegram update we read, under the vendor's names: core.telegram.org/bots/api#update (Bot API 10.2)."""

from typing import Annotated

from pydantic import Field

from app.channels.untrusted import (
    Flag,
    Id,
    Many,
    Maybe,
    Moment,
    Text,
    Vendor,
)


class User(Vendor):
    id: Id
    is_bot: Flag = False
    first_name: Text = ""
    last_name: Text = ""
    username: Text = ""
    language_code: Text = ""


class Chat(Vendor):
    id: Id
    type: Text = ""
    first_name: Text = ""
    last_name: Text = ""
    username: Text = ""


class File(Vendor):
    file_id: Id
    file_name: Text = ""
    mime_type: Text = ""
    file_size: Maybe[Annotated[int, Field(ge=0, le=2**53)]] = None
    emoji: Text = ""


class Contact(Vendor):
    phone_number: Text = ""
    first_name: Text = ""
    last_name: Text = ""
    user_id: Text = ""


class Location(Vendor):
    latitude: float
    longitude: float


class Venue(Vendor):
    title: Text = ""
    address: Text = ""


class Words(Vendor):
    """Of a message that is answered: a quote or the whole of it."""

    message_id: Maybe[int] = None
    text: Text = ""
    caption: Text = ""


class Message(Vendor):
    message_id: int = Field(ge=0, le=2**53)
    date: Moment
    edit_date: Maybe[Moment] = None
    chat: Chat
    sender: Maybe[User] = Field(None, alias="from")
    sender_business_bot: Maybe[User] = None
    business_connection_id: Text = ""
    text: Text = ""
    caption: Text = ""
    photo: Many[File] = ()
    voice: Maybe[File] = None
    audio: Maybe[File] = None
    video: Maybe[File] = None
    video_note: Maybe[File] = None
    animation: Maybe[File] = None
    sticker: Maybe[File] = None
    document: Maybe[File] = None
    contact: Maybe[Contact] = None
    location: Maybe[Location] = None
    venue: Maybe[Venue] = None
    story: Maybe[Vendor] = None
    reply_to_message: Maybe[Words] = None
    quote: Maybe[Words] = None


class Button(Vendor):
    text: Text = ""
    callback_data: Text = ""


class Keyboard(Vendor):
    inline_keyboard: Many[Many[Button]] = ()


class Pressed(Vendor):
    """The message that carried the button; an old one is «inaccessible»: date 0, no text."""

    message_id: Maybe[int] = None
    chat: Maybe[Chat] = None
    business_connection_id: Text = ""
    reply_markup: Maybe[Keyboard] = None


class CallbackQuery(Vendor):
    id: Id
    sender: User = Field(alias="from")
    message: Maybe[Pressed] = None
    data: Text = ""


class Member(Vendor):
    status: Text = ""


class Membership(Vendor):
    chat: Chat
    sender: User = Field(alias="from")
    date: Moment
    new_chat_member: Member


class Connection(Vendor):
    id: Id
    user: User
    user_chat_id: Text = ""
    date: Moment
    is_enabled: Flag = False


class Deleted(Vendor):
    business_connection_id: Text = ""
    chat: Chat
    message_ids: Many[int] = ()
