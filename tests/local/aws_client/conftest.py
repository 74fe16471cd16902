"""Credentials, a server that does what it is told, and nothing of this machine's own AWS configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.local.aws_client.stub import Server

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB", "_X_AMZN_TRACE_ID", "AWS_CA_BUNDLE", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "test")


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()
