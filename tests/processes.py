"""Starts `python -m local` as its users do, in a folder and on ports of its own."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

ROOT = Path(__file__).parents[1]
START_S = 120
END_S = 10
READY = re.compile(r"ready: http://localhost:(\d+)")


@dataclass
class Run:
    """One `python -m local`.

    Attributes:
        process: The process itself.
        home: Its `LOCAL_DIR`.
        lines: What it has printed, both streams, line by line.
    """

    process: "subprocess.Popen[str]"
    home: Path
    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def port(self) -> int:
        """Where it listens, once it is ready."""
        return int(self.wait_for(READY, START_S)[1])

    @property
    def endpoint(self) -> str:
        """The engine, for AWS clients."""
        return f"http://127.0.0.1:{self.port}"

    def wait_for(self, pattern: "re.Pattern[str] | str", within_s: float, *, after: int = 0) -> "re.Match[str]":
        """Return the first match in what was printed, from line `after` on."""
        deadline = time.monotonic() + within_s
        while True:
            ended = not self._reader.is_alive()
            for line in self.lines[after:]:
                if found := re.search(pattern, line):
                    return found
            if ended or time.monotonic() > deadline:
                raise AssertionError(f"{pattern!r} was not printed:\n" + "\n".join(self.lines))
            time.sleep(0.01)

    def stop(self, how: int = signal.SIGINT) -> float:
        """Send a signal, and return the seconds until it had ended."""
        started = time.monotonic()
        self.process.send_signal(how)
        self.process.wait(END_S)
        return time.monotonic() - started

    def children(self) -> list[int]:
        """Return the process ids of everything below it: workers of functions."""
        return _below(self.process.pid)

    def close(self) -> None:
        """Let go of what it printed."""
        self._reader.join(END_S)
        assert self.process.stdout
        self.process.stdout.close()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))


def start(home: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> Run:
    """Start it. Its port is free, its sources are not watched, unless the environment says otherwise."""
    wanted = {"PORT": "0", "LOCAL_DIR": str(home), "WATCH": "false", **(environment or {})}
    process = subprocess.Popen(
        [sys.executable, "-m", "local", *arguments],
        cwd=ROOT,
        env={**os.environ, **wanted},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return Run(process, home)


@contextmanager
def running(home: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> Iterator[Run]:
    """Run it for as long as the block does, and leave nothing of it behind."""
    run = start(home, *arguments, environment=environment)
    try:
        assert run.port
        yield run
        children = run.children()
        run.stop()
        assert_gone(children)
    finally:
        run.process.kill()
        run.process.wait()
        run.close()


def assert_gone(pids: list[int], within_s: float = 5.0) -> None:
    """Fail unless all these processes end in time."""
    deadline = time.monotonic() + within_s
    while left := [pid for pid in pids if _is_alive(pid)]:
        assert time.monotonic() < deadline, f"still running: {left}"
        time.sleep(0.02)


def _is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def _below(pid: int) -> list[int]:
    children = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[1]) == pid:
            children.append(int(stat.parent.name))
    return children + [grandchild for child in children for grandchild in _below(child)]
