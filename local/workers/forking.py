"""A function's zygote as the engine has it, and the workers that come from it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

from local.settings import ROOT
from local.workers.inside import messages
from local.workers.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.workers.package import Package

START = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from local.workers.inside import zygote
zygote.main(sys.argv[1])
"""
GIVE_UP_S = 2.0  # for a process to end by itself


class InitError(Exception):
    """A function that could not be imported, or not be forked.

    Attributes:
        error_type: The class of what was raised.
        trace: Its traceback.
    """

    def __init__(self, error: str, error_type: str, trace: str = "") -> None:
        super().__init__(error)
        self.error_type = error_type
        self.trace = trace


class Process:
    """A process that has imported a function. Making one takes as long as the import, and may raise InitError."""

    def __init__(self, package: Package) -> None:
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and file
                [sys.executable, "-P", "-c", START, str(theirs.fileno())],
                cwd=package.folder,
                env=package.variables,
                stdin=subprocess.DEVNULL,
                stdout=sys.stderr,
                pass_fds=[theirs.fileno()],
            )
        try:
            self.unfit: str = self.ask("import", package.init)["unfit"]
        except InitError:
            self.end()
            raise

    @property
    def is_alive(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def ask(self, kind: str, body: Mapping[str, Any], descriptors: tuple[int, ...] = ()) -> dict[str, Any]:
        """Ask for something; raise InitError if it failed."""
        try:
            messages.send(self._control, {kind: body}, descriptors)
            answer, _ = messages.receive(self._control)
        except OSError:
            answer = None
        if answer is None:
            raise InitError("Runtime exited without providing a reason", "Runtime.ExitError")
        if "error" in answer:
            raise InitError(answer["error"], answer["type"], answer["trace"])
        return answer

    def worker(self, kind: str, variables: Mapping[str, str]) -> Worker:
        """Have a worker forked ("fork"), or let this process be one ("serve")."""
        ours, theirs = socket.socketpair()
        log, their_log = os.pipe()
        try:
            answer = self.ask(kind, {"variables": dict(variables)}, (theirs.fileno(), their_log))
        except InitError:
            ours.close()
            os.close(log)
            raise
        finally:
            theirs.close()
            os.close(their_log)
        return Worker(answer["pid"], ours, log)

    def end(self) -> None:
        """End the process; workers that were forked from it end with it."""
        self._control.close()
        self._process.send_signal(signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(GIVE_UP_S)


class Zygote:
    """Where the workers of one version of a function come from.

    A function that is unfit to be forked has a process of its own for each worker. What a worker has learned, the
    zygote learns; should that make it unfit, another one takes its place and learns nothing. So does another for one
    that was killed.
    """

    def __init__(self, package: Package, lessons: Mapping[str, list[str]]) -> None:
        self._package = package
        self._lessons = dict(lessons)
        self._process: Process | None = None
        self._others: list[Process] = []  # that are workers, or have some, and must not end before them
        self._learns = True
        self._turn = threading.Lock()

    def worker(self) -> Worker:
        """Return a new worker. Raises InitError."""
        variables = self._package.worker_variables()
        with self._turn:
            try:
                return self._made(variables)
            except InitError:
                if self._process is None or self._process.is_alive:
                    raise
            return self._made(variables)

    def learn(self, news: Mapping[str, list[str]]) -> None:
        """Import and make what a worker has."""
        with self._turn:
            if self._process is not None:
                self._teach(self._process, news)

    def end(self) -> None:
        """End the zygote, with every worker that it still has."""
        with self._turn:
            self._set_aside()
            for process in self._others:
                process.end()
            self._others.clear()
            self._package.remove()

    def _made(self, variables: Mapping[str, str]) -> Worker:
        process = self._started()
        if process.unfit:
            self._set_aside()
        return process.worker("serve" if process.unfit else "fork", variables)

    def _started(self) -> Process:
        if self._process is not None and not self._process.is_alive:
            self._set_aside()
        if self._process is None:
            self._process = Process(self._package)
            self._teach(self._process, self._lessons)
        return self._process or self._started()

    def _teach(self, process: Process, news: Mapping[str, list[str]]) -> None:
        if process.unfit or not self._learns or not any(news.values()):
            return
        try:
            unfit = process.ask("learn", news)["unfit"]
        except InitError as error:
            unfit = str(error)
        if unfit:
            self._learns = False
            self._set_aside()

    def _set_aside(self) -> None:
        if self._process is not None:
            self._others.append(self._process)
            self._process = None
