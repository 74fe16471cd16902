"""Data is written by a copy of the process, while the process goes on."""

import asyncio
import os
import time
from pathlib import Path

from local.engine.snapshots import Snapshots


def test_what_is_written_is_of_the_moment_of_the_copy(tmp_path: Path) -> None:
    state = ["before"]

    def write() -> None:
        time.sleep(0.2)
        (tmp_path / "state").write_text(f"{state[0]} {os.getpid()}")

    async def run() -> None:
        writing = asyncio.create_task(Snapshots(write).write_aside())
        await asyncio.sleep(0.05)
        state[0] = "after"
        await writing

    asyncio.run(run())
    what, by = (tmp_path / "state").read_text().split()
    assert what == "before"
    assert int(by) != os.getpid()


def test_a_write_that_fails_leaves_the_process_alone(tmp_path: Path) -> None:
    def write() -> None:
        raise OSError("disk full")

    snapshots = Snapshots(write)
    asyncio.run(snapshots.write_aside())
    asyncio.run(snapshots.write_aside())


def test_the_last_write_waits_for_the_copy_and_is_ours(tmp_path: Path) -> None:
    def write() -> None:
        time.sleep(0.1)
        with (tmp_path / "writers").open("a") as writers:
            writers.write(f"{os.getpid()}\n")

    async def run() -> None:
        snapshots = Snapshots(write)
        writing = asyncio.create_task(snapshots.write_aside())
        await asyncio.sleep(0.02)
        await asyncio.to_thread(snapshots.write_now)
        await writing

    asyncio.run(run())
    copy, own = (tmp_path / "writers").read_text().split()
    assert int(own) == os.getpid()
    assert copy != own


def test_nothing_is_written_when_nothing_happened(tmp_path: Path) -> None:
    async def run() -> None:
        snapshots = Snapshots((tmp_path / "state").touch)
        keeping = asyncio.create_task(snapshots.keep_writing(every_s=0.02))
        await asyncio.sleep(0.1)
        assert not list(tmp_path.iterdir())
        snapshots.note_change()
        async with asyncio.timeout(10):
            while not list(tmp_path.iterdir()):
                await asyncio.sleep(0.02)
        keeping.cancel()

    asyncio.run(run())
