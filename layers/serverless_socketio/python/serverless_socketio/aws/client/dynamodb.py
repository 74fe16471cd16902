"""DynamoDB, by boto3's names: attribute values as they are in its API, with bytes for ``B``."""

from __future__ import annotations

import json
from base64 import b64decode
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from .service import Service

if TYPE_CHECKING:
    from .endpoints import Place
    from .service import Bounds

Answer = dict[str, Any]


class DynamoDB:
    """Items and transactions."""

    def __init__(self, place: Place, bounds: Bounds) -> None:
        self.service = Service(place, bounds, loads=_loads)

    def get_item(self, **call: Any) -> Answer:
        """GetItem."""
        return self._call("GetItem", call)

    def put_item(self, **call: Any) -> Answer:
        """PutItem."""
        return self._call("PutItem", call)

    def update_item(self, **call: Any) -> Answer:
        """UpdateItem."""
        return self._call("UpdateItem", call)

    def delete_item(self, **call: Any) -> Answer:
        """DeleteItem."""
        return self._call("DeleteItem", call)

    def query(self, **call: Any) -> Answer:
        """Query."""
        return self._call("Query", call)

    def batch_get_item(self, **call: Any) -> Answer:
        """BatchGetItem."""
        return self._call("BatchGetItem", call)

    def batch_write_item(self, **call: Any) -> Answer:
        """BatchWriteItem."""
        return self._call("BatchWriteItem", call)

    def transact_write_items(self, **call: Any) -> Answer:
        """TransactWriteItems; one that is tried again has the token of its first try, and is done once."""
        return self._call("TransactWriteItems", {"ClientRequestToken": token_hex(16), **call})

    def _call(self, operation: str, call: dict[str, Any]) -> Answer:
        return self.service.call_json(f"DynamoDB_20120810.{operation}", call)


def _loads(text: bytes) -> Any:
    """What an answer says. Most have no bytes in them, and are spared the look at every value."""
    return json.loads(text, object_hook=_value) if b'"B":' in text else json.loads(text)


def _value(found: dict[str, Any]) -> dict[str, Any]:
    """An attribute value of type B has its text decoded; an attribute by that name holds no text, but a value."""
    if len(found) == 1 and isinstance(text := found.get("B"), str):
        return {"B": b64decode(text)}
    return found
