"""A stock Socket.IO client: python docs/examples/chat.py"""

import asyncio
import json
import os
from pathlib import Path

import socketio

outputs = json.loads(Path(os.environ.get("OUTPUTS", ".local/outputs.json")).read_text())
client = socketio.AsyncClient()  # it keeps the order of events: in `Client` each is handled by a thread of its own

client.on("chat:message:stream", lambda event: print(event["chunk"], end="", flush=True))
client.on("chat:message:complete", lambda event: print(f"\n{event['chunks']} chunks, {event['finishReason']}"))


@client.on("relation:updated")
async def end(event):
    """Show how the two stand, and leave."""
    print("relation:", event["relationState"])
    await client.disconnect()


async def chat():
    """Say hello, and hear the answer."""
    await client.connect(
        outputs["url"],
        socketio_path=outputs["socketPath"],
        transports=["websocket"],
        auth={"token": outputs["users"][0]["apiKey"]},
        wait_timeout=10,  # seconds: of the default, one, functions that start cold may take all
    )
    await client.call("chat:join", {"agentId": "companion"})
    ack = await client.call("chat:message", {"agentId": "companion", "message": "Hello! My name is Ada."})
    assert ack["ok"], ack["error"]
    await client.wait()


asyncio.run(chat())
