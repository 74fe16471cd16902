"""The start of a run: the last snapshot, then the log since."""

from typing import Protocol

from local.engine.journal.frames import End
from local.engine.journal.items import KIND as ITEM
from local.engine.journal.items import Items
from local.engine.journal.queues import KIND as MESSAGE
from local.engine.journal.queues import Queues
from local.engine.journal.segments import Change, Journal, UnreadableError
from local.progress import complain


class Applier(Protocol):
    """Puts changes of one kind back into the engine."""

    def apply(self, change: Change) -> None:
        """Apply one."""

    def finish(self) -> None:
        """Do what is left after the last."""


def replay(journal: Journal) -> None:
    """Apply every record that can be read to what the engine has loaded; say in a line which segments cannot."""
    appliers: dict[str, Applier] = {ITEM: Items(), MESSAGE: Queues()}
    for segment in journal.segments():
        try:
            records, end = journal.read(segment)
        except UnreadableError as exc:
            complain(f"What was written after the last snapshot is left out: {exc} ({segment}).")
            continue
        if end is End.DAMAGED:
            complain(f"The log is damaged, what follows record {len(records)} is left out ({segment}).")
        for record in records:
            for change in record:
                appliers[change[0]].apply(change)
    for applier in appliers.values():
        applier.finish()
