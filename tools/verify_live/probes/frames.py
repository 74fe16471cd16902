"""Frames that a client sends: which reach the functions, at what time, by which route."""

import json
import time
from collections.abc import Callable
from typing import Any

from serverless_socketio.sid import address_of
from tools.doctor import client
from tools.verify_live.items import NotAsked, Refuted, Scene

SOON_S = 10.0
QUIET_S = 1.0  # for a frame that should not come
NATIVE = ("presence:online", "push:status")  # each a route of its own
PAUSE_S = 2.0  # between two frames, so that a handshake's time cannot be taken for theirs


def bare(scene: Scene) -> str:
    """`40` alone connects by the handshake's key; `3` alone is noted as a sign of life."""
    query = {**client.ENGINE_IO, "token": scene.visitor.key}
    with client.opened(scene.managed, query=query) as socket:
        client.until(socket, "0", "no open packet came")
        socket.send("40")
        answer = client.until(socket, "40", "a bare `40` was not answered")
        address = address_of(json.loads(answer)["sid"])
        before = _seen(scene, address)
        socket.send("3")
        eventually(lambda: _seen(scene, address) > before, "a bare `3` was not noted as a sign of life")
        if frame := unexpected(socket, lambda frame: not frame.startswith(("4", "2"))):
            raise Refuted(f"bare frames brought {frame[:80]}, which no Socket.IO client understands")
    return "a bare `40` was accepted, a bare `3` noted as a sign of life, no frame of API Gateway's came back"


def times(scene: Scene) -> str:
    """Two frames of one connection, a pause apart, have times that are apart: `chat:typing` shows them."""
    with scene.connect() as typist, scene.connect() as other:
        other.call("chat:join", {"agentId": "echo"})
        told = []
        for is_typing in (True, False):
            time.sleep(PAUSE_S)
            typist.call("chat:typing", {"agentId": "echo", "isTyping": is_typing})
            told.append(_typed_ms(other.socket))
    apart_ms = told[1] - told[0]
    if apart_ms < PAUSE_S * 500:
        raise Refuted(f"frames {PAUSE_S:.0f} s apart have times {apart_ms} ms apart: the handshake's, then")
    return f"two frames {PAUSE_S:.0f} s apart have times {apart_ms / 1000:.1f} s apart"


def native_routes(scene: Scene) -> str:
    """A native client is answered on routes whose key has a colon."""
    with scene.handshake() as socket:
        for action in NATIVE:
            socket.send(json.dumps({"action": action, "id": action, "data": {}}))
            if not (answer := _native_answer(socket, action))["ok"]:
                raise Refuted(f"{action} of a native client is answered with {answer['error']}")
    return f"{' and '.join(NATIVE)} of a native client are answered"


def empty_response(scene: Scene) -> str:
    """Where a function's response goes back as a frame, one without a body brings none."""
    if scene.variables("message").get("ANSWER_IN_RESPONSE") != "true":
        raise NotAsked("acks are posted here: `-c answer_in_response=true` for a deployment without users asks")
    with scene.connect() as connected:
        connected.socket.send('42["chat:typing",{"agentId":"echo","isTyping":false}]')  # no ack is asked for
        connected.socket.send("3")
        frame = unexpected(connected.socket, lambda frame: not frame.startswith(("4", "2")))
        if frame is not None:
            raise Refuted(f"a response without a body came as the frame {frame!r}")
        if not connected.call("chat:history", {"agentId": "echo", "limit": 1})["ok"]:
            raise Refuted("an ack in the response says that it failed")
    return "acks come in the response, and a response without a body brings no frame"


def eventually(is_so: Callable[[], bool], otherwise: str, within_s: float | None = None) -> float:
    """Wait until it is so; returns how long that took. Raises Refuted."""
    began, patience_s = time.monotonic(), within_s or SOON_S
    while not is_so():
        if time.monotonic() - began > patience_s:
            raise Refuted(f"{otherwise} within {patience_s:.0f} s")
    return time.monotonic() - began


def unexpected(socket: Any, is_strange: Callable[[str], bool]) -> str | None:
    """Return the first strange frame that comes within a second, if one does."""
    deadline = time.monotonic() + QUIET_S
    while (left_s := deadline - time.monotonic()) > 0:
        try:
            frame = str(socket.recv(timeout=left_s))
        except TimeoutError:
            return None
        if is_strange(frame):
            return frame
    return None


def _typed_ms(socket: Any) -> int:
    """Return when the user typed, as another device is told; the agent types, too, when it answers another probe."""
    while True:
        frame = client.until(socket, '42["chat:typing",', "the typing was not shown to the other device")
        told: dict[str, Any] = json.loads(frame[:-1])
        if "userId" in told:
            return int(told["timestamp"])


def _native_answer(socket: Any, number: str) -> dict[str, Any]:
    """Return the answer that has this id. Raises Silent."""
    while True:
        frame = "{" + client.until(socket, "{", f"{number} was not answered")
        answer: dict[str, Any] = json.loads(frame)
        if answer.get("id") == number:
            return answer


def _seen(scene: Scene, address: str) -> int:
    return int(scene.admin("show", "connection", address)["seenAt"])
