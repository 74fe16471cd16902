"""Ticks: pings, connections without CONNECT, ghosts, connections near their end, leases that ran out.

A schedule once a minute enqueues them; one whose bucket is large enqueues shares of itself. Beside them: open packets
of connections that were not there yet, from a queue of their own; and keys that were deleted or users who were signed
out, told by the conversations table's stream: messages of the ticks' queue have their connections ended.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from serverless_socketio.exceptions import QueueError
from serverless_socketio_chat.accounts import revocation, token_ends
from serverless_socketio_chat.answers import sweep as sweeping
from serverless_socketio_chat.runtime import runtime

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Do what the schedule or a message asks for, or end a key's connections; what fails comes back."""
    if "Records" not in event:
        return runtime().app.handler(event, context)
    for record in event["Records"]:
        if "dynamodb" in record:
            _revoke(record)
        else:
            _work(json.loads(record["body"]))
    return {"batchItemFailures": []}


def _work(message: dict[str, Any]) -> None:
    """Do what a message asks for: the chat's own are told apart here, all others are the library's."""
    parts = runtime()
    if revoked := revocation.queued(message):
        logger.info("swept", extra={"disconnected": parts.disconnect(revoked)})
    elif looks := token_ends.dealt_in(message):
        logger.info("swept", extra=dict(parts.token_ends.look_all(looks)))
    elif reply_ids := sweeping.abandoned_in(message):
        logger.info("swept", extra=dict(sweeping.recover_all(parts.answers, reply_ids)))
    else:
        parts.app.work(message)


def _revoke(record: dict[str, Any]) -> None:
    """Have the connections of a key that was deleted, or of a user who was signed out, looked for: at once, and again.

    If the queue does not take that, they are looked for here, before the record is tried again.
    """
    parts, revoked = runtime(), revocation.streamed(record)
    if revoked is None:
        return
    try:
        parts.app.ticks.send(revoked.looks())
    except QueueError:
        parts.disconnect(revoked)
        raise
    logger.info("swept", extra={"keys": 1})
