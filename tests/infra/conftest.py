"""Two syntheses a session, side by side: one with cdk-nag, one by `python app.py` on a machine with next to nothing."""

import functools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.infra.assembly import Assembly

ROOT = Path(__file__).parents[2]
NOT_HERE = "/nonexistent"
BARE = {
    "stack_name": "Bare",
    "web_site": "false",
    "native_routes": "false",
    "function_aliases": "true",
    "agents": "examples/companion",
    "agent_functions": "mine:answer",
    "alarms": "false",
    "dashboard": "false",
    "sweeper_concurrency": "40",
    "frames": "async",
    "model_secrets_prefix": "acme",
    "model_secrets_key_arn": "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-000000000000",
    "bedrock_model_arns": ", ".join(
        f"arn:aws:bedrock:{region}::foundation-model/some" for region in ("us-east-1", "eu-west-1")
    ),
}
HIDDEN = ("AWS_", "CDK_", "DOCKER_", "ENABLE_WEBSOCKETS", "ALLOWED_ORIGINS", "AUTH_", "VAPID_", "NEXT_PUBLIC_", "PUSH_")


class Syntheses:
    """Starts both at once; each is waited for when first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        script = str(ROOT / "tests" / "infra" / "synthesise.py")
        self._full = _start([script, str(folder)], _environment(PYTHONPATH=str(ROOT)))
        bare = _environment(PATH=str(_only_node(folder)), PYENV_ROOT=NOT_HERE, UV_PYTHON_INSTALL_DIR=NOT_HERE)
        self._bare = _start(
            [str(ROOT / "app.py"), "--output", str(folder / "bare"), "--dotenv", NOT_HERE, *_context(BARE)], bare
        )

    @functools.cached_property
    def full(self) -> Path:
        _finish(self._full)
        return self._folder

    @functools.cached_property
    def bare(self) -> Assembly:
        return Assembly(self._folder / "bare", "Bare", stderr=_finish(self._bare))

    def end(self) -> None:
        for process in (self._full, self._bare):
            process.kill()  # has ended long ago, unless a test was interrupted
            process.communicate()


@pytest.fixture(scope="session")
def syntheses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Syntheses]:
    started = Syntheses(tmp_path_factory.mktemp("infra"))
    yield started
    started.end()


@pytest.fixture(scope="session")
def chat(syntheses: Syntheses) -> Assembly:
    return Assembly(syntheses.full / "chat", "Chat")


@pytest.fixture(scope="session")
def site(syntheses: Syntheses) -> Assembly:
    return Assembly(syntheses.full / "chat", "Chat-site")


@pytest.fixture(scope="session")
def watched_by_a_topic(syntheses: Syntheses) -> Assembly:
    return Assembly(syntheses.full / "told", "Chat")


@pytest.fixture(scope="session")
def nag(syntheses: Syntheses) -> list[str]:
    findings: list[str] = json.loads((syntheses.full / "nag.json").read_text())
    return findings


@pytest.fixture(scope="session")
def pool(syntheses: Syntheses) -> Assembly:
    """The chat with a Cognito user pool."""
    return Assembly(syntheses.full / "pool", "Pool")


@pytest.fixture(scope="session")
def pool_site(syntheses: Syntheses) -> Assembly:
    """Its page."""
    return Assembly(syntheses.full / "pool", "Pool-site")


@pytest.fixture(scope="session")
def named(syntheses: Syntheses) -> Assembly:
    """The chat with an issuer that is named, and without long-polling."""
    return Assembly(syntheses.full / "named", "Named")


@pytest.fixture(scope="session")
def named_site(syntheses: Syntheses) -> Assembly:
    """Its page."""
    return Assembly(syntheses.full / "named", "Named-site")


@pytest.fixture(scope="session")
def somebody_else(syntheses: Syntheses) -> Assembly:
    return Assembly(syntheses.full / "other", "Game")


@pytest.fixture(scope="session")
def lobby(syntheses: Syntheses) -> Assembly:
    return Assembly(syntheses.full / "lobby", "Lobby")


@pytest.fixture(scope="session")
def shop(syntheses: Syntheses) -> Assembly:
    return Assembly(syntheses.full / "shop", "Shop")


@pytest.fixture(scope="session")
def bare(syntheses: Syntheses) -> Assembly:
    return syntheses.bare


def _context(values: Mapping[str, str]) -> list[str]:
    """The options of `app.py` that set a context."""
    return [word for key, value in values.items() for word in ("-c", f"{key}={value}")]


def _environment(**changes: str) -> dict[str, str]:
    """What a synthesis may know: no AWS setting, no credential, no setting of the project."""
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    silence = {"JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": node.removeprefix("v").partition(".")[0]}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(HIDDEN)}
    return kept | silence | changes


def _only_node(folder: Path) -> Path:
    """A folder for PATH with Node and nothing else: no Docker, no AWS CLI, no other Python."""
    path = folder / "path"
    path.mkdir()
    node = shutil.which("node")
    assert node
    (path / "node").symlink_to(node)
    return path


def _start(arguments: list[str], environment: dict[str, str]) -> subprocess.Popen[str]:
    command = [sys.executable, "-O", *arguments]
    return subprocess.Popen(
        command, env=environment, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def _finish(process: subprocess.Popen[str]) -> str:
    _, stderr = process.communicate(timeout=110)
    assert process.returncode == 0, stderr
    return stderr
