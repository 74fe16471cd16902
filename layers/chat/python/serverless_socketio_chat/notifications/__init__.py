"""Web push: who may be pushed to and when, what is sent, and what becomes of it (`docs/push.md`).

Other Python processes notify users by the functions named here; they are loaded when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from serverless_socketio_chat.notifications.api import (
        notify_agent_message,
        notify_subscription_expiring,
        send_push_notification,
    )
    from serverless_socketio_chat.notifications.model import BadNotification

__all__ = ["BadNotification", "notify_agent_message", "notify_subscription_expiring", "send_push_notification"]


def __getattr__(name: str) -> Any:
    """Load one of the functions."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = "model" if name == "BadNotification" else "api"
    return getattr(import_module(f"{__name__}.{home}"), name)
