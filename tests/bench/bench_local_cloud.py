"""Stock clients that talk at once: the local cloud beside a classic Node server that keeps everything in memory."""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from websockets.sync.client import connect

from tests.bench.measuring import Count, Row, p99
from tests.e2e.conftest import stack_in
from tests.local.conftest import make_api
from tests.processes import ROOT, running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from websockets.sync.client import ClientConnection

CLIENTS = Path(__file__).parent / "clients"
CROWD = 50
ROUNDS = 3
WHOLE_P50, WHOLE_P99 = 1.5, 2.5  # of a crowd's answers, over Node's
COLD_FIRST_CHUNK = 3.0  # of ten clients whose workers do not exist yet, over one client with a warm worker
ROUND_TRIP = 1.5  # over a function of the engine's that posts as much back
ECHOES, WARM = 100, 10
FIRST_ACKS = 5
TIMEOUT_S = 120


@dataclass(frozen=True)
class Talk:
    """What some clients waited for, in seconds, and how many chunks came twice."""

    event_acks: list[float]
    message_acks: list[float]
    first_chunks: list[float]
    answers: list[float]
    repeats: int


def talk(outputs: Path, clients: int, rounds: int) -> Talk:
    """Let so many stock clients talk at once, round after round."""
    command = ["node", str(CLIENTS / "crowd.mjs"), str(outputs), str(clients), str(rounds)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{clients} clients failed: {done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout)

    def seconds(name: str) -> list[float]:
        return [ms / 1000 for ms in found[name]]

    return Talk(
        seconds("eventAck"), seconds("messageAck"), seconds("firstChunk"), seconds("answer"), int(found["repeats"])
    )


def rows() -> Iterator[Row | Count]:
    with tempfile.TemporaryDirectory() as scratch, _node(Path(scratch)) as node:
        home = Path(scratch) / "stack"
        with stack_in(home, {"DEMO_USERS": str(CROWD)}):
            warm = talk(home / "outputs.json", 1, 5)
            cold = talk(home / "outputs.json", 10, 1)
            yield from _beside("1 client", warm, talk(node, 1, 5))
            yield Row(
                "10 clients without workers: first chunk",
                median(cold.first_chunks),
                "1 client with a warm worker",
                median(warm.first_chunks),
                COLD_FIRST_CHUNK,
            )
            yield from _beside("10 clients", talk(home / "outputs.json", 10, ROUNDS), talk(node, 10, ROUNDS))
            ours, theirs = talk(home / "outputs.json", CROWD, ROUNDS), talk(node, CROWD, ROUNDS)
            yield from _beside(f"{CROWD} clients", ours, theirs, WHOLE_P50)
            whole = f"{CROWD} clients: whole answer, p99"
            yield Row(whole, p99(ours.answers), "Node", p99(theirs.answers), WHOLE_P99)
            yield Count(f"{CROWD} clients: chunks that came twice", ours.repeats, 0)
            yield from echoes(home / "outputs.json")
            yield from transports(home / "outputs.json")


def echoes(outputs: Path) -> Iterator[Row]:
    """Round trips of an acked event, in turns with those of a bare function that posts as much back."""
    found = json.loads(outputs.read_text())
    key = next(user["apiKey"] for user in found["users"] if user["plan"] == "enterprise")
    with tempfile.TemporaryDirectory() as scratch, running(Path(scratch), "--bare") as run:
        echo = make_api(run, "echo")
        with echo.connect() as plain, connect(f"{found['websocketUrl']}?EIO=4&transport=websocket") as ours:
            ours.recv(10)
            round_trip(ours, f'40{{"token":"{key}"}}', "40")
            own, theirs = [], []
            for number in range(ECHOES + WARM):
                frame = f'42{number}["chat:typing",{{"agentId":"echo","isTyping":false}}]'
                took = round_trip(ours, frame, f"43{number}["), round_trip(plain, f"echo:{frame}", frame)
                if number >= WARM:
                    own.append(took[0])
                    theirs.append(took[1])
    yield Row("round trip of an acked event", median(own), "the engine's echo", median(theirs), ROUND_TRIP)


def round_trip(socket: ClientConnection, frame: str, answer: str) -> float:
    """Seconds until the answer to a frame comes."""
    began = time.perf_counter()
    socket.send(frame)
    while not str(socket.recv(10)).startswith(answer):
        pass
    return time.perf_counter() - began


def transports(outputs: Path) -> Iterator[Row | Count]:
    """From `io()` to the first ack: by the default transports where they are served, beside WebSocket alone."""
    done = subprocess.run(
        ["node", str(CLIENTS / "first_ack.mjs"), str(outputs), str(FIRST_ACKS)],
        cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT_S, check=True,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout)
    if not found["polling"]:
        return  # long-polling is switched off, or not served
    first, alone = (median(found[name]) / 1000 for name in ("polling", "websocket"))
    yield Row("default transports: time to the first ack", first, "WebSocket alone", alone)
    yield Count("default transports: HTTP requests until the upgrade", found["requests"], None)


def _beside(who: str, ours: Talk, theirs: Talk, whole: float | None = None) -> Iterator[Row]:
    """Rows of medians."""
    for what, mine, other, budget in (
        ("ack of an event", ours.event_acks, theirs.event_acks, None),
        ("ack of a message", ours.message_acks, theirs.message_acks, None),
        ("first chunk", ours.first_chunks, theirs.first_chunks, None),
        ("whole answer", ours.answers, theirs.answers, whole),
    ):
        yield Row(f"{who}: {what}", median(mine), "Node", median(other), budget)


@contextmanager
def _node(scratch: Path) -> Iterator[Path]:
    """Run the Node server; yields its `outputs.json`."""
    command = ["node", str(CLIENTS / "node_server.mjs")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            users = [{"userId": f"user{n}", "plan": "enterprise", "apiKey": f"user{n}"} for n in range(CROWD)]
            url = f"http://127.0.0.1:{int(server.stdout.readline())}"
            outputs = scratch / "node.json"
            outputs.write_text(json.dumps({"url": url, "socketPath": "/api/socketio", "users": users}))
            yield outputs
        finally:
            server.terminate()
