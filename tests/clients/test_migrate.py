"""The app of docs/migrate.md, unchanged, on python-socketio's server and on Lambda: stock clients see no difference."""

import runpy
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from local import outputs
from tests.processes import ROOT, running

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

MIGRATE = ROOT / "docs" / "examples" / "migrate"
CLIENTS = {"node": ["node", str(MIGRATE / "client.mjs")], "python": [sys.executable, str(MIGRATE / "client.py")]}
LINES = 22  # of a transcript


@contextmanager
def python_socketio(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The app in this process, as `python wsgi.py` serves it; its address."""
    monkeypatch.syspath_prepend(MIGRATE / "app")
    server = make_server("127.0.0.1", 0, runpy.run_path(str(MIGRATE / "app" / "wsgi.py"))["app"], threaded=True)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        serving.join()
        server.server_close()
        sys.modules.pop("chat", None)


def transcript(client: str, url: str, path: str) -> list[str]:
    command = [*CLIENTS[client], url, path]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=180, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout.splitlines()


def test_the_same_app_is_the_same_on_both_servers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with python_socketio(monkeypatch) as url:
        before = {client: transcript(client, url, "/socket.io") for client in CLIENTS}
    assert len(before["node"]) == LINES
    assert before["python"] == before["node"]

    folder = shutil.copytree(MIGRATE, tmp_path / "migrate", ignore=shutil.ignore_patterns("__pycache__"))
    with running(tmp_path / "home", "--app", str(folder / "stack.py")):
        (file,) = (tmp_path / "home").glob("app-migrate-*/outputs.json")
        where = outputs.read(file)
        after = {client: transcript(client, where["url"], where["socketPath"]) for client in CLIENTS}
    assert after == before
