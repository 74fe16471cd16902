"""Frames of binary packets that wait for the others of their packet.

One item of a connection says which there are, and each is an item of its own. What changes the first is conditional on
what it said, so each packet is whole to one caller; a frame is stored before it is named there, unless it completes its
packet, and removed after.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ... import binary
from ...exceptions import ConditionFailed, StoreError
from ...model import PART_TTL_S
from .rows import TableStore, connection_pk, part_in, part_key, part_row, parts_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ...model import Assembled, Part
    from ..ports import Item

TRIES = 2 * binary.PLACES_MAX  # each that fails is another part that was named


class DynamoParts(TableStore):
    """The parts of binary events in `ports.PendingStore`."""

    def collect(self, address: str, part: Part, frame: str) -> tuple[bool, list[Assembled]]:
        """Keep one frame of a binary packet until the others are there. One read, two writes; see `_fetch`."""
        row: Mapping[str, Any] | None = self._table.get(parts_key(address))
        is_stored = False
        for _ in range(TRIES):
            known: list[Item] = [] if row is None else row["parts"]
            step = binary.add([part_in(each) for each in known if self._waits(each)], part)
            is_kept = step.part is not None and step.part.is_kept
            waits = is_kept and step.part in step.left
            if waits and not is_stored:
                self._table.put({**part_key(address, part.id), "frame": frame, "expires": self._expires(PART_TTL_S)})
                is_stored = True
            try:
                self._name(address, None if row is None else known, step.left)
            except ConditionFailed as failure:
                row = failure.item
                continue
            gone = {each["id"] for each in known if each["kept"]} - {each.id for each in step.left}
            if is_stored and not waits:
                gone.add(part.id)
            return is_kept, self._fetch(address, step.whole, {part.id: frame}, gone)
        raise StoreError("Too many parts of binary packets came at once")

    def _name(self, address: str, known: list[Item] | None, parts: Sequence[Part]) -> None:
        """Say which parts there are. Raises ConditionFailed if others than the known have been named."""
        until = {each["id"]: each["until"] for each in known or ()}
        late_ms = self._clock.now_ms() + PART_TTL_S * 1000
        rows = [part_row(part, until.get(part.id, late_ms)) for part in parts]
        self._table.put(
            {**parts_key(address), "parts": rows, "expires": self._expires(2 * PART_TTL_S)},
            condition="attribute_not_exists(pk)" if known is None else "#parts = :known",
            values=None if known is None else {":known": known},
        )

    def _fetch(
        self, address: str, whole: Sequence[Assembled], own: Mapping[str, str], gone: Iterable[str]
    ) -> list[Assembled]:
        """Packets with their frames, which are removed then; none that lost a frame to its connection's end.

        A query if there are any, a write for each frame.
        """
        rows = self._table.query(connection_pk(address), begins_with="PART#") if whole else ()
        frames = {**{row["sk"].removeprefix("PART#"): row["frame"] for row in rows}, **own}
        self._table.delete_all([part_key(address, each) for each in gone])
        wanted = [(packet, {each.id for each in packet.parts if each.is_kept}) for packet in whole]
        return [
            replace(packet, frames={each: frames[each] for each in ids})
            for packet, ids in wanted
            if ids <= frames.keys()
        ]

    def _waits(self, row: Item) -> bool:
        return bool(row["until"] > self._clock.now_ms())
