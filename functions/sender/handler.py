"""Pushes to devices, from a queue: the one function that holds the VAPID key and reaches out to push services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from serverless_socketio_chat.runtime import runtime

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda gives it
    """Push a batch, devices side by side; what fails on our side comes back from the queue."""
    from serverless_socketio_chat.push import metrics

    tries, answer = runtime().sending.send(event["Records"])
    for tried in tries:
        logger.info("push", extra=tried.fields)
    metrics.report(tries)
    return answer
