"""Which stock clients are tried, over which transports: for test_matrix.py, and for the tables of docs/clients.md.

`python -m tests.clients.matrix` rewrites those; a test fails when they differ.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tests.processes import ROOT

PAGE = ROOT / "docs" / "clients.md"
STORIES = Path(__file__).parent / "stories"

TRANSPORTS: dict[str, tuple[list[str] | None, str]] = {
    "websocket": (["websocket"], "websocket"),
    "default": (None, "websocket"),  # begins with polling
    "polling": (["polling"], "polling"),
}
"""By the name of a column: the client's option, and the transport that a connection ends up with."""

STEPS = {
    "refused": "a key that is not known: `connect_error` with `unauthorized`",
    "connect": "begins with the first transport, ends up with the last",
    "join": "`chat:join` and its ack",
    "message": "`chat:message`, its ack, every chunk once and in order, `complete`",
    "stop": "a long answer ends with `stopped`",
    "typing": "shown to another device",
    "presence": "a snapshot, away and online again, for another user",
    "bad input": "`invalid` on the ack and as the event `error`, `not_found`, and the connection lives on",
    "reconnect and resume": "cut in an answer, back by itself, joined, the rest of the answer; `chat:resume`",
    "recovery": "cut, and back as the same socket (`recovery=1`): in JavaScript from 4.6 on",
}
"""What a client lives through, in this order (stories/story.mjs, stories/story.py)."""


@dataclass(frozen=True)
class Release:
    """A release of a client.

    Attributes:
        id: Its name in the tests' ids.
        title: Its name on the page.
        version: What its package says, or the beginning of that.
        runner: What plays its story.
        name: The npm package, or the class of python-socketio.
        recovers: Whether it knows connection-state recovery.
        auth: Whether it sends the key in CONNECT; else at the handshake.
        requirements: What is installed for it alone, if it is not what the project has.
    """

    id: str
    title: str
    version: str
    runner: Literal["node", "chromium", "python"]
    name: str
    recovers: bool = False
    auth: bool = True
    requirements: Path | None = None

    @property
    def steps(self) -> list[str]:
        """What it lives through."""
        return [step for step in STEPS if step != "recovery" or self.recovers]


def _javascript(version: str, name: str, *, recovers: bool) -> Release:
    return Release(f"js-{version}", f"`socket.io-client` {version}, Node", version, "node", name, recovers)


def _python(version: str, name: str, *, auth: bool = True, is_oldest: bool = True) -> Release:
    title, number = f"python-socketio {version}, `{name}`", f"{name}-{version}"
    own = STORIES / f"python-socketio-{version}.txt" if is_oldest else None
    return Release(number, title, version, "python", name, auth=auth, requirements=own)


RELEASES = [
    _javascript("4.8", "socket.io-client", recovers=True),
    _javascript("4.6", "socket.io-client-4.6", recovers=True),
    _javascript("4.0", "socket.io-client-4.0", recovers=False),
    _javascript("3.1", "socket.io-client-3.1", recovers=False),
    Release("chromium-4.8", "`socket.io-client` 4.8, Chromium", "4.8", "chromium", "socket.io-client", recovers=True),
    _python("5.18", "Client", is_oldest=False),
    _python("5.18", "AsyncClient", is_oldest=False),
    _python("5.18", "SimpleClient", is_oldest=False),
    _python("5.0.1", "Client", auth=False),
    _python("5.0.1", "AsyncClient", auth=False),
    _python("5.10.0", "SimpleClient"),
]
REFUSED = _javascript("2.5", "socket.io-client-2.5", recovers=False)
NOT_TRIED = {
    "`socket.io-client-java`": "its parts are in Maven's registry alone, which the machines of the tests do not reach",
    "`socket.io-client-cpp`": "it is in none of the registries that they reach (npm, PyPI, Debian)",
    "`socket.io-client-swift`": "its packages come from Git alone, and it wants a Swift toolchain",
}

STORY, REFUSAL = "test_a_stock_client_lives_through_the_story", "test_a_client_of_engine_io_3_is_refused_in_words"


def cells() -> list[tuple[str, Release, str]]:
    """The id, the release and the transport of every story."""
    return [(f"{release.id}-{transport}", release, transport) for release in RELEASES for transport in TRANSPORTS]


def clients_table() -> str:
    """Every client, and for each transport the test that tried it."""
    columns = ["WebSocket alone", "default: polling, then WebSocket", "polling alone"]
    rows = [["client", *columns], ["---"] * (1 + len(columns))]
    rows += [[each.title, *(f"`{STORY}[{each.id}-{transport}]`" for transport in TRANSPORTS)] for each in RELEASES]
    refused = (f"refused: `{REFUSAL}[{transport}]`" for transport in TRANSPORTS)
    rows.append([REFUSED.title, *refused])
    rows += [[name, *(["not tried"] * len(columns))] for name in NOT_TRIED]
    return _table(rows)


def steps_table() -> str:
    """What a client lives through."""
    return _table([["step", ""], ["---", "---"], *([step, says] for step, says in STEPS.items())])


def reasons() -> str:
    """Why some were not tried."""
    return "\n".join(f"- {name}: {why}." for name, why in NOT_TRIED.items())


def page() -> str:
    """The page, its tables written anew."""
    text = PAGE.read_text(encoding="utf-8")
    for name, made in (("clients", clients_table()), ("steps", steps_table()), ("not tried", reasons())):
        begin, end = f"<!-- {name}: python -m tests.clients.matrix writes this -->", f"<!-- /{name} -->"
        before, _, rest = text.partition(begin)
        _, found, after = rest.partition(end)
        assert found, name
        text = f"{before}{begin}\n\n{made}\n\n{end}{after}"
    return text


def _table(rows: list[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
