"""What can go wrong for who asks for a notification."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from serverless_socketio_chat.issues import Issue


class BadNotification(ValueError):  # noqa: N818 - an outcome
    """Nobody can be notified of this; `issues` says why, without its contents."""

    def __init__(self, issues: list[Issue]) -> None:
        super().__init__("; ".join(f"{issue['path']}: {issue['message']}" for issue in issues))
        self.issues = issues
