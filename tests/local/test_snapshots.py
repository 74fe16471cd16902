"""Data is written by a copy of the process, while the process goes on."""

import asyncio
import os
import time
from pathlib import Path

import pytest

from local.engine.journal.segments import Journal
from local.engine.snapshots import NotSavedError, Snapshots


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal", "1")


def note(journal: Journal, what: str) -> None:
    with journal as changes:
        changes.append([what])


def noted(journal: Journal) -> list[str]:
    return [change[0] for path in journal.segments() for record in journal.read(path)[0] for change in record]


def test_what_is_written_is_of_the_moment_of_the_copy(tmp_path: Path, journal: Journal) -> None:
    state = ["before"]

    def write() -> None:
        time.sleep(0.2)
        (tmp_path / "state").write_text(f"{state[0]} {os.getpid()}")

    async def run() -> None:
        writing = asyncio.create_task(Snapshots(journal, write).write_aside())
        await asyncio.sleep(0.05)
        state[0] = "after"
        await writing

    asyncio.run(run())
    what, by = (tmp_path / "state").read_text().split()
    assert what == "before"
    assert int(by) != os.getpid()


def test_a_write_that_fails_leaves_the_process_alone(journal: Journal) -> None:
    def write() -> None:
        raise OSError("disk full")

    snapshots = Snapshots(journal, write)
    asyncio.run(snapshots.write_aside())
    asyncio.run(snapshots.write_aside())


def test_the_last_write_waits_for_the_copy_and_is_ours(tmp_path: Path, journal: Journal) -> None:
    def write() -> None:
        time.sleep(0.1)
        with (tmp_path / "writers").open("a") as writers:
            writers.write(f"{os.getpid()}\n")

    async def run() -> None:
        snapshots = Snapshots(journal, write)
        writing = asyncio.create_task(snapshots.write_aside())
        await asyncio.sleep(0.02)
        await asyncio.to_thread(snapshots.write_now)
        await writing

    asyncio.run(run())
    copy, own = (tmp_path / "writers").read_text().split()
    assert int(own) == os.getpid()
    assert copy != own


def test_nothing_is_written_when_nothing_happened(tmp_path: Path, journal: Journal) -> None:
    async def run() -> None:
        snapshots = Snapshots(journal, (tmp_path / "state").touch)
        keeping = asyncio.create_task(snapshots.keep_writing(every_s=0.02))
        await asyncio.sleep(0.1)
        assert not list(tmp_path.iterdir())
        snapshots.note_change()
        async with asyncio.timeout(10):
            while not list(tmp_path.iterdir()):
                await asyncio.sleep(0.02)
        keeping.cancel()

    asyncio.run(run())


def test_the_log_begins_anew_with_a_snapshot_and_the_old_one_goes_once_it_is_complete(journal: Journal) -> None:
    journal.rotate()
    note(journal, "before")

    async def run() -> None:
        writing = asyncio.create_task(Snapshots(journal, lambda: time.sleep(0.2)).write_aside())
        await asyncio.sleep(0.05)
        note(journal, "meanwhile")
        assert noted(journal) == ["before", "meanwhile"]
        await writing

    asyncio.run(run())
    assert noted(journal) == ["meanwhile"]


def test_the_log_stays_when_the_snapshot_fails(journal: Journal) -> None:
    def write() -> None:
        raise OSError("disk full")

    journal.rotate()
    note(journal, "before")
    asyncio.run(Snapshots(journal, write).write_aside())
    note(journal, "after")
    assert noted(journal) == ["before", "after"]


def test_whoever_waits_gets_a_snapshot_that_began_later(tmp_path: Path, journal: Journal) -> None:
    state = ["first"]

    def write() -> None:
        seen = state[0]
        time.sleep(0.1)
        with (tmp_path / "snapshots").open("a") as snapshots:
            snapshots.write(f"{seen}\n")

    async def run() -> None:
        snapshots = Snapshots(journal, write)
        first = asyncio.create_task(snapshots.settle())
        await asyncio.sleep(0.05)
        state[0] = "second"
        await asyncio.gather(*(snapshots.settle() for _ in range(5)))
        assert (tmp_path / "snapshots").read_text().split() == ["first", "second"]
        await first

    asyncio.run(run())


def test_whoever_waits_is_told_when_it_cannot_be_written(journal: Journal) -> None:
    def write() -> None:
        raise OSError("disk full")

    with pytest.raises(NotSavedError):
        asyncio.run(Snapshots(journal, write).settle())


def test_the_last_write_is_tried_again_when_something_has_changed_under_it(journal: Journal) -> None:
    tries = iter([RuntimeError("dictionary changed size during iteration"), None])

    def write() -> None:
        if error := next(tries):
            raise error

    journal.rotate()
    note(journal, "before")
    Snapshots(journal, write).write_now()
    assert noted(journal) == []


def test_a_copy_keeps_the_lock_of_the_folder_and_nothing_else(tmp_path: Path, journal: Journal) -> None:
    with (tmp_path / "lock").open("w") as lock, (tmp_path / "other").open("w") as other:

        def write() -> None:
            os.fstat(lock.fileno())
            try:
                os.fstat(other.fileno())
            except OSError:
                (tmp_path / "state").touch()

        asyncio.run(Snapshots(journal, write, lock.fileno()).write_aside())
    assert (tmp_path / "state").exists()
