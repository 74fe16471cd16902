"""Log groups that forget."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_logs as logs
from constructs import Construct

RETENTION = {
    1: logs.RetentionDays.ONE_DAY,
    3: logs.RetentionDays.THREE_DAYS,
    7: logs.RetentionDays.ONE_WEEK,
    14: logs.RetentionDays.TWO_WEEKS,
    30: logs.RetentionDays.ONE_MONTH,
    90: logs.RetentionDays.THREE_MONTHS,
    180: logs.RetentionDays.SIX_MONTHS,
    365: logs.RetentionDays.ONE_YEAR,
}
"""What CDK calls the days of `infra.config.LOG_RETENTION_DAYS`."""


def log_group(scope: Construct, id: str, *, days: int, name: str | None = None) -> logs.LogGroup:
    """Return a log group that goes with the stack: logs are for operating it, nothing else refers to them."""
    return logs.LogGroup(
        scope, id, log_group_name=name, retention=RETENTION[days], removal_policy=RemovalPolicy.DESTROY
    )
