"""Functions side by side: each call that one makes to the outside waits for its turn, which the test's dice give."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

Port = TypeVar("Port")


@dataclass
class _Actor:
    act: Callable[[], object]
    go: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    rests: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))  # waits for its turn, or ended
    ended: bool = False
    failure: BaseException | None = None


class Interleaving:
    """Only ever one of the functions runs, from one call of a watched port to the next: a seed repeats the order."""

    def __init__(self, dice: Random) -> None:
        self._dice = dice
        self._mine = threading.local()

    def watch(self, port: Port) -> Port:
        """The same port; who calls it waits for a turn first."""
        return cast("Port", _Watched(port, self))

    def run(self, *acts: Callable[[], object]) -> None:
        """Run functions until all have ended; raises what one raised."""
        actors = [_Actor(act) for act in acts]
        for actor in actors:
            threading.Thread(target=self._live, args=(actor,), daemon=True).start()
            actor.rests.acquire()
        while waiting := [actor for actor in actors if not actor.ended]:
            actor = self._dice.choice(waiting)
            actor.go.release()
            actor.rests.acquire()
            if actor.failure is not None:
                raise actor.failure

    def wait(self) -> None:
        """Wait for a turn; outside of `run`, go on."""
        actor: _Actor | None = getattr(self._mine, "actor", None)
        if actor is not None:
            actor.rests.release()
            actor.go.acquire()

    def _live(self, actor: _Actor) -> None:
        self._mine.actor = actor
        self.wait()
        try:
            actor.act()
        except BaseException as failure:  # raised again where the test sees it
            actor.failure = failure
        finally:
            actor.ended = True
            actor.rests.release()


class _Watched:
    def __init__(self, port: object, interleaving: Interleaving) -> None:
        self._port = port
        self._interleaving = interleaving

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            self._interleaving.wait()
            return method(*args, **kwargs)

        return call
