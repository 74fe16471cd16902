"""`answers.ports.Workflow` over Step Functions."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_stepfunctions import SFNClient


@dataclass(frozen=True, slots=True)
class StepFunctionsWorkflow:
    """Starts the Express state machine that carries an answer."""

    client: Callable[[], SFNClient]
    state_machine_arn: str

    def start(self, reply_id: str, epoch: int) -> None:
        """One call. Express executions need no unique name: a second one finds the stream taken."""
        self.client().start_execution(
            stateMachineArn=self.state_machine_arn, input=json.dumps({"reply": reply_id, "epoch": epoch, "held": 0})
        )
