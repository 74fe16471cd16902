"""The stack's two tables in moto, with the keys and indexes that `infra/constructs/tables.py` gives them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING
from uuid import uuid4

import boto3
from moto import mock_aws

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import ProjectionTypeDef

REGION = "us-east-1"
INDEXES: dict[str, tuple[str, str, str, ProjectionTypeDef]] = {
    "connections": (
        "due",
        "bucket",
        "opened",
        {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["form", "sockets"]},
    ),
    "conversations": ("live", "live", "created", {"ProjectionType": "KEYS_ONLY"}),
}


@contextmanager
def dynamodb() -> Iterator[DynamoDBClient]:
    """A client of a DynamoDB that lives in this process."""
    with mock_aws():
        yield boto3.client("dynamodb", region_name=REGION)


def make_table(client: DynamoDBClient, name: str) -> str:
    """Make the table `name` of the stack, under a physical name of its own."""
    index, partition, sort, projection = INDEXES[name]
    physical = f"{name}-{uuid4()}"
    client.create_table(
        TableName=physical,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
            {"AttributeName": partition, "AttributeType": "S"},
            {"AttributeName": sort, "AttributeType": "N"},
        ],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": index,
                "KeySchema": [
                    {"AttributeName": partition, "KeyType": "HASH"},
                    {"AttributeName": sort, "KeyType": "RANGE"},
                ],
                "Projection": projection,
            }
        ],
    )
    return physical
