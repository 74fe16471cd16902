"""What others may ask to notify of: one form for the queue, the bus, a direct invocation and Python.

Importing this loads pydantic (`docs/decisions/0003-models-are-loaded-when-used.md`): it is done with the first request.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from serverless_socketio_chat.issues import issues_of
from serverless_socketio_chat.notifications import wording
from serverless_socketio_chat.notifications.model import BadNotification
from serverless_socketio_chat.push.model import Action, Notification
from serverless_socketio_chat.push.push_message import PAYLOAD_MAX, payload

WORDS_MAX = 24_000  # code points: what an answer may have
BODY_BYTES_MIN = 200  # that always fit: the body is said twice in a payload, once in the declarative form

ShortText = Annotated[str, StringConstraints(min_length=1, max_length=128)]
Words = Annotated[str, StringConstraints(max_length=WORDS_MAX)]
# No control characters: browsers drop some of them, and `/\t/host` would lead to another origin.
Link = Annotated[str, StringConstraints(pattern=r"^(https?:/)?/([^/\\\p{Cc}]\P{Cc}*)?$", max_length=1024)]


class Part(BaseModel):
    """Something that a backend asks for. An unknown key is refused: it would be a mistake that goes unseen."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", alias_generator=to_camel)


class AskedAction(Part):
    """A button."""

    action: Annotated[ShortText, Field(description="What the service worker is told was chosen")]
    title: Annotated[ShortText, Field(description="What the button says")]
    url: Annotated[Link | None, Field(description="Where it leads; the notification's own if absent")] = None


class AskedNotification(Part):
    """Any notification."""

    title: Annotated[ShortText, Field(description="Its first line")]
    body: Annotated[Words, Field(description="Its text; as much of it is shown as fits")]
    icon: Annotated[Link | None, Field(description="A picture, by its path or URL")] = None
    badge: Annotated[Link | None, Field(description="A small one of one colour")] = None
    url: Annotated[Link | None, Field(description="Where it leads: a path of the page, or a URL")] = None
    tag: Annotated[ShortText | None, Field(description="One with the same tag replaces it")] = None
    actions: Annotated[list[AskedAction], Field(max_length=2, description="Buttons; browsers show two")] = []

    @model_validator(mode="after")
    def leaves_room(self) -> AskedNotification:
        """Refuse what would leave no room for the body."""
        if len(payload(self.named("", 0, body=""))) + 2 * BODY_BYTES_MIN > PAYLOAD_MAX:
            raise ValueError("Title, icon, badge, url, tag and actions are too long together")
        return self

    def named(self, notification_id: str, now_ms: int, *, body: str) -> Notification:
        """What the user is to know, with as much of its body as is given."""
        return Notification(
            id=notification_id,
            title=self.title,
            body=body,
            timestamp=now_ms,
            icon=self.icon,
            badge=self.badge,
            url=self.url,
            tag=self.tag,
            actions=tuple(Action(each.action, each.title, each.url) for each in self.actions),
        )


class AskedMessage(Part):
    """An agent has said something."""

    agent_name: Annotated[ShortText, Field(description="As people read it")]
    preview: Annotated[Words, Field(description="How it begins")]
    agent_id: Annotated[
        ShortText | None, Field(description="Whose chat it is in; the user may have muted the agent")
    ] = None


class AskedExpiry(Part):
    """The user's plan or subscription ends."""

    days: Annotated[int, Field(ge=0, le=3650, description="In so many days")]


class PushNotification(Part):
    """The body of a message, the detail of an event `PushNotification`, the payload of an invocation.

    Exactly one of `notification`, `agentMessage` and `subscriptionExpiring` says what it is about.
    """

    user_id: Annotated[ShortText, Field(description="Who is notified")]
    id: Annotated[ShortText | None, Field(description="Its name: the same one is pushed once. Made if absent")] = None
    notification: AskedNotification | None = None
    agent_message: AskedMessage | None = None
    subscription_expiring: AskedExpiry | None = None

    @model_validator(mode="after")
    def is_about_one_thing(self) -> PushNotification:
        """Refuse none, or several."""
        if sum(part is not None for part in (self.notification, self.agent_message, self.subscription_expiring)) != 1:
            raise ValueError("Give one of notification, agentMessage, subscriptionExpiring")
        return self

    def as_notification(self, *, now_ms: int, otherwise: str) -> Notification:
        """What the user is to know; its id is `otherwise` if none was given."""
        named = self.id or otherwise
        if self.agent_message is not None:
            asked = self.agent_message
            return wording.answer(named, asked.agent_name, asked.preview, agent_id=asked.agent_id, now_ms=now_ms)
        if self.subscription_expiring is not None:
            return wording.expiring(named, self.subscription_expiring.days, now_ms=now_ms)
        if self.notification is None:
            raise ValueError("The notification is empty")  # is_about_one_thing has seen to that
        body = wording.short(self.notification.body) if self.notification.body else ""
        return self.notification.named(named, now_ms, body=body)

    def as_body(self) -> dict[str, Any]:
        """It as JSON's values."""
        return self.model_dump(by_alias=True, exclude_none=True, exclude_defaults=True)


def read(asked: Any) -> PushNotification:
    """What a backend asks for. Raises BadNotification."""
    try:
        return PushNotification.model_validate(asked)
    except ValidationError as error:
        raise BadNotification(issues_of(error)) from None
