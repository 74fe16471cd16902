"""The folder of a run, which one run at a time may use, and only its owner may read: keys and chats are in it."""

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.errors import LocalError

LOCK_WAIT_S = 5  # a snapshot that was being written when the last run was killed takes less
OTHERS = 0o077  # what a mode grants to others than the owner


class HomeInUseError(LocalError):
    """Another run has the folder; the message says what to do."""


@contextmanager
def locked(home: Path) -> Iterator[int]:
    """Hold the folder for as long as the block runs; yields the descriptor of the lock.

    Dying lets go of it, unless a copy of the process still has the descriptor. What a killed run left is removed.
    """
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("w") as lock:
        _wait_for(lock.fileno(), home)
        scratch = home / "tmp"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
        yield lock.fileno()


def keep_private(*folders: Path) -> None:
    """Let whatever this process and its children make, and these folders with all in them, be their owner's alone.

    Older releases left files that others may read.
    """
    os.umask(OTHERS)
    for folder in folders:
        _withdraw(folder)
        for parent, names, files in os.walk(folder):
            for name in (*names, *files):
                _withdraw(Path(parent, name))


def _withdraw(path: Path) -> None:
    """Take from others what they may do. A link is left alone: it may lead out of the folder."""
    try:
        mode = path.lstat().st_mode
        if not path.is_symlink() and mode & OTHERS:
            path.chmod(mode & 0o7777 & ~OTHERS)
    except FileNotFoundError:
        return  # another run that shares the folder of assemblies has thrown it away


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
