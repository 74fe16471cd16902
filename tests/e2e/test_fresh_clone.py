"""The README's lines for a deployment, in a fresh clone, up to AWS's first word: it does not take the credentials.

A clone has what git has. Installing everything anew would take the network and minutes, so `make` is shown where the
installed packages are (`-o`: up to date); that each target would install them first is what `make -n` says.
"""

import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from tests.processes import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.e2e]

INSTALLED = (".venv/.ready", "node_modules/.ready", "web/dist/index.html")
REFUSED = b"""<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>
<Code>InvalidClientTokenId</Code><Message>The security token included in the request is invalid.</Message></Error>
<RequestId>0</RequestId></ErrorResponse>"""
"""What STS answers to made-up credentials."""


class Aws(ThreadingHTTPServer):
    """An AWS that knows nobody. `asked`: the action of each request."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Refusing)
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        """Where SDKs find it."""
        return f"http://127.0.0.1:{self.server_port}"


class Refusing(BaseHTTPRequestHandler):
    server: Aws

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.asked.append(parse_qs(body).get("Action", [self.headers.get("X-Amz-Target", self.path)])[0])
        self.send_response(403)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(REFUSED)))
        self.end_headers()
        self.wfile.write(REFUSED)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    with Aws() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a clone of this state would have: nothing that git ignores."""
    folder = tmp_path_factory.mktemp("clone") / "serverless-socketio"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def installed(clone: Path) -> Path:
    """The clone after what `make` installs."""
    for name in (".venv", "node_modules"):
        (clone / name).symlink_to(ROOT / name)
    return clone


def lines() -> list[str]:
    """The README's own lines for a deployment, in their order."""
    section = (ROOT / "README.md").read_text().partition("\n## Deploy\n")[2]
    block = re.search(r"```bash\n(.*?)```", section, re.DOTALL)
    assert block
    return [line.partition("#")[0].strip() for line in block[1].splitlines()]


def outside() -> dict[str, str]:
    """This machine's environment without the project's and AWS's settings; the test may run under `make` itself."""
    hidden = ("AWS_", "CDK_", "VAPID_", "PUSH", "PREFLIGHT", "MAKE", "MFLAGS")
    return {name: value for name, value in os.environ.items() if not name.startswith(hidden)}


def run(folder: Path, line: str, endpoint: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a line of the README as somebody with credentials that AWS does not know."""
    program, *words = line.split()
    assert program == "make", f"a fresh clone has no {program}"
    environment = outside() | {
        "AWS_ACCESS_KEY_ID": "fake",
        "AWS_SECRET_ACCESS_KEY": "fake",
        "AWS_REGION": "eu-central-1",
        "AWS_ENDPOINT_URL": endpoint,
        **settings,
    }
    there = [word for name in INSTALLED for word in ("-o", name)]
    return subprocess.run(
        ["make", *there, *words], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("line", lines())
def test_every_line_installs_what_it_needs_before_anything_else(clone: Path, line: str) -> None:
    planned = subprocess.run(
        ["make", "-n", *line.split()[1:]], cwd=clone, env=outside(), capture_output=True, text=True, check=True
    ).stdout  # fmt: skip
    steps = [planned.index("Installing the Python packages"), planned.index("-m tools.")]
    assert steps == sorted(steps)
    if "vapid-keys" not in line:  # no CDK in it
        assert planned.index("Installing the npm packages") < steps[1]


def test_the_readme_gets_to_aws_by_itself(installed: Path, aws: Aws) -> None:
    told = {}
    for line in lines():
        aws.asked.clear()
        ended = run(installed, line, aws.url, VAPID_SUBJECT="mailto:ops@chat.dev")
        told[line] = (list(aws.asked), ended.stderr)
        assert "Traceback" not in ended.stderr, ended.stderr
        assert ended.returncode == (0 if line == "make vapid-keys" else 2), ended.stdout + ended.stderr
    assert list(told) == [
        "make bootstrap",
        "make vapid-keys",
        "make preflight",
        "make deploy",
        "make verify-live",
        "make publish",
        "make destroy",
    ]
    for line in ("make bootstrap", "make preflight", "make deploy", "make destroy"):
        asked, stderr = told[line]
        assert asked == ["GetCallerIdentity"], line
        assert "AWS refuses these credentials: InvalidClientTokenId" in stderr, line
    for line in ("make publish", "make verify-live"):
        assert "`make deploy` writes it" in told[line][1]
    assert told["make publish"][0] == told["make verify-live"][0] == told["make vapid-keys"][0] == []


@pytest.mark.parametrize("line", ["make bootstrap", "make preflight", "make deploy", "make destroy"])
def test_without_a_network_that_is_said_in_words(installed: Path, line: str) -> None:
    ended = run(installed, line, "http://127.0.0.1:9", PUSH="false")
    assert ended.returncode == 2
    assert "AWS cannot be asked who you are" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_without_a_region_nothing_goes_anywhere(installed: Path, aws: Aws, tmp_path: Path) -> None:
    nowhere: Mapping[str, str] = {"AWS_REGION": "", "AWS_CONFIG_FILE": str(tmp_path / "none"), "PUSH": "false"}
    aws.asked.clear()
    ended = run(installed, "make deploy", aws.url, **nowhere)
    assert "no region is named" in ended.stderr
    assert aws.asked == []
