from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serverless_socketio_chat import agents
from serverless_socketio_chat.agents.model import Reply, Turn
from serverless_socketio_chat.agents.relations import FRESH


def turn(message: str) -> Turn:
    return Turn("alice", "echo", message, (), FRESH)


@given(st.text(min_size=1, max_size=400))
def test_echo_says_the_message_back_unchanged(message: str) -> None:
    assert agents.get("echo").reply(turn(message)) == Reply(message)


@pytest.mark.parametrize("provider", ["", "nobody", "os", "serverless_socketio_chat.agents.echo"])
def test_an_unknown_provider_is_a_typed_error(provider: str) -> None:
    with pytest.raises(agents.UnknownProviderError) as caught:
        agents.get(provider)
    assert caught.value.provider == provider


def test_every_provider_of_the_table_answers() -> None:
    for provider in agents.PROVIDERS:
        assert agents.get(provider).reply(turn("hello")).text


def test_an_agent_is_imported_when_it_is_first_asked_for() -> None:
    code = (
        "import sys; from serverless_socketio_chat import agents;"
        "assert 'serverless_socketio_chat.agents.echo' not in sys.modules; agents.get('echo')"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
