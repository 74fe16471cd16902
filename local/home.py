"""The folder of a run, which one run at a time may use."""

import fcntl
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.errors import LocalError

LOCK_WAIT_S = 2  # a snapshot that was being written when the last run was killed takes less


class HomeInUseError(LocalError):
    """Another run has the folder; the message says what to do."""


@contextmanager
def locked(home: Path) -> Iterator[None]:
    """Hold the folder for as long as the block runs. Dying lets go of it; what a killed run left is removed."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("w") as lock:
        _wait_for(lock.fileno(), home)
        scratch = home / "tmp"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
        yield


def _wait_for(descriptor: int, home: Path) -> None:
    deadline = time.monotonic() + LOCK_WAIT_S
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise HomeInUseError(
                    f"Another run uses {home}. Stop it first, or choose another folder: LOCAL_DIR=… make run"
                ) from None
            time.sleep(0.05)
        else:
            return


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_text(text)
    draft.replace(path)
