"""The server on AWS: API Gateway, Lambda, DynamoDB, SQS. `LambdaApp` is all that an app needs.

Another process emits by an `Emitter` over a `DynamoStore` and an `ApiGatewayTransport`. Names are loaded when first
used (PEP 562): each of these can be had without the others.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .app import LambdaApp
    from .store import DynamoStore
    from .table import DynamoTable
    from .transport import ApiGatewayTransport

_HOMES = {"ApiGatewayTransport": "transport", "DynamoStore": "store", "DynamoTable": "table", "LambdaApp": "app"}

__all__ = ["ApiGatewayTransport", "DynamoStore", "DynamoTable", "LambdaApp"]


def __getattr__(name: str) -> Any:
    """Load a public name from its home."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
