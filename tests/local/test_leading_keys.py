"""Which partition keys a request to DynamoDB touches, for policies that name them."""

import json
from typing import Any

import pytest

from local.engine.leading_keys import leading_keys

TABLE = "arn:aws:dynamodb:us-east-1:000000000000:table/chat"
KEY = {"pk": {"S": "KEY#1"}, "sk": {"S": "KEY"}}
USER = {"pk": {"S": "USER#alice"}, "sk": {"S": "PUSH"}}


@pytest.mark.parametrize(
    ("action", "request_", "keys"),
    [
        ("GetItem", {"TableName": "chat", "Key": KEY}, ["KEY#1"]),
        ("PutItem", {"TableName": "chat", "Item": USER}, ["USER#alice"]),
        ("BatchGetItem", {"RequestItems": {"chat": {"Keys": [KEY, USER]}, "other": {}}}, ["KEY#1", "USER#alice"]),
        ("BatchWriteItem", {"RequestItems": {"chat": [{"DeleteRequest": {"Key": KEY}}]}}, ["KEY#1"]),
        (
            "Query",
            {
                "KeyConditionExpression": "#pk = :pk AND begins_with(#sk, :begin)",
                "ExpressionAttributeNames": {"#pk": "pk", "#sk": "sk"},
                "ExpressionAttributeValues": {":pk": {"S": "USER#alice"}, ":begin": {"S": "SUB#"}},
            },
            ["USER#alice"],
        ),
        (
            "PutItem",
            {
                "TransactItems": [
                    {"Put": {"TableName": "chat", "Item": USER}},
                    {"Update": {"TableName": "chat", "Key": KEY}},
                    {"Put": {"TableName": "other", "Item": KEY}},
                ]
            },
            ["USER#alice"],
        ),
        ("Scan", {"TableName": "chat"}, None),
    ],
)
def test_a_request_touches_these(action: str, request_: Any, keys: list[str] | None) -> None:
    assert leading_keys(f"dynamodb:{action}", TABLE, json.dumps(request_).encode()) == keys
