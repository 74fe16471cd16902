"""Ticks: pings, connections without CONNECT, ghosts, leases that ran out. A schedule once a minute enqueues them.

And keys that were deleted, told by the conversations table's stream: their connections are ended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from chat import revocation, sweeping
from chat.runtime import runtime

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from chat.revocation import Deleted

logger = Logger()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Enqueue the ticks of two minutes, run one, or end the connections of keys; what fails comes back."""
    parts = runtime()
    if event.get("schedule") == "ticks":
        parts.enqueue(sweeping.ticks(parts.clock.now_ms()))
        return {}
    records = event["Records"]
    if any("dynamodb" in record for record in records):
        deleted = revocation.streamed(records)
        parts.enqueue([key.second_look() for key in deleted])
        _disconnect(deleted)
    elif again := revocation.queued(records):
        _disconnect(again)
    else:
        _tick()
    return {"batchItemFailures": []}


def _disconnect(deleted: list[Deleted]) -> None:
    ended = sum(map(runtime().disconnect, deleted))
    if ended:
        logger.info("keys were revoked", extra={"keys": len(deleted), "disconnected": ended})


def _tick() -> None:
    parts = runtime()
    done = sweeping.tick(parts.ports, parts.heartbeat, parts.answers)
    if done is not None and any(done.values()):
        logger.info("tick", extra=done)
