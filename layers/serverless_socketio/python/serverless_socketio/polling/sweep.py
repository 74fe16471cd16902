"""The end of polling sessions whose clients have stopped asking, to the second, though ticks come every ten.

A tick looks at every session that polls. One that is over is ended; one that will be before the next tick is left to a
message that arrives then, and looks again. Sessions that were closed where no handlers are (`server`) end likewise.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import islice
from typing import TYPE_CHECKING

from ..address import kind_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ..manager import Manager

TICK_MS = 10_000  # as `heartbeat` has it
REPLACEABLE_MS = 2_000  # without a GET, after which a later socket may have a session's place
SESSIONS_MAX = 10_000  # looked at in one tick: a hundred reads of a hundred
PORTION = 100  # addresses in a message


def idle_addresses(manager: Manager, addresses: Iterable[str]) -> list[str]:
    """Those at which a session polls that had no GET open of late: who has been idle for longest first.

    A read for each address of that kind, whether its session polls still or has upgraded.
    """
    now_ms = manager.clock.now_ms()
    polling = [address for address in addresses if kind_of(address) == "poll"]
    found = [session for address in polling if (session := manager.store.polling.find(address)) is not None]
    since = {each.address: each.idle_since(now_ms) for each in found if each.phase in {"polling", "closed"}}
    return sorted((address for address in since if now_ms - since[address] >= REPLACEABLE_MS), key=since.__getitem__)


class IdleSessions:
    """Ends them. `hand_on` takes addresses, each portion with the seconds after which `end` is to be called with it."""

    def __init__(self, manager: Manager, hand_on: Callable[[Iterable[tuple[Sequence[str], int]]], object]) -> None:
        self._manager = manager
        self._hand_on = hand_on

    def tick(self, now_ms: int) -> int:
        """End some that are over, and hand on the others, and those that will be; how many are over.

        One query, a read for each.
        """
        listed = list(islice(self._manager.store.polling.listed(), SESSIONS_MAX))
        if not listed:
            return 0
        over: list[str] = []
        later: dict[int, list[str]] = defaultdict(list)
        for session in self._manager.store.polling.find_all(listed):
            ends_ms = session.ends_ms(now_ms)
            if ends_ms is not None and ends_ms <= now_ms:
                over.append(session.address)
            elif ends_ms is not None and ends_ms < now_ms + TICK_MS:
                later[-(-(ends_ms - now_ms) // 1000)].append(session.address)
        later[0] = over[PORTION:]
        self._hand_on(
            (addresses[start : start + PORTION], after_s)
            for after_s, addresses in later.items()
            for start in range(0, len(addresses), PORTION)
        )
        self._end(over[:PORTION])
        return len(over)

    def end(self, addresses: Sequence[str]) -> int:
        """End those that are over by now; how many."""
        now_ms = self._manager.clock.now_ms()
        ends = {each.address: each.ends_ms(now_ms) for each in self._manager.store.polling.find_all(addresses)}
        over = [address for address, ends_ms in ends.items() if ends_ms is not None and ends_ms <= now_ms]
        self._end(over)
        return len(over)

    def _end(self, addresses: Iterable[str]) -> None:
        for address in addresses:
            self._manager.close(address, "ping timeout")
