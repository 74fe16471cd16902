"""The server on AWS: API Gateway, Lambda, DynamoDB, SQS. `LambdaApp` is the door; it loads what it uses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .app import LambdaApp

__all__ = ["LambdaApp"]


def __getattr__(name: str) -> Any:
    """Load the door when it is first used (PEP 562): its parts can be had without it."""
    if name != "LambdaApp":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from .app import LambdaApp

    return LambdaApp
