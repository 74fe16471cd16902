"""One function as all of ours are: its own role, its own log group, nothing granted but its log."""

from collections.abc import Mapping, Sequence

from aws_cdk import Annotations, Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from .accepted import accept
from .log_group import log_group
from .trust import service_principal

RUNTIME = lambda_.Runtime.PYTHON_3_13
ARCHITECTURE = lambda_.Architecture.ARM_64
UNRESERVED_MIN = 100
"""What reservations must leave of an account's concurrency: "Configuring reserved concurrency for a function".

An account that has less must leave all of it, and can reserve none: a new one has 10."""


class PythonFunction(lambda_.Function):
    """A Python function on arm64 with JSON logs; `allow` is the only way it comes by a permission.

    Lambda's own START, END and REPORT lines are left out: they cost as much as the requests they describe, and
    CloudWatch has their numbers as metrics.

    Args:
        scope: Where it belongs.
        id: Its name in the stack.
        code: What it runs.
        handler: `module.function` in it.
        layers: What it imports.
        memory_mb: Memory; the CPU goes with it.
        concurrency: Calls at a time that are reserved for it and bound it, or `None`.
        timeout_s: Seconds before Lambda ends a call.
        environment: Its settings.
        log_level: The least level that is logged.
        log_retention_days: Days that its log is kept.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        code: lambda_.Code,
        handler: str,
        layers: Sequence[lambda_.ILayerVersion],
        memory_mb: int,
        concurrency: int | None = None,
        timeout_s: int,
        environment: Mapping[str, str],
        log_level: str,
        log_retention_days: int,
    ) -> None:
        log = log_group(scope, f"{id}Log", days=log_retention_days)
        super().__init__(
            scope,
            id,
            code=code,
            handler=handler,
            runtime=RUNTIME,
            architecture=ARCHITECTURE,
            layers=layers,
            memory_size=memory_mb,
            reserved_concurrent_executions=concurrency,
            timeout=Duration.seconds(timeout_s),
            environment={"LOG_LEVEL": log_level, **environment},
            role=iam.Role(scope, f"{id}Role", assumed_by=service_principal("lambda.amazonaws.com")),
            log_group=log,
            logging_format=lambda_.LoggingFormat.JSON,
            system_log_level_v2=lambda_.SystemLogLevel.WARN,
            # The platform's filter never above INFO: metrics are printed as JSON without a level and would be lost.
            application_log_level_v2=lambda_.ApplicationLogLevel[log_level if log_level == "DEBUG" else "INFO"],
        )
        accept(self, {"L1": "Python 3.13 on purpose: the layers' wheels and byte code are built for it."})
        allow(self, ["logs:CreateLogStream", "logs:PutLogEvents"], log.log_group_arn)
        if concurrency is not None:
            Annotations.of(self).add_info_v2(
                "serverless-socketio:ReservedConcurrency",
                f"reserves {concurrency} of the account's concurrent executions: the deployment fails unless "
                f"{UNRESERVED_MIN} stay unreserved. A new account's whole quota is 10: it can reserve none.",
            )


def layer(scope: Construct, id: str, code: lambda_.Code) -> lambda_.LayerVersion:
    """Make a layer for such functions."""
    return lambda_.LayerVersion(
        scope, id, code=code, compatible_runtimes=[RUNTIME], compatible_architectures=[ARCHITECTURE]
    )


def allow(grantee: iam.IGrantable, actions: Sequence[str], *resources: str) -> None:
    """Allow exactly these actions on exactly these ARNs."""
    statement = iam.PolicyStatement(actions=list(actions), resources=list(resources))
    grantee.grant_principal.add_to_principal_policy(statement)
