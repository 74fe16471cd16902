"""An agent that says its answer word by word, as a model does."""

from collections.abc import Iterator, Mapping

from serverless_socketio_chat.agents import Turn


def recall(turn: Turn) -> Iterator[str | Mapping[str, float]]:
    said = [line.text for line in turn.history if line.role == "user"]
    yield f"{turn.user_id}, you say “{turn.text}”"
    yield f", and before that “{said[-1]}”." if said else ", and nothing before."
    yield {"joy": 0.1}
