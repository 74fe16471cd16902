"""Data that survives a `kill -9`: a copy of the process writes it down every few seconds.

Writing the state takes 20 to 200 ms and more, and what is written must be of one moment. A fork has such a moment for
free and costs the running engine a few milliseconds, whatever the amount of data, so no answer stutters.

What changes between two snapshots is in the journal. `segments` has the table of what is there when.
"""

import asyncio
import os
import signal
import threading
import time
import warnings
from collections.abc import Callable
from typing import NoReturn

from local.engine import borrowed
from local.engine.journal.segments import CLOSED, Journal
from local.progress import complain

EVERY_S = 5.0
KEEP_HISTORY = 300  # log streams of a function, ended workflows
WRITE_LIMIT_S = 20
DESCRIPTORS_MAX = 65536
TRIES = 3


class NotSavedError(RuntimeError):
    """A snapshot was needed and could not be written."""


class Snapshots:
    """Writes the engine's state, and knows whether there is something new to write.

    Args:
        journal: The log since the last snapshot.
        write: Writes the state.
        lock: Descriptor that a copy keeps open, so that the next run waits for it: what it writes is older.
    """

    def __init__(self, journal: Journal, write: Callable[[], None], lock: int = CLOSED) -> None:
        self._journal = journal
        self._write = write
        self._lock = lock
        self._changed = False
        self._begun = 0
        self._complete = 0
        self._writing = threading.Lock()  # taken before a fork, given back by the thread that saw the copy end
        self._turn = asyncio.Lock()

    def note_change(self) -> None:
        """Remember that the engine was called."""
        self._changed = True

    async def keep_writing(self, every_s: float = EVERY_S) -> None:
        """Write every few seconds, for ever, if something happened."""
        while True:
            await asyncio.sleep(every_s)
            borrowed.forget_history(KEEP_HISTORY)
            if self._changed or self._journal.grown:
                try:
                    await self.write_aside()
                except OSError as exc:
                    complain(f"The data could not be written: {exc}")

    async def write_aside(self) -> None:
        """Write in a copy of this process, and return when it has ended. One copy at a time."""
        async with self._turn:
            await self._copy()

    async def settle(self) -> None:
        """Return once a snapshot that begins from now on is complete. Callers who wait at the same time share one."""
        wanted = self._begun + 1
        for _ in range(TRIES):
            async with self._turn:
                if self._complete < wanted:
                    await self._copy()
            if self._complete >= wanted:
                return
        raise NotSavedError("The data could not be written.")

    async def _copy(self) -> None:
        if not self._writing.acquire(blocking=False):
            return  # the run ends
        try:
            self._changed = False
            with self._journal, warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # 3.12 on: forking beside threads; it starts none
                first = self._journal.rotate()
                copy = os.fork()
                if copy == 0:
                    self._write_and_exit()
            self._begun += 1
        except BaseException:
            self._writing.release()
            raise
        await asyncio.to_thread(self._see_off, copy, self._begun, first)

    def write_now(self) -> None:
        """Write in this process, after a copy that is at it. For the end of a run."""
        with self._writing:
            first = self._journal.rotate()
            for _ in range(TRIES):
                try:
                    self._write()
                except RuntimeError:  # something has changed under it
                    continue
                self._journal.forget_before(first)
                return
        complain("The last snapshot could not be written; the next run reads the log instead.")

    def _see_off(self, copy: int, begun: int, first: int) -> None:
        deadline = time.monotonic() + WRITE_LIMIT_S
        try:
            while (ended := os.waitpid(copy, os.WNOHANG)) == (0, 0):
                if time.monotonic() > deadline:
                    os.kill(copy, signal.SIGKILL)  # it waits for a lock that a thread of the original held
                time.sleep(0.005)
            if ended[1] == 0:
                self._complete = begun
                self._journal.forget_before(first)
            else:
                self._changed = True
        finally:
            self._writing.release()

    def _write_and_exit(self) -> NoReturn:
        """Write with nothing of the original open: sockets and pipes must close when the original closes them."""
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.alarm(WRITE_LIMIT_S)  # nothing else ends it if the original is killed
            self._journal.abandon()
            _close_all_but(self._lock)
            self._write()
            status = 0
        except BaseException as exc:
            os.write(2, f"The data could not be written: {exc}\n".encode())
        finally:
            os._exit(status)


def _close_all_but(kept: int) -> None:
    os.closerange(3, max(3, kept))
    os.closerange(max(3, kept + 1), DESCRIPTORS_MAX)
