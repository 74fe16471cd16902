"""The worked examples of docs/agents.md: agents over the OpenAI SDK and pydantic-ai, against fakes of their models."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from serverless_socketio_chat.agents.model import SORRY
from tests.drivers import ROOT, ChatDriver
from tests.model_server import steps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_dynamodb import DynamoDBClient

    from tests.model_server import ModelServer

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(60)]

FOLDER = ROOT / "docs" / "examples" / "agents"
NAMES = ("with_openai", "with_pydantic_ai")


@pytest.fixture
def model(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelServer]:
    """What both ask: an OpenAI-compatible server of this machine. The examples are imported anew."""
    monkeypatch.setattr(sys, "path", [*(str(FOLDER / name) for name in NAMES), *sys.path])
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-none")
    monkeypatch.setenv("GUIDE_MODEL", "openai-chat:gpt-5-mini")
    yield server
    for name in NAMES:
        sys.modules.pop(name, None)


@pytest.fixture
def chat(tables: DynamoDBClient, model: ModelServer) -> ChatDriver:
    driver = ChatDriver(tables, agent_functions=tuple(f"{name}:answer" for name in NAMES))
    for name in NAMES:
        driver.directory.put_agent(name, name, provider=f"{name}:answer", chunk_delay_ms=0)
    return driver


def ask(chat: ChatDriver, agent_id: str, *messages: str) -> list[dict[str, Any]]:
    """The `complete` of each message's answer."""
    client = chat.connect("carol")
    for message in messages:
        assert client.emit("chat:message", {"agentId": agent_id, "message": message})["ok"]
        chat.answer()
    return client.got("chat:message:complete")


@pytest.mark.parametrize("name", NAMES)
def test_it_is_relayed_and_told_what_was_said_before(chat: ChatDriver, model: ModelServer, name: str) -> None:
    first, second = ask(chat, name, "good morning", "how are you")
    assert (first["message"].rstrip(), first["finishReason"]) == ("good morning", "stop")
    assert (second["message"].rstrip(), second["finishReason"]) == ("how are you", "stop")
    said = [message for message in model.seen[-1].body["messages"] if message["role"] != "system"]
    assert [message["role"] for message in said] == ["user", "assistant", "user"]
    assert [message["content"].rstrip() for message in said] == ["good morning", "good morning", "how are you"]


@pytest.mark.parametrize("name", NAMES)
def test_a_model_that_fails_is_said_as_any_model_s(chat: ChatDriver, name: str) -> None:
    (end,) = ask(chat, name, steps({"status": 400}))
    assert (end["message"], end["finishReason"]) == (SORRY["rejected"], "error")


def test_the_guide_may_ask_where_the_two_stand(chat: ChatDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUIDE_MODEL", "test")  # pydantic-ai's own, which calls every tool, and says what they returned
    (end,) = ask(chat, "with_pydantic_ai", "hello")
    assert "stranger, 0 of 100" in end["message"]
