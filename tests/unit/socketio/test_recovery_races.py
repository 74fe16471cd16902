"""Sends, losses and CONNECTs that race each other: a client that comes back has each event once, and in order."""

from __future__ import annotations

import json
from functools import partial
from random import Random
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serverless_socketio.memory.store import MemoryStore
from serverless_socketio.recovery.state import Recovery
from tests.stage import Stage, Watched, Wire
from tests.unit.socketio.world import World

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fakes import FakeClock

WINDOW_MS = 3_600_000


class Play:
    """A server, one client of the stock library's manners, and whatever goes on at the same time."""

    def __init__(self) -> None:
        self.stage = Stage()
        wire = Wire(self.stage, self)

        def store(clock: FakeClock) -> MemoryStore:
            clock.sleep = self._sleep  # type: ignore[method-assign]
            return cast("MemoryStore", Watched(MemoryStore(clock), self.stage))

        recovery = Recovery(identity=lambda session: "alice", window_ms=WINDOW_MS)
        self.world = World(store=store, transport=wire, recovery=recovery)
        self.world.sio.on("connect", lambda sid: self.world.sio.enter_room(sid, "lobby"))
        self.address: str | None = None
        self.pid: str | None = None
        self.offset: str | None = None
        self.sids: list[str] = []
        self.heard: list[int] = []
        self.sent = self.connections = 0

    def hear(self, frame: str) -> None:
        if frame.startswith("40"):
            answer = json.loads(frame[2:])
            assert self.pid in {None, answer["pid"]}, "a new session"
            self.pid = answer["pid"]
            self.sids.append(answer["sid"])
        elif frame.startswith("42"):
            _, number, self.offset = json.loads(frame[2:])
            self.heard.append(number)
        else:
            assert not frame.startswith("44"), frame

    def connect(self) -> None:
        self.connections += 1
        self.address = address = f"alice{self.connections}"
        self.world.clock.advance(0.001)
        self.world.open(address, recovery=True)
        auth = {} if self.pid is None else {"pid": self.pid, "offset": self.offset}

        def receive() -> None:
            frames = self.world.send(address, f"40{json.dumps(auth)}")
            self.world.transport.post_all([(address, frames)])

        self.stage.start(f"connect {self.connections}", receive)

    def send(self) -> None:
        self.sent += 1
        number = self.sent
        self.stage.start(f"send {number}", lambda: self.world.sio.emit("said", number, room="lobby"))

    def lose(self, *, told: bool) -> None:
        """The connection ends: the server is told at some time, or never."""
        address, self.address = self.address, None
        assert address is not None
        if told:
            self.world.transport.gone.add(address)
            self.stage.start(f"end {address}", lambda: self.world.sio.manager.closed(address, "transport close"))

    @property
    def can_send(self) -> bool:
        """One sender at a time: events of two that are on their way at once may overtake each other at the cut."""
        return not any(name.startswith("send") for name in self.stage.running)

    def _sleep(self, seconds: float) -> None:
        self.world.clock.advance(max(seconds, 0))
        self.stage.pause(asleep=True)

    def move(self, chance: Random) -> None:
        """Let one thing happen: mostly, a function goes on."""
        moves: list[tuple[int, Callable[[], object]]] = [
            (6, partial(self.stage.step, name)) for name in self.stage.awake
        ]
        if self.can_send:
            moves.append((4, self.send))
        if self.address is None:
            moves.append((3, self.connect))
        else:
            moves += [(1, partial(self.lose, told=True)), (1, partial(self.lose, told=False))]
        weights, choices = zip(*moves, strict=True)
        chance.choices(choices, weights)[0]()


@pytest.mark.no_cover  # the same lines again and again: tracing them would take longer than the test
@settings(max_examples=300)
@given(st.integers(0, 2**32))
def test_whatever_races_each_event_comes_once_and_in_order(seed: int) -> None:
    play, chance = Play(), Random(seed)  # noqa: S311
    play.connect()
    play.stage.finish()
    for _ in range(150):
        play.move(chance)
    play.stage.finish()
    if play.address is not None:
        play.lose(told=True)
    play.connect()
    play.stage.finish()
    assert play.heard == list(range(1, play.sent + 1))
    assert len(set(play.sids)) == 1
