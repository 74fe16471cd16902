"""One function as all of ours are: its own role, its own log group, nothing granted but its log."""

from collections.abc import Mapping, Sequence
from typing import cast

from aws_cdk import Annotations, Duration, Fn, RemovalPolicy
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
ALIAS = "live"


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
        aliased: Whether each change publishes a version, which the alias `live` leads to: an operator can lead it back
            to an older one within seconds. Versions stay for as long as the function does.

    Attributes:
        alias: That alias, if there is one. `called` returns what events, schedules and APIs are to call.
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
        aliased: bool = False,
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
            current_version_options=lambda_.VersionOptions(removal_policy=RemovalPolicy.RETAIN) if aliased else None,
        )
        self.alias = newest(self, "Alias", ALIAS) if aliased else None
        accept(self, {"L1": "Python 3.13 on purpose: the layers' wheels and byte code are built for it."})
        allow(self, ["logs:CreateLogStream", "logs:PutLogEvents"], log.log_group_arn)
        if concurrency is not None:
            Annotations.of(self).add_info_v2(
                "serverless-socketio:ReservedConcurrency",
                f"reserves {concurrency} of the account's concurrent executions: the deployment fails unless "
                f"{UNRESERVED_MIN} stay unreserved. A new account's whole quota is 10: it can reserve none.",
            )


def called(function: lambda_.IFunction) -> lambda_.IFunction:
    """Return what stands in a function's place for all that call it: its alias, if it has one."""
    return function.alias or function if isinstance(function, PythonFunction) else function


def qualifier(function: lambda_.IFunction) -> str:
    """Return by which name `called` is one of a function's versions: its alias, read off the ARN, or `$LATEST`."""
    target = called(function)
    return "$LATEST" if target is function else Fn.select(7, Fn.split(":", target.function_arn))


def newest(function: lambda_.Function, id: str, name: str) -> lambda_.Alias:
    """Make an alias of the newest version.

    The weights are said although there are none: what an operator has led to an older version comes back with the next
    deployment.
    """
    alias = lambda_.Alias(function, id, alias_name=name, version=function.current_version)
    resource = cast("lambda_.CfnAlias", alias.node.default_child)
    resource.add_property_override("RoutingConfig", {"AdditionalVersionWeights": []})
    return alias


def layer(scope: Construct, id: str, code: lambda_.Code) -> lambda_.LayerVersion:
    """Make a layer for such functions."""
    return lambda_.LayerVersion(
        scope, id, code=code, compatible_runtimes=[RUNTIME], compatible_architectures=[ARCHITECTURE]
    )


def allow(grantee: iam.IGrantable, actions: Sequence[str], *resources: str) -> None:
    """Allow exactly these actions on exactly these ARNs."""
    statement = iam.PolicyStatement(actions=list(actions), resources=list(resources))
    grantee.grant_principal.add_to_principal_policy(statement)
