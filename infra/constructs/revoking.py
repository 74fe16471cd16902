"""Keys that are deleted, users who are signed out: the table's stream tells the sweeper, which ends connections."""

from aws_cdk import aws_dynamodb as ddb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from serverless_socketio.cdk.function import allow, called

BATCH = 1  # a key is a call of its own: one that fails takes no other with it
RETRIES = 1  # then it is a dead letter; a call only fills a queue, which gives up within half a minute

STREAM_ACTIONS = [f"dynamodb:{verb}" for verb in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")]
"""What Lambda needs of a stream's reader, from AWS's example policy for triggers."""


class Revoking(Construct):
    """The way from a deleted key to the function that disconnects.

    The stream is read in order, so nothing that may take long is done in its calls: each puts messages into the
    sweeper's own queue, where one that fails delays nothing else.
    Only changes of keys and sign-outs come through the filter, which can look at an item's keys but not at what became
    of it; so a new key is a call, too, and the function lets it pass. Lambda's own reading of a stream costs nothing.
    """

    def __init__(
        self, scope: Construct, id: str, *, sweeper: lambda_.Function, conversations: ddb.TableV2, dead: sqs.Queue
    ) -> None:
        super().__init__(scope, id)
        stream = conversations.table_stream_arn
        if stream is None:
            raise ValueError("The conversations table has no stream")
        allow(sweeper, STREAM_ACTIONS, stream)
        allow(sweeper, ["sqs:SendMessage"], dead.queue_arn)
        lambda_.CfnEventSourceMapping(
            self,
            "KeysMapping",
            function_name=called(sweeper).function_name,
            event_source_arn=stream,
            starting_position="TRIM_HORIZON",  # a key that is deleted while the mapping is made is deleted, too
            batch_size=BATCH,
            maximum_retry_attempts=RETRIES,
            filter_criteria=lambda_.CfnEventSourceMapping.FilterCriteriaProperty(
                filters=[
                    lambda_.CfnEventSourceMapping.FilterProperty(
                        pattern='{"dynamodb":{"Keys":{"sk":{"S":["KEY","SIGNED_OUT"]}}}}'
                    )
                ]
            ),
            destination_config=lambda_.CfnEventSourceMapping.DestinationConfigProperty(
                on_failure=lambda_.CfnEventSourceMapping.OnFailureProperty(destination=dead.queue_arn)
            ),
        )
