"""A table over a client of DynamoDB with boto3's names: the lean one, or boto3's."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

from ..exceptions import ConditionFailed, StoreError, TransactionRefused
from . import client_errors
from .attributes import from_attributes, to_attributes, to_value
from .backoff import backoff_s
from .ports import Delete, Put

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

    from .ports import Item, Key, Write

ALIAS = re.compile(r"#(\w+)")
BATCH_WRITE_MAX = 25  # BatchWriteItem's limit
BATCH_GET_MAX = 100  # BatchGetItem's limit
TRIES = 6
CONTENTION_BACKOFF_S, BATCH_BACKOFF_S = 0.02, 0.05
CONTENTION = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})


class Contended(StoreError):  # noqa: N818 - an outcome that is waited out
    """A transaction holds an item that the call is about: another try may find it free."""


class DynamoTable:
    """A `ports.Table` over a DynamoDB client. What the client raises comes out as `StoreError`."""

    def __init__(self, name: str, client: DynamoDBClient, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self.name = name
        self._client = client
        self._sleep = sleep

    def get(self, key: Key, *, consistent: bool = True) -> Item | None:
        """One item."""
        call = {"TableName": self.name, "Key": to_attributes(key), "ConsistentRead": consistent}
        item = _call(self._client.get_item, call).get("Item")
        return from_attributes(item) if item else None

    def get_all(self, keys: Sequence[Key], *, consistent: bool = False) -> list[Item]:
        """Those items that exist."""
        items: list[Item] = []
        for start in range(0, len(keys), BATCH_GET_MAX):
            batch = [to_attributes(key) for key in keys[start : start + BATCH_GET_MAX]]
            wanted = {self.name: {"Keys": batch, "ConsistentRead": consistent}}
            for answer in self._batch(self._client.batch_get_item, wanted, "UnprocessedKeys"):
                items += [from_attributes(item) for item in answer["Responses"].get(self.name, [])]
        return items

    def put(self, item: Item, *, condition: str | None = None, values: Mapping[str, Any] | None = None) -> None:
        """Store a whole item."""
        self._write(self._client.put_item, {"Item": to_attributes(item)}, condition, values)

    def update(
        self, key: Key, expression: str, *, condition: str | None = None, values: Mapping[str, Any] | None = None
    ) -> Item:
        """Change attributes; returns the whole item as it is then."""
        call = {"Key": to_attributes(key), "UpdateExpression": expression, "ReturnValues": "ALL_NEW"}
        return from_attributes(self._write(self._client.update_item, call, condition, values)["Attributes"])

    def delete(self, key: Key, *, condition: str | None = None, values: Mapping[str, Any] | None = None) -> Item | None:
        """Remove an item; returns what it was."""
        call = {"Key": to_attributes(key), "ReturnValues": "ALL_OLD"}
        old = self._write(self._client.delete_item, call, condition, values).get("Attributes")
        return from_attributes(old) if old else None

    def delete_all(self, keys: Sequence[Key]) -> None:
        """Remove many items, without conditions."""
        for start in range(0, len(keys), BATCH_WRITE_MAX):
            batch = keys[start : start + BATCH_WRITE_MAX]
            unwanted = {self.name: [{"DeleteRequest": {"Key": to_attributes(key)}} for key in batch]}
            for _ in self._batch(self._client.batch_write_item, unwanted, "UnprocessedItems"):
                pass

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
        """Items of one partition in the order of the sort key; `below` and `above` themselves excluded."""
        if above is not None and below is not None and above >= below:
            return iter(())  # DynamoDB would refuse to look
        name, pk_name, sk_name = index or (None, "pk", "sk")
        clause, bounds = _sort_key_clause(begins_with, below, above)
        call: dict[str, Any] = {
            "TableName": self.name,
            "KeyConditionExpression": f"#pk = :pk{clause}",
            "ExpressionAttributeNames": {"#pk": pk_name} | ({"#sk": sk_name} if clause else {}),
            "ExpressionAttributeValues": to_attributes({":pk": pk, **bounds}),
            "ScanIndexForward": forward,
            **({"IndexName": name} if name else {"ConsistentRead": True}),
            **({"Limit": limit or page_size} if limit or page_size else {}),
        }
        return self._pages(call, limit, skip=(sk_name, {above, below}))

    def transact(self, writes: Sequence[Write]) -> None:
        """All or nothing; contention with another transaction is retried, with jitter."""
        self._patiently(self._client.transact_write_items, {"TransactItems": [self._part(write) for write in writes]})

    def _pages(self, call: dict[str, Any], limit: int | None, skip: tuple[str, set[Any]]) -> Iterator[Item]:
        sk_name, bounds = skip  # BETWEEN, the only way to give two bounds, includes them
        count = 0
        while True:
            page = _call(self._client.query, call)
            for attributes in page["Items"]:
                item = from_attributes(attributes)
                if item[sk_name] in bounds:
                    continue
                yield item
                count += 1
                if limit and count >= limit:
                    return
            if not page.get("LastEvaluatedKey"):
                return
            call["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _batch(self, operation: Any, items: Any, left_over: str) -> Iterator[Any]:
        """The answers to one batch, which is asked again for what each left over."""
        for attempt in range(TRIES):
            answer = _call(operation, {"RequestItems": items})
            yield answer
            items = answer.get(left_over)
            if not items:
                return
            self._sleep(backoff_s(attempt, BATCH_BACKOFF_S))
        raise StoreError("DynamoDB left over a part of a batch")

    def _write(
        self, operation: Any, call: dict[str, Any], condition: str | None, values: Mapping[str, Any] | None
    ) -> Any:
        call |= {"TableName": self.name, **_expressions(call.get("UpdateExpression", ""), condition, values)}
        if condition is not None:
            call["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        return self._patiently(operation, call)

    def _patiently(self, operation: Any, call: dict[str, Any]) -> Any:
        for attempt in range(TRIES):
            try:
                return _call(operation, call)
            except Contended:
                self._sleep(backoff_s(attempt, CONTENTION_BACKOFF_S))
        raise StoreError("Transactions held an item for too long")

    def _part(self, write: Write) -> Any:
        """One write of a transaction."""
        expression = ""
        call: dict[str, Any]
        if isinstance(write, Put):
            kind, call = "Put", {"Item": to_attributes(write.item)}
        elif isinstance(write, Delete):
            kind, call = "Delete", {"Key": to_attributes(write.key)}
        else:
            expression = write.expression
            kind, call = "Update", {"Key": to_attributes(write.key), "UpdateExpression": expression}
        call |= _expressions(expression, write.condition, write.values)
        return {kind: {"TableName": self.name, "ReturnValuesOnConditionCheckFailure": "ALL_OLD", **call}}


def _call(operation: Any, call: Mapping[str, Any]) -> Any:
    """Call DynamoDB: the one place where a client's errors become the library's."""
    try:
        return operation(**call)
    except client_errors.refusals() as error:
        raise _translated(error.response) from error  # type: ignore[attr-defined]  # both clients' have it
    except client_errors.silences() as error:  # no connection, no answer in time, no credentials
        raise StoreError(f"DynamoDB did not answer: {type(error).__name__}") from error


def _translated(response: Any) -> StoreError:
    code = response["Error"]["Code"]
    reasons = response.get("CancellationReasons", [])  # of a transaction, one for each write
    failures = [_failure(reason) if reason.get("Code") == "ConditionalCheckFailed" else None for reason in reasons]
    if any(failures):
        return TransactionRefused(failures)
    if code == "ConditionalCheckFailedException":
        return _failure(response)
    if code == "TransactionConflictException" or any(reason.get("Code") in CONTENTION for reason in reasons):
        return Contended("A transaction holds an item")
    return StoreError(f"DynamoDB refused: {code}")


def _failure(reason: Mapping[str, Any]) -> ConditionFailed:
    item = reason.get("Item")
    return ConditionFailed(from_attributes(item) if item else None)


def _sort_key_clause(begins_with: str | None, below: Any, above: Any) -> tuple[str, dict[str, Any]]:
    """The condition on the sort key, and its values."""
    if begins_with is not None:
        if above is not None or below is not None:
            raise ValueError("DynamoDB takes one condition on the sort key: a beginning, or bounds")
        return " AND begins_with(#sk, :begin)", {":begin": begins_with}
    if above is not None and below is not None:
        return " AND #sk BETWEEN :above AND :below", {":above": above, ":below": below}
    if below is not None:
        return " AND #sk < :below", {":below": below}
    if above is not None:
        return " AND #sk > :above", {":above": above}
    return "", {}


def _expressions(expression: str, condition: str | None, values: Mapping[str, Any] | None) -> dict[str, Any]:
    """The names and values that expressions use; ``#name`` stands for itself."""
    call: dict[str, Any] = {} if condition is None else {"ConditionExpression": condition}
    names = set(ALIAS.findall(f"{expression} {condition or ''}"))
    if names:
        call["ExpressionAttributeNames"] = {f"#{name}": name for name in names}
    if values:
        call["ExpressionAttributeValues"] = {name: to_value(value) for name, value in values.items()}
    return call
