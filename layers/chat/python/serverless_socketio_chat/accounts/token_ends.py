"""The end of tokens: clients are told a minute before it, and disconnected after it.

A socket's session says when its token ends; that alone decides. Looks say when to read it: each is a row in a slot of
ten seconds, made for sockets with a token and for no others, and a tick makes those of its slot.

=============================  ===================================  ==============================================
a look finds                   does                                 and adds a look
=============================  ===================================  ==============================================
no socket, or no token         nothing                              none
an end that is further away    nothing: it was refreshed            none: the refresh has
an end within `TELL_MS`        sends ``auth:expiring``              at the end
an end that is past            closes the connection                none
=============================  ===================================  ==============================================

Looks are never moved, so nothing that is added late or twice can take another away. One that failed stays for the ticks
that follow; a tick also makes those of slots whose ticks never came.
"""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeAlias

from serverless_socketio_chat.accounts.ports import TokenLook
from serverless_socketio_chat.accounts.tokens import ends_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from serverless_socketio.server import Server
    from serverless_socketio_chat import wire
    from serverless_socketio_chat.accounts.ports import TokenLooks

    HandOn: TypeAlias = "Callable[[Iterable[tuple[dict[str, Any], int]]], object]"

logger = logging.getLogger(__name__)

SLOT_MS = 10_000  # a tick
NOTICE_MS = 60_000
TELL_MS = NOTICE_MS + SLOT_MS  # a tick later would be too late
BACK = 30  # slots: so long after its slot a look is still made, however long no tick came
AGAIN = 2  # slots before those it has seen, that a tick looks at: a look may have failed, or have come late
LOOKS_MAX = 100  # that one invocation makes: a read or two each, a post or an end
THREADS = 16
EXPIRING = "auth:expiring"


class TokenEnds:
    """The ends of the tokens of a server's sockets."""

    def __init__(self, sio: Server, looks: TokenLooks) -> None:
        self._sio = sio
        self._looks = looks
        self._seen = 0  # the newest slot that this process has looked at

    def begin(self, sid: str, ends_ms: int, *, tell: bool) -> None:
        """Have the end of a new socket's token looked at: before it is accepted, so that none is forgotten. One write.

        `tell`: it can be told of an end that is near at once, when it was answered; else the next tick does.
        """
        if tell and ends_ms - self._now_ms() < TELL_MS:
            self._sio.emit(EXPIRING, _payload(ends_ms), to=sid)
            self._looks.add(TokenLook(sid, _after(ends_ms)))
        else:
            self.go_on(sid, ends_ms)

    def go_on(self, sid: str, ends_ms: int) -> None:
        """Have a token looked at a minute before its end; at the next tick, if less is left. One write."""
        told_in = (ends_ms - NOTICE_MS) // SLOT_MS
        self._looks.add(TokenLook(sid, max(told_in, self._now_ms() // SLOT_MS + 1)))

    def sweep(self, hand_on: HandOn, now_ms: int) -> Mapping[str, int]:
        """Make the looks that are due, or leave so many to other invocations; what was done. A query for each slot.

        `hand_on` takes messages, each with its delay in seconds.
        """
        slot = now_ms // SLOT_MS
        first = max(self._seen - AGAIN, slot - BACK)
        looks = [look for each in range(first, slot + 1) for look in self._looks.due(each)]
        self._seen = slot
        if len(looks) > LOOKS_MAX:
            hand_on(dealt(looks))
            return {}
        return self.look_all(looks)

    def look_all(self, looks: Sequence[TokenLook]) -> Mapping[str, int]:
        """Make looks, side by side; how many tokens were told of, or had ended. One that fails is left for later."""
        if not looks:
            return {}
        with ThreadPoolExecutor(THREADS, thread_name_prefix="token") as threads:
            found = list(threads.map(self._look, looks))
        self._looks.remove([look for look, outcome in zip(looks, found, strict=True) if outcome is not None])
        return {"expiring": found.count("told"), "expired": found.count("ended")}

    def _look(self, look: TokenLook) -> str | None:
        """What a look came to; None if it failed."""
        try:
            return self._look_at(look.sid)
        except Exception:
            logger.exception("The end of a token could not be looked at")
            return None

    def _look_at(self, sid: str) -> str:
        connection = self._sio.manager.connection_of(sid)
        member = None if connection is None else connection.member("/")
        if connection is None or member is None or member.sid != sid:
            return "gone"
        ends_ms = ends_of(connection.sessions["/"])
        left_ms = TELL_MS if ends_ms is None else ends_ms - self._now_ms()
        if ends_ms is None or left_ms >= TELL_MS:
            return "later"
        if left_ms <= 0:
            self._sio.manager.close(connection.address, "transport close")  # a client with a newer token comes back
            return "ended"
        self._looks.add(TokenLook(sid, _after(ends_ms)))
        self._sio.manager.fanout.emit([member], EXPIRING, _payload(ends_ms), repeatable=True)
        return "told"

    def _now_ms(self) -> int:
        return self._sio.manager.clock.now_ms()


def dealt(looks: Sequence[TokenLook]) -> list[tuple[dict[str, Any], int]]:
    """The messages that have looks made, with their delay in seconds: none."""
    starts = range(0, len(looks), LOOKS_MAX)
    portions = [looks[start : start + LOOKS_MAX] for start in starts]
    return [({"v": 1, "tokens": [[look.sid, look.slot] for look in each]}, 0) for each in portions]


def dealt_in(message: Mapping[str, Any]) -> Sequence[TokenLook] | None:
    """The looks that a message of `dealt` names; None for any other message."""
    named = message.get("tokens")
    return None if named is None else [TokenLook(sid, slot) for sid, slot in named]


def _after(ends_ms: int) -> int:
    """The first slot whose tick is after an end."""
    return -(-ends_ms // SLOT_MS)


def _payload(ends_ms: int) -> wire.TokenEndPayload:
    return {"expiresAt": ends_ms}
