"""The construct `SocketIoApi` in another CDK app, whose server is one file: `docs/examples/library/`."""

import ast
import json
from pathlib import Path

import pytest

from serverless_socketio.aws import settings
from serverless_socketio.aws.environment import declared
from tests.infra.assembly import Assembly, text
from tests.infra.conftest import Syntheses

ROOT = Path(__file__).parents[2]
CDK = ROOT / "layers" / "serverless_socketio" / "python" / "serverless_socketio" / "cdk"

TABLE, API = "{SocketTablesConnections.Arn}", "arn:{AWS::Partition}:execute-api:{AWS::Region}:{AWS::AccountId}"
TICKS, OPENINGS, BATCHES = "{SocketSweepingTicks.Arn}", "{SocketOpeningOpenings.Arn}", "{SocketEmittingBatches.Arn}"
SEND = {"sqs:SendMessage"}
RECEIVE = {f"sqs:{verb}" for verb in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")}
LOG = {"logs:CreateLogStream", "logs:PutLogEvents"}
ITEMS = {f"dynamodb:{verb}Item" for verb in ("Get", "Put", "Update", "Delete", "BatchWrite")} | {"dynamodb:Query"}
EMIT = {
    TABLE: ITEMS,
    f"{TABLE}/index/due": {"dynamodb:Query"},
    f"{API}:{{SocketApi}}/live/POST/@connections/*": {"execute-api:ManageConnections"},
    f"{API}:{{SocketApi}}/live/DELETE/@connections/*": {"execute-api:ManageConnections"},
    BATCHES: SEND,
}
MAY = {
    "SocketFrames": EMIT | {"{SocketFramesLog.Arn}": LOG, OPENINGS: SEND, "{SocketOpeningDead.Arn}": SEND},
    "SocketBackground": EMIT
    | {
        "{SocketBackgroundLog.Arn}": LOG,
        TABLE: ITEMS | {"dynamodb:BatchGetItem"},
        TICKS: SEND | RECEIVE,
        OPENINGS: SEND | RECEIVE,
        BATCHES: SEND | RECEIVE,
        "{SocketEmittingDead.Arn}": SEND,
    },
    "SocketOpeningItself": {"{SocketFrames.Arn}": {"lambda:InvokeFunction"}},
    "SocketSweepingSchedule": {"{SocketBackground.Arn}": {"lambda:InvokeFunction"}},
}


def variables(lobby: Assembly, function: str) -> dict[str, str]:
    found = lobby.properties("AWS::Lambda::Function")[function]["Environment"]["Variables"]
    return {name: text(value) for name, value in found.items()}


def test_stacks_and_the_rest_of_the_library_know_nothing_of_each_other() -> None:
    siblings = {path.stem for path in CDK.glob("*.py")}
    for path in CDK.glob("*.py"):
        imports = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)]
        own = {node.module or alias.name for node in imports if node.level for alias in node.names}
        assert own <= siblings, path.name
        assert all(node.level <= 1 for node in imports), path.name
        assert not [node.module for node in imports if (node.module or "").startswith("serverless_socketio")], path.name


def test_two_functions_run_one_handler(lobby: Assembly) -> None:
    functions = lobby.properties("AWS::Lambda::Function")
    assert {name: (each["Handler"], each["Timeout"]) for name, each in functions.items()} == {
        "SocketFrames": ("app.handler", 20),
        "SocketBackground": ("app.handler", 60),
    }
    assert {path.name for path in lobby.code("SocketFrames").iterdir() if path.suffix == ".py"} == {"app.py"}
    library = lobby.layer("SocketServerlessSocketio") / "python"
    assert [path.name for path in library.iterdir()] == ["serverless_socketio"]
    assert not (library / "serverless_socketio" / "cdk").exists()


def test_who_is_called_for_what(lobby: Assembly) -> None:
    integrations = lobby.properties("AWS::ApiGatewayV2::Integration").values()
    assert all("{SocketFrames.Arn}" in text(each["IntegrationUri"]) for each in integrations)
    assert {route["RouteKey"] for route in lobby.properties("AWS::ApiGatewayV2::Route").values()} == {
        "$connect",
        "$disconnect",
        "$default",
    }
    mappings = lobby.properties("AWS::Lambda::EventSourceMapping").values()
    called = {text(each["EventSourceArn"]): text(each["FunctionName"]) for each in mappings}
    assert called == dict.fromkeys((TICKS, OPENINGS, BATCHES), "{SocketBackground}")
    (schedule,) = lobby.properties("AWS::Scheduler::Schedule").values()
    assert text(schedule["Target"]["Arn"]) == "{SocketBackground.Arn}"
    (invoke,) = lobby.properties("AWS::Lambda::EventInvokeConfig").values()
    assert (text(invoke["FunctionName"]), invoke["MaximumRetryAttempts"]) == ("{SocketFrames}", 0)


@pytest.mark.parametrize("function", ["SocketFrames", "SocketBackground"])
def test_the_library_finds_what_it_needs_in_the_environment(lobby: Assembly, function: str) -> None:
    told = variables(lobby, function)
    found = settings.read(told | {"AWS_LAMBDA_FUNCTION_NAME": "f"})
    assert found.connections_table == "{SocketTablesConnections}"
    assert found.management_url == "https://{SocketApi}.execute-api.{AWS::Region}.{AWS::URLSuffix}/live"
    assert (found.openings_queue_url, found.batches_queue_url) == ("{SocketOpeningOpenings}", "{SocketEmittingBatches}")
    assert found.opener_function == "f"  # the one that serves frames calls itself
    if function == "SocketBackground":
        assert found.ticks_queue_url == "{SocketSweepingTicks}"
        assert found.emitting_dead_queue_url == "{SocketEmittingDead}"


def test_nothing_is_told_that_the_library_does_not_read(lobby: Assembly) -> None:
    told = variables(lobby, "SocketFrames").keys() | variables(lobby, "SocketBackground").keys()
    read = {name for setting in declared(settings.Settings) for name in setting.env}
    assert told - read == {"LOG_LEVEL"}


def test_each_role_may_do_exactly_what_is_listed(lobby: Assembly) -> None:
    assert lobby.grants() == MAY


def test_cdk_nag_finds_nothing_that_is_not_accepted_beside_the_construct(syntheses: Syntheses) -> None:
    assert json.loads((syntheses.full / "lobby_nag.json").read_text()) == []


def test_clients_are_told_where_it_is(lobby: Assembly) -> None:
    (url,) = [text(output["Value"]) for output in lobby.template["Outputs"].values()]
    assert url == "wss://{SocketApi}.execute-api.{AWS::Region}.{AWS::URLSuffix}/live"
    (api,) = lobby.properties("AWS::ApiGatewayV2::Api").values()
    assert api["Name"] == "Lobby-Socket-Api"


def test_an_emitter_is_granted_what_that_takes_and_a_function_is_told_where(shop: Assembly) -> None:
    grants = shop.grants()
    assert grants["OrdersService"] == grants["Task"] == EMIT
    told = settings.read(variables(shop, "Orders"))
    assert (told.connections_table, told.batches_queue_url) == ("{SocketTablesConnections}", "{SocketEmittingBatches}")


def test_what_cannot_work_is_refused(syntheses: Syntheses) -> None:
    refused = json.loads((syntheses.full / "refused.json").read_text())
    assert refused[:2] == ["SocketIoApi takes either `app` or `functions`"] * 2
    assert refused[2].endswith("nowhere.py: nothing is there to bundle")
    assert refused[3] == "Shop/Orders needs a timeout: its queue hides messages for six times that"
