"""The deployed stack: one of our own on free ports, or, with `E2E_OUTPUTS=file`, whichever that file describes.

`E2E_OUTPUTS` may name the `outputs.json` of a running `make run`, or a file of the same shape about a real deployment.
Assemblies are made once for all sessions, in `E2E_CACHE_DIR` (default: the project's `.local`).
"""

import itertools
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from local import outputs
from tests.e2e.driver import Clients, Device
from tests.processes import ROOT, Run, running
from tests.push_service import PushService, push_service

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.e2e.browser import Consoles
    from tests.e2e.windows import Windows

DEMO_USERS = 30
SESSION_USERS = 200  # so many that no test of a session meets what another has said


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
    with stack_in(tmp_path_factory.mktemp("stack"), {"DEMO_USERS": str(SESSION_USERS)}) as made:
        yield made


@contextmanager
def stack_in(home: Path, environment: Mapping[str, str] | None = None) -> Iterator[Stack]:
    """Run a stack of one's own, in a folder: for tests that end it, or need other settings."""
    cache = os.environ.get("E2E_CACHE_DIR", str(ROOT / ".local"))
    settings = {"LOCAL_CACHE_DIR": cache, "DEMO_USERS": str(DEMO_USERS), **(environment or {})}
    with running(home, environment=settings) as run:
        yield Stack(outputs.read(home / "outputs.json"), run)


@dataclass(frozen=True)
class World:
    """A stack, the stock clients, and users to be.

    Attributes:
        crowd: Users on the enterprise plan.
    """

    stack: Stack
    clients: Clients
    crowd: list[str]

    def open(self, user_id: str, **options: Any) -> Device:
        """Open a stock client as a user; whether it connects is for the caller to see."""
        return self._open_at(self.stack.url, user_id, options)

    def connect(self, user_id: str, **options: Any) -> Device:
        """Connect a stock client as a user."""
        return self.connect_to(self.stack.url, user_id, **options)

    def connect_to(self, url: str, user_id: str, **options: Any) -> Device:
        """Connect a stock client by another way to the stack."""
        device = self._open_at(url, user_id, options)
        device.wait_for("connect")
        return device

    def _open_at(self, url: str, user_id: str, options: Mapping[str, Any]) -> Device:
        given = {"path": self.stack.socket_path, "auth": {"token": self.stack.key(user_id)}, **options}
        return self.clients.open(url, **given)


@contextmanager
def world_of(stack: Stack) -> Iterator[World]:
    """Clients for a stack, closed at the end."""
    clients = Clients()
    crowd = [str(user["userId"]) for user in stack.outputs["users"] if user["plan"] == "enterprise"]
    try:
        yield World(stack, clients, crowd)
    finally:
        clients.close()


@pytest.fixture(scope="session")
def session_world(stack: Stack) -> Iterator[World]:
    """Clients for the stack of the session."""
    with world_of(stack) as world:
        yield world


@pytest.fixture
def world(session_world: World) -> Iterator[World]:
    """The same, and whoever a test opened is gone after it."""
    yield session_world
    session_world.clients.close_devices()


@pytest.fixture(scope="session")
def turns(session_world: World) -> Iterator[str]:
    """Users one after the other."""
    return itertools.cycle(session_world.crowd)


@pytest.fixture
def user(turns: Iterator[str]) -> str:
    """A user who has not been used for a while, so that nothing goes on in the chats."""
    return next(turns)


@pytest.fixture(scope="module")
def service() -> Iterator[PushService]:
    """A push service, for the browsers of one file."""
    with push_service() as running:
        yield running


@pytest.fixture(scope="module")  # not longer: Playwright's loop keeps asyncio from running in this thread
def listened() -> "Iterator[tuple[Browser, Consoles]]":
    """A browser, for as long as a module's tests run, and what is said in its consoles."""
    from tests.e2e.browser import Consoles, chromium  # tests without a browser need no Playwright

    consoles = Consoles()
    with chromium() as started:
        consoles.listen(started)
        yield started, consoles


@pytest.fixture(scope="module")
def browser(listened: "tuple[Browser, Consoles]") -> "Browser":
    """A browser. What a page or a worker of it says in its console fails the test (`consoles`)."""
    return listened[0]


@pytest.fixture(autouse=True)
def consoles(request: pytest.FixtureRequest) -> "Iterator[Consoles | None]":
    """The consoles of all that a test opens in a browser, closed before this looks: they are to be empty."""
    if "listened" not in request.fixturenames:
        yield None
        return
    heard: Consoles = request.getfixturevalue("listened")[1]
    yield heard
    heard.check()


@pytest.fixture
def windows(browser: "Browser", stack: Stack) -> "Iterator[Windows]":
    """Windows of the page, each a device of its own."""
    from tests.e2e.windows import Windows

    if not stack.url.startswith("http://localhost"):
        pytest.skip("only on this machine the page has users to be")
    opened = Windows(browser, stack.url)
    yield opened
    opened.close()
