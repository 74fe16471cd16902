"""What a stack has in the account now, as CloudFormation tells it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from tools.target import Target

NOT_THERE = {"REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "DELETE_COMPLETE"}
"""Statuses of a stack that has a name and a template, and no resource: its creation was planned, or failed."""


@dataclass(frozen=True)
class Stack:
    """A deployed stack. One that was never deployed has no resources.

    Attributes:
        resources: Logical id → resource, as in the template that was deployed last.
        outputs: Key → value.
    """

    resources: Mapping[str, Any]
    outputs: Mapping[str, str]

    @property
    def exists(self) -> bool:
        """Whether there is one."""
        return bool(self.resources)

    @property
    def reserved(self) -> int:
        """Executions that its functions have reserved, all together."""
        functions = (each["Properties"] for each in self.resources.values() if each["Type"] == "AWS::Lambda::Function")
        return sum(int(each.get("ReservedConcurrentExecutions", 0)) for each in functions)

    def has(self, kind: str) -> bool:
        """Whether a resource of a type is in it."""
        return any(each["Type"] == kind for each in self.resources.values())


NONE = Stack({}, {})


def outputs_of(stacks: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Return the outputs of all stacks of a deployment as one: what `cdk deploy --outputs-file` wrote, by stack."""
    return {key: value for outputs in stacks.values() for key, value in outputs.items()}


def read(target: Target, name: str) -> Stack:
    """Return the stack: two calls. Raises botocore's errors, but for a stack that does not exist."""
    cloudformation = target.client("cloudformation")
    try:
        (described,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
        if described["StackStatus"] in NOT_THERE:
            return NONE
        template = cloudformation.get_template(StackName=name)["TemplateBody"]
    except ClientError as exc:
        if exc.response["Error"]["Code"] == "ValidationError" and "does not exist" in exc.response["Error"]["Message"]:
            return NONE
        raise
    outputs = {each["OutputKey"]: each["OutputValue"] for each in described.get("Outputs", [])}
    return Stack(template["Resources"], outputs)


def physical_names(target: Target, name: str) -> dict[str, str]:
    """Return logical id → physical name of everything in a stack: a call for every hundred."""
    pages = target.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=name)
    found = (each for page in pages for each in page["StackResourceSummaries"])
    return {each["LogicalResourceId"]: each.get("PhysicalResourceId", "") for each in found}
