"""Lambda's own queue of asynchronous invocations: what happens to an event until it is done or given up.

| an attempt ends with | next |
|---|---|
| success | done |
| an error of the function, retries left | again after 60 s, then after 120 s (`RETRY_BASE_S`: shorter here) |
| an error of the function, no retries left | given up: `RetriesExhausted` |
| throttling, or an error of the engine itself | again after 1 s, 2 s, 4 s … 300 s; no retry is used up |
| throttling, at a reservation of 0 | given up at once: the function is switched off |
| whatever, and the event is too old before its next attempt | given up when it is: `EventAgeExceeded` |

Sources: "How Lambda handles errors and retries with asynchronous invocation" and, for the reservation of 0, "Capturing
records of Lambda asynchronous invocations". With which condition Lambda gives up a switched-off function's event is not
documented; here it is `RetriesExhausted`.

One thread waits for all events. An attempt has a thread while it runs. What waits is lost when the engine ends.
"""

import contextvars
import heapq
import logging
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from local.engine import borrowed
from local.engine.borrowed import Invocation, Record

logger = logging.getLogger(__name__)

RETRIES = 2  # MaximumRetryAttempts, unless configured
AGE_MAX_S = 6 * 3600  # MaximumEventAgeInSeconds, unless configured
RETRY_BASE_S = 1.0
"""The first wait after an error of the function. Lambda waits 60: too long for a person at a desk."""
THROTTLED_FIRST_S, THROTTLED_MAX_S = 1.0, 300.0

EXHAUSTED, TOO_OLD = "RetriesExhausted", "EventAgeExceeded"

Run = Callable[[Record, Any], Invocation]


@dataclass
class Queued:
    """An event that is not done.

    Attributes:
        function: The function as it was when the event came: for a version, that is what runs.
        expires_at: When it is too old, by the queue's clock.
        errors: Attempts that the function failed.
        throttles: Attempts in a row that did not reach the function.
        last: How the last attempt that reached the function ended.
    """

    function: Record
    event: Any
    expires_at: float
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    context: contextvars.Context = field(default_factory=contextvars.copy_context)
    errors: int = 0
    throttles: int = 0
    last: Invocation | None = None


GiveUp = Callable[[Queued, str], None]
"""Takes an event and the condition on which it is given up."""


class EventQueue:
    """Runs events until each is done or given up.

    Args:
        give_up: Takes what is given up.
        run: Runs a function once.
        clock: Seconds that only grow.
    """

    def __init__(
        self, give_up: GiveUp, run: Run = borrowed.execute, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._give_up = give_up
        self._run = run
        self._clock = clock
        self._waiting: list[tuple[float, int, Queued]] = []
        self._order = count()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def install(self) -> None:
        """Take every asynchronous invocation: of callers, buckets, rules and schedules."""
        borrowed.replace_asynchronous(self.put)

    def put(self, function: Record, event: Any) -> None:
        """Take an event and return at once."""
        now = self._clock()
        self._wait(now, Queued(function, event, expires_at=now + configured(function, "MaximumEventAgeInSeconds")))

    def attempt(self, queued: Queued) -> None:
        """Run an event once and decide what becomes of it. Blocks for as long as the function runs."""
        function = borrowed.current(queued.function)
        if function is None:
            return  # deleted meanwhile
        if self._clock() >= queued.expires_at:
            self._give_up(queued, TOO_OLD)
            return
        result = self._try(function, queued.event)
        if not result.get("error"):
            return
        if result.get("throttle"):
            self._after_throttling(function, queued)
        else:
            self._after_error(queued, result)

    def _try(self, function: Record, event: Any) -> Invocation:
        try:
            return self._run(function, event)
        except Exception:
            logger.exception("An asynchronous invocation could not be made")
            return {"error": True, "throttle": True}

    def _after_throttling(self, function: Record, queued: Queued) -> None:
        if function.get("concurrency") == 0:
            self._give_up(queued, EXHAUSTED)
            return
        delay_s = min(THROTTLED_FIRST_S * 2**queued.throttles, THROTTLED_MAX_S)
        queued.throttles += 1
        self._again(queued, delay_s)

    def _after_error(self, queued: Queued, result: Invocation) -> None:
        queued.last, queued.throttles = result, 0
        queued.errors += 1
        if queued.errors > configured(queued.function, "MaximumRetryAttempts"):
            self._give_up(queued, EXHAUSTED)
        else:
            self._again(queued, RETRY_BASE_S * 2 ** (queued.errors - 1))

    def _again(self, queued: Queued, delay_s: float) -> None:
        """Wait for the next attempt, or for the moment at which the event is too old, whichever comes first."""
        self._wait(min(self._clock() + delay_s, queued.expires_at), queued)

    def _wait(self, due: float, queued: Queued) -> None:
        with self._changed:
            heapq.heappush(self._waiting, (due, next(self._order), queued))
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="asynchronous-invocations", daemon=True)
                self._thread.start()
            self._changed.notify()

    def _serve(self) -> None:
        while True:
            queued = self._next()
            context = queued.context.copy()  # the attempt before may not have left its own yet
            threading.Thread(target=context.run, args=(self.attempt, queued), daemon=True).start()

    def _next(self) -> Queued:
        with self._changed:
            while True:
                left_s = self._waiting[0][0] - self._clock() if self._waiting else None
                if left_s is not None and left_s <= 0:
                    return heapq.heappop(self._waiting)[2]
                self._changed.wait(left_s)


DEFAULTS = {"MaximumRetryAttempts": RETRIES, "MaximumEventAgeInSeconds": AGE_MAX_S}


def configured(function: Record, name: str) -> int:
    """Return a setting of the function's asynchronous invocations, or Lambda's default."""
    value = settings(function).get(name)
    return DEFAULTS[name] if value is None else int(value)


def settings(function: Record) -> Record:
    """Return what PutFunctionEventInvokeConfig has said about a function, as it is called; perhaps nothing."""
    configs: dict[str, Record] = function.get("event_invoke_configs") or {}
    if alias := function.get("called_as"):
        return configs.get(alias) or {}
    return function.get("event_invoke_config") or configs.get("$LATEST") or {}
