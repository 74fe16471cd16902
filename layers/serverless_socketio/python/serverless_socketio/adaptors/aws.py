"""A table and a transport over boto3.

boto3 is imported by whoever makes the clients, so that a cold start pays only for what it uses; a leaner client can
stand behind the same ports.
"""

from __future__ import annotations

import random
import re
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from ..exceptions import ConditionFailed, StoreError, TransactionRefused
from ..ports import Delete, Delivery, Put
from .attributes import from_attributes, to_attributes, to_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from mypy_boto3_apigatewaymanagementapi import ApiGatewayManagementApiClient
    from mypy_boto3_dynamodb import DynamoDBClient

    from ..ports import Item, Key, Write

ALIAS = re.compile(r"#(\w+)")
BATCH_WRITE_MAX = 25  # BatchWriteItem's limit
BATCH_GET_MAX = 100  # BatchGetItem's limit
CONTENTION_TRIES = 6
CONTENTION_BACKOFF_S, BATCH_BACKOFF_S = 0.02, 0.05
POST_TRIES = 6
POST_BACKOFF_S = 0.05
TOO_MANY_REQUESTS = 429  # RFC 6585 section 4
SERVER_ERRORS = range(500, 600)  # RFC 9110 section 15.6
CONTENTION = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})
SENDERS = 32  # threads that post at a time


def _backoff_s(attempt: int, base_s: float) -> float:
    """How long to wait before another try: full jitter, doubling.

    AWS Architecture Blog, "Exponential Backoff and Jitter".
    """
    return random.uniform(0, base_s * 2**attempt)  # noqa: S311 - no secret


class DynamoTable:
    """A `ports.Table` over a DynamoDB client."""

    def __init__(self, name: str, client: DynamoDBClient, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self.name = name
        self._client = client
        self._sleep = sleep

    def get(self, key: Key, *, consistent: bool = True) -> Item | None:
        """One item."""
        item = self._client.get_item(TableName=self.name, Key=to_attributes(key), ConsistentRead=consistent).get("Item")
        return from_attributes(item) if item else None

    def get_all(self, keys: Sequence[Key]) -> list[Item]:
        """Those items that exist."""
        items: list[Item] = []
        for start in range(0, len(keys), BATCH_GET_MAX):
            wanted: Any = {self.name: {"Keys": [to_attributes(key) for key in keys[start : start + BATCH_GET_MAX]]}}
            for attempt in range(CONTENTION_TRIES):
                answer = self._client.batch_get_item(RequestItems=wanted)
                items += [from_attributes(item) for item in answer["Responses"].get(self.name, [])]
                wanted = answer.get("UnprocessedKeys")
                if not wanted:
                    break
                self._sleep(_backoff_s(attempt, BATCH_BACKOFF_S))
            else:
                raise StoreError("DynamoDB left keys of a batch unread")
        return items

    def put(self, item: Item, *, condition: str | None = None, values: Mapping[str, Any] | None = None) -> None:
        """Store a whole item."""
        self._conditionally(self._client.put_item, {"Item": to_attributes(item)}, condition, values)

    def update(
        self, key: Key, expression: str, *, condition: str | None = None, values: Mapping[str, Any] | None = None
    ) -> Item:
        """Change attributes; returns the whole item as it is then."""
        call = {"Key": to_attributes(key), "UpdateExpression": expression, "ReturnValues": "ALL_NEW"}
        return from_attributes(self._conditionally(self._client.update_item, call, condition, values)["Attributes"])

    def delete(self, key: Key, *, condition: str | None = None, values: Mapping[str, Any] | None = None) -> Item | None:
        """Remove an item; returns what it was."""
        call = {"Key": to_attributes(key), "ReturnValues": "ALL_OLD"}
        old = self._conditionally(self._client.delete_item, call, condition, values).get("Attributes")
        return from_attributes(old) if old else None

    def delete_all(self, keys: Sequence[Key]) -> None:
        """Remove many items, without conditions."""
        for start in range(0, len(keys), BATCH_WRITE_MAX):
            batch = keys[start : start + BATCH_WRITE_MAX]
            left: Any = {self.name: [{"DeleteRequest": {"Key": to_attributes(key)}} for key in batch]}
            for attempt in range(CONTENTION_TRIES):
                left = self._client.batch_write_item(RequestItems=left).get("UnprocessedItems")
                if not left:
                    break
                self._sleep(_backoff_s(attempt, BATCH_BACKOFF_S))
            else:
                raise StoreError("DynamoDB left items of a batch unwritten")

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
    ) -> Iterator[Item]:
        """Items of one partition in the order of the sort key; `below` and `above` themselves excluded."""
        if above is not None and below is not None and above >= below:
            return iter(())  # DynamoDB would refuse to look
        name, pk_name, sk_name = index or (None, "pk", "sk")
        values: dict[str, Any] = {":pk": pk}
        clause = "#pk = :pk"
        if begins_with is not None:
            clause, values[":begin"] = f"{clause} AND begins_with(#sk, :begin)", begins_with
        if above is not None and below is not None:
            clause = f"{clause} AND #sk BETWEEN :above AND :below"
            values |= {":above": above, ":below": below}
        elif below is not None:
            clause, values[":below"] = f"{clause} AND #sk < :below", below
        elif above is not None:
            clause, values[":above"] = f"{clause} AND #sk > :above", above
        call: dict[str, Any] = {
            "TableName": self.name,
            "KeyConditionExpression": clause,
            "ExpressionAttributeNames": {"#pk": pk_name} | ({"#sk": sk_name} if "#sk" in clause else {}),
            "ExpressionAttributeValues": to_attributes(values),
            "ScanIndexForward": forward,
            **({"IndexName": name} if name else {"ConsistentRead": True}),
            **({"Limit": limit} if limit else {}),
        }
        return self._pages(call, limit, skip=(sk_name, {above, below}))

    def transact(self, writes: Sequence[Write]) -> None:
        """All or nothing; contention with another transaction is retried, with jitter."""
        items = [self._transaction_item(write) for write in writes]
        for attempt in range(CONTENTION_TRIES):
            try:
                self._client.transact_write_items(TransactItems=items)
            except self._client.exceptions.TransactionCanceledException as error:
                reasons: Any = error.response.get("CancellationReasons", [])
                failures = [_failure(reason) for reason in reasons]
                if any(failures):
                    raise TransactionRefused(failures) from error
                if not any(reason.get("Code") in CONTENTION for reason in reasons):
                    raise
                self._sleep(_backoff_s(attempt, CONTENTION_BACKOFF_S))
            else:
                return
        raise StoreError("A transaction met others for too long")

    def _pages(self, call: dict[str, Any], limit: int | None, skip: tuple[str, set[Any]]) -> Iterator[Item]:
        sk_name, bounds = skip  # BETWEEN, the only way to give two bounds, includes them
        count = 0
        while True:
            page = self._client.query(**call)
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

    def _conditionally(
        self, operation: Any, call: dict[str, Any], condition: str | None, values: Mapping[str, Any] | None
    ) -> Any:
        call |= _expressions(call.get("UpdateExpression", ""), condition, values)
        if condition is not None:
            call["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        for attempt in range(CONTENTION_TRIES):
            try:
                return operation(TableName=self.name, **call)
            except self._client.exceptions.ConditionalCheckFailedException as error:
                item: Any = error.response.get("Item")
                raise ConditionFailed(from_attributes(item) if item else None) from error
            except self._client.exceptions.TransactionConflictException:  # a transaction holds the item
                self._sleep(_backoff_s(attempt, CONTENTION_BACKOFF_S))
        raise StoreError("An item was held by transactions for too long")

    def _transaction_item(self, write: Write) -> Any:
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


def _failure(reason: Mapping[str, Any]) -> ConditionFailed | None:
    if reason.get("Code") != "ConditionalCheckFailed":
        return None
    item = reason.get("Item")
    return ConditionFailed(from_attributes(item) if item else None)


def _expressions(expression: str, condition: str | None, values: Mapping[str, Any] | None) -> dict[str, Any]:
    """The names and values that expressions use; ``#name`` stands for itself."""
    call: dict[str, Any] = {} if condition is None else {"ConditionExpression": condition}
    names = set(ALIAS.findall(f"{expression} {condition or ''}"))
    if names:
        call["ExpressionAttributeNames"] = {f"#{name}": name for name in names}
    if values:
        call["ExpressionAttributeValues"] = {name: to_value(value) for name, value in values.items()}
    return call


class ApiGatewayTransport:
    """A `ports.Transport` over the API's management endpoint (``POST /@connections/{connectionId}``).

    `client` makes the client when it is first needed. It must not retry by itself: whether a post may be repeated is
    the caller's to say.
    """

    def __init__(
        self, client: Callable[[], ApiGatewayManagementApiClient], *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._make_client = client
        self._sleep = sleep
        self._senders: ThreadPoolExecutor | None = None

    @cached_property
    def _client(self) -> ApiGatewayManagementApiClient:
        return self._make_client()

    def post(self, address: str, frame: str) -> Delivery:
        """Post one frame; throttles are retried, with jitter."""
        return self._post_each(address, [frame], repeatable=False)

    def post_all(self, frames: Sequence[tuple[str, Sequence[str]]], *, repeatable: bool = False) -> list[Delivery]:
        """Post to many at a time, each address's frames in order."""

        def post_each(target: tuple[str, Sequence[str]]) -> Delivery:
            return self._post_each(*target, repeatable=repeatable)

        if len(frames) <= 1:
            return [post_each(target) for target in frames]
        self._client  # noqa: B018 - made here, since threads would each make their own
        self._senders = self._senders or ThreadPoolExecutor(SENDERS, thread_name_prefix="post")
        return list(self._senders.map(post_each, frames))

    def close(self, address: str) -> None:
        """Close a connection; no error where it is gone, or where it would not be closed: its heartbeat ends it."""
        self._try(lambda: self._client.delete_connection(ConnectionId=address), repeatable=True)

    def _post_each(self, address: str, texts: Sequence[str], *, repeatable: bool) -> Delivery:
        for text in texts:
            post = partial(self._client.post_to_connection, ConnectionId=address, Data=text.encode())
            outcome = self._try(post, repeatable=repeatable)
            if outcome is not Delivery.SENT:
                return outcome  # what follows a lost frame would leave a gap
        return Delivery.SENT

    def _try(self, call: Callable[[], object], *, repeatable: bool) -> Delivery:
        """Call the endpoint, again after what surely did nothing, and if `repeatable` after what may have worked."""
        from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

        for attempt in range(POST_TRIES):
            try:
                call()
            except self._client.exceptions.GoneException:
                return Delivery.GONE
            except ConnectionError:
                pass  # no connection was made
            except HTTPClientError:  # lost on its way, or the answer on the way back
                if not repeatable:
                    return Delivery.FAILED
            except ClientError as error:
                status = error.response["ResponseMetadata"]["HTTPStatusCode"]
                if status not in (TOO_MANY_REQUESTS, *SERVER_ERRORS):
                    raise
                if status in SERVER_ERRORS and not repeatable:
                    return Delivery.FAILED
            else:
                return Delivery.SENT
            self._sleep(_backoff_s(attempt, POST_BACKOFF_S))
        return Delivery.FAILED
