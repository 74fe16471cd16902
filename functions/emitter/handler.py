"""Events from elsewhere: `Emit` on the bus, and the batches that events to large rooms are posted in.

The queue of batches also brings the events again whose call failed three times.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from serverless_socketio_chat.failed_calls import failed_call_in
from serverless_socketio_chat.runtime import runtime

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from serverless_socketio_chat.runtime import Runtime

logger = Logger()


@logger.inject_lambda_context(correlation_id_path="id", clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda gives it
    """Emit what is asked for on the bus, or post a batch; what fails comes back from the queue."""
    if "Records" not in event:
        emit(runtime(), event)
        return {}
    for record in event["Records"]:
        work(runtime(), json.loads(record["body"]))
    return {"batchItemFailures": []}


def work(parts: Runtime, message: dict[str, Any]) -> None:
    """Do what a message of the queue asks for. Raises if it must come again."""
    failed = failed_call_in(message)
    if failed is None:
        parts.app.work(message)
    else:
        emit(parts, failed.event)


def emit(parts: Runtime, event: dict[str, Any]) -> None:
    """Emit a detail; a bad one would be as bad when tried again, and goes where an operator finds it."""
    from serverless_socketio_chat import emitting

    try:
        emitting.emit(parts.server.manager.emitter, event.get("detail"))
    except emitting.BadDetail as bad:
        logger.warning("A detail was refused", extra={"source": event.get("source"), "issues": bad.issues})
        parts.emitting_dead.send([({"v": 1, "issues": bad.issues, "event": event}, 0)])
