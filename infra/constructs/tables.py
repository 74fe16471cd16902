"""The two tables. What lies in them is in `docs/data-model.md`; here is what CloudFormation needs to know."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as ddb
from constructs import Construct

TTL_ATTRIBUTE = "expires"  # seconds since the epoch; deletion may be days late, so every read filters too
DUE_INDEX = "due"
LIVE_INDEX = "live"
EXPIRY_INDEX = "plan_expiry"


class Tables(Construct):
    """Short-lived `connections` and durable `conversations`: on demand, encrypted, with a time to live.

    Only the second is worth bringing back: it has point-in-time recovery and, with `keep_data`, outlives the stack and
    cannot be deleted by mistake.
    """

    def __init__(self, scope: Construct, id: str, *, keep_data: bool) -> None:
        super().__init__(scope, id)
        self.connections = ddb.TableV2(
            self,
            "Connections",
            partition_key=_text("pk"),
            sort_key=_text("sk"),
            time_to_live_attribute=TTL_ATTRIBUTE,
            removal_policy=RemovalPolicy.DESTROY,
            global_secondary_indexes=[
                ddb.GlobalSecondaryIndexPropsV2(  # every connection, by the tick that looks at it
                    index_name=DUE_INDEX,
                    partition_key=_text("bucket"),
                    sort_key=_number("opened"),
                    projection_type=ddb.ProjectionType.INCLUDE,
                    non_key_attributes=["form", "sockets"],
                )
            ],
        )
        self.conversations = ddb.TableV2(
            self,
            "Conversations",
            partition_key=_text("pk"),
            sort_key=_text("sk"),
            time_to_live_attribute=TTL_ATTRIBUTE,
            point_in_time_recovery_specification=ddb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            dynamo_stream=ddb.StreamViewType.OLD_IMAGE,  # a deleted key's item says whose it was
            deletion_protection=keep_data,
            removal_policy=RemovalPolicy.RETAIN if keep_data else RemovalPolicy.DESTROY,
            global_secondary_indexes=[
                ddb.GlobalSecondaryIndexPropsV2(  # answers in flight, for the sweeper
                    index_name=LIVE_INDEX,
                    partition_key=_text("live"),
                    sort_key=_number("created"),
                    projection_type=ddb.ProjectionType.KEYS_ONLY,
                ),
                ddb.GlobalSecondaryIndexPropsV2(  # users by the day on which their plan ends
                    index_name=EXPIRY_INDEX,
                    partition_key=_text("expires_on"),
                    sort_key=_text("sk"),
                    projection_type=ddb.ProjectionType.KEYS_ONLY,
                ),
            ],
        )


def index_arn(table: ddb.ITableV2, index: str) -> str:
    """Return the ARN of one index: a grant on the table does not cover its indexes, nor one index the others."""
    return f"{table.table_arn}/index/{index}"


def _text(name: str) -> ddb.Attribute:
    return ddb.Attribute(name=name, type=ddb.AttributeType.STRING)


def _number(name: str) -> ddb.Attribute:
    return ddb.Attribute(name=name, type=ddb.AttributeType.NUMBER)
