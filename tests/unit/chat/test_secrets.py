"""Secrets by name, from where the name says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from serverless_socketio_chat.agents.model import Line, Model, ModelFailed, Prompt
from serverless_socketio_chat.agents.threads import ThreadedModels
from serverless_socketio_chat.secrets import Secrets
from tests.tables import REGION

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def secrets() -> Iterator[Secrets]:
    with mock_aws():
        yield Secrets(client)


def client(service: str) -> Any:
    return boto3.client(service, region_name=REGION)  # type: ignore[call-overload]


def test_a_path_is_a_parameter_and_decrypted(secrets: Secrets) -> None:
    client("ssm").put_parameter(Name="/serverless-socketio/key", Value="sk-1\n", Type="SecureString")
    assert secrets.read("/serverless-socketio/key") == "sk-1"


def test_any_other_name_is_a_secret(secrets: Secrets) -> None:
    client("secretsmanager").create_secret(Name="serverless-socketio/key", SecretString="sk-2")
    assert secrets.read("serverless-socketio/key") == "sk-2"


def test_a_secret_is_read_once_in_a_while(secrets: Secrets) -> None:
    ssm = client("ssm")
    ssm.put_parameter(Name="/a/key", Value="old", Type="SecureString")
    assert secrets.read("/a/key") == "old"
    ssm.put_parameter(Name="/a/key", Value="new", Type="SecureString", Overwrite=True)
    assert secrets.read("/a/key") == "old"


@pytest.mark.parametrize("name", ["/nothing/here", "nothing-here"])
def test_a_secret_that_is_not_there_is_not_found(secrets: Secrets, name: str) -> None:
    with pytest.raises(LookupError, match=name):
        secrets.read(name)


def test_an_agent_without_its_secret_is_refused(secrets: Secrets) -> None:
    model = Model("some-model", "https://models.example.com/v1", secret="/nothing/here")
    question = ThreadedModels(secrets.read).ask("openai", Prompt(model, "", [Line("user", "hi")]))
    with pytest.raises(ModelFailed, match="refused"):
        question.receive(5)
