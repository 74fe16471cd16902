"""A DynamoDB in this process whose units are counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cost.counting import Counted
from tests.tables import dynamodb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture(scope="package")
def tables() -> Iterator[DynamoDBClient]:
    with dynamodb() as client:
        yield client


@pytest.fixture
def stack(tables: DynamoDBClient) -> Callable[..., Counted]:
    """Makes a stack with such settings."""
    return lambda **settings: Counted(tables, **settings)
