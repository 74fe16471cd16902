"""An agent whose answer is there at once: it is stored, and paced as the agent's record says."""

from serverless_socketio_chat.agents import Reply, Turn


def count(turn: Turn) -> Reply:
    return Reply(f"That was {len(turn.text.split())} words.", mood={"curiosity": 0.1})
