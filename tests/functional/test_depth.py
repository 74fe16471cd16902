"""How deep a frame goes: the library's own calls that are open at a time, from the handler to the post of its ack."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, cast

import pytest

from serverless_socketio.aws import ApiGatewayTransport
from tests.functional.test_lambda_app import Lobby
from tests.tables import dynamodb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

OWN = "/layers/serverless_socketio/"
DEEPEST = 14


@pytest.fixture
def lobby(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lobby]:
    with dynamodb() as client:
        yield Lobby(client, monkeypatch)


def deepest(call: Callable[[], object]) -> list[str]:
    """The longest stack of own functions during a call, the outermost first.

    One that calls itself, for values within values, counts once.
    """
    found: list[str] = []

    def look(frame: FrameType | None, event: str, _: Any) -> None:
        if event != "call" or frame is None or OWN not in frame.f_code.co_filename:
            return
        stack = []
        while frame is not None:
            if OWN in frame.f_code.co_filename:
                stack.append(frame.f_code.co_qualname)
            frame = frame.f_back
        named = dict.fromkeys(name for name in reversed(stack) if not name.endswith("comp>"))
        if len(named) > len(found):
            found[:] = named

    sys.setprofile(look)
    try:
        call()
    finally:
        sys.setprofile(None)
    return found


class Posts:
    """The client of the management endpoint."""

    def __init__(self) -> None:
        self.frames: list[str] = []

    def post_to_connection(self, *, Data: bytes, **_: Any) -> None:  # noqa: N803 - boto3's name
        self.frames.append(Data.decode())


def test_a_frame_goes_no_deeper_than_fourteen_calls(lobby: Lobby) -> None:
    posts = Posts()
    lobby.app._given_transport = ApiGatewayTransport(lambda: cast("Any", posts))
    lobby.sio.on("ask", lambda sid, text: "ok")
    lobby.connect("alice")
    for frame in ('421["ask","hi"]', '422["ask","hi"]', "40/other", "3"):
        stack = deepest(lambda frame=frame: lobby.send("alice", frame))  # type: ignore[misc]
        assert len(stack) <= DEEPEST, "\n".join(stack)
    assert {'431["ok"]', '432["ok"]'} <= set(posts.frames)
