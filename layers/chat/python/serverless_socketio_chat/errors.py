"""Every refusal that a person may see, with the codes of the public contract.

::

    ChatError            internal
    ├── Invalid          invalid        the payload does not fit its model
    ├── Unauthorized     unauthorized   no accepted key, or the key was revoked since
    ├── Forbidden        forbidden      a room, chat or message of another user
    ├── NotFound         not_found      unknown agent, message, event
    ├── RateLimited      rate_limited   over the plan's rate
    ├── TooLarge         too_large      a message over its limit
    ├── AnswerRunning    conflict       an answer is still streaming in this chat
    └── Unavailable      unavailable    a dependency failed; safe to retry
"""

from __future__ import annotations

from typing import Any, ClassVar

RETRY_MS = 500  # when a client may try again what was unavailable


class ChatError(Exception):
    """Root of every refusal that a person may see.

    `code` is public, `message` is shown as written, `extra` goes beside them.
    """

    code: ClassVar[str] = "internal"
    message: ClassVar[str] = "Something went wrong on our side. Please try again."

    def __init__(self, message: str | None = None, **extra: Any) -> None:
        super().__init__(message or self.message)
        self.extra = extra

    def as_error(self) -> dict[str, Any]:
        """The error as clients see it: ``code``, ``message`` and what the code brings."""
        return {"code": self.code, "message": str(self), **self.extra}


class Invalid(ChatError):  # noqa: N818 - these names are outcomes
    """`extra`: ``issues``, a list of ``{path, message}``."""

    code = "invalid"
    message = "The payload does not fit."

    @classmethod
    def whole(cls, message: str) -> Invalid:
        """An error about the payload as a whole."""
        return cls(message, issues=[{"path": "", "message": message}])


class Unauthorized(ChatError):  # noqa: N818
    """The key is unknown, or was revoked."""

    code = "unauthorized"
    message = "This API key is not known."


class Forbidden(ChatError):  # noqa: N818
    """Something of another user."""

    code = "forbidden"
    message = "This belongs to another user."


class NotFound(ChatError):  # noqa: N818
    """Nothing of that name."""

    code = "not_found"
    message = "This does not exist."


class RateLimited(ChatError):  # noqa: N818
    """`extra`: ``retryAfterMs``, after which the same event is let through."""

    code = "rate_limited"
    message = "That was too much at once. Please wait a moment."


class TooLarge(ChatError):  # noqa: N818
    """`extra`: ``limit``."""

    code = "too_large"
    message = "The message is too long."


class AnswerRunning(ChatError):  # noqa: N818
    """`extra`: ``messageId`` of the answer that runs."""

    code = "conflict"
    message = "This agent is still answering. Stop it, or wait for the end."


class Unavailable(ChatError):  # noqa: N818
    """`extra`: ``retryAfterMs``."""

    code = "unavailable"
    message = "This is not available at the moment. Please try again."
