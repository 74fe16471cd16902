"""The lean client and boto3 beside each other, against the engine: the same calls, the same answers and errors."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import pytest

from local import aws
from serverless_socketio.adaptors import client_errors
from serverless_socketio.aws import client as lean
from serverless_socketio.aws.client.service import Bounds
from tests.local.conftest import TRUST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.local.conftest import Api

    Make = Callable[[str, str], "Both"]

pytestmark = pytest.mark.e2e

KEY = {"pk": {"S": "a"}, "sk": {"S": "b"}}
ITEM = {
    **KEY,
    "text": {"S": "é😀"},
    "n": {"N": "-1.5"},
    "big": {"N": "12345678901234567890"},
    "frame": {"B": b"\x00\xffB"},
    "flag": {"BOOL": True},
    "nothing": {"NULL": True},
    "list": {"L": [{"B": b""}, {"S": "x"}, {"M": {"B": {"S": "an attribute by this name"}}}]},
}
NEW = "attribute_not_exists(pk)"


@dataclass(frozen=True)
class Both:
    """Two clients of a service, the lean one first."""

    clients: tuple[Any, Any]

    def call(self, name: str, *given: dict[str, Any], **both: Any) -> Any:
        """Make a call by each client, perhaps with arguments of its own; what came is alike and returned."""
        own = given or ({}, {})
        ours, theirs = (
            _outcome(getattr(client, name), {**both, **mine}) for client, mine in zip(self.clients, own, strict=True)
        )
        assert ours == theirs
        return ours


def _outcome(operation: Any, given: dict[str, Any]) -> Any:
    try:
        answer = operation(**given)
    except client_errors.refusals() as error:
        response: Any = error.response  # type: ignore[attr-defined]
        more = {name: response[name] for name in ("Item", "CancellationReasons") if name in response}
        return {
            "Error": {name: response["Error"][name] for name in ("Code", "Message")},
            "status": response["ResponseMetadata"]["HTTPStatusCode"],
            "operation": error.operation_name,  # type: ignore[attr-defined]
            **more,
        }
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


@pytest.fixture(params=["the engine's own port", "the listener of tables and posts"])
def endpoint(request: pytest.FixtureRequest, api: Api) -> str:
    return api.short_way() if request.param.startswith("the listener") else api.run.endpoint


@pytest.fixture
def both() -> Iterator[Make]:
    """Makes clients of a service."""
    made: list[Any] = []

    def pair(service: str, endpoint: str) -> Both:
        made.append(lean.client(service, endpoint_url=endpoint, bounds=Bounds()))
        return Both((made[-1], aws.client(service, endpoint)))

    yield pair
    for client in made:
        client.service.pool.close()


@pytest.fixture
def tables(endpoint: str, api: Api, both: Make) -> tuple[Both, tuple[dict[str, Any], dict[str, Any]]]:
    """Clients, and for each the name of a table of its own."""
    owner = aws.client("dynamodb", api.run.endpoint)
    names = [f"t{uuid4().hex}" for _ in range(2)]
    for name in names:
        owner.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")],
            BillingMode="PAY_PER_REQUEST",
        )
    return both("dynamodb", endpoint), ({"TableName": names[0]}, {"TableName": names[1]})


class TestDynamoDB:
    def test_an_item_of_every_kind_is_written_read_changed_and_removed(self, tables: Any) -> None:
        pair, each = tables
        assert pair.call("put_item", *each, Item=ITEM) == {}
        assert pair.call("get_item", *each, Key=KEY, ConsistentRead=True) == {"Item": ITEM}
        changed = pair.call(
            "update_item",
            *each,
            Key=KEY,
            UpdateExpression="SET frame = :frame",
            ExpressionAttributeValues={":frame": {"B": b"\x80new"}},
            ReturnValues="ALL_NEW",
        )
        assert changed["Attributes"]["frame"] == {"B": b"\x80new"}
        assert pair.call("delete_item", *each, Key=KEY, ReturnValues="ALL_OLD")["Attributes"]["n"] == {"N": "-1.5"}
        assert pair.call("get_item", *each, Key=KEY) == {}

    def test_a_condition_that_fails_brings_the_item(self, tables: Any) -> None:
        pair, each = tables
        pair.call("put_item", *each, Item=ITEM)
        refused = pair.call(
            "put_item", *each, Item=KEY, ConditionExpression=NEW, ReturnValuesOnConditionCheckFailure="ALL_OLD"
        )
        assert refused["Error"]["Code"] == "ConditionalCheckFailedException"
        assert refused["Item"] == ITEM

    def test_a_transaction_says_of_each_part_why(self, tables: Any) -> None:
        pair, each = tables
        pair.call("put_item", *each, Item=ITEM)

        def writes(table: dict[str, Any]) -> dict[str, Any]:
            refused = {
                **table,
                "Item": KEY,
                "ConditionExpression": NEW,
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
            return {"TransactItems": [{"Put": {**table, "Item": {**KEY, "sk": {"S": "c"}}}}, {"Put": refused}]}

        refused = pair.call("transact_write_items", *map(writes, each))
        assert [reason["Code"] for reason in refused["CancellationReasons"]] == ["None", "ConditionalCheckFailed"]
        assert refused["CancellationReasons"][1]["Item"]["frame"] == ITEM["frame"]

    def test_a_partition_is_read_in_pages(self, tables: Any) -> None:
        pair, each = tables
        for number in range(3):
            pair.call("put_item", *each, Item={**ITEM, "sk": {"S": str(number)}})
        query = {
            "KeyConditionExpression": "#pk = :pk",
            "ExpressionAttributeNames": {"#pk": "pk"},
            "ExpressionAttributeValues": {":pk": {"S": "a"}},
            "Limit": 2,
        }
        page = pair.call("query", *each, **query)
        rest = pair.call("query", *each, **query, ExclusiveStartKey=page["LastEvaluatedKey"])
        assert [item["sk"]["S"] for item in page["Items"] + rest["Items"]] == ["0", "1", "2"]

    def test_batches(self, tables: Any) -> None:
        pair, each = tables
        items = [{**ITEM, "sk": {"S": str(number)}} for number in range(5)]
        puts = [{"PutRequest": {"Item": item}} for item in items]
        pair.call("batch_write_item", *({"RequestItems": {table["TableName"]: puts}} for table in each))
        for client, table in zip(pair.clients, each, strict=True):
            keys = [{name: item[name] for name in KEY} for item in items]
            found = client.batch_get_item(RequestItems={table["TableName"]: {"Keys": keys}})
            assert sorted(found["Responses"][table["TableName"]], key=lambda item: item["sk"]["S"]) == items
            assert not found.get("UnprocessedKeys")

    @pytest.mark.parametrize(
        ("name", "given"),
        [
            ("get_item", {"TableName": "none", "Key": KEY}),
            ("query", {"TableName": "none", "KeyConditionExpression": "pk = :pk"}),
            ("transact_write_items", {"TransactItems": [{"Put": {"TableName": "none", "Item": KEY}}]}),
        ],
    )
    def test_a_table_that_is_not_there(self, tables: Any, name: str, given: dict[str, Any]) -> None:
        assert tables[0].call(name, **given)["status"] == 400


class TestConnections:
    def test_a_post_and_a_close_and_what_is_said_of_one_that_is_gone(self, api: Api, both: Make, endpoint: str) -> None:
        pair = both("apigatewaymanagementapi", f"{endpoint}/_aws/execute-api/{api.id}/live")
        with api.connect() as socket:
            socket.send(name := uuid4().hex)
            address = address_of(api, name)
            assert pair.call("post_to_connection", ConnectionId=address, Data="é".encode()) == {}
            assert [socket.recv(), socket.recv()] == ["é", "é"]
            assert pair.clients[0].delete_connection(ConnectionId=address) == {}
        for name, more in (("post_to_connection", {"Data": b"2"}), ("delete_connection", {})):
            gone = pair.call(name, ConnectionId="bm8rb25l/A==", **more)
            assert (gone["status"], gone["Error"]["Code"]) == (410, "GoneException")

    def test_a_frame_that_is_too_large_is_refused(self, api: Api, both: Make, endpoint: str) -> None:
        pair = both("apigatewaymanagementapi", f"{endpoint}/_aws/execute-api/{api.id}/live")
        refused = pair.call("post_to_connection", ConnectionId="x=", Data=b"x" * 200_000)
        assert refused["status"] == 413


def address_of(api: Api, body: str) -> str:
    """The connection that sent a frame, once its function has seen it."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        for event in api.events("MESSAGE"):
            if event["body"] == body:
                return str(event["requestContext"]["connectionId"])
    raise AssertionError("no message")


class TestOthers:
    """What goes by the engine's own port alone."""

    def test_messages_are_sent_one_by_one_and_in_batches(self, api: Api, both: Make) -> None:
        owner = aws.client("sqs", api.run.endpoint)
        pair = both("sqs", api.run.endpoint)
        urls = [owner.create_queue(QueueName=uuid4().hex)["QueueUrl"] for _ in range(2)]
        each = [{"QueueUrl": url} for url in urls]
        for client, own in zip(pair.clients, each, strict=True):
            assert client.send_message(**own, MessageBody="é", DelaySeconds=0)["MessageId"]
            entries = [{"Id": str(n), "MessageBody": f"{n}", "DelaySeconds": 0} for n in range(3)]
            entries.append({"Id": "3", "MessageBody": "\x00", "DelaySeconds": 901})
            answer = client.send_message_batch(**own, Entries=entries)
            assert [entry["Id"] for entry in answer["Successful"]] == ["0", "1", "2"]
            assert [entry["Id"] for entry in answer["Failed"]] == ["3"]
        bodies = [
            sorted(
                message["Body"] for message in owner.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
            )
            for url in urls
        ]
        assert bodies == [["0", "1", "2", "é"]] * 2

    def test_a_queue_that_is_not_there_has_the_code_that_it_always_had(self, api: Api, both: Make) -> None:
        url = f"{api.run.endpoint}/000000000000/none"
        refused = both("sqs", api.run.endpoint).call("send_message", QueueUrl=url, MessageBody="x")
        assert refused["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue"

    def test_a_function_is_called_without_waiting_and_with(self, api: Api, both: Make) -> None:
        pair = both("lambda", api.run.endpoint)
        event = {"requestContext": {"eventType": "DISCONNECT", "connectionId": "x"}}
        for client in pair.clients:
            told = client.invoke(FunctionName="door", InvocationType="Event", Payload=json.dumps(event).encode())
            assert told["StatusCode"] == 202
            done = client.invoke(FunctionName="door", Payload=json.dumps(event).encode())
            assert (done["StatusCode"], json.loads(done["Payload"].read())) == (200, {"statusCode": 200})
            failed = client.invoke(FunctionName="door", Payload=b"{}")
            assert failed["FunctionError"] == "Unhandled"
        missing = pair.call("invoke", FunctionName="none", InvocationType="Event", Payload=b"{}")
        assert (missing["status"], missing["Error"]["Code"]) == (404, "ResourceNotFoundException")

    def test_an_execution_is_started(self, api: Api, both: Make) -> None:
        owner = aws.client("stepfunctions", api.run.endpoint)
        role = aws.client("iam", api.run.endpoint).create_role(
            RoleName="Machine", AssumeRolePolicyDocument=json.dumps(TRUST)
        )["Role"]["Arn"]
        states = {"StartAt": "Done", "States": {"Done": {"Type": "Pass", "End": True}}}
        machine = owner.create_state_machine(
            name="Machine", definition=json.dumps(states), roleArn=role, type="EXPRESS"
        )["stateMachineArn"]
        pair = both("stepfunctions", api.run.endpoint)
        for client in pair.clients:
            started = client.start_execution(stateMachineArn=machine, input="{}")
            assert ":Machine:" in started["executionArn"]
        missing = pair.call("start_execution", stateMachineArn=f"{machine}no", input="{}")
        assert missing["Error"]["Code"] == "StateMachineDoesNotExist"

    def test_a_wrong_key_is_refused(self, api: Api, both: Make, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAWRONGWRONGWRONG1")
        ours, _ = both("dynamodb", api.run.endpoint).clients
        theirs = boto3.Session().client(
            "dynamodb", endpoint_url=api.run.endpoint
        )  # the default one keeps its first key
        refused = Both((ours, theirs)).call("get_item", TableName="t", Key=KEY)
        theirs.close()
        assert refused["status"] in {400, 403}
