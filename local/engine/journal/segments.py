"""The files of the log, and the lock under which data changes.

| moment                                | segments | a start after a kill here applies, in this order  |
|---------------------------------------|----------|---------------------------------------------------|
| between two snapshots                 | n        | the snapshot, n                                   |
| rotated, copy forked                  | n, n+1   | the old snapshot, n, n+1                          |
| copy writes one file after the other  | n, n+1   | old and new files, n, n+1: to the new ones n adds |
|                                       |          | nothing, since they have it                       |
| copy has ended well                   | n, n+1   | the new snapshot, n, n+1                          |
| old segments removed                  | n+1      | the new snapshot, n+1                             |
| copy has failed                       | n, n+1   | the old snapshot, n, n+1; n goes with the next    |

Every change of data, its record and the fork happen under one lock. So records stand in the order of the changes, a
snapshot has a transaction as a whole or not at all, and holds exactly what the segments before it hold.
"""

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

from local.engine.journal import frames
from local.engine.journal.frames import End

FORMAT = 1
CLOSED = -1

Change = list[Any]
"""What is different: its kind, where, and its new state or `None`. `items` and `queues` say more."""


class UnreadableError(ValueError):
    """A segment of another engine or format, or none of ours at all."""


class Journal:
    """The log of a run. As a context manager it holds the lock and collects the changes of one record.

    Contexts may be nested: the outermost writes what all of them have collected, with one write, before anything is
    answered.

    Attributes:
        grown: Something was written since the last rotation.
    """

    def __init__(self, folder: Path, engine: str) -> None:
        self._folder = folder
        self._header = {"format": FORMAT, "engine": engine}
        self._lock = threading.RLock()
        self._depth = 0
        self._changes: list[Change] = []
        self._descriptor = CLOSED
        self.grown = False

    def __enter__(self) -> list[Change]:
        """Take the lock. A writer of data appends to the list what has changed."""
        self._lock.acquire()
        self._depth += 1
        return self._changes

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        """Write what was collected, whether the block failed or not: it is in memory either way."""
        self._depth -= 1
        try:
            if self._depth == 0 and self._changes:
                self._write()
        finally:
            self._lock.release()

    def rotate(self) -> int:
        """Let later records go to a new segment, and return its number."""
        with self._lock:
            number = max(self._numbers(), default=0) + 1
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND
            opened = os.open(self._path(number), flags, 0o600)
            os.write(opened, frames.pack(self._header))
            if self._descriptor != CLOSED:
                os.close(self._descriptor)
            self._descriptor = opened
            self.grown = False
            return number

    def abandon(self) -> None:
        """Write nothing any more: in a copy of the process, the log is the original's."""
        self._descriptor = CLOSED

    def forget_before(self, number: int) -> None:
        """Remove the segments that a complete snapshot has made superfluous."""
        for old in self._numbers():
            if old < number:
                self._path(old).unlink(missing_ok=True)

    def segments(self) -> Iterator[Path]:
        """Yield the segments, oldest first."""
        yield from (self._path(number) for number in self._numbers())

    def read(self, segment: Path) -> tuple[list[list[Change]], End]:
        """Return the records of a segment and how it ends, or raise UnreadableError."""
        records, end = frames.unpack(segment.read_bytes())
        if not records:
            if end is End.DAMAGED:
                raise UnreadableError("it is damaged")
            return [], end
        if len(records) == 1 and end is not End.DAMAGED:
            return [], end  # just begun: nothing is in it
        if records[0] != self._header:
            raise UnreadableError("another version of the engine wrote it")
        return records[1:], end

    def _write(self) -> None:
        changes = self._changes
        try:
            if self._descriptor != CLOSED:
                self._append(frames.pack(changes))
        finally:
            changes.clear()

    def _append(self, frame: bytes) -> None:
        self.grown = True
        try:
            written = os.write(self._descriptor, frame)
            while written < len(frame):  # a full disk: the next write says so
                written += os.write(self._descriptor, frame[written:])
        except OSError:
            self.rotate()  # nothing can be read behind half a record
            raise

    def _numbers(self) -> list[int]:
        return sorted(int(path.stem) for path in self._folder.glob("*.log") if path.stem.isdecimal())

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:08}.log"
