"""A DynamoDB in this process, one for each suite, and a server of the library over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.tables import dynamodb
from tests.wires import Deployment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture(scope="module")
def client() -> Iterator[DynamoDBClient]:
    with dynamodb() as made:
        yield made


@pytest.fixture
def deployment(client: DynamoDBClient) -> Deployment:
    return Deployment(client)
