"""The functions as they are deployed, but for the clock, the posts and the workflow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.drivers import ChatDriver
from tests.tables import dynamodb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture(scope="package")
def tables() -> Iterator[DynamoDBClient]:
    with dynamodb() as client:
        yield client


@pytest.fixture
def chat(tables: DynamoDBClient) -> Iterator[ChatDriver]:
    driver = ChatDriver(tables)
    yield driver
    assert driver.denied == [], "a role does not allow it: see infra/conversations_access.py"
