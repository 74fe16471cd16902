"""A frame's own CPU: `chat:history` in a warm function, from the event to the ack, with what AWS answers at hand."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from tests.bench.measuring import ROUNDS, Row, side_by_side
from tests.drivers import ChatDriver
from tests.tables import dynamodb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BUDGET_S = 0.0005  # its ack handed to the transport, without AWS's calls
CALLS = 200
PAGES = (10, 50)  # lines, of ten words each; 50 are what a client gets that names no number
ECHO = {"agentId": "echo"}


class Remembered:
    """A client that asks its own for what it has not asked before, and gives the same answer from then on."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._answers: dict[str, Any] = {}
        self.is_learning = True

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(**parameters: Any) -> Any:
            if self.is_learning:
                self._answers[name] = getattr(self._client, name)(**parameters)
            return self._answers[name]

        return call


def rows() -> Iterator[Row]:
    for lines in PAGES:
        with dynamodb() as client:
            own = seconds(Remembered(client), lines)
        yield Row(f"chat:history, {lines} lines, warm: own CPU", own, "none", 0, BUDGET_S, is_margin=True)


def seconds(client: Remembered, lines: int) -> float:
    """CPU of one frame."""
    chat = ChatDriver(client)  # type: ignore[arg-type]
    carol = chat.connect("carol")
    for _ in range(lines // 2):
        carol.emit("chat:message", {**ECHO, "message": "ten words are as long as most that people say"})
        chat.answer()
    asked = {**ECHO, "limit": lines}
    assert len(carol.emit("chat:history", asked)["messages"]) == lines
    client.is_learning = False
    event = chat.message(carol.address, f"421{json.dumps(['chat:history', asked])}")
    posted = len(chat.transport.sent)

    def ask() -> None:
        chat.clock.advance(0.01)  # so that the rate lets it through, and what a warm function has read holds
        chat.call("message", event)

    (own,) = side_by_side(ask, calls=CALLS, clock=time.process_time)
    acks = [ack for _, ack in chat.transport.sent[posted:]]
    assert len(acks) == ROUNDS * CALLS
    assert all(ack.startswith('431[{"ok":true,"messages":[{') for ack in acks)
    return own
