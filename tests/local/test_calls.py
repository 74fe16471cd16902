"""The calls that functions make most: the short way answers as the engine's own port does, to the letter."""

from __future__ import annotations

import http.client
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from local import aws
from tests.local.conftest import TRUST

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.local.conftest import Api

pytestmark = pytest.mark.e2e

KEY = {"pk": {"S": "a"}, "sk": {"S": "b"}}
ROOT = Credentials(aws.ROOT_KEY, aws.ROOT_KEY)
VOLATILE = {"date", "x-amzn-requestid", "x-amz-request-id", "x-amz-id-2", "apigw-requestid"}
"""Headers whose values differ from one answer to the next."""
ALLOWED = {
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"],
            "Resource": "arn:aws:dynamodb:us-east-1:000000000000:table/calls",
            "Condition": {
                "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["a*"]},
                "Bool": {"aws:SecureTransport": "true"},
            },
        },
        {"Effect": "Allow", "Action": "execute-api:ManageConnections", "Resource": "*"},
        {"Effect": "Deny", "Action": "dynamodb:Query", "Resource": "*"},
    ]
}


@dataclass(frozen=True)
class Answer:
    """What came back, less what differs from one answer to the next."""

    status: int
    headers: dict[str, str]
    body: Any


@dataclass(frozen=True)
class Ways:
    """The two addresses at which the same calls are answered."""

    long: str
    short: str
    role: Credentials

    def both(self, path: str, method: str = "POST", **request: Any) -> Answer:
        """Send a request both ways; the answers must be alike."""
        long, short = (self._send(way, path, method, **request) for way in (self.long, self.short))
        assert short == long
        return short

    def table(self, operation: str, body: object, **request: Any) -> Answer:
        """Make a call of DynamoDB's JSON protocol both ways."""
        headers = {"x-amz-target": f"DynamoDB_20120810.{operation}", "content-type": "application/x-amz-json-1.0"}
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.both("/", body=sent, headers=headers | request.pop("headers", {}), **request)

    def _send(
        self,
        base: str,
        path: str,
        method: str,
        *,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        credentials: Credentials | None = ROOT,
        service: str = "dynamodb",
        tamper: bool = False,
    ) -> Answer:
        request = AWSRequest(method, f"{base}{path}", headers=dict(headers or {}), data=body)
        if credentials:
            SigV4Auth(credentials, service, "us-east-1").add_auth(request)
        connection = http.client.HTTPConnection(urlsplit(base).netloc, timeout=10)
        try:
            connection.request(method, path, body + b" " * tamper, dict(request.headers.items()))
            answer = connection.getresponse()
            text = answer.read()
            found = {name.lower(): value for name, value in answer.getheaders() if name.lower() not in VOLATILE}
            return Answer(answer.status, found, _parsed(text))
        finally:
            connection.close()


def _parsed(text: bytes) -> Any:
    found = json.loads(text) if text.startswith(b"{") else text
    if isinstance(found, dict) and "Identity" in found:
        found["LastActiveAt"] = None  # each request comes at a time of its own
    return found


@pytest.fixture(scope="module")
def ways(api: Api) -> Ways:
    """Both ways, a table, and a role that may not do everything with it."""
    aws.client("dynamodb", api.run.endpoint).create_table(
        TableName="calls",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        BillingMode="PAY_PER_REQUEST",
    )
    iam, sts = aws.client("iam", api.run.endpoint), aws.client("sts", api.run.endpoint)
    role = iam.create_role(RoleName="Caller", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    iam.put_role_policy(RoleName="Caller", PolicyName="some", PolicyDocument=json.dumps(ALLOWED))
    made = sts.assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    credentials = Credentials(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])
    return Ways(api.run.endpoint, api.short_way(), credentials)


def connections(api: Api, connection_id: str) -> str:
    return f"/_aws/execute-api/{api.id}/live/@connections/{connection_id}"


def open_id(api: Api, socket: Any) -> str:
    socket.send("open")
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        for event in api.events("MESSAGE"):
            if event["body"] == "open" and event["requestContext"]["connectionId"] not in seen:
                seen.add(event["requestContext"]["connectionId"])
                return str(event["requestContext"]["connectionId"])
    raise AssertionError("no message")


seen: set[str] = set()


class TestTables:
    def test_items_are_written_read_changed_and_removed(self, ways: Ways) -> None:
        item = KEY | {"n": {"N": "1"}, "text": {"S": "é😀"}, "flag": {"BOOL": True}}
        assert ways.table("PutItem", {"TableName": "calls", "Item": item}).status == 200
        assert ways.table("GetItem", {"TableName": "calls", "Key": KEY, "ConsistentRead": True}).body == {"Item": item}
        update = {
            "TableName": "calls",
            "Key": KEY,
            "UpdateExpression": "SET n = :n",
            "ExpressionAttributeValues": {":n": {"N": "5"}},
            "ReturnValues": "ALL_NEW",
        }
        assert ways.table("UpdateItem", update).body["Attributes"]["n"] == {"N": "5"}
        assert ways.table("DeleteItem", {"TableName": "calls", "Key": KEY}).status == 200
        assert ways.table("GetItem", {"TableName": "calls", "Key": KEY}).body == {}

    def test_a_condition_that_fails_brings_the_item(self, ways: Ways) -> None:
        ways.table("PutItem", {"TableName": "calls", "Item": KEY})
        put = {
            "TableName": "calls",
            "Item": KEY,
            "ConditionExpression": "attribute_not_exists(pk)",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        refused = ways.table("PutItem", put)
        assert refused.status == 400
        assert refused.body["__type"].endswith("ConditionalCheckFailedException")
        assert refused.body["Item"] == KEY

    def test_a_transaction_is_refused_as_a_whole_with_a_reason_for_each_part(self, ways: Ways) -> None:
        ways.table("PutItem", {"TableName": "calls", "Item": KEY})
        part = {"TableName": "calls", "Item": KEY, "ConditionExpression": "attribute_not_exists(pk)"}
        other = {"TableName": "calls", "Item": KEY | {"sk": {"S": "other"}}}
        refused = ways.table("TransactWriteItems", {"TransactItems": [{"Put": other}, {"Put": part}]})
        assert [reason["Code"] for reason in refused.body["CancellationReasons"]] == ["None", "ConditionalCheckFailed"]
        assert ways.table("GetItem", {"TableName": "calls", "Key": other["Item"]}).body == {}

    def test_a_partition_is_read_in_pages(self, ways: Ways) -> None:
        for number in range(3):
            ways.table("PutItem", {"TableName": "calls", "Item": {"pk": {"S": "page"}, "sk": {"S": str(number)}}})
        query = {
            "TableName": "calls",
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": "page"}},
            "Limit": 2,
        }
        page = ways.table("Query", query).body
        assert page["Count"] == 2
        rest = ways.table("Query", query | {"ExclusiveStartKey": page["LastEvaluatedKey"]}).body
        assert [item["sk"] for item in rest["Items"]] == [{"S": "2"}]

    @pytest.mark.parametrize(
        ("operation", "body", "error"),
        [
            ("GetItem", {"TableName": "none", "Key": KEY}, "ResourceNotFoundException"),
            ("GetItem", {"TableName": "calls", "Key": {"pk": {"S": ""}}}, "ValidationException"),
            ("PutItem", {"TableName": "calls", "Item": KEY | {"x": {"S": "y" * 410_000}}}, "ValidationException"),
            ("GetItem", b"{not json", "SerializationException"),
            ("Nothing", {}, "UnknownOperationException"),
        ],
    )
    def test_what_is_wrong_is_refused_in_the_same_words(
        self, ways: Ways, operation: str, body: object, error: str
    ) -> None:
        refused = ways.table(operation, body)
        assert refused.status == 400
        assert refused.body["__type"].endswith(error)

    def test_an_item_of_400_kb_passes(self, ways: Ways) -> None:
        assert ways.table("PutItem", {"TableName": "calls", "Item": KEY | {"x": {"S": "y" * 400_000}}}).status == 200


class TestPermissions:
    """A role's session, as functions have it: what it may is decided alike, and what it may not is said alike."""

    def test_what_is_allowed_passes(self, ways: Ways) -> None:
        assert ways.table("GetItem", {"TableName": "calls", "Key": KEY}, credentials=ways.role).status == 200

    @pytest.mark.parametrize(
        ("operation", "body"),
        [
            ("DeleteItem", {"TableName": "calls", "Key": KEY}),
            ("GetItem", {"TableName": "other", "Key": KEY}),
            ("TransactWriteItems", {"TransactItems": [{"Delete": {"TableName": "calls", "Key": KEY}}]}),
            (
                "Query",
                {
                    "TableName": "calls",
                    "KeyConditionExpression": "pk = :pk",
                    "ExpressionAttributeValues": {":pk": {"S": "a"}},
                },
            ),
        ],
        ids=["action", "table", "part of a transaction", "denied"],
    )
    def test_what_is_not_allowed_is_denied(self, ways: Ways, operation: str, body: object) -> None:
        denied = ways.table(operation, body, credentials=ways.role)
        assert (denied.status, denied.body["__type"].rpartition("#")[2]) == (403, "AccessDeniedException")
        assert "assumed-role/Caller/test is not authorized to perform" in denied.body.get(
            "message", denied.body.get("Message")
        )

    def test_a_signature_over_another_body_is_refused(self, ways: Ways) -> None:
        refused = ways.table("GetItem", {"TableName": "calls", "Key": KEY}, credentials=ways.role, tamper=True)
        assert "InvalidSignatureException" in refused.body["__type"]

    @pytest.mark.parametrize(
        "credentials",
        [None, Credentials("AKIAUNKNOWN000000000", "x"), "expired"],
        ids=["none", "unknown key", "wrong token"],
    )
    def test_who_cannot_be_known_is_refused(self, ways: Ways, credentials: Any) -> None:
        if credentials == "expired":
            credentials = Credentials(ways.role.access_key, ways.role.secret_key, "another")
        assert ways.table("GetItem", {"TableName": "calls", "Key": KEY}, credentials=credentials).status in {400, 403}

    def test_a_policy_that_changes_counts_at_once(self, ways: Ways, api: Api) -> None:
        iam = aws.client("iam", api.run.endpoint)
        more = {"Statement": [{"Effect": "Allow", "Action": "dynamodb:DeleteItem", "Resource": "*"}]}
        call = ("DeleteItem", {"TableName": "calls", "Key": KEY})
        iam.put_role_policy(RoleName="Caller", PolicyName="more", PolicyDocument=json.dumps(more))
        assert ways.table(*call, credentials=ways.role).status == 200
        iam.delete_role_policy(RoleName="Caller", PolicyName="more")
        assert ways.table(*call, credentials=ways.role).status == 403


class TestConnections:
    def test_a_post_arrives_in_order_whichever_way_it_goes(self, ways: Ways, api: Api) -> None:
        with api.connect() as socket:
            path = connections(api, open_id(api, socket))
            for number in range(5):
                assert (
                    ways.both(path, body=f"é{number}".encode(), service="execute-api", credentials=ways.role).status
                    == 200
                )
            assert [socket.recv() for _ in range(10)] == [f"é{number}" for number in range(5) for _ in range(2)]

    def test_a_connection_can_be_looked_at_and_closed(self, ways: Ways, api: Api) -> None:
        with api.connect() as socket:
            path = connections(api, open_id(api, socket))
            found = ways.both(path, "GET", service="execute-api")
            assert (
                found.body["Identity"]["SourceIp" if "SourceIp" in found.body["Identity"] else "sourceIp"]
                == "127.0.0.1"
            )
            first = ways._send(ways.short, path, "DELETE", service="execute-api")
            assert first.status == 204
            assert ways.both(path, "DELETE", service="execute-api").status == 410

    @pytest.mark.parametrize("method", ["POST", "GET", "DELETE"])
    def test_one_that_is_gone_is_410(self, ways: Ways, api: Api, method: str) -> None:
        gone = ways.both(connections(api, "L0SM9cOFvHcCIhw="), method, service="execute-api")
        assert gone.status == 410
        assert gone.headers["x-amzn-errortype"] == "GoneException"

    def test_an_id_may_be_escaped(self, ways: Ways, api: Api) -> None:
        with api.connect() as socket:
            path = connections(api, open_id(api, socket)).replace("=", "%3D")
            assert ways.both(path, body=b"x", service="execute-api", credentials=ways.role).status == 200

    def test_a_post_of_128_kb_passes_and_more_is_413(self, ways: Ways, api: Api) -> None:
        with api.connect(max_size=None) as socket:
            path = connections(api, open_id(api, socket))
            assert ways.both(path, body=b"x" * 128 * 1024, service="execute-api").status == 200
            assert ways.both(path, body=b"x" * (128 * 1024 + 1), service="execute-api").status == 413

    def test_a_role_without_the_permission_is_denied(self, ways: Ways, api: Api) -> None:
        iam = aws.client("iam", api.run.endpoint)
        iam.put_role_policy(
            RoleName="Caller",
            PolicyName="no",
            PolicyDocument=json.dumps({"Statement": [{"Effect": "Deny", "Action": "execute-api:*", "Resource": "*"}]}),
        )
        denied = ways.both(connections(api, "x"), body=b"x", service="execute-api", credentials=ways.role)
        iam.delete_role_policy(RoleName="Caller", PolicyName="no")
        assert denied.status == 403


class TestTheListener:
    """What only the short way is asked, since the edge does it elsewhere for the other."""

    def test_a_page_of_somebody_elses_is_refused(self, ways: Ways) -> None:
        body = {"TableName": "calls", "Key": KEY}
        for header in ({"host": "evil.example"}, {"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
            assert ways.table("GetItem", body, headers=header, credentials=None).status == 403

    def test_other_services_are_elsewhere(self, ways: Ways) -> None:
        found = ways._send(ways.short, "/", "GET", service="s3")
        assert found.status == 404
        assert "own port" in found.body["message"]

    def test_what_is_no_request_ends_the_connection(self, ways: Ways) -> None:
        connection = http.client.HTTPConnection(urlsplit(ways.short).netloc, timeout=5)
        connection.connect()
        connection.sock.sendall(b"\x16\x03\x01 this is no HTTP\r\n\r\n")
        assert connection.sock.recv(100) == b""
        connection.close()

    def test_a_request_in_many_parts_is_one_request(self, ways: Ways, api: Api) -> None:
        connection = http.client.HTTPConnection(urlsplit(ways.short).netloc, timeout=5)
        connection.connect()
        head = f"POST {connections(api, 'x')} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nbody".encode()
        for at in range(len(head)):
            connection.sock.sendall(head[at : at + 1])
        assert connection.sock.recv(1000).startswith(b"HTTP/1.1 4")
        connection.close()

    def test_a_connection_is_kept(self, ways: Ways) -> None:
        client = boto3.client(
            "dynamodb",
            endpoint_url=ways.short,
            aws_access_key_id=aws.ROOT_KEY,
            aws_secret_access_key=aws.ROOT_KEY,
            region_name="us-east-1",
            config=Config(max_pool_connections=1, retries={"total_max_attempts": 1}),
        )
        for _ in range(50):
            client.get_item(TableName="calls", Key=KEY)
