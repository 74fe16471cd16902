"""Calls of AWS that fail: any call that the functions make, at a time that a test chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeVar, cast

from botocore.exceptions import ClientError

from serverless_socketio.aws.transport import ApiGatewayTransport
from serverless_socketio.memory.transport import MemoryTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from serverless_socketio.model import PostResult
    from tests.fakes import FakeClock

Mode = Literal["once", "three times", "after its effect"]
MODES: tuple[Mode, ...] = ("once", "three times", "after its effect")
Port = TypeVar("Port")


def error(status: int = 500, code: str = "InternalServerError") -> ClientError:
    """What boto3 raises after its own tries."""
    response: Any = {"Error": {"Code": code, "Message": "down"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "AnyCall")


def down(**_: Any) -> NoReturn:
    """What a client's method does while its service fails."""
    raise error()


class Faults:
    """Numbers the calls of the clients that it watches, while it is armed, and lets some of them fail."""

    def __init__(self) -> None:
        self.names: list[str] = []  # of the calls since it was armed
        self._mode: Mode = "once"
        self._at: int | None = None
        self._is_armed = False

    def arm(self, mode: Mode, at: int | None) -> None:
        """Count from now on, and let the call of this number fail; None: none of them."""
        self.names, self._mode, self._at, self._is_armed = [], mode, at, True

    def disarm(self) -> None:
        """Everything works again."""
        self._is_armed = False

    @property
    def failed(self) -> str | None:
        """The name of the call that failed, the first one."""
        return None if self._at is None or self._at >= len(self.names) else self.names[self._at]

    def watch(self, client: Port) -> Port:
        """The same client, each of whose calls may fail."""
        return cast("Port", _Watched(client, self))

    def passing(self, name: str) -> Literal["before", "after", "no"]:
        """How a call fails that is about to be made."""
        if not self._is_armed:
            return "no"
        self.names.append(name)
        if self._at is None:
            return "no"
        since = len(self.names) - 1 - self._at
        if self._mode == "after its effect":
            return "after" if since == 0 else "no"
        return "before" if 0 <= since < (3 if self._mode == "three times" else 1) else "no"


class _Watched:
    def __init__(self, client: Any, faults: Faults) -> None:
        self._client = client
        self._faults = faults

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)
        if not callable(method) or name in {"exceptions", "meta"}:
            return method

        def call(*args: Any, **kwargs: Any) -> Any:
            fails = self._faults.passing(name)
            if fails == "before":
                raise error()
            result = method(*args, **kwargs)
            if fails == "after":
                raise error()
            return result

        return call


class Management:
    """The management endpoint's client over what a `MemoryTransport` remembers."""

    def __init__(self, memory: MemoryTransport) -> None:
        self._memory = memory

    def post_to_connection(self, *, ConnectionId: str, Data: bytes) -> None:  # noqa: N803 - boto3's names
        self._find(ConnectionId)
        self._memory.sent.append((ConnectionId, Data.decode()))

    def delete_connection(self, *, ConnectionId: str) -> None:  # noqa: N803
        self._find(ConnectionId)
        self._memory.closed.append(ConnectionId)

    def _find(self, address: str) -> None:
        if address in self._memory.gone or address in self._memory.closed:
            raise error(410, "GoneException")


class InTurn:
    """Threads that work one after the other, so that calls have numbers."""

    def map(self, function: Callable[[Any], Any], *iterables: Iterable[Any]) -> Iterator[Any]:
        return map(function, *iterables)


class FaultyTransport(MemoryTransport):
    """Posts as the functions do, through a client that may fail."""

    def __init__(self, faults: Faults) -> None:
        super().__init__()
        self._faults = faults
        self._real: ApiGatewayTransport

    def use(self, clock: FakeClock) -> None:
        self.management = Management(self)
        client: Any = self._faults.watch(self.management)
        self._real = ApiGatewayTransport(lambda: client, sleep=clock.sleep, monotonic=clock.monotonic)
        self._real.__dict__["_senders"] = InTurn()

    def post(self, address: str, frame: str) -> PostResult:
        return self._real.post(address, frame)

    def post_all(self, frames: Sequence[tuple[str, Sequence[str]]], *, repeatable: bool = False) -> list[PostResult]:
        return self._real.post_all(frames, repeatable=repeatable)

    def close(self, address: str) -> None:
        self._real.close(address)
