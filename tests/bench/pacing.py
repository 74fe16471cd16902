"""A process of its own: an answer's burst, by the real writer and its posts to a service, and a bare loop of sleeps.

usage: python -m tests.bench.pacing URL DEVICES CHUNKS; prints how far each chunk was from its deadline, in seconds, as
`{"burst": [...], "bare": [...]}`. Both have the same CPU: what the loop is late by is the machine's.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from typing import TYPE_CHECKING, Any

from serverless_socketio.aws import client as lean
from serverless_socketio.aws.clients import POSTS
from serverless_socketio.aws.transport import MultiplexedTransport
from serverless_socketio.fanout import Fanout
from serverless_socketio.memory.store import MemoryStore
from serverless_socketio.model import Connection, Member
from serverless_socketio.system import SystemClock
from serverless_socketio_chat.answers.burst import Burst
from serverless_socketio_chat.answers.chunks import StoredChunks
from serverless_socketio_chat.answers.model import Stream
from serverless_socketio_chat.answers.recipients import Recipients
from serverless_socketio_chat.model import Chat
from serverless_socketio_chat.tables.rooms import Rooms
from tests.support.memory import MemoryStreams

if TYPE_CHECKING:
    from collections.abc import Sequence

DELAY_MS, SIZE = 50, 3
CHAT = Chat("alice", "echo")


class Noting(MultiplexedTransport):
    """Notes when the posts of each chunk begin; of chunks that are late together, once for each."""

    began: list[float]

    def post_all(self, frames: Sequence[Any], **how: Any) -> Any:
        self.began += [time.time()] * len(frames[0][1])
        return super().post_all(frames, **how)


def burst(url: str, devices: int, chunks: int) -> list[float]:
    """Deliver an answer to so many devices; how late each chunk was."""
    clock = SystemClock()
    store, streams = MemoryStore(clock), MemoryStreams()
    client = lean.client("apigatewaymanagementapi", endpoint_url=f"{url}/live", bounds=POSTS)
    transport = Noting(lambda: client)
    transport.began = []
    now_ms = clock.now_ms()
    for number in range(devices):
        address, sid = f"address{number:08d}=", f"sid{number}"
        store.connections.open(Connection(address, "socketio", now_ms, now_ms))
        connection = store.connections.find(address)
        assert connection is not None
        store.connections.accept(connection, "/", sid, {"userId": "alice"}, [])
        store.rooms.enter(Member(sid, address), CHAT.room, 1)
    room = Rooms(store, Fanout(transport, on_gone=store.connections.end), lambda _: None)
    starts_ms = now_ms + 300  # connections are made meanwhile
    lease_ms = now_ms + 5_000
    stream = streams.put(
        Stream("r1", "m1", CHAT, now_ms, lease_ms, SIZE, DELAY_MS, starts_ms, chunks=chunks, starts_ms=starts_ms)
    )
    stream = streams.take("r1", epoch=0, lease_until_ms=lease_ms)
    text = StoredChunks.of(" ".join(["words"] * chunks * SIZE), SIZE)
    recipients = Recipients(room, clock, stream, text)
    recipients.open(room.members(CHAT), 0, replay=False)
    fanned = [(f"address{number:08d}=", ["3"]) for number in range(devices)]
    transport.post_all(fanned)
    transport.began.clear()
    gc.collect()
    Burst(streams, clock, stream, recipients, 0).run()
    return [began - (starts_ms + at * DELAY_MS) / 1000 for at, began in enumerate(transport.began)]


def bare(chunks: int) -> list[float]:
    """Sleep until each deadline; how late each was."""
    starts = time.monotonic() + 0.1
    late = []
    for at in range(chunks):
        due = starts + at * DELAY_MS / 1000
        time.sleep(max(0.0, due - time.monotonic()))
        late.append(time.monotonic() - due)
    return late


def main() -> None:
    """Both, one after the other."""
    url, devices, chunks = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    os.environ.update(
        AWS_REGION="us-east-1",
        AWS_DEFAULT_REGION="us-east-1",
        AWS_ACCESS_KEY_ID="AKIDEXAMPLE",
        AWS_SECRET_ACCESS_KEY="secret",
        AWS_SESSION_TOKEN="t" * 400,
    )
    told = {"burst": burst(url, devices, chunks), "bare": bare(chunks)}
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
