"""The steps of an answer, as the state machine `answers` calls them. It sleeps, and so stands apart from frames."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from serverless_socketio_chat.runtime import runtime

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger()


@logger.inject_lambda_context(correlation_id_path="reply", clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda gives it
    """Write an answer for a while and say what comes next; or end one whose workflow gave up."""
    reply = event["reply"]
    if event.get("fail"):
        runtime().answers.fail(reply)
        return {"reply": reply, "next": "done"}
    started_ms = round(datetime.fromisoformat(event["startedAt"]).timestamp() * 1000)
    step = runtime().answers.step(reply, event["epoch"], started_ms=started_ms, held=event.get("held", 0))
    return {"reply": reply, **asdict(step)}
