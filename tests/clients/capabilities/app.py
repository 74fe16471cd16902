"""A server of what a stock client can do; the functions behind both APIs run `handler`."""

import re
from typing import Any

from serverless_socketio import ConnectionRefusedError, Recovery, Server, TimeoutError
from serverless_socketio.aws import LambdaApp

sio = Server(recovery=Recovery(identity=lambda session: "anyone"))


@sio.event
def connect(sid: str, environ: dict[str, Any], auth: Any) -> None:
    sio.enter_room(sid, "lobby")
    if auth:
        sio.enter_room(sid, auth["group"])


@sio.event
def disconnect(sid: str, reason: str) -> None:
    sio.emit("left", [sid, reason], room="lobby")


@sio.on("echo")
def echo(sid: str, *args: Any) -> tuple[Any, ...]:
    return args


@sio.on("back")
def back(sid: str, *args: Any) -> None:
    sio.emit("back", args, to=sid)


@sio.on("tell")
def tell(sid: str, group: str, *args: Any) -> None:
    sio.emit("told", args, room=group, skip_sid=sid)


@sio.on("ask me")
def ask_me(sid: str, question: Any) -> None:
    sio.emit("question", question, to=sid, callback=answered)


@sio.callback
def answered(*args: Any) -> None:
    sio.emit("answered", args, to=sio.request.sid)


@sio.on("call me")
def call_me(sid: str, timeout: float) -> list[Any]:
    try:
        return ["answered", sio.call("question", "by call", to=sid, timeout=timeout)]
    except TimeoutError:
        return ["late"]


@sio.on("kick me")
def kick_me(sid: str) -> None:
    sio.disconnect(sid)


@sio.on("*")
def any_other(event: str, sid: str, *args: Any) -> list[Any]:
    return ["caught", event, *args]


@sio.on("connect", namespace="/quiet")
def connect_quiet(sid: str, environ: dict[str, Any], auth: Any) -> None:
    """No event has a handler here, so that no one is acknowledged."""


@sio.on("connect", namespace="*")
def connect_by_pattern(namespace: str, sid: str, environ: dict[str, Any], auth: Any) -> None:
    if not re.fullmatch(r"/room-\d+", namespace):
        raise ConnectionRefusedError("Invalid namespace")


@sio.on("say", namespace="*")
def say(namespace: str, sid: str, text: str) -> str:
    sio.emit("said", [namespace, text], namespace=namespace)
    return namespace


handler = LambdaApp(sio).handler
