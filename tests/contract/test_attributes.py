"""Our attribute values are those that boto3 writes and reads, but for its Decimals."""

from decimal import Decimal
from enum import IntEnum
from typing import Any, cast

import pytest
from boto3.dynamodb.types import Binary, TypeDeserializer, TypeSerializer
from hypothesis import example, given
from hypothesis import strategies as st

from serverless_socketio.aws.attributes import from_attributes, from_value, to_attributes, to_value

INTEGERS = st.integers(-(10**37), 10**37)  # DynamoDB keeps 38 digits
FLOATS = st.floats(1e-100, 1e100) | st.floats(-1e100, -1e-100) | st.just(0.0)
SCALARS = st.none() | st.booleans() | INTEGERS | FLOATS | st.text() | st.binary()
VALUES = st.recursive(SCALARS, lambda each: st.lists(each) | st.dictionaries(st.text(), each), max_leaves=10)


def as_boto3_takes_it(value: Any) -> Any:
    """Floats as Decimals."""
    match value:
        case float():
            return Decimal(repr(value))
        case list():
            return [as_boto3_takes_it(each) for each in value]
        case dict():
            return {name: as_boto3_takes_it(each) for name, each in value.items()}
        case _:
            return value


def numbers_apart(value: Any) -> Any:
    """Written numbers by their value: 1E+22 is 10000000000000000000000."""
    match value:
        case {"N": number}:
            return Decimal(number)
        case dict():
            return {name: numbers_apart(each) for name, each in value.items()}
        case list():
            return [numbers_apart(each) for each in value]
        case _:
            return value


def plain(value: Any) -> Any:
    """What boto3 reads, without its own types."""
    match value:
        case Decimal():
            return int(value) if str(value).lstrip("-").isdigit() else float(value)
        case Binary():
            return bytes(cast("Any", value))
        case list():
            return [plain(each) for each in value]
        case dict():
            return {name: plain(each) for name, each in value.items()}
        case _:
            return value


@given(VALUES)
@example(1e22)
@example({"": [True, 1, 1.0, "1", b"1", None]})
def test_values_are_written_as_boto3_writes_them(value: Any) -> None:
    assert numbers_apart(to_value(value)) == numbers_apart(TypeSerializer().serialize(as_boto3_takes_it(value)))


@given(VALUES)
def test_values_are_read_as_boto3_reads_them(value: Any) -> None:
    written = TypeSerializer().serialize(as_boto3_takes_it(value))
    assert from_value(written) == plain(TypeDeserializer().deserialize(written))


@given(VALUES)
@example(-0.0)
def test_what_was_written_is_read_again(value: Any) -> None:
    assert from_value(to_value(value)) == value


@given(st.dictionaries(st.text(), VALUES))
def test_an_item_leaves_out_what_is_none(item: dict[str, Any]) -> None:
    read = from_attributes(to_attributes(item))
    assert read == {name: value for name, value in item.items() if value is not None}


def test_integers_stay_integers_and_booleans_stay_booleans() -> None:
    read = from_attributes(to_attributes({"n": 5, "negative": -5, "half": 0.5, "yes": True, "pair": (1, 2)}))
    assert read == {"n": 5, "negative": -5, "half": 0.5, "yes": True, "pair": [1, 2]}
    assert {name: type(value) for name, value in read.items()} == {
        "n": int,
        "negative": int,
        "half": float,
        "yes": bool,
        "pair": list,
    }


def test_an_enum_is_its_value() -> None:
    class Level(IntEnum):
        HIGH = 3

    assert to_value(Level.HIGH) == {"N": "3"}


def test_sets_of_others_are_read_as_they_come() -> None:
    assert from_value({"SS": ["a", "b"]}) == ["a", "b"]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), object(), {1, 2}, [{"a": object()}]])
def test_what_dynamodb_cannot_hold_is_a_type_error(value: Any) -> None:
    with pytest.raises(TypeError, match="DynamoDB cannot hold"):
        to_value(value)
