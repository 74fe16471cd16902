"""`make bench-memory`: what memory, and so CPU, does to the functions, from 128 MB to a whole CPU.

The streamer's cadence by devices, the bare loop beside it; a first connection by Connect and Message. Lambda gives the
init a whole CPU and more, so that only the calls are counted. Prints a table, and writes it with a chart to
`docs/performance.md`.
"""

from __future__ import annotations

import json
import os
import sys
from statistics import median

from tests.bench import capped, report
from tests.bench.bench_cadence import ANSWERS_IN_MS, cadence
from tests.bench.measuring import p99
from tests.bench.stub import tls_service
from tests.drivers import HANDLERS, ROOT
from tests.moto_cloud import moto_cloud
from tools.cost.svg import Chart, Series

MEMORIES_MB = (128, 256, 512, 1_024, 1_769)
DEVICES = (1, 5, 50, 200)
CHUNKS = 60
ROUNDS = 3
HEAD = ("memory", *(f"{devices} device{'s' * (devices > 1)}" for devices in DEVICES), "bare loop", "Connect", "Message")


def streamer(url: str, trust: dict[str, str], memory_mb: int) -> tuple[list[float], float]:
    """The p99 of chunks' distances to their deadlines for each number of devices, and the bare loop's, in seconds."""
    found = [cadence(url, trust, memory_mb, devices, CHUNKS) for devices in DEVICES]
    return [p99(each.burst) for each in found], median(p99(each.bare) for each in found)


def first_calls(function: str, names: tuple[str, ...], environment: dict[str, str], memory_mb: int) -> float:
    """Seconds that a function's first calls take after its init."""
    events = [json.loads((ROOT / "tests" / "events" / f"{name}.json").read_text()) for name in names]
    if "message" in names:
        events[-1]["body"] = '40{"token":"key-of-alice"}'
    handler = str(ROOT / "functions" / HANDLERS[function])
    command = [sys.executable, str(ROOT / "tests" / "cold.py"), handler, json.dumps(events)]
    taken = [
        json.loads(capped.run(command, memory_mb, environment).splitlines()[-1])["events_wall_s"] for _ in range(ROUNDS)
    ]
    return float(median(taken))


def main() -> int:
    """Measure, print, write."""
    lines, curves = [], []
    with tls_service(ANSWERS_IN_MS) as (url, trust), moto_cloud() as cloud:
        environment = {**os.environ, **cloud.environment, "AWS_CLIENT": "lean"}
        for memory_mb in MEMORIES_MB:
            late, bare = streamer(url, trust, memory_mb)
            connect = first_calls("connect", ("connect",), environment, memory_mb)
            message = first_calls("message", ("open", "message"), environment, memory_mb)
            figures = [*late, bare, connect, message]
            lines.append([f"{memory_mb:,} MB", *(f"{seconds * 1e3:.1f} ms" for seconds in figures)])
            curves.append([each * 1e3 for each in late])
            print(report.table(HEAD, lines[-1:]).splitlines()[-1], flush=True)
    series = [Series(name, [curve[at] for curve in curves]) for at, name in enumerate(HEAD[1 : len(DEVICES) + 1])]
    points = [f"{memory_mb:,}" for memory_mb in MEMORIES_MB]
    title = "A chunk's distance to its deadline in ms, one in a hundred is beyond"
    chart = Chart(title, "memory, MB", points, series, is_logarithmic=True, unit="")
    report.write("bench-memory", report.table(HEAD, lines), {"performance-memory": chart.svg})
    return 0


if __name__ == "__main__":
    sys.exit(main())
