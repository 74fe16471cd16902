"""CONNECT and the DISCONNECT before it, in one namespace, handled in any order: the client ends up connected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.socketio.world import World

if TYPE_CHECKING:
    from collections.abc import Sequence


def reconnecting(order: Sequence[int], gap_ms: int) -> tuple[World, list[Any]]:
    """A client of two namespaces that leaves one and enters it again; who came and went there."""
    world, story = World(), list[Any]()
    world.sio.on("connect", lambda sid, environ: story.append(("came", sid)), namespace="/chat")
    world.sio.on("disconnect", lambda sid, reason: story.append(("went", sid)), namespace="/chat")
    world.connect()
    world.connect(namespace="/chat")
    at_ms = world.clock.now_ms()
    frames = [("41/chat,", at_ms), ("40/chat,", at_ms + gap_ms)]
    for number in order:
        frame, received_ms = frames[number]
        world.send("alice", frame, received_ms=received_ms)
    return world, story


@pytest.mark.parametrize("gap_ms", [0, 1, 500])
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_who_leaves_and_enters_again_is_there_and_was_told_of_both(order: Sequence[int], gap_ms: int) -> None:
    world, story = reconnecting(order, gap_ms)
    assert [what for what, _ in story] == ["came", "went", "came"]
    assert story[0][1] == story[1][1] != story[2][1]
    connection = world.store.find("alice")
    assert connection is not None
    assert connection.sockets["/chat"] == story[2][1]
    assert set(connection.sockets) == {"/", "/chat"}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_who_leaves_later_is_gone(order: Sequence[int]) -> None:
    world, story = reconnecting(order, 1)
    world.send("alice", "41/chat,", received_ms=world.clock.now_ms() + 1_000)
    assert [what for what, _ in story] == ["came", "went", "came", "went"]
    connection = world.store.find("alice")
    assert connection is not None
    assert set(connection.sockets) == {"/"}
