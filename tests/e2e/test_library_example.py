"""The example of `docs/library.md`: its stack on the local cloud, and stock clients of two languages."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import socketio

from local import outputs
from tests.e2e.driver import Clients
from tests.processes import ROOT, Run, running

pytestmark = [pytest.mark.slow, pytest.mark.e2e, pytest.mark.timeout(240)]

LIBRARY = ROOT / "docs" / "examples" / "library"
PATIENCE_S = 10


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example where a reader might have it: far from this repository."""
    return shutil.copytree(LIBRARY, tmp_path_factory.mktemp("reader") / "library")


@pytest.fixture(scope="module")
def lobby(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Iterator[Run]:
    home, settings = tmp_path_factory.mktemp("lobby"), {"WATCH": "true"}
    with running(home, "--app", str(folder / "stack.py"), environment=settings) as run:
        yield run


@pytest.fixture
def where(lobby: Run) -> dict[str, str]:
    (file,) = lobby.home.glob("app-library-*/outputs.json")
    return outputs.read(file)


@pytest.fixture(scope="module")
def clients() -> Iterator[Clients]:
    started = Clients()
    yield started
    started.close()


def test_clients_in_node_and_python_hear_each_other(where: dict[str, str], clients: Clients) -> None:
    node = clients.open(where["url"], path=where["socketPath"])
    node.wait_for("connect")
    with socketio.SimpleClient() as python:
        python.connect(
            where["url"], socketio_path=where["socketPath"], transports=["websocket"], wait_timeout=PATIENCE_S
        )
        assert python.call("say", "from Python", timeout=PATIENCE_S) == "ok"
        assert node.wait_for("said").body == "from Python"
        assert node.call("say", "from Node") == "ok"
        assert python.receive(timeout=PATIENCE_S) == ["said", "from Node"]
    node.close()


def test_the_client_that_the_start_prints_is_answered(where: dict[str, str]) -> None:
    client = (LIBRARY / "client.py").read_text().replace("http://localhost:3000", where["url"])
    ended = subprocess.run([sys.executable, "-c", client], capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout) == (0, "ok\n"), ended.stderr


def test_the_apis_own_address_serves_them_too(where: dict[str, str], clients: Clients) -> None:
    host, path = where["websocketUrl"].removeprefix("ws://").split("/", 1)
    assert where["outputs"]["Url"].endswith("/live")  # type: ignore[index]
    node = clients.open(f"http://{host}", path=f"/{path}", addTrailingSlash=False)
    node.wait_for("connect")
    assert node.call("say", "anyone?") == "ok"


def test_an_edit_is_live_and_a_mistake_changes_nothing(
    lobby: Run, where: dict[str, str], clients: Clients, folder: Path
) -> None:
    node = clients.open(where["url"], path=where["socketPath"])
    node.wait_for("connect")
    source = (folder / "app.py").read_text()
    (folder / "app.py").write_text(source.replace('"ok"', '"changed"'))
    lobby.wait_for("live again: .*Frames", PATIENCE_S)
    assert node.call("say", "hello") == "changed"
    (folder / "app.py").write_text(source + ")")
    lobby.wait_for(r"not taken over: .*app\.py", PATIENCE_S)
    assert node.call("say", "hello") == "changed"


def test_a_file_that_is_none_is_said_so(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "local", "--app", str(tmp_path / "nothing.py")]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert "nothing.py' , but must be a Python file".replace(" ,", ",") in ended.stderr + ended.stdout


def test_what_the_page_prints_is_what_was_deployed(lobby: Run) -> None:
    (manifest,) = lobby.home.glob("app-library-*/assembly/manifest.json")
    assert "Lobby" in json.loads(manifest.read_text())["artifacts"]
