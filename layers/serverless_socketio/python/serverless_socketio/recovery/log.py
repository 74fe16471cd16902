"""What is sent to lasting sockets: numbered, kept, and only then posted, each with its offset."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from ..exceptions import ConditionFailed, DisconnectedError
from ..model import Delivery
from ..sid import is_lasting
from .offset import Offset, stamped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ..model import Member
    from ..ports import Store
    from .state import Standing, Turn

logger = logging.getLogger(__name__)

Letter: TypeAlias = "tuple[Member, list[str]]"

KEEPERS = 16  # threads that keep at a time


class Keeper:
    """Keeps events for lasting sockets. `on_gone` is told the address of one that has ended."""

    def __init__(self, store: Store, on_gone: Callable[[str], object]) -> None:
        self._store = store
        self._on_gone = on_gone

    @cached_property
    def _keepers(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(KEEPERS, thread_name_prefix="keep")

    def keep(
        self, letters: Sequence[Letter], *, closes: str | None, seen: Mapping[str, Standing]
    ) -> tuple[list[Letter], dict[str, Delivery]]:
        """Keep what goes to lasting sockets; what is to be posted, and by sid what became of the rest.

        Two writes for each lasting socket, none for others.
        """
        post: list[Letter] = []
        outcomes: dict[str, Delivery] = {}
        lasting = [letter for letter in letters if is_lasting(letter[0].sid)]
        for (member, _), kept in zip(lasting, self._keep_all(lasting, closes, seen), strict=True):
            if isinstance(kept, Delivery):
                outcomes[member.sid] = kept
            else:
                post.append(kept)
        return [letter for letter in letters if not is_lasting(letter[0].sid)] + post, outcomes

    def _keep_all(
        self, letters: Sequence[Letter], closes: str | None, seen: Mapping[str, Standing]
    ) -> Iterable[Letter | Delivery]:
        def keep(letter: Letter) -> Letter | Delivery:
            return self._keep(*letter, closes, seen.get(letter[0].sid))

        return map(keep, letters) if len(letters) <= 1 else self._keepers.map(keep, letters)

    def _keep(self, member: Member, frames: list[str], closes: str | None, seen: Standing | None) -> Letter | Delivery:
        """Keep one letter. If that fails, its socket ends: nobody comes back over a gap, and the others are sent to."""
        try:
            return self._numbered(member, frames, closes, seen)
        except Exception:
            logger.exception("An event could not be kept")
            return self._lose(member)

    def _numbered(
        self, member: Member, frames: list[str], closes: str | None, seen: Standing | None
    ) -> Letter | Delivery:
        try:
            standing = self._store.number(member.sid, seen=seen, closes=closes)
        except ConditionFailed:
            return Delivery.MOVED
        except DisconnectedError:
            return self._end(member)
        if standing.state == "away" and standing.seq - standing.left_at > standing.terms.log_max:
            return self._end(member)
        self._store.keep(member.sid, standing.seq, frames, closes)
        if standing.state != "live":
            return Delivery.KEPT
        offset = Offset(standing.seq, runs=standing.runs).write(member.sid)
        return replace(member, address=standing.address), stamped(frames, offset)

    def _lose(self, member: Member) -> Delivery:
        try:
            self._store.forget(member.sid)
        except Exception:
            logger.exception("A socket may come back and not know what it has missed")
        return Delivery.FAILED

    def _end(self, member: Member) -> Delivery:
        """Clean up after a socket that was away for too long, or missed too much."""
        self._store.forget(member.sid)
        self._on_gone(member.address)
        return Delivery.GONE


def in_turn(member: Member, events: Sequence[list[str]], turn: Turn) -> Letter:
    """Events of a run for a lasting socket, with their offsets; none of them is kept."""
    standing = turn.standing
    texts: list[str] = []
    for told, frames in enumerate(events, turn.index + 1):
        offset = Offset(standing.seq, turn.at_ms, {**standing.runs, turn.run: told})
        texts += stamped(frames, offset.write(member.sid))
    return replace(member, address=standing.address), texts
