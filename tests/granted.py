"""A function's DynamoDB client that refuses what the function's role does not allow of the conversations table.

`infra/conversations_access.py` says what that is, and `tests/infra` that the template does. Each refusal is noted,
since rules answer a store's failure rather than fail.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from infra.conversations_access import Access

CALLS = {
    "get_item": "GetItem",
    "put_item": "PutItem",
    "update_item": "UpdateItem",
    "delete_item": "DeleteItem",
    "query": "Query",
    "batch_get_item": "BatchGetItem",
    "batch_write_item": "BatchWriteItem",
    "transact_write_items": "TransactWriteItems",
}


class Granted:
    """A client whose calls are judged by what is granted on `table`. `denied`: where refusals are noted."""

    def __init__(self, client: Any, access: Access, table: str, denied: list[str]) -> None:
        self._client = client
        self._access = access
        self._table = table
        self._denied = denied

    def __getattr__(self, name: str) -> Any:
        operation = getattr(self._client, name)
        if name not in CALLS:
            return operation

        def call(**given: Any) -> Any:
            for action, table, key in _touched(CALLS[name], given):
                if table == self._table and not any(fnmatchcase(key, each) for each in self._access.get(action, ())):
                    self._denied.append(f"{action} of {key}")
                    error: Any = {"Error": {"Code": "AccessDeniedException", "Message": f"{action} of {key}"}}
                    raise ClientError(error, CALLS[name])
            return operation(**given)

        return call


def _touched(operation: str, given: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """The actions of a call, each with a table and the leading key that it touches there; indexes aside."""
    if operation == "TransactWriteItems":
        for write in given["TransactItems"]:
            ((kind, part),) = write.items()
            yield f"{kind}Item", part["TableName"], _leading(part)
    elif operation == "BatchGetItem":
        for table, wanted in given["RequestItems"].items():
            yield from ((operation, table, key["pk"]["S"]) for key in wanted["Keys"])
    elif operation == "BatchWriteItem":
        for table, writes in given["RequestItems"].items():
            yield from ((operation, table, each["DeleteRequest"]["Key"]["pk"]["S"]) for each in writes)
    elif operation == "Query":
        if "IndexName" not in given:
            yield operation, given["TableName"], given["ExpressionAttributeValues"][":pk"]["S"]
    else:
        yield operation, given["TableName"], _leading(given)


def _leading(part: Mapping[str, Any]) -> str:
    return str((part.get("Key") or part["Item"])["pk"]["S"])
