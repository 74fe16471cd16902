"""Keys that are deleted: the conversations table's stream tells the sweeper, which ends their connections."""

from aws_cdk import Duration
from aws_cdk import aws_dynamodb as ddb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.chat_function import ChatFunction

BATCH = 1  # a key is a call of its own: one that fails takes no other with it
WORTH_TRYING = Duration.hours(1)  # then it is a dead letter, and other keys have their turn

STREAM_ACTIONS = (
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
)
"""What Lambda needs of a stream's reader, from AWS's example policy for triggers."""


class Revoking(Construct):
    """The way from a deleted key to the function that disconnects.

    Only changes of keys come through the filter, which can look at an item's keys but not at what was done to it; so a
    new key is a call, too, and the function lets it pass. Lambda's own reading of a stream costs nothing.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        sweeper: ChatFunction,
        conversations: ddb.TableV2,
        dead: sqs.Queue,
    ) -> None:
        super().__init__(scope, id)
        stream = conversations.table_stream_arn
        if stream is None:
            raise ValueError("The conversations table has no stream")
        sweeper.allow(STREAM_ACTIONS, stream)
        sweeper.allow(["sqs:SendMessage"], dead.queue_arn)
        lambda_.CfnEventSourceMapping(
            self,
            "KeysMapping",
            function_name=sweeper.function_name,
            event_source_arn=stream,
            starting_position="LATEST",
            batch_size=BATCH,
            maximum_record_age_in_seconds=WORTH_TRYING.to_seconds(),
            filter_criteria=lambda_.CfnEventSourceMapping.FilterCriteriaProperty(
                filters=[
                    lambda_.CfnEventSourceMapping.FilterProperty(pattern='{"dynamodb":{"Keys":{"sk":{"S":["KEY"]}}}}')
                ]
            ),
            destination_config=lambda_.CfnEventSourceMapping.DestinationConfigProperty(
                on_failure=lambda_.CfnEventSourceMapping.OnFailureProperty(destination=dead.queue_arn)
            ),
        )
