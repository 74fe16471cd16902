"""What tests hold in their hands: time, a `ports.Clock`; names, a `ports.Ids`; and the failures of a client."""

from __future__ import annotations

import json
import math
from collections import Counter
from itertools import count
from typing import TYPE_CHECKING, Any

from serverless_socketio.sid import SID_RANDOM_CHARS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

START_MS = 1_700_000_000_000


class FakeClock:
    """A clock that moves when the code under test sleeps, and never else.

    `on_sleep` schedules what happens meanwhile: the rest of the world, which gets its turn while the code under test
    waits. Each callback runs once, at its own time, in the order of times.
    """

    def __init__(self, now_ms: int = START_MS) -> None:
        self._start_ms = now_ms
        self._passed_ns = 0
        self._scheduled: list[tuple[int, Callable[[], object]]] = []
        self.slept: list[float] = []  # seconds, as asked for

    def now_ms(self) -> int:
        return self._start_ms + self._passed_ns // 1_000_000

    def monotonic(self) -> float:
        return self._passed_ns / 1e9

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        if seconds > 0:
            self.advance(seconds)

    def on_sleep(self, after_s: float, callback: Callable[[], object]) -> None:
        """Run `callback` once `after_s` seconds from now have passed."""
        self._scheduled.append((self._passed_ns + _nanoseconds(after_s), callback))

    def advance(self, seconds: float) -> None:
        """Let time pass, and happen what was to happen in it."""
        until = self._passed_ns + _nanoseconds(seconds)
        while due := [entry for entry in self._scheduled if entry[0] <= until]:
            entry = min(due, key=lambda scheduled: scheduled[0])
            self._scheduled.remove(entry)
            self._passed_ns = max(self._passed_ns, entry[0])
            entry[1]()
        self._passed_ns = max(self._passed_ns, until)


def _nanoseconds(seconds: float) -> int:
    return math.ceil(seconds * 1e9)  # up: code that sleeps until a time finds that it has come


class CountingIds:
    """Names in the order they were asked for, in the shape of the real ones."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._ack_ids = count(1)

    def secret(self) -> str:
        return f"{next(self._numbers):0{SID_RANDOM_CHARS}d}"

    def ack_id(self) -> int:
        return next(self._ack_ids)


class Queues:
    """SQS's client, as far as the functions use it, with messages that wait by a fake clock.

    `is_full`: no message is taken.
    """

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self.is_full = False
        self._waiting: dict[str, list[tuple[float, str]]] = {}

    def create_queue(self, *, QueueName: str) -> dict[str, str]:  # noqa: N803 - boto3's names
        self._waiting[QueueName] = []
        return {"QueueUrl": QueueName}

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        if self.is_full:
            return {"Failed": [{"Id": entry["Id"]} for entry in Entries]}
        now = self._clock.monotonic()
        self._waiting[QueueUrl] += [(now + entry["DelaySeconds"], entry["MessageBody"]) for entry in Entries]
        return {}

    def take(self, url: str) -> list[Any]:
        """The bodies that are due, taken out."""
        messages, now = self._waiting[url], self._clock.monotonic()
        self._waiting[url] = [message for message in messages if message[0] > now]
        return [json.loads(body) for at, body in messages if at <= now]

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))


class Counting:
    """A client whose calls are counted by name."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.calls: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        self.calls[name] += 1
        return getattr(self._client, name)

    def taken(self) -> dict[str, int]:
        """The calls since the last look."""
        calls, self.calls = self.calls, Counter()
        return dict(calls)


class Faulty:
    """A client some of whose calls fail."""

    def __init__(self, client: Any, faults: Mapping[str, Callable[..., Any]]) -> None:
        self._client = client
        self._faults = faults

    def __getattr__(self, name: str) -> Any:
        return self._faults.get(name) or getattr(self._client, name)
