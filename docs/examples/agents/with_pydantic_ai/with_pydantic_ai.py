"""An agent of pydantic-ai, with a tool: its words are relayed as they come."""

import asyncio
import os
from collections.abc import Iterator, Sequence
from contextlib import closing

from pydantic_ai import Agent, ModelMessage, ModelRequest, ModelResponse, RunContext, TextPart, UserPromptPart
from pydantic_ai.exceptions import ModelHTTPError

from serverless_socketio_chat.agents import Line, ModelFailed, Turn
from serverless_socketio_chat.agents.model import Failure

FAILURES: dict[int, Failure] = {400: "rejected", 401: "refused", 429: "busy"}

guide = Agent(deps_type=Turn, instructions="You are a guide by the sea. Two sentences at most.")


@guide.tool
def how_well_we_know_each_other(context: RunContext[Turn]) -> str:
    """Say where you and this user stand."""
    return f"{context.deps.relation.state}, {context.deps.relation.level} of 100"


def answer(turn: Turn) -> Iterator[str]:
    model = os.environ.get("GUIDE_MODEL", "openai:gpt-5-mini")
    try:
        with closing(asyncio.new_event_loop()) as loop:  # of this answer's thread
            asyncio.set_event_loop(loop)
            with guide.run_stream_sync(turn.text, deps=turn, model=model, message_history=earlier(turn.history)) as run:
                yield from run.stream_text(delta=True)
    except ModelHTTPError as error:
        raise ModelFailed(FAILURES.get(error.status_code, "down")) from error


def earlier(history: Sequence[Line]) -> list[ModelMessage]:
    return [
        ModelRequest(parts=[UserPromptPart(line.text)])
        if line.role == "user"
        else ModelResponse(parts=[TextPart(line.text)])
        for line in history
    ]
