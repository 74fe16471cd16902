"""Stock clients that talk at once: the local cloud beside a classic Node server that keeps everything in memory."""

from __future__ import annotations

import json
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from tests.bench.measuring import Count, Row
from tests.e2e.conftest import stack_in
from tests.processes import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

CLIENTS = Path(__file__).parent / "clients"
CROWD = 50
ROUNDS = 3
WHOLE_P50, WHOLE_P99 = 1.5, 2.5  # of a crowd's answers, over Node's
COLD_FIRST_CHUNK = 3.0  # of ten clients whose workers do not exist yet, over one client with a warm worker
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


def p99(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.99)]


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
