"""Functions side by side: each call that one makes to the outside waits for its turn, which the test's dice give."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

from tests.stage import Stage, Watched

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

Port = TypeVar("Port")


class Interleaving:
    """Only ever one of the functions runs, from one call of a watched port to the next: a seed repeats the order."""

    def __init__(self, dice: Random) -> None:
        self._dice = dice
        self._stage = Stage()

    def watch(self, port: Port) -> Port:
        """The same port; who calls it waits for a turn first."""
        return cast("Port", Watched(port, self._stage))

    def run(self, *acts: Callable[[], object]) -> None:
        """Run functions until all have ended; raises what one raised."""
        for number, act in enumerate(acts):
            self._stage.start(f"{number}", act)
        while running := self._stage.running:
            self._stage.step(self._dice.choice(running))

    def wait(self) -> None:
        """Wait for a turn; outside of `run`, go on."""
        self._stage.pause()
