"""`make run` as its user sees it: what it writes, what it serves, what happens when sources change."""

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from websockets.sync.client import connect

from tests import processes
from tests.e2e.conftest import Stack, stack_in

pytestmark = [pytest.mark.e2e, pytest.mark.alone, pytest.mark.timeout(300)]

TRIES = 3  # of what has to be quick: a busy machine gets another chance
NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv", "node_modules", ".local", "cdk.out", "__pycache__", ".*_cache", "docs"
)


def test_the_outputs_are_complete(stack: Stack) -> None:
    assert {"url", "socketPath", "websocketUrl", "engineUrl", "region", "vapidPublicKey", "users", "agents"} < set(
        stack.outputs
    )
    resources = stack.outputs["resources"]
    assert set(resources) == {"tables", "functions", "queues", "stateMachines", "buckets", "buses"}
    assert set(resources["tables"]) == {"connections", "conversations"}
    assert {"connect", "message", "presence", "streamer", "sweeper"} <= set(resources["functions"])
    assert {"ticks", "ticksDead"} <= set(resources["queues"])
    assert set(resources["stateMachines"]) == {"answers"}


def test_the_page_is_served_and_told_how_to_connect(stack: Stack) -> None:
    with urlopen(stack.url) as page:  # noqa: S310
        assert page.headers["content-type"] == "text/html; charset=utf-8"
    with urlopen(f"{stack.url}/config.json") as config:  # noqa: S310
        assert json.load(config)["socketPath"] == stack.socket_path
        assert config.headers["cache-control"] == "no-store"


def test_ready_is_the_last_line_of_a_start_and_said_once(stack: Stack) -> None:
    if stack.run is None:
        pytest.skip("the stack is not ours")
    assert [line for line in stack.run.lines if line.startswith("ready:")] == [f"ready: {stack.url}"]


def test_a_function_can_be_called_by_hand(stack: Stack, tmp_path: Path) -> None:
    if stack.run is None:
        pytest.skip("the stack is not ours")
    event = tmp_path / "event.json"
    event.write_text('{"reply": "0", "epoch": 0, "startedAt": "2000-01-01T00:00:00Z"}')
    file = stack.run.home / "outputs.json"
    command = [sys.executable, "-m", "local.invoke", "streamer", str(event), "--outputs", str(file)]
    called = subprocess.run(command, cwd=processes.ROOT, capture_output=True, text=True, check=True)
    assert json.loads(called.stdout)["next"] == "done"


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    """A stack of a copy of the sources, which are watched."""
    sources = tmp_path / "project"
    shutil.copytree(processes.ROOT, sources, ignore=NOT_COPIED)
    monkeypatch.setattr(processes, "ROOT", sources)
    with stack_in(tmp_path / "home", {"WATCH": "true", "DEMO_USERS": "0"}) as stack:
        yield stack


def seconds_until_live(run: processes.Run, handler: Path, source: str) -> float:
    """How long a change takes."""
    printed, began = len(run.lines), time.monotonic()
    handler.write_text(source)
    run.wait_for(r"live again: .*Message", 20, after=printed)
    return time.monotonic() - began


def test_a_changed_function_is_live_within_two_seconds_and_connections_stay(copy: Stack) -> None:
    run = copy.run
    assert run is not None
    handler = processes.ROOT / "functions" / "message" / "handler.py"
    source = handler.read_text()
    url = f"{copy.url.replace('http', 'ws')}{copy.socket_path}/?EIO=4&transport=websocket"
    with connect(url) as client:
        client.recv(timeout=10)  # the open packet

        handler.write_text(source + "\nthis is no python\n")
        run.wait_for(r"not taken over: functions/message/handler.py", 10)
        assert min(seconds_until_live(run, handler, f"{source}\nprint({number})\n") for number in range(TRIES)) <= 2

        client.send("40" + json.dumps({"token": copy.key("alice")}))
        assert str(client.recv(timeout=10)).startswith("40{")
    (processes.ROOT / "infra" / "config.py").touch()
    run.wait_for(re.escape("infra changed: restart `make run` to deploy it"), 3)
