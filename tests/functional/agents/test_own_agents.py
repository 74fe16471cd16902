"""Agents of one's own: the examples of docs/agents.md, asked by the real functions as users ask them."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from serverless_socketio_chat.agents.model import SORRY
from tests.drivers import ROOT, ChatDriver

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mypy_boto3_dynamodb import DynamoDBClient

ALLOWED = ("recall:recall", "count:count", "broken:answer", "nowhere:answer")


@dataclass
class Own:
    """A chat whose deployment allows some functions."""

    chat: ChatDriver

    def ask(self, provider: str, *messages: str) -> list[dict[str, Any]]:
        """The `complete` of each message's answer."""
        self.chat.directory.put_agent("own", "Own", provider=provider, chunk_size=2, chunk_delay_ms=50)
        client = self.chat.connect("alice")
        for message in messages:
            assert client.emit("chat:message", {"agentId": "own", "message": message})["ok"]
            self.chat.answer()
        self.client = client
        return client.got("chat:message:complete")


@pytest.fixture
def own(tables: DynamoDBClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Own]:
    (tmp_path / "broken.py").write_text("def answer(turn):\n    return {}[turn.text]\n")
    (tmp_path / "outside.py").write_text("raise SystemExit('it was imported')\n")
    monkeypatch.setattr(sys, "path", [str(ROOT / "docs" / "examples" / "agents"), str(tmp_path), *sys.path])
    chat = ChatDriver(tables, agent_functions=ALLOWED)
    yield Own(chat)
    assert chat.denied == []
    for name in ("recall", "count", "broken", "outside"):
        sys.modules.pop(name, None)


def test_a_function_that_yields_is_relayed_with_its_mood_and_told_what_was_said(own: Own) -> None:
    first, second = own.ask("recall:recall", "good morning", "how are you")
    assert first["message"] == "alice, you say “good morning”, and nothing before."
    assert second["message"] == "alice, you say “how are you”, and before that “good morning”."
    assert {first["finishReason"], second["finishReason"]} == {"stop"}
    joy = [told["emotions"]["joy"] for told in own.client.got("relation:updated")]
    assert 0.3 < joy[0] < joy[1]


def test_a_function_that_returns_has_a_stored_answer_that_is_paced(own: Own) -> None:
    (complete,) = own.ask("count:count", "how many are these")
    assert (complete["message"], complete["finishReason"], complete["chunks"]) == ("That was 4 words.", "stop", 2)
    chunks = own.client.got("chat:message:stream")
    assert [chunk["chunk"] for chunk in chunks] == ["That was ", "4 words."]
    assert chunks[1]["timestamp"] - chunks[0]["timestamp"] == pytest.approx(50, abs=1)
    typing = [told["isTyping"] for told in own.client.got("chat:typing")]
    assert typing == [True, False]
    (told,) = own.client.got("relation:updated")
    assert told["emotions"]["curiosity"] > 0.4


@pytest.mark.parametrize(
    ("provider", "failure"),
    [
        ("broken:answer", "broken"),
        ("nowhere:answer", "refused"),
        ("outside:answer", "refused"),
        ("os:getcwd", "refused"),
    ],
)
def test_a_function_that_cannot_answer_says_so_and_the_agent_is_unavailable(
    own: Own, provider: str, failure: str
) -> None:
    follower = own.chat.connect("bob")
    own.chat.directory.put_agent("own", "Own", provider=provider)
    assert follower.emit("agent:subscribe", {"agentId": "own"})["ok"]
    (complete,) = own.ask(provider, "hello")
    assert (complete["message"], complete["finishReason"]) == (SORRY[failure], "error")  # type: ignore[index]
    assert [told["status"] for told in follower.got("agent:updated")] == ["unavailable"]
    assert "outside" not in sys.modules
