"""The agent that says a message back: the shortest way to see a whole answer travel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_socketio_chat.agents.model import Reply

if TYPE_CHECKING:
    from serverless_socketio_chat.agents.model import Turn


class Echo:
    """Repeats the message, unchanged to the code point, and feels nothing about it."""

    def reply(self, turn: Turn) -> Reply:
        """The message itself."""
        return Reply(turn.text)
