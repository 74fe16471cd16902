"""The example of the documentation makes the agents it says."""

from __future__ import annotations

import runpy
from typing import TYPE_CHECKING

from serverless_socketio.aws.table import DynamoTable
from serverless_socketio_chat.accounts.directory import Directory
from tests.drivers import ROOT
from tests.tables import REGION, make_table

if TYPE_CHECKING:
    import pytest
    from mypy_boto3_dynamodb import DynamoDBClient


def test_the_example_makes_agents(tables: DynamoDBClient, monkeypatch: pytest.MonkeyPatch) -> None:
    name = make_table(tables, "conversations")
    monkeypatch.setenv("CONVERSATIONS_TABLE", name)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    runpy.run_path(str(ROOT / "docs" / "examples" / "agents.py"))
    made = [Directory(DynamoTable(name, tables)).agent(agent_id) for agent_id in ("llama", "gpt", "nova")]
    assert [agent and agent.model and agent.model.name for agent in made] == [
        "llama3.2",
        "gpt-4o-mini",
        "eu.amazon.nova-lite-v1:0",
    ]
