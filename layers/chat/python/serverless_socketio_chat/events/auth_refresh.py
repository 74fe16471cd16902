"""``auth:refresh``: go on with a newer token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field, StringConstraints

from serverless_socketio_chat.errors import Unauthorized
from serverless_socketio_chat.events.model import ClientEvent, Event

if TYPE_CHECKING:
    from serverless_socketio_chat import wire
    from serverless_socketio_chat.events.context import Context


class AuthRefresh(ClientEvent):
    """Go on with a newer JWT of the same user: rooms and answers stay as they are. A refusal changes nothing."""

    token: Annotated[str, StringConstraints(min_length=1), Field(description="The JWT")]


def auth_refresh(context: Context, body: AuthRefresh) -> wire.TokenEndPayload:
    """Take a newer token of the same user; the ack says when it ends."""
    return {"expiresAt": context.services.sign_in.refresh(context.sender.member, context.user_id, body.token)}


EVENT = Event(AuthRefresh, auth_refresh, errors=(Unauthorized,))
