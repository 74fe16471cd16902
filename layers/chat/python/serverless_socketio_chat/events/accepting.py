"""What is common to events that are answered by an agent: their rate, their ack, and how the answer is started."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from serverless_socketio_chat.errors import RateLimited

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from serverless_socketio_chat import wire
    from serverless_socketio_chat.conversations.accept import Accepted
    from serverless_socketio_chat.events.context import Context
    from serverless_socketio_chat.model import Chat

logger = logging.getLogger(__name__)


def accepted(
    context: Context, chat: Chat, client_message_id: str | None, accept: Callable[[], Accepted]
) -> wire.AcceptedPayload:
    """The ack of what `accept` stores, which has to look for agent, duplicate and conflict, in this order.

    A client's id that is known is never rate limited.
    """
    found = _over_rate(context, chat, client_message_id) or accept()
    return {
        "messageId": found.ids.message_id,
        "replyId": found.ids.reply_id,
        "timestamp": found.ids.timestamp,
        "duplicate": found.duplicate,
    }


def _over_rate(context: Context, chat: Chat, client_message_id: str | None) -> Accepted | None:
    """What was accepted before under this id, if it comes too fast; None within the rate. Raises RateLimited."""
    try:
        context.services.limits.message(context.user)
    except RateLimited:
        known = context.services.messages.known(chat, client_message_id)
        if known is None:
            raise
        return known
    return None


def start(context: Context, ack: Mapping[str, Any]) -> None:
    """Start the answer, after the ack and also if the ack is lost: accepted is accepted."""
    if ack["duplicate"]:
        return
    try:
        context.services.workflow.start(ack["replyId"], 0)
    except Exception:  # the lease runs out, and the sweeper brings the answer back
        logger.exception("The workflow of an answer could not be started", extra={"reply_id": ack["replyId"]})
