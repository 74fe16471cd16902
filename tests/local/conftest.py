"""An empty cloud with one small WebSocket API, made by hand: the edge and the engine without the product."""

import io
import json
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from local import aws
from serverless_socketio.cdk.integrations import REQUEST
from tests.processes import Run, running

FUNCTIONS = Path(__file__).parent / "functions"
TRUST = {
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]
}
POSTS = {"Statement": [{"Effect": "Allow", "Action": "execute-api:ManageConnections", "Resource": "*"}]}


@dataclass(frozen=True)
class Api:
    """A WebSocket API on a running edge."""

    run: Run
    id: str
    seen: Path

    @property
    def url(self) -> str:
        """The managed endpoint."""
        return f"ws://127.0.0.1:{self.run.port}/_aws/execute-api/{self.id}/live"

    def connect(self, query: str = "", **options: Any) -> ClientConnection:
        """Open a connection to it."""
        opened: ClientConnection = connect(f"{self.url}?{query}" if query else self.url, **options)
        return opened

    def events(self, kind: str) -> list[dict[str, Any]]:
        """Return the events of a kind that the function has seen."""
        whole = self.seen.read_text().rpartition("\n")[0] if self.seen.exists() else ""  # a line may be half written
        seen = [json.loads(line) for line in whole.splitlines()]
        return [event for event in seen if event.get("requestContext", {}).get("eventType") == kind]

    def event_of(self, kind: str, connection_id: str, body: str | None = None, within_s: float = 5.0) -> dict[str, Any]:
        """Wait for the event of a connection; of several, that with this body."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            for event in self.events(kind):
                if event["requestContext"]["connectionId"] == connection_id and body in {None, event.get("body")}:
                    return event
            time.sleep(0.01)
        raise AssertionError(f"no {kind} of {connection_id}")

    def short_way(self) -> str:
        """Return where its function calls tables."""
        with self.connect() as socket:
            socket.send("environment:")
            return str(json.loads(socket.recv())["AWS_ENDPOINT_URL_DYNAMODB"])

    def management(self) -> Any:
        """Return the client that posts to connections."""
        endpoint = f"{self.run.endpoint}/_aws/execute-api/{self.id}/live"
        return aws.client("apigatewaymanagementapi", endpoint)


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """An edge and an engine with nothing in it."""
    with running(tmp_path_factory.mktemp("bare"), "--bare") as run:
        yield run


@pytest.fixture(scope="session")
def api(bare: Run) -> Api:
    """The API that `/api/socketio` means: the first one made."""
    return make_api(bare, "door")


@pytest.fixture(scope="session")
def answering_api(bare: Run, api: Api) -> Api:
    """An API with a route response on `$default`."""
    return make_api(bare, "answering", answers=True)


def make_api(run: Run, name: str, *, answers: bool = False, runs: str = "door.handler", frames: str = "sync") -> Api:
    """Create role, function, routes and stage."""
    gateway = aws.client("apigatewayv2", run.endpoint)
    api_id = gateway.create_api(Name=name, ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action")[
        "ApiId"
    ]
    seen = run.home / f"{name}.jsonl"
    management = f"{run.endpoint}/_aws/execute-api/{api_id}/live"
    function = make_function(run, name, runs, {"SEEN": str(seen), "MANAGEMENT_URL": management})
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function}/invocations"
    integration = gateway.create_integration(ApiId=api_id, IntegrationType="AWS_PROXY", IntegrationUri=uri)
    queue = _queue(gateway, api_id, uri) if frames == "async" else integration
    for key in ("$connect", "$default", "$disconnect"):
        target = f"integrations/{(queue if key == '$default' else integration)['IntegrationId']}"
        route = gateway.create_route(ApiId=api_id, RouteKey=key, Target=target)
        if answers and key == "$default":
            gateway.create_route_response(ApiId=api_id, RouteId=route["RouteId"], RouteResponseKey="$default")
    gateway.create_stage(ApiId=api_id, StageName="live")
    return Api(run, api_id, seen)


def _queue(gateway: Any, api_id: str, uri: str) -> Any:
    """Create the integration that hands messages on to Lambda's queue."""
    made = gateway.create_integration(
        ApiId=api_id,
        IntegrationType="AWS",
        IntegrationUri=uri,
        RequestParameters={"integration.request.header.X-Amz-Invocation-Type": "'Event'"},
        RequestTemplates={"$default": REQUEST},
    )
    key = "$default"
    gateway.create_integration_response(ApiId=api_id, IntegrationId=made["IntegrationId"], IntegrationResponseKey=key)
    return made


def make_function(run: Run, name: str, handler: str, environment: dict[str, str]) -> str:
    """Create a function of `functions/` that may post to connections; returns its ARN."""
    iam = aws.client("iam", run.endpoint)
    role = iam.create_role(RoleName=f"{name}Role", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    iam.put_role_policy(RoleName=f"{name}Role", PolicyName="posts", PolicyDocument=json.dumps(POSTS))
    created = aws.client("lambda", run.endpoint).create_function(
        FunctionName=name,
        Runtime="python3.13",
        Role=role,
        Handler=handler,
        Code={"ZipFile": zipped(FUNCTIONS)},
        Timeout=10,
        Environment={"Variables": environment},
    )
    return str(created["FunctionArn"])


def zipped(folder: Path) -> bytes:
    """Return a folder as a function's code."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path in folder.glob("*.py"):
            archive.write(path, path.name)
    return buffer.getvalue()
