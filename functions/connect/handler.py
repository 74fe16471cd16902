"""``$connect`` and ``$disconnect``: origin, switch, the key of a native client; one item for each connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from serverless_socketio_chat.runtime import prepare, runtime

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger()
prepare()


@logger.inject_lambda_context(correlation_id_path="requestContext.connectionId", clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Let a client in, or hear that one has gone. A message may name these routes, too: it is as unknown as any."""
    return runtime().app.handler(event, context)
