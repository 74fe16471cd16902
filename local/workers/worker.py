"""A worker as the engine has it: its process, the channel for invocations, the pipe with its log."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.workers.inside import messages

if TYPE_CHECKING:
    import socket

READ_BYTES = 256 * 1024
DIED, TIMED_OUT = "Runtime.ExitError", "Sandbox.Timedout"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How an invocation ended.

    Attributes:
        result: What the handler returned.
        error: The message of its error, "" if there was none.
        error_type: The error's class, or Lambda's name for an end of the process.
        trace: The error's traceback, "" if there is none.
        log: What it printed.
        news: What the worker has imported and read since its zygote last learnt.
    """

    result: Any = None
    error: str = ""
    error_type: str = ""
    trace: str = ""
    log: str = ""
    news: dict[str, list[str]] | None = None

    @property
    def failed(self) -> bool:
        """Whether the handler raised, or did not come to its end."""
        return bool(self.error_type)


class Worker:
    """A process that has a function loaded and runs one invocation at a time."""

    def __init__(self, pid: int, channel: socket.socket, log: int) -> None:
        self.pid = pid
        self._channel = channel
        self._log = log
        self._printed: list[bytes] = []
        self._process = _handle_of(pid)
        os.set_blocking(log, False)
        self._poll = select.poll()
        self._poll.register(channel, select.POLLIN)
        self._poll.register(log, select.POLLIN)
        self.is_alive = True

    def invoke(self, asked: dict[str, Any], timeout_s: float) -> Outcome:
        """Run one invocation. A worker that died, or has not answered in time, is not alive afterwards."""
        try:
            messages.send(self._channel, asked)
            answer = self._answer(time.monotonic() + timeout_s)
        except TimeoutError:
            return self._end(TIMED_OUT, f"Task timed out after {timeout_s:.2f} seconds")
        except OSError:
            answer = None
        if answer is None:
            return self._end(DIED, "Runtime exited without providing a reason")
        return Outcome(
            result=answer.get("result"),
            error=answer.get("error", ""),
            error_type=answer.get("type", ""),
            trace=answer.get("trace", ""),
            log=self._take_log(),
            news=answer.get("news"),
        )

    def is_waiting(self) -> bool:
        """Whether an idle process is still there: one that has ended has closed its side of the channel."""
        return not select.select([self._channel], [], [], 0)[0]

    def kill(self) -> None:
        """End the process now, whatever it does, and let go of it."""
        with contextlib.suppress(ProcessLookupError):
            if self._process is None:
                os.kill(self.pid, signal.SIGKILL)
            else:
                signal.pidfd_send_signal(self._process, signal.SIGKILL)
        self.close()

    def close(self) -> None:
        """Let go of the process: an idle one ends by itself. Again does no harm."""
        if not self.is_alive:
            return  # its descriptors may be another's by now
        self.is_alive = False
        self._channel.close()
        os.close(self._log)
        if self._process is not None:
            os.close(self._process)

    def _end(self, error_type: str, error: str) -> Outcome:
        log = self._take_log()
        self.kill()
        return Outcome(error=error, error_type=error_type, log=log)

    def _answer(self, deadline: float) -> dict[str, Any] | None:
        """Return the answer, or `None` if the process ended; raise TimeoutError when its time is over."""
        data = bytearray()
        while True:
            ready = self._poll.poll(max(0.0, deadline - time.monotonic()) * 1000)
            if not ready:
                raise TimeoutError
            for descriptor, _event in ready:
                if descriptor == self._log:
                    self._read_log()
                    continue
                part = self._channel.recv(READ_BYTES)
                if not part:
                    return None
                data += part
                if len(data) >= messages.LENGTH.size + messages.LENGTH.unpack_from(data.ljust(messages.LENGTH.size))[0]:
                    found: dict[str, Any] = json.loads(data[messages.LENGTH.size :])
                    return found

    def _read_log(self) -> None:
        """Read what is in the pipe now: it must not fill up while the handler prints."""
        with contextlib.suppress(BlockingIOError):
            while part := os.read(self._log, READ_BYTES):
                self._printed.append(part)
            with contextlib.suppress(KeyError):  # the other end is closed: there would always be something to read
                self._poll.unregister(self._log)

    def _take_log(self) -> str:
        self._read_log()
        text = b"".join(self._printed).decode(errors="replace")
        self._printed.clear()
        return text.rstrip("\n")


def _handle_of(pid: int) -> int | None:
    """Return a descriptor that means this process and no later one of the same number; `None` where there is none."""
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return None
