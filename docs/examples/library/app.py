"""A lobby: each client hears what the others say. The functions behind a WebSocket API run `handler`."""

from serverless_socketio import Server
from serverless_socketio.aws import LambdaApp

sio = Server()


@sio.event
def connect(sid, environ, auth):
    sio.enter_room(sid, "lobby")


@sio.on("say")
def say(sid, text):
    sio.emit("said", text, room="lobby", skip_sid=sid)
    return "ok"  # the acknowledgement


handler = LambdaApp(sio).handler
