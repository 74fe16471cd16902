"""Step Functions, by boto3's names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .service import Service

if TYPE_CHECKING:
    from .endpoints import Place
    from .service import Bounds


class StepFunctions:
    """Starts executions."""

    def __init__(self, place: Place, bounds: Bounds) -> None:
        self.service = Service(place, bounds)

    def start_execution(self, **call: Any) -> dict[str, Any]:
        """StartExecution; ``startDate`` comes as seconds since the epoch."""
        return self.service.call_json("AWSStepFunctions.StartExecution", call)
