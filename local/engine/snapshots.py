"""Data that survives a `kill -9`: a copy of the process writes it down every few seconds.

Writing the state takes 20 to 200 ms and more, and what is written must be of one moment. A fork has such a moment for
free and costs the running engine a few milliseconds, whatever the amount of data, so no answer stutters.
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

EVERY_S = 5.0
KEEP_HISTORY = 300  # log streams of a function, ended workflows
WRITE_LIMIT_S = 20.0
DESCRIPTORS_MAX = 65536


class Snapshots:
    """Writes the engine's state, and knows whether there is something new to write."""

    def __init__(self, write: Callable[[], None] = borrowed.save) -> None:
        self._write = write
        self._changed = False
        self._writing = threading.Lock()  # taken before a fork, given back by the thread that saw the copy end

    def note_change(self) -> None:
        """Remember that the engine was called."""
        self._changed = True

    async def keep_writing(self, every_s: float = EVERY_S) -> None:
        """Write every few seconds, for ever, if something happened."""
        while True:
            await asyncio.sleep(every_s)
            borrowed.forget_history(KEEP_HISTORY)
            if self._changed:
                self._changed = False
                await self.write_aside()

    async def write_aside(self) -> None:
        """Write in a copy of this process, and return when it has. One copy at a time."""
        if not self._writing.acquire(blocking=False):
            return
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # 3.12 on: forking beside threads; the copy starts none
            copy = os.fork()
        if copy == 0:
            self._write_and_exit()
        await asyncio.to_thread(self._see_off, copy)

    def write_now(self) -> None:
        """Write in this process, after a copy that is at it. For the end of a run."""
        with self._writing:
            self._write()

    def _see_off(self, copy: int) -> None:
        deadline = time.monotonic() + WRITE_LIMIT_S
        while os.waitpid(copy, os.WNOHANG) == (0, 0):
            if time.monotonic() > deadline:
                os.kill(copy, signal.SIGKILL)  # it waits for a lock that a thread of the original held
            time.sleep(0.005)
        self._writing.release()

    def _write_and_exit(self) -> NoReturn:
        """Write with nothing of the original open: sockets and pipes must close when the original closes them."""
        try:
            signal.set_wakeup_fd(-1)
            os.closerange(3, DESCRIPTORS_MAX)
            self._write()
        except BaseException as exc:
            os.write(2, f"The data could not be written: {exc}\n".encode())
        finally:
            os._exit(0)
