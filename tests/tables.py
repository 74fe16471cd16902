"""The stack's two tables in moto, with the keys and indexes that the template gives them (tests/infra)."""

from __future__ import annotations

from contextlib import contextmanager
from copy import deepcopy
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from tests.moto_tables import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.literals import ScalarAttributeTypeType
    from mypy_boto3_dynamodb.type_defs import ProjectionTypeDef

REGION = "us-east-1"
KEYS_ONLY: ProjectionTypeDef = {"ProjectionType": "KEYS_ONLY"}
INDEXES: dict[str, list[tuple[str, str, str, ProjectionTypeDef]]] = {
    "connections": [
        ("due", "bucket", "opened", {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["form", "sockets"]}),
        ("slots", "slot", "ends", KEYS_ONLY),
    ],
    "conversations": [("live", "live", "created", KEYS_ONLY), ("plan_expiry", "expires_on", "sk", KEYS_ONLY)],
}
TYPES: dict[str, ScalarAttributeTypeType] = {"opened": "N", "ends": "N", "created": "N"}  # all others are strings


@contextmanager
def dynamodb() -> Iterator[DynamoDBClient]:
    """A client of a DynamoDB that lives in this process."""
    with mock_aws():
        yield shorten(boto3.client("dynamodb", region_name=REGION))


def make_table(client: DynamoDBClient, name: str, fill: Callable[[DynamoDBClient, str], object] | None = None) -> str:
    """Make the table `name` of the stack, under a physical name of its own.

    `fill` puts into it what it holds from the start. A process makes each kind once, and then copies it: a test's
    tables are its own, and cost nothing.
    """
    physical = f"{name}-{uuid4()}"
    tables: dict[str, Any] = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables
    if (name, fill) not in _MADE:
        _create(client, name, physical)
        if fill is not None:
            fill(client, physical)
        _MADE[name, fill] = deepcopy(tables[physical])
        return physical
    tables[physical] = copy = deepcopy(_MADE[name, fill])
    copy.name, copy.table_arn = physical, copy.table_arn.replace(copy.name, physical)
    return physical


_MADE: dict[tuple[str, Callable[[DynamoDBClient, str], object] | None], Any] = {}


def _create(client: DynamoDBClient, name: str, physical: str) -> None:
    indexes = INDEXES[name]
    attributes = dict.fromkeys(["pk", "sk", *(key for _, *keys, _ in indexes for key in keys)])
    client.create_table(
        TableName=physical,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": TYPES.get(key, "S")} for key in attributes],
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
            for index, partition, sort, projection in indexes
        ],
    )
