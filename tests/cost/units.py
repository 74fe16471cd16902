"""DynamoDB's read and write units, from the sizes of items.

moto stores items but knows no units, so they are counted here by AWS's rules ("Capacity unit consumption for write and
read operations", "DynamoDB item sizes and formats" in the developer guide):

| call | units |
|---|---|
| strongly consistent read | 1 for each 4 KB, 1 at least; half of that where it may lag |
| query | the sum of what it looked at, rounded up once for each page |
| write | 1 for each KB of the larger of the item before and after; the same where its condition fails |
| write in a transaction | twice that |
| index | 1 for each KB of an entry that is made, changed or removed, 2 where its key changes, 0 if it stays as it is |
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.tables import INDEXES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

READ_BYTES, WRITE_BYTES = 4096, 1024


@dataclass
class Units:
    """What was used so far."""

    reads: float = 0
    writes: float = 0


class Metered:
    """A DynamoDB client of moto's that adds up the units of its calls in `units`."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.units = Units()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def get_item(self, **call: Any) -> Any:
        answer = self._client.get_item(**call)
        self._read([answer.get("Item")], consistent=call.get("ConsistentRead", False))
        return answer

    def batch_get_item(self, **call: Any) -> Any:
        answer = self._client.batch_get_item(**call)
        for table, wanted in call["RequestItems"].items():
            for key in wanted["Keys"]:
                self._read([self._item(table, key)], consistent=wanted.get("ConsistentRead", False))
        return answer

    def query(self, **call: Any) -> Any:
        answer = self._client.query(**call)
        assert "FilterExpression" not in call, "what a filter leaves out would have to be counted, too"
        self._read(answer["Items"], consistent=call.get("ConsistentRead", False))
        return answer

    def put_item(self, **call: Any) -> Any:
        return self._written(self._client.put_item, call, [(call, _key(call["Item"]))])

    def update_item(self, **call: Any) -> Any:
        return self._written(self._client.update_item, call, [(call, call["Key"])])

    def delete_item(self, **call: Any) -> Any:
        return self._written(self._client.delete_item, call, [(call, call["Key"])])

    def batch_write_item(self, **call: Any) -> Any:
        keys = [
            ({"TableName": table}, request["DeleteRequest"]["Key"])
            for table, requests in call["RequestItems"].items()
            for request in requests
        ]
        return self._written(self._client.batch_write_item, call, keys)

    def transact_write_items(self, **call: Any) -> Any:
        parts = [part for write in call["TransactItems"] for part in write.values()]
        keys = [(part, part.get("Key") or _key(part["Item"])) for part in parts]
        return self._written(self._client.transact_write_items, call, keys, times=2)

    def _written(self, operation: Any, call: Any, keys: Iterable[tuple[Any, Any]], *, times: int = 1) -> Any:
        """Do it, and count what it wrote; what a condition refused, too."""
        keys = [(part["TableName"], key) for part, key in keys]
        before = [self._item(table, key) for table, key in keys]
        try:
            return operation(**call)
        finally:
            for (table, key), old in zip(keys, before, strict=True):
                new = self._item(table, key)
                self.units.writes += times * _blocks(max(size(old), size(new)), WRITE_BYTES)
                self.units.writes += sum(_index_writes(old, new, index) for index in INDEXES[table.partition("-")[0]])

    def _read(self, items: Iterable[Any], *, consistent: bool) -> None:
        self.units.reads += _blocks(sum(map(size, items)), READ_BYTES) * (1 if consistent else 0.5)

    def _item(self, table: str, key: Any) -> Any:
        return self._client.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")


def size(item: Mapping[str, Any] | None) -> int:
    """Bytes of an item, as DynamoDB counts them."""
    return sum(len(name.encode()) + _value_size(value) for name, value in (item or {}).items())


def _value_size(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    if kind == "S":
        return len(content.encode())
    if kind == "N":  # about one byte for two digits, and one more
        return math.ceil(len(content.strip("-0.").replace(".", "")) / 2) + 1
    if kind == "B":
        return len(content)
    if kind == "L":
        return 3 + sum(1 + _value_size(each) for each in content)
    if kind == "M":
        return 3 + sum(1 + len(name.encode()) + _value_size(each) for name, each in content.items())
    if kind == "SS":
        return sum(len(each.encode()) for each in content)
    assert kind in {"BOOL", "NULL"}
    return 1


def _blocks(count: int, block: int) -> int:
    return max(1, -(-count // block))


def _key(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: item[name] for name in ("pk", "sk")}


def _index_writes(old: Any, new: Any, index: tuple[str, str, str, Any]) -> int:
    """Units that an index takes for an item that was `old` and is `new`."""
    _, partition, sort, projection = index
    before, after = (_entry(item, partition, sort, projection) for item in (old, new))
    if before == after:
        return 0
    moved = before and after and any(before[name] != after[name] for name in (partition, sort))
    return (2 if moved else 1) * _blocks(max(size(before), size(after)), WRITE_BYTES)


def _entry(item: Any, partition: str, sort: str, projection: Any) -> dict[str, Any] | None:
    if item is None or partition not in item or sort not in item:
        return None
    names = {"pk", "sk", partition, sort, *projection.get("NonKeyAttributes", [])}
    return {name: value for name, value in item.items() if name in names}
