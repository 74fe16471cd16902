"""Functions that run side by side, as Lambda lets them, in an order that a test chooses."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Protocol

from serverless_socketio.memory.transport import MemoryTransport
from serverless_socketio.model import PostResult

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

STEPS_MAX = 5_000


class Stage:
    """Functions side by side, each in a thread of its own; one at a time goes on, from call to call."""

    def __init__(self) -> None:
        self._mine = threading.local()
        self._turns: dict[str, threading.Semaphore] = {}
        self._back = threading.Semaphore(0)
        self._failures: list[BaseException] = []
        self._asleep: dict[str, set[str]] = {}  # until all of these have gone on

    def start(self, name: str, function: Callable[[], object]) -> None:
        """Let a function begin; it does nothing before its first `step`."""
        turn = self._turns[name] = threading.Semaphore(0)

        def run() -> None:
            turn.acquire()
            self._mine.name = name
            try:
                function()
            except BaseException as failure:
                self._failures.append(failure)
            finally:
                del self._turns[name]
                self._back.release()

        threading.Thread(target=run, daemon=True).start()

    def step(self, name: str) -> None:
        """Let a function go on until its next call, or its end."""
        self._asleep.pop(name, None)
        for awaited in self._asleep.values():
            awaited.discard(name)
        self._turns[name].release()
        self._back.acquire()
        if self._failures:
            raise self._failures[0]

    def pause(self, *, asleep: bool = False) -> None:
        """Called by a function that is about to call a port."""
        name = getattr(self._mine, "name", None)
        if name is not None:
            if asleep:
                self._asleep[name] = set(self._turns) - {name}
            self._back.release()
            self._turns[name].acquire()

    def finish(self) -> None:
        """Let everything that goes on come to its end."""
        for _ in range(STEPS_MAX):
            if not self.running:
                return
            self.step(self.awake[0])
        raise AssertionError("it does not end")

    @property
    def running(self) -> list[str]:
        return sorted(self._turns)

    @property
    def awake(self) -> list[str]:
        """Who can go on; those who sleep let the others go first."""
        running = self.running
        return [name for name in running if not self._asleep.get(name, set()) & set(running)] or running


class Watched:
    """A port, or one with parts, each of whose calls is a place where others may be faster."""

    def __init__(self, port: object, stage: Stage) -> None:
        self._port = port
        self._stage = stage

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        if not callable(method):
            return Watched(method, self._stage)

        def call(*args: Any, **kwargs: Any) -> Any:
            self._stage.pause()
            return method(*args, **kwargs)

        return call


class Listener(Protocol):
    """A client, and the connection that it listens on, if there is one."""

    address: str | None

    def hear(self, frame: str) -> None: ...


class Wire(MemoryTransport):
    """Delivers at once to the connection that the client listens on; others take posts in vain, or are gone."""

    def __init__(self, stage: Stage, listener: Listener) -> None:
        super().__init__()
        self._stage = stage
        self._listener = listener

    def post_all(self, frames: Sequence[tuple[str, Sequence[str]]], *, repeatable: bool = False) -> list[PostResult]:
        return [self._deliver(address, texts) for address, texts in frames]

    def _deliver(self, address: str, texts: Sequence[str]) -> PostResult:
        for text in texts:
            self._stage.pause()
            if address in self.gone:
                return PostResult.GONE
            if address == self._listener.address:
                self._listener.hear(text)
        return PostResult.SENT
