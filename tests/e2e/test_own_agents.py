"""Agents of one's own, on the local cloud with stock clients: the examples of docs/agents.md."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from serverless_socketio_chat.agents.model import SORRY
from tests.e2e import aws_side
from tests.e2e.answers import CHUNK, hear, of, say, succeed
from tests.e2e.conftest import Stack, World, stack_in, world_of
from tests.processes import ROOT

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

SLOW = '''"""Agents that take their time, or fail."""
import time


def talk(turn):
    with open(f"{__file__}.closed", "a") as closed:
        try:
            while True:
                yield "word "
                time.sleep(0.1)
        finally:
            closed.write(turn.text)


def hang(turn):
    time.sleep(30)


def fail(turn):
    yield "half a "
    raise ValueError(turn.text)
'''
NAMES = ("recall:recall", "count:count", "slow:talk", "slow:hang", "slow:fail")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with functions of a test's own."""
    made = tmp_path_factory.mktemp("functions")
    (made / "slow.py").write_text(SLOW)
    return made


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Iterator[Stack]:
    """A stack that allows the functions, of which it waits for two seconds."""
    path = f"{ROOT / 'docs' / 'examples' / 'agents'}:{folder}"
    settings = {"AGENT_FUNCTIONS": ",".join(NAMES), "PYTHONPATH": path, "MODEL_FIRST_MS": "2000"}
    with stack_in(tmp_path_factory.mktemp("own"), settings) as made:
        for name in NAMES:
            agent_id = name.partition(":")[2]
            aws_side.directory(made).put_agent(agent_id, agent_id, provider=name, chunk_delay_ms=100)
        yield made


@pytest.fixture(scope="module")
def session(stack: Stack) -> Iterator[World]:
    with world_of(stack) as made:
        yield made


@pytest.fixture
def world(session: World) -> Iterator[World]:
    yield session
    session.clients.close_devices()


@pytest.fixture
def user(world: World) -> str:
    return world.crowd[0]


def test_one_that_yields_and_one_that_returns_answer_a_stock_client(world: World, user: str) -> None:
    device = world.connect(user)
    hear(device, say(device, "good morning", "recall")["replyId"]).check(
        f"{user}, you say “good morning”, and nothing before."
    )
    hear(device, say(device, "how many", "count")["replyId"]).check("That was 2 words.")
    assert device.events("relation:updated")[-1].body["emotions"]["curiosity"] > 0.4


def test_a_stop_ends_one_that_talks_within_a_second_and_closes_it(world: World, user: str, folder: Path) -> None:
    device = world.connect(user)
    reply_id = say(device, "until I say stop", "talk")["replyId"]
    device.wait_for(CHUNK, of(reply_id))
    stopped_at = time.time()
    succeed(device, "chat:stop", {"agentId": "talk", "messageId": reply_id})
    answer = hear(device, reply_id)
    answer.check(reason="stopped")
    assert answer.complete.at_ms / 1000 - stopped_at < 1.0
    closed, deadline = folder / "slow.py.closed", time.monotonic() + 5
    while not closed.read_text():
        assert time.monotonic() < deadline, "its generator was not closed"
        time.sleep(0.05)
    assert closed.read_text() == "until I say stop"


def test_one_that_hangs_or_fails_says_so(world: World, user: str) -> None:
    device = world.connect(user)
    hear(device, say(device, "hello", "hang")["replyId"]).check(SORRY["slow"], reason="error")
    hear(device, say(device, "hello", "fail")["replyId"]).check("half a ", reason="error")
