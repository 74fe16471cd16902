"""Units by AWS's rules, on items whose sizes can be reckoned by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.cost.units import Metered, size
from tests.tables import make_table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEY = {"pk": {"S": "p"}, "sk": {"S": "s"}}


@pytest.fixture
def metered(tables: DynamoDBClient) -> Metered:
    return Metered(tables)


@pytest.fixture
def table(tables: DynamoDBClient) -> str:
    return make_table(tables, "connections")


def item(text: str, **attributes: Any) -> dict[str, Any]:
    return {**KEY, "t": {"S": text}, **attributes}


@pytest.mark.parametrize(
    ("value", "bytes_"),
    [
        ({"S": "é"}, 2),
        ({"N": "1234"}, 3),
        ({"N": "-0.5"}, 2),
        ({"B": b"abc"}, 3),
        ({"BOOL": True}, 1),
        ({"NULL": True}, 1),
        ({"SS": ["ab", "c"]}, 3),
        ({"L": [{"S": "a"}, {"S": "bc"}]}, 3 + 2 + 3),
        ({"M": {"k": {"S": "ab"}}}, 3 + 1 + 1 + 2),
    ],
)
def test_a_value_has_the_size_that_the_developer_guide_gives_it(value: Any, bytes_: int) -> None:
    assert size({"name": value}) == 4 + bytes_


def test_a_write_is_one_unit_for_each_kb_of_the_larger_of_before_and_after(metered: Metered, table: str) -> None:
    for text, units in (("a", 1), ("a" * 1012, 1), ("a" * 1020, 2), ("a", 2), ("a", 1)):
        before = metered.units.writes
        metered.put_item(TableName=table, Item=item(text))
        assert metered.units.writes - before == units, len(text)


def test_a_transaction_is_twice_that_and_a_refused_write_is_paid(metered: Metered, table: str) -> None:
    metered.transact_write_items(TransactItems=[{"Put": {"TableName": table, "Item": item("a" * 1500)}}])
    assert metered.units.writes == 4
    with pytest.raises(ClientError):
        metered.put_item(TableName=table, Item=item("a"), ConditionExpression="attribute_not_exists(pk)")
    assert metered.units.writes == 6


def test_an_index_is_paid_where_its_entry_changes(metered: Metered, table: str) -> None:
    entry = {"bucket": {"S": "NEW"}, "opened": {"N": "1"}, "form": {"S": "native"}}
    changes: list[tuple[dict[str, Any], int]] = [
        (entry, 2),  # the item, and an entry that is made
        ({**entry, "seen": {"N": "2"}}, 1),  # nothing that the index holds
        ({**entry, "form": {"S": "socketio"}}, 2),
        ({**entry, "bucket": {"S": "DUE#1"}, "form": {"S": "socketio"}}, 3),  # moved: one out, one in
        ({}, 2),
    ]
    for attributes, units in changes:
        before = metered.units.writes
        metered.put_item(TableName=table, Item={**KEY, **attributes})
        assert metered.units.writes - before == units, attributes


def test_reads_are_by_4_kb_and_half_where_they_may_lag(metered: Metered, table: str) -> None:
    def read(**call: Any) -> float:
        before = metered.units.reads
        metered.get_item(TableName=table, Key=KEY, **call)
        return metered.units.reads - before

    assert (read(ConsistentRead=True), read()) == (1, 0.5)  # nothing is there: one unit all the same
    metered.put_item(TableName=table, Item=item("a" * 5000))
    assert (read(ConsistentRead=True), read()) == (2, 1)


def test_a_query_is_rounded_up_once(metered: Metered, table: str) -> None:
    for number in range(5):
        metered.put_item(TableName=table, Item={**item("a" * 1000), "sk": {"S": str(number)}})
    metered.query(
        TableName=table,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": "p"}},
        ConsistentRead=True,
    )
    assert metered.units.reads == 2
