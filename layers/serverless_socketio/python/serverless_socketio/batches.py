"""Large rooms: an event for many as batches, each posted by an invocation of its own.

One invocation posts to about a thousand connections in good time; a room that is larger, or grows while an event
happens, would make its sender wait for all of them. What goes through a relay keeps no order with other events of the
room, and a batch whose invocation died half way is posted again to all of its addresses.

=================================  =====================================================
what becomes of an address         then
=================================  =====================================================
SENT, or GONE                      nothing more; a connection that is gone is cleaned up
REFUSED                            it is in a batch of the refused, tried later, six times in all; then buried
FAILED                             logged: it may have arrived
the batch is brought again         nothing, once ``batch:{id}:{attempt}`` was claimed
=================================  =====================================================
"""

from __future__ import annotations

import logging
import secrets
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from .insisting import insist
from .model import Batch, Member, PostResult

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from .fanout import Fanout
    from .frames import OutgoingPacket
    from .ports import Relay, Store

logger = logging.getLogger(__name__)

BATCH_MAX = 500  # addresses: about a second of posts
ATTEMPTS = 6  # with the queue's growing pauses a minute or so, in which a throttle passes; Lambda ends loops of 16
REMEMBER_S = 6 * 3600  # longer than a queue brings a message again


def batches(packets: Sequence[OutgoingPacket], size: int = BATCH_MAX) -> Iterator[Batch]:
    """Packets as batches: each of one form, no address in two of them."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for member, frames in packets:
        groups.setdefault(tuple(frames), []).append(member.address)
    for texts, addresses in groups.items():
        for start in range(0, len(addresses), size):
            yield Batch(secrets.token_urlsafe(12), texts, tuple(addresses[start : start + size]))


class Poster:
    """Posts batches that a relay brings, each once however often it is brought."""

    def __init__(
        self, store: Store, fanout: Fanout, relay: Relay, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._sleep = sleep
        self._store = store
        self._fanout = fanout
        self._relay = relay

    def post(self, batch: Batch) -> None:
        """Post a batch; those who were refused get it later, and only they. One read, one write."""
        name = f"batch:{batch.id}:{batch.attempt}"
        if self._store.pending.was_claimed(name):
            return
        frames = list(batch.frames)
        outcomes = self._fanout.send([(Member(address, address), frames) for address in batch.addresses])  # by address
        refused = [address for address, outcome in outcomes.items() if outcome is PostResult.REFUSED]
        if refused:
            rest = replace(batch, addresses=tuple(refused), attempt=batch.attempt + 1)
            insist(lambda: self._leave_for_later(rest), self._sleep)
        insist(lambda: self._store.pending.claim_once(name, REMEMBER_S), self._sleep)
        lost = list(outcomes.values()).count(PostResult.FAILED)
        if lost:
            logger.warning("Some of a batch may not have arrived", extra={"batch": batch.id, "lost": lost})

    def _leave_for_later(self, rest: Batch) -> None:
        if rest.attempt <= ATTEMPTS:
            self._relay.again(rest)
            return
        logger.error("A batch was given up", extra={"batch": rest.id, "addresses": len(rest.addresses)})
        self._relay.bury(rest)
