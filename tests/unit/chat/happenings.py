"""Whatever may happen to an answer, at any call that its writer makes; and what its clients have heard all the same."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from tests.unit.chat.world import Killed, assert_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.unit.chat.world import Socket, World


def happenings(calls: int) -> st.SearchStrategy[dict[int, str]]:
    """What happens, by the number of the call that it happens before."""
    return st.dictionaries(st.integers(1, calls), st.sampled_from(["join", "stop", "twin", "recover"]), max_size=6)


@dataclass(frozen=True)
class Heard:
    """An answer that has ended, as its clients heard it."""

    joiners: list[Socket]
    was_killed: bool
    was_killed_announcing: bool

    def check(self) -> None:
        """Fail unless everybody heard it whole, from the ack of joining on, and one end."""
        if self.was_killed_announcing:
            return  # said once more, since nobody knows who was told: see test_one_writer
        for joiner in self.joiners:
            if joiner.joined["streams"]:
                assert_whole(joiner, start=joiner.joined["streams"][0]["index"], repeats=self.was_killed)
            elif joiner.joined["messages"] == []:
                assert_whole(joiner, repeats=self.was_killed)


def play_out(world: World, reply_id: str, listener: Socket, what: Mapping[int, str], killed_at: int | None) -> Heard:
    """Carry an answer to its end, while `what` happens and its writer is killed at a call."""
    joiners = [listener]
    doings: dict[str, Callable[[], object]] = {
        "join": lambda: joiners.append(world.join()),
        "stop": lambda: world.answers.stop(reply_id),
        "twin": lambda: world.execute_beside(reply_id),
        "recover": lambda: world.answers.recover(reply_id),
    }
    for moment, happening in what.items():
        world.turnstile.before(moment, doings[happening])
    killed_in: list[str] = []

    def kill() -> None:
        killed_in.append(world.stream(reply_id).phase)
        raise Killed

    if killed_at is not None:
        world.turnstile.before(killed_at, kill)
    with suppress(Killed):
        world.execute(reply_id)
    world.sweep()
    assert world.stream(reply_id).phase == "ended"
    return Heard(joiners, killed_at is not None, "ending" in killed_in)
