"""Ticks: pings, connections without CONNECT, ghosts, connections near their end, leases that ran out.

A schedule once a minute enqueues them; one whose bucket is large enqueues shares of itself.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from chat import sweeping
from chat.runtime import runtime

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Enqueue the ticks of two minutes, or run one, or a share of one; what fails comes back from the queue."""
    parts = runtime()
    if event.get("schedule") == "ticks":
        parts.ticks.send(sweeping.ticks(parts.clock.now_ms()))
        return {}
    for record in event["Records"]:
        done = sweeping.work(parts.ports, parts.heartbeat, parts.answers, json.loads(record["body"]))
        if done is not None and any(done.values()):
            logger.info("tick", extra=done)
    return {"batchItemFailures": []}
