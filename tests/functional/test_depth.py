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


def fail(sid: str) -> None:
    raise RuntimeError("on purpose")


FRAMES = {
    '421["ask","hi"]': '431["ok"]',  # an ack, of a connection that is read with it
    '422["ask","hi"]': '432["ok"]',  # and of one that is remembered
    '423["tell","hi"]': '42["told","hi"]',  # a handler that emits to a room
    '42["reply","hi"]': '42["told","hi"]',  # and to one socket, without an ack
    '424["fail"]': '42["error",',  # the event for a frame that failed
    '425["ask"': '42["error",',  # and for one that no handler can see
    '426["tell",null]': '42["told",[null]]',  # what orjson does not write
    "40/other": '44/other,{"message":"Invalid namespace"',
    "2probe": "3probe",
    "3": "",
}


def test_a_frame_goes_no_deeper_than_fourteen_calls(lobby: Lobby) -> None:
    posts = Posts()
    lobby.app._given_transport = ApiGatewayTransport(lambda: cast("Any", posts))
    lobby.sio.on("ask", lambda sid, text: "ok")
    lobby.sio.on("tell", lambda sid, text: lobby.sio.emit("told", text or [text], room="lobby", skip_sid="no-one"))
    lobby.sio.on("reply", lambda sid, text: lobby.sio.emit("told", text, to=sid))
    lobby.sio.on("fail", fail)
    lobby.connect("alice")
    for frame, answer in FRAMES.items():
        posts.frames.clear()
        stack = deepest(lambda frame=frame: lobby.send("alice", frame))  # type: ignore[misc]
        assert len(stack) <= DEEPEST, "\n".join([frame, *stack])
        assert any(posted.startswith(answer) for posted in posts.frames) or not answer
