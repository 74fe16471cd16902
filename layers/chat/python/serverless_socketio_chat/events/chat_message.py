"""``chat:message``: say something, and be answered."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from serverless_socketio_chat.conversations.accept import Messages
from serverless_socketio_chat.errors import AnswerRunning, NotFound, RateLimited, TooLarge
from serverless_socketio_chat.events.model import ChatEvent, Event, Name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_socketio_chat import wire
    from serverless_socketio_chat.conversations.accept import Accepted
    from serverless_socketio_chat.events.context import Context

logger = logging.getLogger(__name__)


class ChatMessage(ChatEvent):
    """Say something, and be answered. It is stored when the ack comes, which is before the answer's first chunk."""

    message: Annotated[str, Field(min_length=1, description="What the user says, up to 8,000 code points")]
    client_message_id: Annotated[
        Name | None, Field(description="The client's own id: the same one is never answered twice")
    ] = None


def chat_message(context: Context, body: ChatMessage) -> wire.AcceptedPayload:
    """Store it; what follows the ack is `_start`."""
    accepted = _accept(context, body)
    ids = accepted.ids
    return {
        "messageId": ids.message_id,
        "replyId": ids.reply_id,
        "timestamp": ids.timestamp,
        "duplicate": accepted.duplicate,
    }


def _accept(context: Context, body: ChatMessage) -> Accepted:
    """Store it, in the order of the contract: rate, agent, duplicate, conflict."""
    chat, client_message_id = context.chat(body.agent_id), context.client_message_id(body.client_message_id)
    try:
        context.services.limits.message(context.user)
    except RateLimited:
        known = context.services.messages.known(chat, client_message_id)
        if known is None:
            raise
        return known
    return context.services.messages.accept(
        chat,
        context.agent(body.agent_id),
        body.message,
        client_message_id=client_message_id,
        sender=context.sender,
    )


def _start(context: Context, accepted: Mapping[str, Any]) -> None:
    """Start the answer, after the ack and also if the ack is lost: accepted is accepted."""
    if accepted["duplicate"]:
        return
    try:
        context.services.workflow.start(accepted["replyId"], 0)
    except Exception:  # the lease runs out, and the sweeper brings the answer back
        logger.exception("The workflow of an answer could not be started", extra={"reply_id": accepted["replyId"]})


EVENT = Event(
    ChatMessage,
    chat_message,
    errors=(TooLarge, NotFound, AnswerRunning),
    over_rate="own",
    check=lambda body: Messages.check_size(body.message),
    after=_start,
)
