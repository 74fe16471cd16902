"""Web push: the native routes ``push:*``; notifications from the queue, the bus and direct invocations; the schedule.

The schedule comes once a day and has users notified whose plans end soon. The queue also brings again what failed
three times when the function was called for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from serverless_socketio_chat.runtime import runtime

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from serverless_socketio_chat.runtime import Runtime

logger = Logger()


@logger.inject_lambda_context(correlation_id_path="requestContext.connectionId", clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Handle one frame of a native client, a batch, an event, the schedule, or what a backend asks for directly."""
    parts = runtime()
    if "requestContext" in event:
        return parts.app.handler(event, context)
    if "Records" in event:
        return parts.notifying.batch(
            event["Records"], again=lambda failed: carry_out(parts, failed.event, failed.request_id)
        )
    return carry_out(parts, event, context.aws_request_id)


def carry_out(parts: Runtime, event: dict[str, Any], request_id: str) -> dict[str, Any]:
    """Do what an asynchronous call asks for: the schedule, an event of the bus, or a caller of the function."""
    if event.get("schedule") == "expiring":
        return {"notified": parts.expiring.remind()}
    if "detail-type" in event:
        parts.notifying.event(event)
        return {}
    return {"id": parts.notifying.ask(event, otherwise=request_id)}
