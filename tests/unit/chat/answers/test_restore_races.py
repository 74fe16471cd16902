"""A listener that is lost and comes back at any moment of an answer hears each chunk once, in order, then the end."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serverless_socketio.inbox import Arrival, Inbox
from serverless_socketio.model import Connection
from serverless_socketio.recovery.state import Recovery
from serverless_socketio.server import Server
from serverless_socketio_chat.answers import ending
from serverless_socketio_chat.tables.rooms import Rooms
from tests.fakes import CountingIds
from tests.stage import Stage, Watched, Wire
from tests.unit.chat.world import CHAT, World, words

if TYPE_CHECKING:
    from collections.abc import Callable

    from serverless_socketio.ports import Store
    from serverless_socketio_chat.answers.ports import Streams

CHUNK, COMPLETE, RELATION = "chat:message:stream", "chat:message:complete", "relation:updated"


class Play:
    """One answer, its writers, and a client that is lost and comes back meanwhile."""

    def __init__(self, *, delay_ms: int, length: int) -> None:
        self.stage = Stage()
        self.world = World(delay_ms=delay_ms)
        self.world.clock.sleep = self._sleep  # type: ignore[method-assign]
        wire = Wire(self.stage, self)
        self.wire = wire
        store = cast("Store", Watched(self.world.store, self.stage))
        recovery = Recovery(
            identity=lambda session: session["userId"],
            rest=lambda reply_id, index: ending.rest(self.ports.streams, self.ports.clock, reply_id, index),
        )
        self.server = Server(store, wire, clock=self.world.clock, ids=CountingIds(), recovery=recovery)
        self.server.on("connect", self._connected)
        self.inbox = Inbox(self.server.manager)
        self.ports = replace(
            self.world.ports,
            streams=cast("Streams", Watched(self.world.ports.streams, self.stage)),
            room=Rooms(store, self.server.manager.fanout, self._close),
        )
        self.world.answers = self.ports.make_answers()
        self.text = words(length)
        self.address: str | None = None
        self.pid: str | None = None
        self.offset: str | None = None
        self.heard: list[tuple[str, dict[str, Any]]] = []
        self.connections = 0

    def begin(self) -> None:
        """Join, ask, and let the workflow begin."""
        self.connect()
        self.stage.finish()
        reply_id = self.world.ask(self.text)
        self.stage.start("answer", lambda: self.world.execute(reply_id))

    def connect(self) -> None:
        self.connections += 1
        self.address = address = f"alice{self.connections}"
        self.world.clock.advance(0.001)
        now_ms = self.world.clock.now_ms()
        self.world.store.connections.open(Connection(address, "socketio", now_ms, now_ms, recovery=True))
        auth = {} if self.pid is None else {"pid": self.pid, "offset": self.offset}
        arrival = Arrival(address, f"40{json.dumps(auth)}", now_ms, address)

        def receive() -> None:
            self.wire.post_all([(address, self.inbox.receive(arrival))])

        self.stage.start(f"connect {self.connections}", receive)

    def lose(self, *, told: bool) -> None:
        address, self.address = self.address, None
        assert address is not None
        if told:
            self.wire.gone.add(address)
            self.stage.start(f"end {address}", lambda: self.server.manager.closed(address, "transport close"))

    def hear(self, frame: str) -> None:
        if frame.startswith("40"):
            answer = json.loads(frame[2:])
            assert self.pid in {None, answer["pid"]}, "a new session"
            self.pid = answer["pid"]
        elif frame.startswith("42"):
            name, payload, self.offset = json.loads(frame[2:])
            self.heard.append((name, payload))

    def move(self, chance: Random) -> None:
        moves: list[tuple[int, Callable[[], object]]] = [
            (20, partial(self.stage.step, name)) for name in self.stage.awake
        ]
        if self.address is None:
            moves.append((6, self.connect))
        else:
            moves += [(1, partial(self.lose, told=True)), (1, partial(self.lose, told=False))]
        weights, choices = zip(*moves, strict=True)
        chance.choices(choices, weights)[0]()

    def assert_whole(self) -> None:
        chunks = [payload for name, payload in self.heard if name == CHUNK]
        assert [chunk["index"] for chunk in chunks] == list(range(len(chunks)))
        assert "".join(chunk["chunk"] for chunk in chunks) == self.text
        names = [name for name, _ in self.heard]
        typing = ["chat:typing"] * 2
        assert names == ["chat:message", *typing, *[CHUNK] * len(chunks), COMPLETE, RELATION]

    def _close(self, address: str) -> None:
        self.server.manager.close(address, "transport close")

    def _connected(self, sid: str) -> None:
        self.server.save_session(sid, {"userId": CHAT.user_id})
        self.server.enter_room(sid, CHAT.room)

    def _sleep(self, seconds: float) -> None:
        self.world.clock.advance(max(seconds, 0))
        self.stage.pause(asleep=True)


@pytest.mark.no_cover  # the same lines again and again: tracing them would take longer than the test
@settings(max_examples=200)
@given(seed=st.integers(0, 2**32), delay_ms=st.sampled_from([0, 50, 400, 1_500]), length=st.integers(1, 30))
def test_whatever_races_each_chunk_comes_once_and_in_order(seed: int, delay_ms: int, length: int) -> None:
    play, chance = Play(delay_ms=delay_ms, length=length), Random(seed)  # noqa: S311
    play.begin()
    for _ in range(chance.choice([30, 150, 600])):
        play.move(chance)
    if play.address is None:
        play.connect()
    play.stage.finish()
    play.lose(told=True)
    play.connect()
    play.stage.finish()
    play.assert_whole()
