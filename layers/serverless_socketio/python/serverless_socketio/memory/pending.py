"""What waits a short while for another invocation, in dicts: claims, acknowledgements, parts of binary events."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from .. import binary
from ..model import PART_TTL_S

if TYPE_CHECKING:
    from ..model import Assembled, Part
    from ..ports import Clock


@dataclass(slots=True)
class AwaitedAck:
    """An acknowledgement that is awaited, or came."""

    callback: str | None
    until_ms: int
    args: list[Any] | None = None


class MemoryPending:
    """`ports.PendingStore`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._claims: dict[str, int] = {}  # until when
        self._acks: dict[tuple[str, int], AwaitedAck] = {}
        self._parts: dict[str, list[tuple[int, Part, str]]] = {}  # until when, the part, and its frame

    def claim_once(self, name: str, ttl_s: int) -> bool:
        """True to exactly one caller for each name while it is remembered."""
        if self.was_claimed(name):
            return False
        self._claims[name] = self._clock.now_ms() + ttl_s * 1000
        return True

    def was_claimed(self, name: str) -> bool:
        """Whether `claim_once` was answered with True for this name, and it is remembered."""
        return self._claims.get(name, 0) > self._clock.now_ms()

    def expect_ack(self, address: str, ack_id: int, callback: str | None, ttl_s: int) -> None:
        """Remember that an acknowledgement is awaited."""
        self._acks[address, ack_id] = AwaitedAck(callback, self._clock.now_ms() + ttl_s * 1000)

    def settle_ack(self, address: str, ack_id: int, args: list[Any]) -> str | None:
        """Take an acknowledgement that came."""
        ack = self._awaited(address, ack_id)
        if ack is None or ack.args is not None:
            return None
        ack.args = args
        return ack.callback or ""

    def take_ack(self, address: str, ack_id: int) -> list[Any] | None:
        """The arguments that `call` waits for, or None yet."""
        ack = self._awaited(address, ack_id)
        return ack.args if ack else None

    def collect(self, address: str, part: Part, frame: str) -> tuple[bool, list[Assembled]]:
        """Keep one frame of a binary packet until the others are there."""
        now_ms = self._clock.now_ms()
        waiting = [each for each in self._parts.get(address, []) if each[0] > now_ms]
        step = binary.add([each for _, each, _ in waiting], part)
        if step.part is not None:
            waiting.append((now_ms + PART_TTL_S * 1000, step.part, frame))
        self._parts[address] = [each for each in waiting if each[1] in step.left]
        frames = {each.id: text for _, each, text in waiting if each.is_kept}
        whole = [
            replace(packet, frames={each.id: frames[each.id] for each in packet.parts if each.is_kept})
            for packet in step.whole
        ]
        return step.part is not None and step.part.is_kept, whole

    def forget(self, address: str) -> None:
        """Forget what waits for frames of a connection that has ended."""
        self._parts.pop(address, None)
        for key in [key for key in self._acks if key[0] == address]:
            del self._acks[key]

    def _awaited(self, address: str, ack_id: int) -> AwaitedAck | None:
        ack = self._acks.get((address, ack_id))
        return ack if ack is not None and ack.until_ms > self._clock.now_ms() else None
