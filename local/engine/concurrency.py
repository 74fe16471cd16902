"""Lambda's concurrency: how many executions may be in progress, of one function and of all.

| the function | may start while | else it is throttled as |
|---|---|---|
| has a reservation of n | fewer than n of its executions are in progress | "function" |
| has none | fewer executions of such functions are in progress than the account has unreserved | "account" |

A reservation is a cap, and at once a share that no other function gets. Nothing ever waits here: Lambda refuses, and
the caller decides what then. Sources: "Understanding Lambda function scaling" and "Configuring reserved concurrency for
a function".
"""

import threading
from collections import Counter
from collections.abc import Callable, Mapping

from local.engine import borrowed
from local.engine.borrowed import FunctionKey

UNRESERVED_MIN = 100
"""What reservations must leave: "Configuring reserved concurrency for a function". An account with less than this
names its whole quota as the minimum (errors of CloudFormation that users report: [10] of 10, [50] of 50)."""

TOO_MUCH = (
    "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its "
    "minimum value of [{minimum}]."
)

Reservations = Callable[[], Mapping[FunctionKey, int]]


class Concurrency:
    """Counts the executions in progress, in place of the engine's own counter.

    Args:
        account: Concurrent executions that the account may have.
        reservations: What each function has reserved just now; a function without a reservation is not in it.
        on_refusal: Takes the name of a function whose execution was refused.
    """

    def __init__(
        self,
        account: int,
        reservations: Reservations = borrowed.reservations,
        on_refusal: Callable[[str], object] = lambda _: None,
    ) -> None:
        self._account = account
        self._reservations = reservations
        self._on_refusal = on_refusal
        self._running: Counter[FunctionKey] = Counter()
        self._counting = threading.Lock()

    def install(self) -> None:
        """Decide for every invocation, whichever service makes it, and for every reservation."""
        borrowed.replace_concurrency(self.acquire, self.release)
        borrowed.check_reservations(self.refusal)

    def acquire(self, function: FunctionKey) -> str | None:
        """Count one execution more, or name the limit that forbids it: "function" or "account"."""
        with self._counting:
            limit = self._limit_reached(function)
            if limit is None:
                self._running[function] += 1
        if limit is not None:
            self._on_refusal(function[2])
        return limit

    def release(self, function: FunctionKey) -> None:
        """Count one execution less."""
        with self._counting:
            self._running[function] -= 1
            if not self._running[function]:
                del self._running[function]

    def refusal(self, function: FunctionKey, wanted: int) -> str | None:
        """Return why a function cannot reserve so much, in Lambda's words, or `None` if it can."""
        minimum = min(UNRESERVED_MIN, self._account)
        others = sum(reserved for key, reserved in self._reserved_with(function).items() if key != function)
        return TOO_MUCH.format(minimum=minimum) if wanted and self._account - others - wanted < minimum else None

    def _limit_reached(self, function: FunctionKey) -> str | None:
        reserved = self._reserved_with(function)
        if (own := reserved.get(function)) is not None:
            return "function" if self._running[function] >= own else None
        unreserved = sum(
            count for key, count in self._running.items() if key[:2] == function[:2] and key not in reserved
        )
        return "account" if unreserved >= self._account - sum(reserved.values()) else None

    def _reserved_with(self, function: FunctionKey) -> dict[FunctionKey, int]:
        """Return the reservations of the function's account and region."""
        return {key: count for key, count in self._reservations().items() if key[:2] == function[:2]}
