"""The chat's own table. What lies in it is in `docs/data-model.md`; here is what CloudFormation needs to know."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as ddb
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.conversations_access import Access
from serverless_socketio.cdk.table import TTL_ATTRIBUTE, number, text

LIVE_INDEX = "live"
EXPIRY_INDEX = "plan_expiry"


class Tables(Construct):
    """Durable `conversations`, beside the library's short-lived `connections`: on demand, encrypted.

    It is worth bringing back: it has point-in-time recovery and, with `keep_data`, outlives the stack and cannot be
    deleted by mistake.
    """

    def __init__(self, scope: Construct, id: str, *, keep_data: bool) -> None:
        super().__init__(scope, id)
        self.conversations = ddb.TableV2(
            self,
            "Conversations",
            partition_key=text("pk"),
            sort_key=text("sk"),
            time_to_live_attribute=TTL_ATTRIBUTE,
            point_in_time_recovery_specification=ddb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            dynamo_stream=ddb.StreamViewType.OLD_IMAGE,  # a deleted key's item says whose it was
            deletion_protection=keep_data,
            # Not RETAIN_ON_UPDATE_OR_DELETE: a creation that fails could not delete what is protected.
            removal_policy=RemovalPolicy.RETAIN if keep_data else RemovalPolicy.DESTROY,
            global_secondary_indexes=[
                ddb.GlobalSecondaryIndexPropsV2(  # answers in flight, for the sweeper
                    index_name=LIVE_INDEX,
                    partition_key=text("live"),
                    sort_key=number("created"),
                    projection_type=ddb.ProjectionType.KEYS_ONLY,
                ),
                ddb.GlobalSecondaryIndexPropsV2(  # users by the day on which their plan ends
                    index_name=EXPIRY_INDEX,
                    partition_key=text("expires_on"),
                    sort_key=text("sk"),
                    projection_type=ddb.ProjectionType.KEYS_ONLY,
                ),
            ],
        )

    def allow_items(self, grantee: iam.IGrantable, access: Access) -> None:
        """Allow actions of the table where partition keys are like those named beside each.

        A request without a partition key would pass `ForAllValues` of nothing: so there must be one (`Null`).
        """
        for partitions in dict.fromkeys(access.values()):
            statement = iam.PolicyStatement(
                actions=[f"dynamodb:{action}" for action, wanted in access.items() if wanted == partitions],
                resources=[self.conversations.table_arn],
                conditions={
                    "ForAllValues:StringLike": {"dynamodb:LeadingKeys": list(partitions)},
                    "Null": {"dynamodb:LeadingKeys": "false"},
                },
            )
            grantee.grant_principal.add_to_principal_policy(statement)
