"""Which worker runs an invocation: a free one, one that will be free soon, or a new one.

Lambda starts an execution environment whenever none is free. Here a new one is a fork, and some milliseconds of CPU for
what its first call makes: worth it when the wait would be longer. Beyond one for each processor, more workers would
only slow each other down, and all would wait for as long as the last; unless what they do is to sleep. So more
are forked for a function that is known to sleep, if the processors have time to spare while a call waits, and a few for
a call that has waited long.

    invocation ──▶ idle worker? ── yes ──────────────────────────────▶ runs ──▶ idle again, or ended
                       │ no: would a fork be ready before a turn comes?   ▲
                       ├── yes ── fork ───────────────────────────────────┤
                       └── no ─── waits; a call that gives a worker back ─────┘

Changed code makes a new zygote. Idle workers of the old one end at once, busy ones when they have answered, as in
Lambda.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.engine import borrowed
from local.workers import package
from local.workers.forking import InitError, Zygote
from local.workers.machine import CORES, Machine
from local.workers.worker import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.engine.borrowed import Record
    from local.workers.lessons import Lessons
    from local.workers.worker import Worker

PATIENCE_S = 0.02  # a longer wait than this is worth a new process
OVERDUE_S = 0.15  # by then it is seen whether the processors have anything to do meanwhile
LONG_S = 1.0  # so long a wait means that the workers sleep, even if something else keeps the processors busy
ANSWERS_WITHIN_S = 30  # API Gateway waits 29 s for a function: one that may run longer does not answer clients
SLEEPS_S = 0.5  # and if it holds a worker longer than this on average, it sleeps, and is not waited for
WORKING_MAX = CORES  # of a function that does not sleep, while the processors have nothing to spare
CROWD_MAX = 4 * CORES  # of such a function, when calls have waited long
WORKERS_MAX = 256  # of one function: memory is finite here
STARTS_AT_ONCE = max(2, CORES)
IDLE_S = 300.0  # then all but one of a function's workers end
MEMORY = 0.3  # weight of the newest hold in the average


@dataclass
class Lease:
    """A worker in use, since when."""

    worker: Worker
    since: float


class Function:
    """The workers of one version of a function."""

    def __init__(self, zygote: Zygote, timeout_s: float, machine: Machine) -> None:
        self.zygote = zygote
        self._may_sleep = timeout_s > ANSWERS_WITHIN_S
        self._machine = machine
        self.hold_s = 0.01  # how long an invocation holds a worker, a moving average
        self._idle: deque[tuple[float, Worker]] = deque()  # since when, oldest first
        self._busy = 0
        self._waiting = 0
        self._starting = 0
        self._retired = False
        self._freed = threading.Condition()

    def lease(self, *, is_held: bool = False) -> Lease | None:
        """Return a worker to use; `None` if this version is retired. Raises InitError if it cannot be imported.

        `is_held`: what it is for may sleep for long, and so may those before it: nothing is waited for.
        """
        began = time.monotonic()
        with self._freed:
            self._waiting += 1
            while not (self._retired or self._idle or self._wants_another(time.monotonic() - began, is_held=is_held)):
                self._freed.wait(PATIENCE_S)
            self._waiting -= 1
            if self._retired:
                return None
            self._busy += 1
            while self._idle:
                worker = self._idle.pop()[1]
                if worker.is_waiting():
                    return Lease(worker, time.monotonic())
                worker.close()  # something has killed it
            self._starting += 1
        return Lease(self._start(), time.monotonic())

    def give_back(self, lease: Lease) -> None:
        """Let others have the worker, if it is still alive and runs what is wanted."""
        with self._freed:
            self._busy -= 1
            self.hold_s += MEMORY * (time.monotonic() - lease.since - self.hold_s)
            if lease.worker.is_alive and not self._retired:
                self._idle.append((time.monotonic(), lease.worker))
            self._freed.notify()
        if self._retired:
            lease.worker.close()
            self._end_if_unused()
        self._end_the_long_idle()

    def warm(self, count: int) -> None:
        """Have so many workers ready."""
        leases = [self.lease() for _ in range(count)]
        for lease in leases:
            if lease is not None:
                self.give_back(lease)

    def retire(self) -> None:
        """End idle workers now, and busy ones when they have answered."""
        with self._freed:
            self._retired = True
            self._freed.notify_all()
            idle, self._idle = [worker for _, worker in self._idle], deque()
        for worker in idle:
            worker.close()
        self._end_if_unused()

    def _start(self) -> Worker:
        try:
            return self.zygote.worker()
        except InitError:
            with self._freed:
                self._busy -= 1
            raise
        finally:
            with self._freed:
                self._starting -= 1
                self._freed.notify()

    def _wants_another(self, waited_s: float, *, is_held: bool) -> bool:
        """Whether a new process would be ready before this caller's turn comes."""
        if self._busy == 0:
            return True
        if self._busy >= WORKERS_MAX or self._starting >= STARTS_AT_ONCE:
            return False
        if is_held or (self._may_sleep and self.hold_s > SLEEPS_S):
            return True
        if self._busy >= WORKING_MAX:
            asleep = waited_s > LONG_S and self._busy < CROWD_MAX
            return asleep or (waited_s > OVERDUE_S and not self._machine.is_busy())
        return max(waited_s, self._waiting * self.hold_s / self._busy) > PATIENCE_S

    def _end_if_unused(self) -> None:
        with self._freed:
            unused = self._retired and self._busy == 0
        if unused:
            self.zygote.end()

    def _end_the_long_idle(self) -> None:
        with self._freed:
            ended = []
            while len(self._idle) > 1 and time.monotonic() - self._idle[0][0] > IDLE_S:
                ended.append(self._idle.popleft()[1])
        for worker in ended:
            worker.close()


class Pool:
    """Runs invocations of Python functions, in place of the engine's own pool."""

    def __init__(self, lessons: Lessons) -> None:
        self._lessons = lessons
        self._machine = Machine()
        self._functions: dict[str, Function] = {}
        self._lock = threading.Lock()

    def run(
        self, function: Record, event: Any, context: Mapping[str, str], variables: Mapping[str, str | None]
    ) -> Outcome:
        """Run one invocation and return how it ended."""
        lease = None
        while lease is None:  # its code may change while it waits
            found = self._of(function)
            try:
                lease = found.lease(is_held=_may_be_held(event))
            except InitError as error:
                return Outcome(error=str(error), error_type=error.error_type, trace=error.trace)
        try:
            asked = {"event": event, "context": dict(context), "variables": dict(variables)}
            outcome = lease.worker.invoke(asked, function["config"]["Timeout"])
        finally:
            found.give_back(lease)
        if outcome.news:
            threading.Thread(target=self._learn, args=(_key(function), found, outcome.news), daemon=True).start()
        return outcome

    def warm(self, function: Record, count: int = 1) -> None:
        """Have `count` workers of a function ready. Blocks for the import."""
        self._of(function).warm(count)

    def invalidate(
        self, name: str, qualifier: str | None = None, account: str | None = None, region: str | None = None
    ) -> None:
        """Let no new invocation have a function's workers."""
        wanted = (account, region, name, qualifier)
        with self._lock:
            keys = [key for key in self._functions if _matches(key, wanted)]
            gone = [self._functions.pop(key) for key in keys]
        for function in gone:
            function.retire()

    def end_all(self) -> None:
        """End every process, busy or not."""
        with self._lock:
            every = list(self._functions.values())
            self._functions.clear()
        for function in every:
            function.zygote.end()

    def _of(self, function: Record) -> Function:
        key = _key(function)
        with self._lock:
            if key not in self._functions:
                unpacked = package.unpack(function["config"], function["code_zip"])
                self._functions[key] = Function(
                    Zygote(unpacked, self._lessons.of(key)), function["config"]["Timeout"], self._machine
                )
            return self._functions[key]

    def _learn(self, key: str, function: Function, news: Mapping[str, list[str]]) -> None:
        """Teach a zygote what one of its workers had to learn, unless another worker has told it."""
        fresh = self._lessons.add(key, news)
        if any(fresh.values()):
            function.zygote.learn(fresh)


def _may_be_held(event: Any) -> bool:
    """Whether an event is a GET by an HTTP API: long-polling holds them."""
    context = event.get("requestContext") if isinstance(event, dict) else None
    return isinstance(context, dict) and context.get("http", {}).get("method") == "GET"


def _key(function: Record) -> str:
    config = function["config"]
    return borrowed.worker_key(config["FunctionName"], config, config.get("Version", "$LATEST"))


def _matches(key: str, wanted: tuple[str | None, str | None, str, str | None]) -> bool:
    account, region, rest = key.split(":", 2)
    name, _, qualifier = rest.rpartition(":")
    return all(want in {None, have} for want, have in zip(wanted, (account, region, name, qualifier), strict=True))
