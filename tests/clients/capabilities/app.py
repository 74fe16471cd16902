"""A server of what a stock client can do; the functions behind both APIs run `handler`."""

import re

from serverless_socketio import ConnectionRefusedError, Recovery, Server, TimeoutError
from serverless_socketio.aws import LambdaApp

sio = Server(recovery=Recovery(identity=lambda session: "anyone"))


@sio.event
def connect(sid, environ, auth):
    sio.enter_room(sid, "lobby")
    if auth:
        sio.enter_room(sid, auth["group"])


@sio.event
def disconnect(sid, reason):
    sio.emit("left", [sid, reason], room="lobby")


@sio.on("echo")
def echo(sid, *args):
    return args


@sio.on("back")
def back(sid, *args):
    sio.emit("back", args, to=sid)


@sio.on("tell")
def tell(sid, group, *args):
    sio.emit("told", args, room=group, skip_sid=sid)


@sio.on("ask me")
def ask_me(sid, question):
    sio.emit("question", question, to=sid, callback=answered)


@sio.callback
def answered(*args):
    sio.emit("answered", args, to=sio.request.sid)


@sio.on("call me")
def call_me(sid, timeout):
    try:
        return ["answered", sio.call("question", "by call", to=sid, timeout=timeout)]
    except TimeoutError:
        return ["late"]


@sio.on("kick me")
def kick_me(sid):
    sio.disconnect(sid)


@sio.on("*")
def any_other(event, sid, *args):
    return ["caught", event, *args]


@sio.on("connect", namespace="/quiet")
def connect_quiet(sid, environ, auth):
    """No event has a handler here, so that no one is acknowledged."""


@sio.on("connect", namespace="*")
def connect_by_pattern(namespace, sid, environ, auth):
    if not re.fullmatch(r"/room-\d+", namespace):
        raise ConnectionRefusedError("Invalid namespace")


@sio.on("say", namespace="*")
def say(namespace, sid, text):
    sio.emit("said", [namespace, text], namespace=namespace)
    return namespace


handler = LambdaApp(sio).handler
