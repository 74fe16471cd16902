"""The native routes ``presence:*``, and grace timers of devices, from a queue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from serverless_socketio_chat.presence import queue
from serverless_socketio_chat.runtime import runtime

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger()


@logger.inject_lambda_context(correlation_id_path="requestContext.connectionId", clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Handle one frame of a native client, or a batch of grace timers; one that fails comes back from the queue."""
    if "Records" in event:
        return queue.on_timers(runtime().presence, runtime().notifier.gone, event["Records"])
    return runtime().app.handler(event, context)
