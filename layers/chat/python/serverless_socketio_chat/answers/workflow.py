"""`answers.ports.Workflow` over Step Functions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_stepfunctions import SFNClient


class StepFunctionsWorkflow:
    """Starts the Express state machine that carries an answer."""

    def __init__(self, client: Callable[[], SFNClient], state_machine_arn: str) -> None:
        self._client = client
        self._arn = state_machine_arn

    def start(self, reply_id: str, epoch: int) -> None:
        """One call. Express executions need no unique name: a second one finds the stream taken."""
        self._client().start_execution(
            stateMachineArn=self._arn, input=json.dumps({"reply": reply_id, "epoch": epoch, "held": 0})
        )
