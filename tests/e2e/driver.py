"""Stock JavaScript clients, driven from Python: one Node process holds as many sockets as a test wants."""

import json
import subprocess
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from tests.processes import ROOT

DRIVER = Path(__file__).parent / "clients" / "driver.mjs"
PATIENCE_S = 10.0


@dataclass(frozen=True)
class Event:
    """Something a socket told.

    Attributes:
        at_ms: When, by the clock of this machine: milliseconds since the epoch.
    """

    name: str
    args: list[Any]
    at_ms: float

    @property
    def body(self) -> Any:
        """The first argument."""
        return self.args[0]


class Device:
    """One stock client. What it hears is kept in order, in `log`."""

    def __init__(self, clients: "Clients", name: int) -> None:
        self._clients = clients
        self._name = name
        self._heard = threading.Condition()
        self.log: list[Event] = []

    def emit(self, event: str, *args: Any) -> None:
        """Send without a callback."""
        self._clients.write({"do": "emit", "socket": self._name, "args": [event, *args]})

    def start(self, event: str, *args: Any) -> "Future[Event]":
        """Send with a callback; the acknowledgement comes later, or never."""
        return self._clients.call({"do": "emit", "socket": self._name, "args": [event, *args]})

    def call(self, event: str, *args: Any, within_s: float = PATIENCE_S) -> Any:
        """Send, and return what it is acknowledged with."""
        return self.start(event, *args).result(within_s).body

    def cut(self) -> None:
        """Destroy the TCP connection. The client then reconnects by itself, unless its options say otherwise."""
        self._clients.write({"do": "cut", "socket": self._name})

    def close(self) -> None:
        """Say goodbye."""
        self._clients.write({"do": "close", "socket": self._name})

    def wait_for(
        self, names: str, where: Callable[[Any], bool] = bool, *, within_s: float = PATIENCE_S, after: int = 0
    ) -> Event:
        """Return the first event of some names (with spaces between), from `after` on, whose body is as wanted."""
        deadline = time.monotonic() + within_s
        seen = after
        with self._heard:
            while True:
                for event in self.log[seen:]:
                    if event.name in names.split() and where(event.body):
                        return event
                seen = len(self.log)
                if not self._heard.wait(max(0.0, deadline - time.monotonic())) and time.monotonic() >= deadline:
                    raise AssertionError(f"no {names} within {within_s} s; heard: {self.summary()}")

    def events(self, name: str) -> list[Event]:
        """Return what was heard of a name so far."""
        with self._heard:
            return [event for event in self.log if event.name == name]

    def summary(self) -> str:
        """Return what was heard, shortly, for messages of failed tests."""
        with self._heard:
            return ", ".join(f"{event.name} {str(event.args)[:120]}" for event in self.log[-12:])

    def hear(self, event: Event) -> None:
        """Take note of an event."""
        with self._heard:
            self.log.append(event)
            self._heard.notify_all()


class Clients:
    """The Node process. Its methods may be called from any thread."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            ["node", str(DRIVER)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._names = count()
        self._calls: dict[int, Future[Event]] = {}
        self._devices: dict[int, Device] = {}
        self._writing = threading.Lock()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def open(self, url: str, **options: Any) -> Device:
        """Open a socket, with the options of `io(url, options)`; whether it connects is for `wait_for`."""
        name = next(self._names)
        self._devices[name] = device = Device(self, name)
        self.write({"do": "open", "socket": name, "url": url, "options": options})
        return device

    def call(self, command: dict[str, Any]) -> "Future[Event]":
        """Give a command that is answered."""
        number = next(self._names)
        answer: Future[Event] = Future()
        self._calls[number] = answer
        self.write({**command, "call": number})
        return answer

    def write(self, command: dict[str, Any]) -> None:
        """Give a command."""
        assert self._process.stdin
        with self._writing:
            self._process.stdin.write(json.dumps(command) + "\n")
            self._process.stdin.flush()

    def close_devices(self) -> None:
        """Close every socket that is open."""
        for device in list(self._devices.values()):
            device.close()
        self._devices.clear()

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)
        self._process.stdout.close()

    def _tell(self, name: int, event: Event) -> None:
        if device := self._devices.get(name):  # what a closed one still says interests nobody
            device.hear(event)

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            told = json.loads(line)
            event = Event(told.get("event", "ack"), told["args"], told["at"])
            if "call" in told:
                self._calls.pop(told["call"]).set_result(event)
            else:
                self._tell(told["socket"], event)
