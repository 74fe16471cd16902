"""One function as all of ours are: its own role, its own log group, nothing granted but its log."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from aws_cdk import Annotations, Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.config import FunctionSize
from infra.constructs.accepted import accept
from infra.constructs.layers import ARCHITECTURE, RUNTIME
from infra.constructs.log_group import log_group
from infra.constructs.trust import service_principal
from infra.conversations_access import Access

ROOT = Path(__file__).parents[2]
UNRESERVED_MIN = 10  # Lambda's rule: so much of an account's concurrency stays unreserved


class ChatFunction(lambda_.Function):
    """A Python function on arm64 with JSON logs; `allow` is the only way it comes by a permission.

    Lambda's own START, END and REPORT lines are left out: they cost as much as the requests they describe, and
    CloudWatch has their numbers as metrics.

    Args:
        scope: Where it belongs.
        id: Its name in the stack.
        folder: Folder of the source, under the project's root.
        handler: `module.function` in that folder.
        layers: What it imports.
        size: Memory and reserved concurrency.
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
        folder: str,
        handler: str,
        layers: Sequence[lambda_.ILayerVersion],
        size: FunctionSize,
        timeout_s: int,
        environment: Mapping[str, str],
        log_level: str,
        log_retention_days: int,
    ) -> None:
        log = log_group(scope, f"{id}Log", days=log_retention_days)
        self.own_role = role = iam.Role(scope, f"{id}Role", assumed_by=service_principal("lambda.amazonaws.com"))
        super().__init__(
            scope,
            id,
            code=lambda_.Code.from_asset(str(ROOT / folder), exclude=["**/__pycache__", "**/*.pyc"]),
            handler=handler,
            runtime=RUNTIME,
            architecture=ARCHITECTURE,
            layers=layers,
            memory_size=size.memory_mb,
            reserved_concurrent_executions=size.concurrency,
            timeout=Duration.seconds(timeout_s),
            environment={"POWERTOOLS_SERVICE_NAME": id.lower(), "LOG_LEVEL": log_level, **environment},
            role=role,
            log_group=log,
            logging_format=lambda_.LoggingFormat.JSON,
            system_log_level_v2=lambda_.SystemLogLevel.WARN,
            # The platform's filter never above INFO: metrics are printed as JSON without a level and would be lost.
            application_log_level_v2=lambda_.ApplicationLogLevel[log_level if log_level == "DEBUG" else "INFO"],
        )
        accept(self, {"L1": "Python 3.13 on purpose: the layers' wheels and byte code are built for it."})
        self.allow(["logs:CreateLogStream", "logs:PutLogEvents"], log.log_group_arn)
        if size.concurrency is not None:
            Annotations.of(self).add_info_v2(
                "chat:ReservedConcurrency",
                f"reserves {size.concurrency} of the account's concurrent executions: the deployment fails unless "
                f"{UNRESERVED_MIN} stay unreserved. A new account's quota is 10 and can reserve none.",
            )

    def allow(self, actions: Sequence[str], *resources: str) -> None:
        """Allow exactly these actions on exactly these ARNs."""
        self.add_to_role_policy(iam.PolicyStatement(actions=list(actions), resources=list(resources)))

    def allow_items(self, table_arn: str, access: Access) -> None:
        """Allow actions of a table where partition keys are like those named beside each.

        A request without a partition key would pass `ForAllValues` of nothing: so there must be one (`Null`).
        """
        for partitions in dict.fromkeys(access.values()):
            actions = [f"dynamodb:{action}" for action, wanted in access.items() if wanted == partitions]
            within = {
                "ForAllValues:StringLike": {"dynamodb:LeadingKeys": list(partitions)},
                "Null": {"dynamodb:LeadingKeys": "false"},
            }
            self.add_to_role_policy(iam.PolicyStatement(actions=actions, resources=[table_arn], conditions=within))
