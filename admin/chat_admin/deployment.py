"""Which deployment a command is about: the local one, a stack in the shell's account, or what a file describes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chat_admin.errors import AdminError

PUSH_QUEUES = {"push": "QueuePush", "deliveries": "QueueDeliveries", "pushDead": "QueuePushDead"}
EMITTING_QUEUES = {"batches": "QueueBatches", "emittingDead": "QueueEmittingDead"}
QUEUES = PUSH_QUEUES | EMITTING_QUEUES
LOCAL_OUTPUTS = Path(".local/outputs.json")
NONE_GIVEN = f"{LOCAL_OUTPUTS} does not exist: start `make run`, or name a deployment by --outputs FILE or --stack NAME"


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """Where a chat keeps its items, and where its connections are posted to.

    Attributes:
        endpoint: The local engine, or `None`: AWS, with the shell's credentials.
        queues: Names of the queues that an operator works with, by their own names; a deployment may lack some.
    """

    connections_table: str
    conversations_table: str
    management_url: str
    region: str
    endpoint: str | None = None
    queues: Mapping[str, str] = field(default_factory=dict)


def find(outputs: Path | None, stack: str | None, region: str | None) -> Deployment:
    """Return the deployment that is named, or the local one. Raises AdminError."""
    if outputs and stack:
        raise AdminError("Give --outputs or --stack, not both")
    if stack:
        return of_stack_outputs(_describe(stack, region))
    file = outputs or LOCAL_OUTPUTS
    if not file.exists():
        raise AdminError(f"{file} does not exist: `cdk deploy --outputs-file` writes it" if outputs else NONE_GIVEN)
    try:
        return of_file(json.loads(file.read_text()))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise AdminError(f"{file} is neither of `make run` nor of `cdk deploy --outputs-file`") from error


def of_file(found: Mapping[str, Any]) -> Deployment:
    """Return what `outputs.json` describes, of `make run` or of `cdk deploy --outputs-file`."""
    if "resources" not in found:
        (stack,) = [outputs for outputs in found.values() if "TableConversations" in outputs]
        return of_stack_outputs(stack)
    tables = found["resources"]["tables"]
    return Deployment(
        connections_table=tables["connections"],
        conversations_table=tables["conversations"],
        management_url=found["websocketUrl"].replace("ws", "http", 1),
        region=found["region"],
        endpoint=found.get("engineUrl"),
        queues=found["resources"].get("queues", {}),
    )


def of_stack_outputs(outputs: Mapping[str, str]) -> Deployment:
    """Return what a stack's outputs describe."""
    return Deployment(
        connections_table=outputs["TableConnections"],
        conversations_table=outputs["TableConversations"],
        management_url=outputs["CallbackUrl"],
        region=outputs["Region"],
        queues={name: outputs[key] for name, key in QUEUES.items() if key in outputs},
    )


def _describe(stack: str, region: str | None) -> Mapping[str, str]:
    import boto3

    (described,) = boto3.client("cloudformation", region_name=region).describe_stacks(StackName=stack)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}
    if "TableConversations" not in outputs:
        raise AdminError(f"The stack {stack} is not one of this project: it has no output TableConversations")
    return outputs
