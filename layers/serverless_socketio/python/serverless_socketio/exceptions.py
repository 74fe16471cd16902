"""The errors of the library, with the names that python-socketio's users already catch.

::

    SocketIOError
    ├── ConnectionError
    │   └── ConnectionRefusedError   raised by a ``connect`` handler: the client is told why
    ├── TimeoutError                 ``call`` heard nothing in time
    ├── BadNamespaceError            the namespace is not connected
    ├── DisconnectedError            the socket is gone
    ├── FrameTooLargeError           an event is over the largest outgoing frame
    ├── QueueError                   work could not be handed on to another invocation
    └── StoreError
        ├── ConditionFailed          a conditional write lost; holds the item that stood in its way
        └── TransactionRefused       one of several writes lost; holds a reason for each
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class SocketIOError(Exception):
    """Root of everything that this library raises, `codec.errors.PacketError` aside."""


class ConnectionError(SocketIOError):
    """The connection cannot be made or used."""


class ConnectionRefusedError(ConnectionError):
    """Raised by a ``connect`` handler that refuses the client.

    The first argument becomes ``message`` of the client's ``connect_error``, the second its ``data`` (Socket.IO
    protocol v5, CONNECT_ERROR). A native client, which is refused before the upgrade, gets `status` instead.
    """

    def __init__(self, *args: Any, status: int = 401) -> None:
        super().__init__(*args)
        self.status = status
        self.error_args: dict[str, Any] = {"message": str(args[0]) if args else "Connection rejected by server"}
        if len(args) > 1:
            self.error_args["data"] = args[1] if len(args) == 2 else args[1:]


class TimeoutError(SocketIOError):
    """No acknowledgement came within the time given to ``call``."""


class BadNamespaceError(SocketIOError):
    """The socket is not connected to this namespace."""


class DisconnectedError(SocketIOError):
    """The socket that was to be used has gone."""


class FrameTooLargeError(SocketIOError):
    """An event would need a frame over the limit set for outgoing frames."""


class QueueError(SocketIOError):
    """A queue did not take what was to be handed on."""


class StoreError(SocketIOError):
    """The store could not do what it was asked."""


class ConditionFailed(StoreError):  # noqa: N818 - an outcome that callers expect, named as DynamoDB names it
    """A conditional write lost; `item` is what stood in its way, None where nothing was stored."""

    def __init__(self, item: Mapping[str, Any] | None = None) -> None:
        super().__init__("The condition of a write was not met")
        self.item = item


class TransactionRefused(StoreError):  # noqa: N818 - as above
    """A transaction was cancelled; `failures` has, for each write in order, the `ConditionFailed` or None."""

    def __init__(self, failures: Sequence[ConditionFailed | None]) -> None:
        super().__init__("A transaction was cancelled by its conditions")
        self.failures = tuple(failures)
