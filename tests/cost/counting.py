"""The real functions over moto, with everything counted that is billed by the piece."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tests.cost.units import Metered
from tests.drivers import ChatDriver
from tests.fakes import Queues
from tools.cost.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_dynamodb import DynamoDBClient

    from tests.drivers import PollingClient

FRAME_BYTES = 32 * 1024  # what API Gateway bills as one message


class Counted(ChatDriver):
    """A stack that counts calls of its functions, frames both ways, bytes out, read and write units."""

    def __init__(self, dynamodb: DynamoDBClient, **settings: Any) -> None:
        self.metered = Metered(dynamodb)
        self.calls: Counter[str] = Counter()
        self._frames_in = self._http_requests = 0
        super().__init__(self.metered, queues=Queues, **settings)  # type: ignore[arg-type]

    def call(self, function: str, event: Mapping[str, Any]) -> dict[str, Any]:
        self.calls[function] += 1
        self._http_requests += "http" in event.get("requestContext", {})
        self._frames_in += event.get("requestContext", {}).get("eventType") == "MESSAGE"
        return super().call(function, event)

    def used(self) -> Usage:
        """Everything that was used so far. A frame is counted for each 32 KB of it."""
        sizes = [len(frame.encode()) for _, frame in self.transport.sent]
        units = self.metered.units
        return Usage(
            frames=self._frames_in + sum(-(-size // FRAME_BYTES) for size in sizes),
            http_requests=self._http_requests,
            requests=self.calls.total(),
            writes=units.writes,
            reads=units.reads,
            out_gb=sum(sizes) / 1e9,
        )

    @contextmanager
    def counting(self) -> Iterator[list[Usage]]:
        """What is used inside the block; it is in the list when the block has ended."""
        before = self.used()
        counted: list[Usage] = []
        yield counted
        counted.append(self.used() + before * -1)


def upgrade(chat: ChatDriver, client: PollingClient) -> str:
    """Move a session to a WebSocket, as a stock client does; its address."""
    address, _ = chat.handshake(query={"EIO": "4", "transport": "websocket", "sid": client.sid})
    chat.receive(address, "2probe")
    assert client.get() == []  # the GET that was open ends
    chat.receive(address, "5")
    return address


def words(count: int) -> str:
    """A text of so many words, of `model.WORD_BYTES` each with the space behind it."""
    return " ".join(["words"] * count)


def by_the_piece(usage: Usage) -> dict[str, float]:
    """What is counted of a usage; bytes have a test of their own."""
    return {name: round(usage.units[name], 3) for name in ("frames", "http_requests", "requests", "writes", "reads")}
