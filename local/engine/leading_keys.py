"""The condition key `dynamodb:LeadingKeys`, which the engine does not know: partition keys that a request touches.

"IAM policy conditions for fine-grained access control" in DynamoDB's guide. Of the stack's own tables, whose partition
key is `pk`; a request through an index has those of the index, which no policy here names.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

NAME = "dynamodb:leadingkeys"
WRITES = {"PutItem": "Put", "UpdateItem": "Update", "DeleteItem": "Delete", "ConditionCheckItem": "ConditionCheck"}
EQUAL = re.compile(r"([#\w]+)\s*=\s*(:\w+)")


def leading_keys(action: str, resource: str, body: bytes) -> list[str] | None:
    """Return the keys that `action` (`dynamodb:…`) touches in the table of an ARN; `None` where there are none."""
    operation, table = action.partition(":")[2], resource.partition(":table/")[2].partition("/")[0]
    request = json.loads(body or b"{}")
    return [key["S"] for key in _keys(operation, table, request) if "S" in key] or None


def _keys(operation: str, table: str, request: dict[str, Any]) -> Iterator[dict[str, str]]:
    """Partition keys, as DynamoDB writes values."""
    if "TransactItems" in request:
        parts = [write.get(WRITES.get(operation, "")) for write in request["TransactItems"]]
        yield from (_key(part) for part in parts if part and part["TableName"] == table)
    elif operation == "BatchGetItem":
        yield from (key["pk"] for key in request["RequestItems"].get(table, {}).get("Keys", ()))
    elif operation == "BatchWriteItem":
        yield from (_key(part) for write in request["RequestItems"].get(table, ()) for part in write.values())
    elif operation == "Query":
        yield from _queried(request)
    elif "Key" in request or "Item" in request:
        yield _key(request)


def _key(part: dict[str, Any]) -> dict[str, str]:
    key: dict[str, str] = (part.get("Key") or part.get("Item") or {}).get("pk", {})
    return key


def _queried(request: dict[str, Any]) -> Iterator[dict[str, str]]:
    names, values = request.get("ExpressionAttributeNames", {}), request.get("ExpressionAttributeValues", {})
    for name, value in EQUAL.findall(request.get("KeyConditionExpression", "")):
        if names.get(name, name) == "pk":
            yield values[value]
