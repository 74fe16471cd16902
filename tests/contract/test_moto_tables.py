"""The short way to moto's tables answers as the long one, through boto3 and HTTP, does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError, ParamValidationError

from tests.tables import REGION, dynamodb, make_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_dynamodb import DynamoDBClient

NESTED = {
    "L": [{"N": "1.5"}, {"BOOL": True}, {"NULL": True}, {"B": b"\x00\xff"}, {"M": {"deep": {"S": "ü\U0001f600"}}}]
}
KEY = {"pk": {"S": "p"}, "sk": {"S": "1"}}
OTHER = {"pk": {"S": "p"}, "sk": {"S": "2"}}
ITEM = {**KEY, "nested": NESTED, "bucket": {"S": "b"}, "opened": {"N": "7"}}
NAMED: dict[str, Any] = {"ExpressionAttributeNames": {"#n": "count"}, "ExpressionAttributeValues": {":n": {"N": "1"}}}
FOUND: dict[str, Any] = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": {"S": "p"}}}
DUE: dict[str, Any] = {
    "IndexName": "due",
    "KeyConditionExpression": "#b = :b AND #o < :o",
    "ExpressionAttributeNames": {"#b": "bucket", "#o": "opened"},
    "ExpressionAttributeValues": {":b": {"S": "b"}, ":o": {"N": "8"}},
}
ABSENT = {"ConditionExpression": "attribute_not_exists(pk)", "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
ADD: dict[str, Any] = {"UpdateExpression": "ADD #n :n", **NAMED}
TABLE = "the table"
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("get_item", {"Key": KEY}),
    ("put_item", {"Item": ITEM, **ABSENT}),
    ("put_item", {"Item": ITEM, **ABSENT}),
    ("put_item", {"Item": {**OTHER, "count": {"N": "1"}}}),
    ("get_item", {"Key": KEY, "ConsistentRead": True}),
    ("update_item", {"Key": KEY, "UpdateExpression": "ADD #n :n", "ReturnValues": "ALL_NEW", **NAMED}),
    ("update_item", {"Key": KEY, "UpdateExpression": "SET #n = #n + :n", "ConditionExpression": "#n > :n", **NAMED}),
    ("update_item", {"Key": KEY, "UpdateExpression": "nonsense"}),
    ("query", FOUND),
    ("query", {**FOUND, "Limit": 1, "ScanIndexForward": False}),
    ("query", DUE),
    ("batch_get_item", {"RequestItems": {TABLE: {"Keys": [KEY, OTHER], "ConsistentRead": True}}}),
    ("transact_write_items", {"TransactItems": [{"Put": {"Item": ITEM, **ABSENT}}, {"Delete": {"Key": OTHER}}]}),
    ("transact_write_items", {"TransactItems": [{"Update": {"Key": OTHER, **ADD}}, {"Put": {"Item": ITEM, **ABSENT}}]}),
    ("get_item", {"Key": OTHER}),
    ("transact_write_items", {"TransactItems": [{"Put": {"Item": {**ITEM, "sk": {"S": "3"}}, **ABSENT}}]}),
    ("delete_item", {"Key": OTHER, "ReturnValues": "ALL_OLD"}),
    ("delete_item", {"Key": OTHER, "ConditionExpression": "attribute_exists(pk)"}),
    ("batch_write_item", {"RequestItems": {TABLE: [{"DeleteRequest": {"Key": KEY}}]}}),
    ("query", FOUND),
    ("get_item", {"Key": {"pk": {"S": ""}, "sk": {"S": "1"}}}),
    ("put_item", {"Item": {"pk": {"S": "p"}}}),
]


@pytest.fixture(scope="module")
def short() -> Iterator[DynamoDBClient]:
    with dynamodb() as made:
        yield made


def answers(client: DynamoDBClient, table: str) -> list[Any]:
    return [unnamed(answer(client, name, named(given, table)), table) for name, given in CALLS]


def unnamed(answer: Any, table: str) -> Any:
    """An answer that names no table of its own."""
    if isinstance(answer, dict):
        return {TABLE if name == table else name: unnamed(each, table) for name, each in answer.items()}
    return (
        [unnamed(each, table) for each in answer] if isinstance(answer, list) else TABLE if answer == table else answer
    )


def answer(client: DynamoDBClient, name: str, given: dict[str, Any]) -> Any:
    try:
        found: dict[str, Any] = getattr(client, name)(**given)
    except ClientError as error:
        response: Any = {**error.response, "ResponseMetadata": error.response["ResponseMetadata"]["HTTPStatusCode"]}
        return type(error).__name__, response
    assert found.pop("ResponseMetadata")["HTTPStatusCode"] == 200
    return found


def named(given: dict[str, Any], table: str) -> dict[str, Any]:
    """A call of that table."""
    if "RequestItems" in given:
        return {"RequestItems": {table: given["RequestItems"][TABLE]}}
    if "TransactItems" in given:
        parts = [{kind: {"TableName": table, **part} for kind, part in item.items()} for item in given["TransactItems"]]
        return {"TransactItems": parts}
    return {"TableName": table, **given}


def test_every_call_is_answered_in_the_same_way(short: DynamoDBClient) -> None:
    by_http: DynamoDBClient = boto3.client("dynamodb", region_name=REGION)
    first, second = make_table(short, "connections"), make_table(short, "connections")
    expected = answers(by_http, first)
    assert len(expected) == len(CALLS)
    for call, (found, wanted) in zip(CALLS, zip(answers(short, second), expected, strict=True), strict=True):
        assert found == wanted, call


@pytest.mark.parametrize("given", [{}, {"Key": {"pk": "p"}}, {"Key": KEY, "Colour": 1}])
def test_what_boto3_refuses_is_refused(short: DynamoDBClient, given: dict[str, Any]) -> None:
    with pytest.raises(ParamValidationError):
        short.get_item(TableName="any", **given)


def test_what_was_given_or_found_may_change_and_the_table_does_not(short: DynamoDBClient) -> None:
    table = make_table(short, "connections")
    item: dict[str, Any] = {**KEY, "list": {"L": [{"S": "a"}]}}
    short.put_item(TableName=table, Item=item)
    item["list"]["L"].append({"S": "b"})
    found: Any = short.get_item(TableName=table, Key=KEY)["Item"]
    assert found["list"] == {"L": [{"S": "a"}]}
    found["list"]["L"].clear()
    again: Any = short.get_item(TableName=table, Key=KEY)["Item"]
    assert again["list"] == {"L": [{"S": "a"}]}


def test_tables_that_are_made_as_copies_know_nothing_of_each_other(short: DynamoDBClient) -> None:
    one, other = make_table(short, "connections"), make_table(short, "connections")
    short.put_item(TableName=one, Item=KEY)
    assert "Item" not in short.get_item(TableName=other, Key=KEY)
    assert "Item" not in short.get_item(TableName=make_table(short, "connections"), Key=KEY)
