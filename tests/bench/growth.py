"""`make bench-growth`: what an event takes when there is little, and when there are 100,000 of everything.

Calls and units are counted by the real functions over tables in this process (the rules of `tests/cost/units.py`); no
time is measured, since moto's grows with a table and DynamoDB's does not. Ends with an error if a figure grows with
what is stored rather than with what the event is about.
"""

from __future__ import annotations

import sys
from collections import Counter
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType

from serverless_socketio.model import Member
from tests.bench import report
from tests.cost.counting import Counted
from tests.tables import REGION, dynamodb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.drivers import SocketIOClient

STORED = (10, 1_000, 100_000)
ECHO = {"agentId": "echo"}
ROOM = 5_000
BUCKETS = 12  # of connections: one for each tick of an interval
CHAT = "CHAT#carol#echo"
DUE = "due connections"
HEAD = ("calls of AWS, and units read and written", *(f"{count:,} stored" for count in STORED), "grows with")
Figures = tuple[int, float, float]


def copy(chat: Counted, table: str, pk: str, sk: str, count: int, key: Callable[[int], tuple[str, str]]) -> None:
    """Copy an item so many times, under keys of its own: what others have stored. Past moto's calls: they are slow."""
    items = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables[table].items
    like = next(each for name, each in items[DynamoType({"S": pk})].items() if name.value.startswith(sk))
    for number in range(count):
        item = deepcopy(like)
        made = [DynamoType({"S": part}) for part in key(number)]
        item.attrs["pk"], item.attrs["sk"] = item.hash_key, item.range_key = made
        if "bucket" in item.attrs:
            item.attrs["bucket"] = DynamoType({"S": f"DUE#{number % BUCKETS}"})
        items[made[0]][made[1]] = item


class Calls:
    """A DynamoDB client that counts its calls."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.taken: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        self.taken[name] += 1
        return getattr(self._client, name)


class Grown:
    """A stack with so much stored by others, and in the chat that is looked at."""

    def __init__(self, client: Any, count: int) -> None:
        self.calls = Calls(client)
        self.chat = Counted(self.calls)  # type: ignore[arg-type]
        self.client = self.chat.connect("carol")
        self.client.emit("chat:join", ECHO)
        self.client.emit("chat:message", {**ECHO, "message": "words of a line, as long as any"})
        self.chat.answer()
        address = self.client.address
        connections, conversations = self.chat.settings.connections_table, self.chat.settings.conversations_table
        copy(self.chat, connections, f"CONN#{address}", "CONN", count, lambda at: (f"CONN#other{at:08d}=", "CONN"))
        copy(self.chat, conversations, "USERS", "USER#carol", count, lambda at: ("USERS", f"USER#other{at}"))
        copy(self.chat, conversations, CHAT, "MSG#", count, lambda at: (CHAT, f"MSG#000{at:010d}"))

    def took(self, event: Callable[[], object]) -> Figures:
        """Calls, read units and written units of an event."""
        before, units = self.calls.taken.total(), self.chat.metered.units
        reads, writes = units.reads, units.writes
        event()
        return self.calls.taken.total() - before, units.reads - reads, units.writes - writes


def events(grown: Grown) -> Iterator[tuple[str, str, Figures]]:
    """Each event with what it is about."""
    chat, client = grown.chat, grown.client
    yield "connect: handshake, open packet, CONNECT", "nothing", grown.took(lambda: chat.connect("carol"))
    yield "an event with an ack (`chat:leave`)", "nothing", grown.took(lambda: client.emit("chat:leave", ECHO))
    yield "fan-out to a room of two (`chat:typing`)", "members", grown.took(lambda: typing(client))
    yield "`chat:history`, the newest 50", "what is shown", grown.took(lambda: client.emit("chat:history", ECHO))
    yield "`presence:away`", "own devices", grown.took(lambda: client.emit("presence:away", {}))
    yield "a tick: who is due, dealt out in shares beyond 250", DUE, grown.took(chat.tick)
    yield "a key that is looked up (handshake, native)", "nothing", grown.took(lambda: chat.connect_native("bob"))


def typing(client: SocketIOClient) -> None:
    client.emit("chat:typing", {**ECHO, "isTyping": True})


def batches(client: Any) -> tuple[int, int]:
    """An event to a room of 5,000: the batches that it becomes, and the posts of all of them."""
    chat = Counted(client)
    manager = chat._runtimes["emitter"].server.manager
    for number in range(ROOM):
        manager.store.rooms.enter(Member(f"sid{number}", f"address{number:05d}="), "lobby", 1)
    detail = {"event": "news", "data": {"n": 1}, "room": "lobby"}
    chat.call("emitter", {"detail-type": "Emit", "source": "bench", "detail": detail})
    bodies = chat.queue.take("batches")
    chat.deliver(bodies, "emitter")
    return len(bodies), len(chat.transport.sent)


def main() -> int:
    """Count, print, write; 1 if something grows that must not."""
    with dynamodb() as client:
        by_count = [list(events(Grown(client, count))) for count in STORED]
        batched, posts = batches(client)
    lines, grows = [], []
    for each in zip(*by_count, strict=True):
        what, about, _ = each[0]
        figures = [found for _, _, found in each]
        lines.append(
            [what, *(f"{calls}; {reads:g} read, {writes:g} written" for calls, reads, writes in figures), about]
        )
        if about != DUE and figures[-1] != figures[-2]:
            grows.append(what)
    lines.append([f"an event to a room of {ROOM:,}", *[f"{batched} batches, {posts:,} posts"] * 3, "members"])
    print(report.table(HEAD, lines))
    report.write("bench-growth", report.table(HEAD, lines), {})
    if posts != ROOM:
        grows.append(f"{posts} posts to {ROOM}")
    for what in grows:
        print(f"over: {what}", file=sys.stderr)
    return 1 if grows else 0


if __name__ == "__main__":
    sys.exit(main())
