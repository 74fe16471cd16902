"""The deployed stack: one of our own on free ports, or, with `E2E_OUTPUTS=file`, whichever that file describes.

`E2E_OUTPUTS` may name the `outputs.json` of a running `make run`, or a file of the same shape about a real deployment.
Assemblies are made once for all sessions, in `E2E_CACHE_DIR` (default: the project's `.local`).
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local import outputs
from tests.processes import ROOT, Run, running

DEMO_USERS = 30


@dataclass(frozen=True)
class Stack:
    """A stack that takes connections.

    Attributes:
        outputs: `outputs.json`, as the contract has it.
        run: The process, or `None` if the stack is somebody else's.
    """

    outputs: dict[str, Any]
    run: Run | None

    @property
    def url(self) -> str:
        """Where Socket.IO listens."""
        return str(self.outputs["url"])

    @property
    def socket_path(self) -> str:
        """Socket.IO's path there."""
        return str(self.outputs["socketPath"])

    @property
    def websocket_url(self) -> str:
        """The managed endpoint."""
        return str(self.outputs["websocketUrl"])

    def key(self, user_id: str) -> str:
        """Return a user's API key."""
        return next(str(user["apiKey"]) for user in self.outputs["users"] if user["userId"] == user_id)

    def resource(self, kind: str, name: str) -> str:
        """Return a resource's physical name, e.g. of ("tables", "connections")."""
        return str(self.outputs["resources"][kind][name])


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The stack of this session; if it is ours, nothing of it is left afterwards."""
    if given := os.environ.get("E2E_OUTPUTS"):
        yield Stack(outputs.read(Path(given)), None)
        return
    with stack_in(tmp_path_factory.mktemp("stack")) as made:
        yield made


@contextmanager
def stack_in(home: Path, environment: Mapping[str, str] | None = None) -> Iterator[Stack]:
    """Run a stack of one's own, in a folder: for tests that end it, or need other settings."""
    cache = os.environ.get("E2E_CACHE_DIR", str(ROOT / ".local"))
    settings = {"LOCAL_CACHE_DIR": cache, "DEMO_USERS": str(DEMO_USERS), **(environment or {})}
    with running(home, environment=settings) as run:
        yield Stack(outputs.read(home / "outputs.json"), run)
