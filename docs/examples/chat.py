"""A stock Socket.IO client: python docs/examples/chat.py"""

import json
import os
from pathlib import Path

import socketio

outputs = json.loads(Path(os.environ.get("OUTPUTS", ".local/outputs.json")).read_text())
client = socketio.Client()

client.on("chat:message:stream", lambda event: print(event["chunk"], end="", flush=True))
client.on("chat:message:complete", lambda event: print(f"\n{event['chunks']} chunks, {event['finishReason']}"))
client.on("relation:updated", lambda event: (print("relation:", event["relationState"]), client.disconnect()))

client.connect(
    outputs["url"],
    socketio_path=outputs["socketPath"],
    transports=["websocket"],
    auth={"token": outputs["users"][0]["apiKey"]},
)
client.call("chat:join", {"agentId": "companion"})
ack = client.call("chat:message", {"agentId": "companion", "message": "Hello! My name is Ada."})
assert ack["ok"], ack["error"]
client.wait()
