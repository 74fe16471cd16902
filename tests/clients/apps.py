"""Example apps as their readers have them: with what `npm pack` makes, built by the lines of their README, served."""

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.processes import ROOT

FOLDER = ROOT / "examples"
DONE_S, UP_S, DOWN_S = 300, 120, 30
BACK_END = "http://localhost:3000"  # as the examples name it
QUIET = {"NEXT_TELEMETRY_DISABLED": "1", "NPM_CONFIG_FUND": "false", "NPM_CONFIG_AUDIT": "false"}
LEFT_BEHIND = shutil.ignore_patterns("node_modules", ".next", "dist", "vendor", "public", ".env.local", "*.tsbuildinfo")


def run(command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None) -> str:
    """Run a command to its end, and return what it printed. Fails with what it said, if that is bad."""
    known = {**os.environ, **QUIET, **(environment or {})}
    ended = subprocess.run(command, cwd=folder, env=known, capture_output=True, text=True, timeout=DONE_S, check=False)
    assert ended.returncode == 0, f"{shlex.join(command)}:\n{ended.stdout}{ended.stderr}"
    return str(ended.stdout)


def pack(folder: Path) -> Path:
    """Make the tarball that npm would publish, in a folder."""
    run(["npm", "pack", "--workspace", "web", "--pack-destination", str(folder)], ROOT)
    (made,) = folder.glob("*.tgz")
    return made


def steps(page: Path) -> list[list[str]]:
    """The lines of each block of commands in a page."""
    return [block.splitlines() for block in re.findall(r"```bash\n(.+?)\n```", page.read_text("utf-8"), re.DOTALL)]


def port_of(name: str) -> str:
    """Where an example is served, as its README has it."""
    ((line, *_), *_) = steps(FOLDER / name / "README.md")
    return str(re.findall(r"ALLOWED_ORIGINS=http://localhost:(\d+) make run", line)[0])


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens at, below those that systems hand out to whoever asks for any."""
    found: list[int] = []
    for port in range(20_000 + os.getpid() % 10_000, 32_768):
        if not _is_taken(port):
            found.append(port)
        if len(found) == count:
            return found
    raise LookupError(f"not even {count} ports are free")


@contextmanager
def served(name: str, home: Path, tarball: Path, *, url: str, port: int, env: Mapping[str, str]) -> Iterator[str]:
    """Build an example by the last block of its README, whose last line serves it, and yield its address.

    `url` stands in for the back end's address, `port` for its own, wherever its files name them.
    """
    shutil.copy(tarball, home)
    folder = home / name
    shutil.copytree(FOLDER / name, folder, ignore=LEFT_BEHIND)
    own = port_of(name)
    for path in folder.rglob("*"):
        if path.is_file() and path.name != "package-lock.json":
            text = path.read_text("utf-8")
            path.write_text(text.replace(BACK_END, url).replace(own, str(port)), encoding="utf-8")
    *building, serving = (shlex.split(line) for line in steps(folder / "README.md")[-1])
    for command in building:
        run(command, folder, env)
    with listening(serving, folder, port, env) as address:
        yield address


@contextmanager
def listening(command: Sequence[str], folder: Path, port: int, env: Mapping[str, str]) -> Iterator[str]:
    """Run a web server for as long as the block does, and whatever it has started with it."""
    known = {**os.environ, **QUIET, **env}
    log = folder / "server.log"
    with log.open("w", encoding="utf-8") as said:
        process = subprocess.Popen(
            command, cwd=folder, env=known, stdout=said, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        _wait_for(port, process, log)
        yield f"http://localhost:{port}/"
    finally:
        with suppress(ProcessLookupError):  # it ended by itself
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(DOWN_S)


def _wait_for(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait until somebody listens at a port. Fails with what the process said, if it does not get there."""
    deadline = time.monotonic() + UP_S
    while not _is_taken(port):
        assert process.poll() is None, log.read_text("utf-8")
        assert time.monotonic() < deadline, log.read_text("utf-8")
        time.sleep(0.1)


def _is_taken(port: int) -> bool:
    try:
        socket.create_connection(("localhost", port), timeout=UP_S).close()
    except OSError:
        return False
    return True
