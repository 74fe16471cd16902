"""DynamoDB's attribute values to plain Python values and back, without boto3's resource layer and its Decimals.

Integers stay integers, other numbers become floats (Amazon DynamoDB API reference, AttributeValue). Checked against
``boto3.dynamodb.types`` in the tests.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def to_attributes(item: Mapping[str, Any]) -> dict[str, Any]:
    """A plain mapping as attribute values; None values are left out of the item."""
    return {name: to_value(value) for name, value in item.items() if value is not None}


def to_value(value: Any) -> dict[str, Any]:
    """One plain value; TypeError for what DynamoDB cannot hold."""
    match value:
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": value}
        case int():
            return {"N": str(int(value))}  # an enum's number, not its name
        case float() if math.isfinite(value):
            return {"N": repr(float(value))}
        case None:
            return {"NULL": True}
        case bytes():
            return {"B": value}
        case list() | tuple():
            return {"L": [to_value(each) for each in value]}
        case dict():
            return {"M": {name: to_value(each) for name, each in value.items()}}
        case _:
            raise TypeError(f"DynamoDB cannot hold {value if isinstance(value, float) else type(value).__name__}")


def from_attributes(item: Mapping[str, Any]) -> dict[str, Any]:
    """Attribute values as a plain mapping."""
    return {name: from_value(value) for name, value in item.items()}


def from_value(value: Mapping[str, Any]) -> Any:
    """One attribute value as a plain value."""
    ((kind, content),) = value.items()
    read = _READERS.get(kind)
    return content if read is None else read(content)


def _number(text: str) -> int | float:
    return int(text) if text.lstrip("-").isdigit() else float(text)


_READERS: dict[str, Callable[[Any], Any]] = {
    "N": _number,
    "NULL": lambda _: None,
    "L": lambda values: [from_value(each) for each in values],
    "M": from_attributes,
}
