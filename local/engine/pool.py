"""Which worker process runs an invocation: a free one, one that will be free soon, or a new one.

Lambda starts an execution environment whenever none is free. Here that is a Python process: half a second of CPU, 50 MB
and more. A door that answers in milliseconds is better waited for; a streamer that sleeps for seconds is not. So the
pool learns how long each function holds a worker, and starts another only when the wait would be long. On a machine
with too much to do doors are slow, too, and more of them would make it worse: they are few, whatever they have taught.

ministack ends workers in the middle of an invocation when their code changes. Lambda lets them finish, and so does
this.
"""

import os
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from local.engine import borrowed
from local.engine.borrowed import Worker

PATIENCE_S = 0.2  # a longer wait than this is worth a new process
OVERDUE_S = 0.5  # whoever has waited so long waits for invocations that sleep, whatever the average says
START_S = 0.5  # about what a start takes: a function that holds a worker longer is not waited for
GIVE_UP_S = 10.0  # then the caller is throttled, as at a concurrency limit
WORKERS_MAX = 48  # of one function: memory is finite here
DOOR_WORKERS_MAX = 8
DOOR_TIMEOUT_S = 30  # API Gateway waits 29 s for a function: one that may run longer does not answer clients
STARTS_AT_ONCE = max(2, os.cpu_count() or 2)
END_WITH_THE_ENGINE = """
import os, threading, time
def end_with(engine):
    while os.getppid() == engine:
        time.sleep(0.5)
    os._exit(1)
threading.Thread(target=end_with, args=(os.getppid(),), daemon=True).start()
"""
"""An idle worker ends when its input does. A busy one must not go on writing to the engine that was started next."""

MEMORY = 0.3  # weight of the newest hold in the average


@dataclass
class Function:
    """What the pool knows of one function.

    Attributes:
        hold_s: How long an invocation holds a worker, a moving average.
        waiting: Invocations that wait for a worker.
        starting: Processes that are about to be ready.
        workers_max: Workers that it may have.
    """

    hold_s: float = 0.01
    waiting: int = 0
    starting: int = 0
    workers_max: int = WORKERS_MAX
    freed: threading.Condition = field(default_factory=threading.Condition)

    def wants_another(self, workers: int, waited_s: float = 0.0) -> bool:
        """Whether a new process would be ready before this caller's turn comes."""
        if workers == 0:
            return True
        sleeps = self.hold_s > START_S or waited_s > OVERDUE_S
        room = workers < self.workers_max and self.starting < STARTS_AT_ONCE
        return room and (sleeps or self.waiting * self.hold_s / workers > PATIENCE_S)


@dataclass
class Lease:
    """A worker in use."""

    function: Function
    since: float


class Pool:
    """Leases workers to `lambda_svc`, in place of the engine's own pool."""

    def __init__(self) -> None:
        self._acquire = borrowed.original_acquire()
        self._functions: defaultdict[str, Function] = defaultdict(Function)
        self._leases: dict[Worker | None, Lease] = {}
        self._retired: set[Worker] = set()

    def install(self) -> None:
        """Take the place of the engine's pool."""
        borrowed.run_first_in_workers(END_WITH_THE_ENGINE)
        borrowed.replace_pool(self.acquire, self.release, self.invalidate)

    def acquire(
        self, name: str, config: Any, code: bytes, qualifier: str = "$LATEST", max_concurrency: int | None = None
    ) -> tuple[Worker | None, str]:
        """Lease a worker: (worker, "reused" or "spawn"), or (None, "func_cap") when none became free in time."""
        del max_concurrency  # of the engine; the pool has its own limits
        key = borrowed.worker_key(name, config, qualifier)
        function = self._functions[key]
        function.workers_max = workers_max(config)
        began = time.monotonic()
        with function.freed:
            function.waiting += 1
            try:
                while (waited_s := time.monotonic() - began) < GIVE_UP_S:
                    count = len(borrowed.workers().get(key, ()))
                    limit = count + 1 if function.wants_another(count, waited_s) else max(1, count)
                    worker, how = self._acquire(name, config, code, qualifier=qualifier, max_concurrency=limit)
                    if worker is not None:
                        break
                    function.freed.wait(PATIENCE_S / 4)
                else:
                    return None, "func_cap"
            finally:
                function.waiting -= 1
            function.starting += how == "spawn"
        if how == "spawn":
            self._start(worker, function)
        self._leases[worker] = Lease(function, time.monotonic())
        return worker, how

    def release(self, worker: Worker | None) -> None:
        """Give a worker back. One that was retired meanwhile ends here."""
        lease = self._leases.pop(worker, None)
        if worker is None or lease is None:
            return
        function = lease.function
        with function.freed:
            function.hold_s += MEMORY * (time.monotonic() - lease.since - function.hold_s)
            retired = worker in self._retired
            self._retired.discard(worker)
            if not retired:
                with borrowed.workers_lock():
                    worker.in_use = False
            function.freed.notify()
        if retired:
            _end([worker])

    def invalidate(
        self, name: str, qualifier: str | None = None, account: str | None = None, region: str | None = None
    ) -> None:
        """Let no new invocation have a function's workers.

        Idle ones end now, busy ones after what they do. One that never became ready ends now too: the engine, which
        calls this for it, will not give it back.
        """
        wanted = (account, region, name, qualifier)
        with borrowed.workers_lock():
            every = borrowed.workers()
            keys = [key for key in every if _matches(key, wanted)]
            gone = [worker for key in keys for worker in every.pop(key)]
            busy = {worker for worker in gone if worker.in_use and worker._start_time}
            self._retired |= busy
        _end([worker for worker in gone if worker not in busy])

    def warm(self, name: str, record: borrowed.Record, count: int = 1) -> None:
        """Have `count` workers started and their handlers imported before the first call. Blocks for a cold start."""
        config = record["config"]
        leased = []
        for _ in range(count):
            worker, _how = self._acquire(name, config, record["code_zip"], qualifier=config.get("Version", "$LATEST"))
            if worker is not None:
                leased.append(worker)
        starts = [threading.Thread(target=_start, args=(worker,)) for worker in leased]
        for start in starts:
            start.start()
        for start in starts:
            start.join()
        with borrowed.workers_lock():
            for worker in leased:
                worker.in_use = False

    def end_all(self) -> None:
        """End every worker, busy or not."""
        with borrowed.workers_lock():
            every = [worker for workers in borrowed.workers().values() for worker in workers]
            borrowed.workers().clear()
        borrowed.kill_workers(every)

    def _start(self, worker: Worker, function: Function) -> None:
        _start(worker)
        with function.freed:
            function.starting -= 1
            function.freed.notify()


def workers_max(config: Any) -> int:
    """Return how many workers a function may have, by the seconds that an invocation may take."""
    return DOOR_WORKERS_MAX if config["Timeout"] <= DOOR_TIMEOUT_S else WORKERS_MAX


def _matches(key: str, wanted: tuple[str | None, str | None, str, str | None]) -> bool:
    account, region, rest = key.split(":", 2)
    name, _, qualifier = rest.rpartition(":")
    return all(want in {None, have} for want, have in zip(wanted, (account, region, name, qualifier), strict=True))


def _start(worker: Worker) -> None:
    try:
        borrowed.ensure_spawned(worker)
    except RuntimeError:
        return  # its first invocation will tell the reason, as an error of that invocation


def _end(workers: list[Worker]) -> None:
    """End processes without making the caller wait."""
    if workers:
        threading.Thread(target=borrowed.kill_workers, args=(workers,), daemon=True).start()
