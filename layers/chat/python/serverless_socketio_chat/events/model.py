"""What an event is made of: a pydantic model for its payload, and a handler.

Models coerce nothing, ignore unknown keys, and are camelCase on the wire. Importing pydantic costs as much as
everything else together (`docs/decisions/0003-models-are-loaded-when-used.md`), so only this package, `emitting`
and `notifications.requests` import it, and only when what they check comes first.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Generic, Literal, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic.alias_generators import to_camel

from serverless_socketio_chat.errors import ChatError, Forbidden, Invalid, RateLimited, Unavailable
from serverless_socketio_chat.issues import issues_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from serverless_socketio_chat.events.context import Context

Name = Annotated[str, StringConstraints(min_length=1, max_length=128)]
Cursor = Annotated[str, StringConstraints(max_length=128)]


class Payload(BaseModel):
    """What a client sends, or a part of it. Source: client, untrusted."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", alias_generator=to_camel)


class ClientEvent(Payload):
    """The payload of a client's event."""

    user_id: Annotated[str | None, Field(description="The socket's own user, or absent")] = None


class ChatEvent(ClientEvent):
    """The payload of an event about the user's chat with an agent."""

    agent_id: Annotated[Name, Field(description="The agent that the chat is with")]


OverRate: TypeAlias = Literal["refuse", "drop", "own"]
Body = TypeVar("Body", bound=ClientEvent)


COMMON: tuple[type[ChatError], ...] = (Invalid, Forbidden, RateLimited, Unavailable, ChatError)
"""Why any event may be refused: its payload does not fit, or names another user; it came too fast; a dependency failed;
something is broken here."""


@dataclass(frozen=True, slots=True)
class Event(Generic[Body]):
    """An event, declared once: docs/events.md, the web client's types and the checks of the tests come from here.

    Attributes:
        model: Its payload.
        handler: What it does. Returns the fields of its ack, whose type of `wire` is the function's return type.
        errors: Why it may be refused beside `COMMON`.
        over_rate: What becomes of one over the second allowance: it is refused, or dropped, though acked; ``own``: the
            handler keeps a rate of its own.
        check: What may be wrong beyond the model; it raises ChatError.
        after: What must come after the ack, and comes also if the ack could not be posted; given the ack's fields.
    """

    model: type[Body]
    handler: Callable[[Context, Body], Mapping[str, Any]]
    errors: tuple[type[ChatError], ...] = ()
    over_rate: OverRate = "refuse"
    check: Callable[[Body], object] = lambda _: None
    after: Callable[[Context, Mapping[str, Any]], None] | None = None

    def handle(self, context: Context, payload: Any) -> Mapping[str, Any] | None:
        """Check the payload, then whose it is, then the rate, then act. Raises ChatError.

        Returns the ack's fields, or None if it has been acknowledged.
        """
        try:
            body = self._checked(context, payload)
        except ChatError:
            with suppress(RateLimited):  # it counts, whatever else is wrong with it
                context.services.limits.other(context.user)
            raise
        try:
            if self.over_rate != "own":
                context.services.limits.other(context.user)
        except RateLimited:
            if self.over_rate == "drop":
                return {}
            raise
        fields = self.handler(context, body)
        if self.after is None:
            return fields
        try:
            context.ack(**fields)
        finally:
            self.after(context, fields)
        return None

    def _checked(self, context: Context, payload: Any) -> Body:
        body = parse(self.model, payload)
        if body.user_id is not None and body.user_id != context.user_id:
            raise Forbidden("The payload names another user.")
        self.check(body)
        return body


def parse(model: type[Body], payload: Any) -> Body:
    """The payload as its model. Raises Invalid with an issue for each thing that is wrong."""
    if not isinstance(payload, dict):
        raise Invalid.whole("The payload must be an object.")
    try:
        return model.model_validate(payload)
    except ValidationError as error:
        raise Invalid(issues=issues_of(error)) from None
