"""Items of tables: `["item", ARN of the table, id of the table, partition key, sort key, item or None]`."""

from typing import Any

from local.engine import borrowed
from local.engine.borrowed import AnyCallable, Record
from local.engine.journal.segments import Change, Journal

KIND = "item"


def install(journal: Journal) -> None:
    """Take note of every item that is written or removed; of a transaction's as one record."""

    def set_item(write: AnyCallable) -> AnyCallable:
        def noting(table: Record, partition: str, sort: str, item: Record) -> Any:
            with journal as changes:
                old = write(table, partition, sort, item)
                changes.append(_change(table, partition, sort, item))
            return old

        return noting

    def remove_item(remove: AnyCallable) -> AnyCallable:
        def noting(table: Record, partition: str, sort: str) -> Any:
            with journal as changes:
                old = remove(table, partition, sort)
                if old is not None:
                    changes.append(_change(table, partition, sort, None))
            return old

        return noting

    def as_one(request: AnyCallable) -> AnyCallable:
        def noting(data: Any) -> Any:
            with journal:
                return request(data)

        return noting

    borrowed.wrap_item_writes(set_item, remove_item, as_one)


class Items:
    """Applies changes to the tables that there are."""

    def __init__(self) -> None:
        self._tables = {_identity(table): table for table in borrowed.tables()}

    def apply(self, change: Change) -> None:
        """Apply one, and tell the table's stream as the request did. A table that was deleted since is left out."""
        _, arn, table_id, partition, sort, item = change
        table = self._tables.get((arn, table_id))
        if table is None:
            return
        if item is None:
            old = borrowed.remove_item(table, partition, sort)
        else:
            old = borrowed.set_item(table, partition, sort, item)
        if old is not None or item is not None:
            borrowed.tell_stream(table, old, item)

    def finish(self) -> None:
        """There is nothing more to do."""


def _change(table: Record, partition: str, sort: str, item: Record | None) -> Change:
    return [KIND, *_identity(table), partition, sort, item]


def _identity(table: Record) -> tuple[str, str]:
    """A table's name may be used again, its id is not. Tables of templates have none, here."""
    return table["TableArn"], table.get("TableId", "")
