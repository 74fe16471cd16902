"""What was acknowledged is kept: snapshots, the log between them, and answers that wait for a snapshot."""

from pathlib import Path

from local.engine import borrowed
from local.engine.journal import items, queues, streams
from local.engine.journal.replaying import replay
from local.engine.journal.segments import Journal
from local.engine.snapshots import Snapshots


def install(home: Path, lock: int) -> Snapshots:
    """Let the engine log what it changes and read that at its start. Returns what writes its snapshots."""
    folder = home / "state" / "journal"
    waiting = folder / "streams.json"
    journal = Journal(folder, borrowed.PINNED["ministack"])

    def write() -> None:
        borrowed.save()
        streams.save(waiting)

    def go_on() -> None:
        streams.restore(waiting)
        replay(journal)
        journal.rotate()

    items.install(journal)
    queues.install(journal)
    borrowed.after_loading(go_on)
    return Snapshots(journal, write, lock)
