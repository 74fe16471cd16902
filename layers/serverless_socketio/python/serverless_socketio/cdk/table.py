"""The table of connections. What lies in it is in `docs/data-model.md`; here is what CloudFormation needs to know."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as ddb
from constructs import Construct

TTL_ATTRIBUTE = "expires"  # seconds since the epoch; deletion may be days late, so every read filters too
DUE_INDEX = "due"
SLOTS_INDEX = "slots"


def connections_table(scope: Construct, id: str) -> ddb.TableV2:
    """Make the table: on demand, encrypted, with a time to live. Nothing in it outlives the connections.

    DynamoDB makes one index a deployment, so an index that is foreseen is here before anything is in it; an index
    without items costs nothing.
    """
    return ddb.TableV2(
        scope,
        id,
        partition_key=text("pk"),
        sort_key=text("sk"),
        time_to_live_attribute=TTL_ATTRIBUTE,
        removal_policy=RemovalPolicy.DESTROY,
        global_secondary_indexes=[
            ddb.GlobalSecondaryIndexPropsV2(  # every connection, by the tick that looks at it
                index_name=DUE_INDEX,
                partition_key=text("bucket"),
                sort_key=number("opened"),
                projection_type=ddb.ProjectionType.INCLUDE,
                non_key_attributes=["form", "sockets"],
            ),
            ddb.GlobalSecondaryIndexPropsV2(  # what ends at a time of its own (tokens, polling), by slots of 10 s
                index_name=SLOTS_INDEX,
                partition_key=text("slot"),
                sort_key=number("ends"),
                projection_type=ddb.ProjectionType.KEYS_ONLY,
            ),
        ],
    )


def index_arn(table: ddb.ITableV2, index: str) -> str:
    """Return the ARN of one index: a grant on the table does not cover its indexes, nor one index the others."""
    return f"{table.table_arn}/index/{index}"


def text(name: str) -> ddb.Attribute:
    """Return a key attribute that is a string."""
    return ddb.Attribute(name=name, type=ddb.AttributeType.STRING)


def number(name: str) -> ddb.Attribute:
    """Return a key attribute that is a number."""
    return ddb.Attribute(name=name, type=ddb.AttributeType.NUMBER)
