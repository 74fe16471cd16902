"""The cold import of the function of frames, beside what a plain handler imports; byte code is there for both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.bench.measuring import Row, imports
from tests.drivers import HANDLERS, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

BUDGET = 0.35
OURS = f"""
import importlib.util
spec = importlib.util.spec_from_file_location("handler", {str(ROOT / "functions" / HANDLERS["message"])!r})
spec.loader.exec_module(importlib.util.module_from_spec(spec))
"""
NAIVE = """
import boto3
from aws_lambda_powertools import Logger, Metrics
from pydantic import BaseModel, Field

region = "us-east-1"
table = boto3.client("dynamodb", region_name=region)
posts = boto3.client("apigatewaymanagementapi", region_name=region, endpoint_url="https://example.com")
logger, metrics = Logger(), Metrics(namespace="chat")
for number in range(10):
    class Event(BaseModel):
        agent_id: str = Field(min_length=1, max_length=128)
        user_id: str | None = None
        message: str = Field(min_length=1, max_length=8000)
        index: int = Field(ge=0)
        muted: list[str] = Field(default_factory=list, max_length=100)
"""


def rows() -> Iterator[Row]:
    ours, naive = imports(OURS, NAIVE)
    what = "boto3 with two clients, Powertools, pydantic with ten models"
    yield Row("cold import of Message", ours, what, naive, BUDGET)
