"""Log groups that forget."""

from typing import cast

from aws_cdk import RemovalPolicy
from aws_cdk import aws_logs as logs
from constructs import Construct


def log_group(scope: Construct, id: str, *, days: int, name: str | None = None) -> logs.LogGroup:
    """Return a log group that goes with the stack: logs are for operating it, nothing else refers to them.

    `days`: how long a line is kept, one of the numbers that CloudWatch knows.
    """
    group = logs.LogGroup(scope, id, log_group_name=name, removal_policy=RemovalPolicy.DESTROY)
    cast("logs.CfnLogGroup", group.node.default_child).retention_in_days = days  # CDK wants a name for each number
    return group
