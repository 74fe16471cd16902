"""The chat on Lambda. The functions behind a WebSocket API run `handler`."""

from chat import add_to

import serverless_socketio
from serverless_socketio.aws import LambdaApp

sio = serverless_socketio.Server()
add_to(sio, serverless_socketio)
handler = LambdaApp(sio).handler
