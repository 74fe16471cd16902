"""One DynamoDB table, as stores use it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


Item: TypeAlias = "dict[str, Any]"
Key: TypeAlias = "dict[str, str]"


@dataclass(frozen=True, slots=True)
class Put:
    """Store a whole item, in a transaction."""

    item: Item
    condition: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Update:
    """Change attributes of an item, in a transaction."""

    key: Key
    expression: str
    condition: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove an item, in a transaction."""

    key: Key
    condition: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


Write: TypeAlias = Put | Update | Delete


class Table(Protocol):
    """A DynamoDB table with keys ``pk`` and ``sk``, in plain Python values (str, int, float, bool, None, list, dict).

    Expressions are DynamoDB's own; a name written ``#name`` stands for the attribute `name`, so reserved words need no
    care. A condition that is not met raises `ConditionFailed`, with the item as it is; whatever else goes wrong raises
    `StoreError`.
    """

    def get(self, key: Key, *, consistent: bool = True) -> Item | None:
        """One item. 0.5 read units for each 4 KB, twice that if consistent."""

    def get_all(self, keys: Sequence[Key], *, consistent: bool = False) -> list[Item]:
        """Those items that exist, in any order. Each costs as much as by `get`."""

    def put(self, item: Item, *, condition: str | None = None, values: Mapping[str, Any] | None = None) -> None:
        """Store a whole item."""

    def update(
        self, key: Key, expression: str, *, condition: str | None = None, values: Mapping[str, Any] | None = None
    ) -> Item:
        """Change attributes; returns the whole item as it is then."""

    def delete(self, key: Key, *, condition: str | None = None, values: Mapping[str, Any] | None = None) -> Item | None:
        """Remove an item; returns what it was."""

    def delete_all(self, keys: Sequence[Key]) -> None:
        """Remove many items, without conditions."""

    def query(
        self,
        pk: str,
        *,
        begins_with: str | None = None,
        below: Any = None,
        above: Any = None,
        index: tuple[str, str, str] | None = None,
        forward: bool = True,
        limit: int | None = None,
        page_size: int | None = None,
    ) -> Iterator[Item]:
        """Items of one partition in the order of the sort key, strictly between `above` and `below`.

        Or those whose sort key `begins_with` a text; ValueError for both. Consistent, unless by `index` (its name, its
        partition key, its sort key). `page_size`: how many are read at a time, for who may not want all: a page is
        paid for whole, and else has 1 MB.
        """

    def transact(self, writes: Sequence[Write]) -> None:
        """All or nothing; `TransactionRefused` when a condition is not met. Contention is retried."""
