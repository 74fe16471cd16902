"""``$default``: one frame in. Invoked by connect, it posts the open packet, so that CONNECT meets a warm function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from serverless_socketio_chat.runtime import prepare, runtime

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger()
prepare(events=True)


@logger.inject_lambda_context(correlation_id_path="requestContext.connectionId", clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Handle one frame; with a route response, what it returns goes back as a frame. A client's mistake is an ack."""
    return runtime().app.handler(event, context)
