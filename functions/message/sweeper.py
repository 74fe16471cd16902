"""Ticks: pings, connections without CONNECT, ghosts, connections near their end, leases that ran out.

A schedule once a minute enqueues them; one whose bucket is large enqueues shares of itself. Beside them: open packets
of connections that were not there yet, from a queue of their own; and keys that were deleted, told by the conversations
table's stream: messages of the ticks' queue have their connections ended.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from chat import revocation, sweeping
from chat.runtime import runtime
from serverless_socketio.adaptors import opening
from serverless_socketio.exceptions import QueueError

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Enqueue the ticks of two minutes, do what a message asks, or end a key's connections; what fails comes back."""
    if event.get("schedule") == "ticks":
        parts = runtime()
        parts.ticks.send(sweeping.ticks(parts.clock.now_ms()))
        return {}
    for record in event["Records"]:
        done = _revoke(record) if "dynamodb" in record else _work(json.loads(record["body"]))
        if done is not None and any(done.values()):
            logger.info("swept", extra=done)
    return {"batchItemFailures": []}


def _revoke(record: dict[str, Any]) -> dict[str, int]:
    """Have the connections of a key that was deleted looked for: at once, and once more.

    If the queue does not take that, they are looked for here, before the record is tried again.
    """
    parts, deleted = runtime(), revocation.streamed([record])
    try:
        parts.ticks.send(look for key in deleted for look in key.looks())
    except QueueError:
        for key in deleted:
            parts.disconnect(key)
        raise
    return {"keys": len(deleted)}


def _work(message: dict[str, Any]) -> dict[str, int] | None:
    """A tick, a share of one, a look for the connections of a deleted key, or an open packet that is late."""
    parts = runtime()
    address = opening.address_in(message)
    if address is not None:
        return {"opened": parts.gateway.open_late(address)}
    key = revocation.queued(message)
    if key is not None:
        return {"disconnected": parts.disconnect(key)}
    return sweeping.work(parts.ports, parts.heartbeat, parts.answers, message, parts.ticks.send)
