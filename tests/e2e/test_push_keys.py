"""The keys that sign web pushes, as a stack on this machine has them."""

from pathlib import Path

import pytest

from infra.vapid import is_pair
from tests.e2e import aws_side
from tests.e2e.conftest import Stack, stack_in

pytestmark = pytest.mark.e2e


def variables(stack: Stack) -> dict[str, dict[str, str]]:
    """Return what each function is told."""
    functions = aws_side.client(stack, "lambda")
    return {
        name: functions.get_function_configuration(FunctionName=physical)["Environment"]["Variables"]
        for name, physical in stack.outputs["resources"]["functions"].items()
    }


def private_key(stack: Stack) -> str:
    """Return the key that the sender will find."""
    name = variables(stack)["sender"]["VAPID_PARAMETER"]
    ssm = aws_side.client(stack, "ssm")
    assert ssm.get_parameter(Name=name)["Parameter"]["Type"] == "SecureString"
    return str(ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"])


def test_clients_and_functions_know_the_public_key_and_only_a_parameter_the_private_one(stack: Stack) -> None:
    if stack.run is None:
        pytest.skip("keys of a deployment are its operator's")
    public, private = stack.outputs["vapidPublicKey"], private_key(stack)
    assert is_pair(public, private)
    told = variables(stack)
    assert {name for name, each in told.items() if each.get("VAPID_PUBLIC_KEY") == public} == {
        "message",
        "push",
        "sender",
    }
    assert not [name for name, each in told.items() if private in each.values()]
    assert not [name for name, each in told.items() if "PUSH_LOOPBACK" in each]  # of this machine, not of the stack


def test_settings_of_ones_own_reach_the_functions_without_another_synthesis(tmp_path: Path) -> None:
    settings = {"VAPID_SUBJECT": "https://chat.dev", "PUSH_HOSTS": "push.chat.dev"}
    with stack_in(tmp_path / "stack", settings) as stack:
        told = variables(stack)
        assert told["sender"]["VAPID_SUBJECT"] == "https://chat.dev"
        assert [told[name]["PUSH_HOSTS"] for name in ("message", "push", "sender")] == ["push.chat.dev"] * 3
