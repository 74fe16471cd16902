"""A stock client of the lobby: python client.py"""

import socketio

with socketio.SimpleClient() as client:
    client.connect(
        "http://localhost:3000",
        socketio_path="/api/socketio",
        transports=["websocket"],
        wait_timeout=10,  # seconds: of the default, five, functions that start cold may take all
    )
    print(client.call("say", "hello"))  # ok
