"""The library as a wheel: what its index page says, and that an empty environment serves the example with it."""

import os
import subprocess
import sys
import zipfile
from email import message_from_string
from email.message import Message
from pathlib import Path

import pytest

from serverless_socketio.cdk.bundling import uv

ROOT = Path(__file__).parents[2]
LIBRARY = ROOT / "layers" / "serverless_socketio"
EXAMPLE = ROOT / "docs" / "examples" / "library" / "app.py"

SERVES = """
import json, runpy, sys
from serverless_socketio.aws.gateway import Gateway
from serverless_socketio.model import Ping
from serverless_socketio.inbox import Inbox
from serverless_socketio.memory import MemoryStore, MemoryTransport
from serverless_socketio.ports import Ports
from serverless_socketio.system import RandomIds, SystemClock

sio = runpy.run_path(sys.argv[1])["sio"]
clock, transport = SystemClock(), MemoryTransport()
sio.attach(lambda: Ports(MemoryStore(clock), transport, clock, RandomIds()))
gateway = Gateway(sio.manager, Inbox(sio.manager, heartbeat_s=25), ping=Ping(25_000, 20_000))


def send(address, kind, **event):
    context = {"eventType": kind, "connectionId": address, "requestId": "r", "requestTimeEpoch": clock.now_ms()}
    call = {"CONNECT": gateway.connect, "MESSAGE": gateway.receive}[kind]
    assert call({"requestContext": context, **event}) == {"statusCode": 200}


for address in ("alice", "bob"):
    send(address, "CONNECT", headers={}, queryStringParameters={"EIO": "4", "transport": "websocket"})
    send(address, "MESSAGE", body="40")
send("alice", "MESSAGE", body='421["say","hello"]')
print(json.dumps(transport.sent))
assert not {"boto3", "botocore", "aws_cdk", "jsii"} & set(sys.modules)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    run(uv(), "build", "--quiet", "--wheel", "--sdist", "--out-dir", str(folder), str(LIBRARY))
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (each for each in archive.namelist() if each.endswith("/METADATA"))
        return message_from_string(archive.read(name).decode())


def run(*command: str) -> str:
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=110)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_holds_the_package_its_types_and_its_licence(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {"serverless_socketio/py.typed", "serverless_socketio/cdk/socketio_api.py"} <= names
    assert {name.split("/")[0].split("-")[0] for name in names} == {"serverless_socketio"}
    assert [name for name in names if name.endswith("licenses/LICENSE")]
    assert (LIBRARY / "LICENSE").read_text() == (ROOT / "LICENSE").read_text()


def test_an_index_can_show_what_it_is(metadata: Message) -> None:
    assert metadata["Description-Content-Type"] == "text/markdown"
    description = metadata.get_payload()
    assert isinstance(description, str)
    assert description.strip() == (LIBRARY / "README.md").read_text(encoding="utf-8").strip()
    assert metadata["License-Expression"] == "MIT"
    assert "Typing :: Typed" in metadata.get_all("Classifier", [])
    assert len(metadata.get_all("Project-URL", [])) == 2


def test_it_needs_nothing_that_was_not_asked_for(metadata: Message) -> None:
    assert metadata.get_all("Provides-Extra") == ["cdk", "orjson"]
    assert [each for each in metadata.get_all("Requires-Dist", []) if "extra ==" not in each] == []


def test_twine_finds_nothing_to_complain_of(wheel: Path) -> None:
    said = run(
        uv(), "tool", "run", "--quiet", "twine", "check", "--strict", *map(str, wheel.parent.glob("*.*z")), str(wheel)
    )
    assert said.count("PASSED") == 2


def test_a_stack_bundles_the_package_as_it_is_installed(wheel: Path, tmp_path: Path) -> None:
    run(uv(), "pip", "install", "--quiet", "--target", str(tmp_path / "site"), str(wheel))
    shown = f"import sys; sys.path.insert(0, {str(tmp_path / 'site')!r}); import runpy; runpy.run_path(sys.argv[1])"
    stack = str(EXAMPLE.with_name("stack.py"))
    run("env", f"CDK_OUTDIR={tmp_path / 'out'}", sys.executable, "-O", "-c", shown, stack)
    (layer,) = (tmp_path / "out").glob("*/python/serverless_socketio")
    installed = {path.name for path in (tmp_path / "site" / "serverless_socketio").iterdir()}
    assert installed - {path.name for path in layer.iterdir()} == {"cdk"}


def test_an_empty_environment_serves_the_example(wheel: Path, tmp_path: Path) -> None:
    run(uv(), "venv", "--quiet", "--python", sys.executable, str(tmp_path / "venv"))
    python = str(tmp_path / "venv" / "bin" / "python")
    run(uv(), "pip", "install", "--quiet", "--python", python, str(wheel))
    assert run(uv(), "pip", "list", "--quiet", "--format", "freeze", "--python", python).split() == [
        "serverless-socketio==0.1.0"
    ]
    sent = run(python, "-P", "-W", "error", "-c", SERVES, str(EXAMPLE))
    assert '["bob", "42[\\"said\\",\\"hello\\"]"]' in sent
    assert '["alice", "431[\\"ok\\"]"]' in sent
