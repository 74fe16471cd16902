"""Ticks: pings, connections without CONNECT, ghosts, connections near their end, leases that ran out.

A schedule once a minute enqueues them; one whose bucket is large enqueues shares of itself. Beside them: open packets
of connections that were not there yet, from a queue of their own; and keys that were deleted, told by the conversations
table's stream: messages of the ticks' queue have their connections ended.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from chat import revocation
from chat.runtime import runtime
from serverless_socketio.exceptions import QueueError

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Do what the schedule or a message asks for, or end a key's connections; what fails comes back."""
    parts = runtime()
    for record in event.get("Records", ()):
        if "dynamodb" in record:
            _revoke(record)
        elif key := revocation.queued(json.loads(record["body"])):
            logger.info("swept", extra={"disconnected": parts.disconnect(key)})
        else:
            parts.app.work(json.loads(record["body"]))
    return {"batchItemFailures": []} if "Records" in event else parts.app.handler(event, context)


def _revoke(record: dict[str, Any]) -> None:
    """Have the connections of a key that was deleted looked for: at once, and once more.

    If the queue does not take that, they are looked for here, before the record is tried again.
    """
    parts, deleted = runtime(), revocation.streamed([record])
    try:
        parts.app.ticks.send(look for key in deleted for look in key.looks())
    except QueueError:
        for key in deleted:
            parts.disconnect(key)
        raise
    logger.info("swept", extra={"keys": len(deleted)})
