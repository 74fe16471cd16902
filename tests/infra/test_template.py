"""What `cdk deploy` would make."""

import json
import re
from typing import Any

import pytest

from tests.infra.assembly import Assembly, strings, text

COMMON = {
    "ALLOWED_ORIGINS": "",
    "ANSWER_IN_RESPONSE": "false",
    "CALLBACK_URL": "https://{Api}.execute-api.{AWS::Region}.{AWS::URLSuffix}/live",
    "CHUNK_DELAY_MS": "50",
    "CHUNK_SIZE": "3",
    "CONNECTIONS_TABLE": "{TablesConnections}",
    "CONVERSATIONS_TABLE": "{TablesConversations}",
    "ENABLE_WEBSOCKETS": "true",
    "LOG_LEVEL": "INFO",
    "MAX_FRAME_BYTES": "120000",
    "RECOVERY_WINDOW_MS": "120000",
    "RECOVERY_LOG_MAX": "500",
    "PING_INTERVAL_MS": "120000",
    "PING_TIMEOUT_MS": "50000",
}
MACHINE = "arn:{AWS::Partition}:states:{AWS::Region}:{AWS::AccountId}:stateMachine:Chat-answers"
OWN: dict[str, dict[str, str]] = {
    "Connect": {"OPENER_FUNCTION": "{Message}"},
    "Message": {"STATE_MACHINE_ARN": MACHINE},
    "Streamer": {},
    "Sweeper": {"STATE_MACHINE_ARN": MACHINE, "TICKS_QUEUE_URL": "{SweepingTicks}"},
}


@pytest.mark.parametrize("name", OWN)
def test_a_function_is_told_what_it_needs_and_no_more(chat: Assembly, name: str) -> None:
    variables = chat.properties("AWS::Lambda::Function")[name]["Environment"]["Variables"]
    told = {key: text(value) for key, value in variables.items()}
    assert told == COMMON | OWN[name] | {"POWERTOOLS_SERVICE_NAME": name.lower()}


def test_functions_run_on_arm_with_the_three_layers_and_the_sizes_of_the_context(chat: Assembly) -> None:
    functions = chat.properties("AWS::Lambda::Function")
    shapes = {
        name: (props["Handler"], props["MemorySize"], props["Timeout"], props["Runtime"], *props["Architectures"])
        for name, props in functions.items()
    }
    assert shapes == {
        "Connect": ("handler.handler", 512, 10, "python3.13", "arm64"),
        "Message": ("handler.handler", 512, 20, "python3.13", "arm64"),
        "Streamer": ("streamer.handler", 1024, 60, "python3.13", "arm64"),
        "Sweeper": ("sweeper.handler", 512, 60, "python3.13", "arm64"),
    }
    layers = {tuple(sorted(map(text, props["Layers"]))) for props in functions.values()}
    assert layers == {("{LayersChat}", "{LayersDependencies}", "{LayersServerlessSocketio}")}


def test_no_concurrency_is_reserved_unless_asked_for(chat: Assembly) -> None:
    reserved = [
        props for props in chat.properties("AWS::Lambda::Function").values() if "ReservedConcurrentExecutions" in props
    ]
    assert reserved == []  # a new account has ten, and can reserve none


def test_an_open_packet_is_not_tried_again_when_it_is_too_late(chat: Assembly) -> None:
    (invoke,) = chat.properties("AWS::Lambda::EventInvokeConfig").values()
    assert text(invoke["FunctionName"]) == "{Message}"
    assert (invoke["MaximumRetryAttempts"], invoke["MaximumEventAgeInSeconds"]) == (0, 60)


def test_every_log_forgets(chat: Assembly) -> None:
    groups = chat.of_type("AWS::Logs::LogGroup")
    assert len(groups) == 6  # four functions, the API, the workflow
    assert {group["Properties"].get("RetentionInDays") for group in groups.values()} == {30}
    used = {text(props["LoggingConfig"]["LogGroup"]) for props in chat.properties("AWS::Lambda::Function").values()}
    assert used == {"{ConnectLog}", "{MessageLog}", "{StreamerLog}", "{SweeperLog}"}


@pytest.mark.parametrize(
    ("name", "index", "keys", "projection"),
    [
        (
            "TablesConnections",
            "due",
            ["bucket", "opened"],
            {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["form", "sockets"]},
        ),
        ("TablesConversations", "live", ["live", "created"], {"ProjectionType": "KEYS_ONLY"}),
    ],
)
def test_tables_are_on_demand_and_forget_what_expired(
    chat: Assembly, name: str, index: str, keys: list[str], projection: dict[str, Any]
) -> None:
    table = chat.properties("AWS::DynamoDB::GlobalTable")[name]
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
    assert [key["AttributeName"] for key in table["KeySchema"]] == ["pk", "sk"]
    (secondary,) = table["GlobalSecondaryIndexes"]
    assert (secondary["IndexName"], [key["AttributeName"] for key in secondary["KeySchema"]]) == (index, keys)
    assert secondary["Projection"] == projection


def test_conversations_can_be_brought_back_and_outlive_the_stack(chat: Assembly) -> None:
    tables = chat.of_type("AWS::DynamoDB::GlobalTable")
    (replica,) = tables["TablesConversations"]["Properties"]["Replicas"]
    assert replica["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]
    assert replica["DeletionProtectionEnabled"]
    assert tables["TablesConversations"]["DeletionPolicy"] == "Retain"
    assert tables["TablesConnections"]["DeletionPolicy"] == "Delete"


def test_the_stage_throttles_and_logs_neither_tokens_nor_messages(chat: Assembly) -> None:
    (stage,) = chat.properties("AWS::ApiGatewayV2::Stage").values()
    settings = [stage["DefaultRouteSettings"], stage["RouteSettings"]["$connect"]]
    assert [(item["ThrottlingRateLimit"], item["ThrottlingBurstLimit"]) for item in settings] == [
        (1000, 2000),
        (300, 500),
    ]
    assert all((item["DataTraceEnabled"], item["LoggingLevel"]) == (False, "OFF") for item in settings)
    logged = set(json.loads(stage["AccessLogSettings"]["Format"]).values())
    assert not [item for item in logged if re.search(r"query|header|authorizer|identity|path", item, re.IGNORECASE)]


def test_the_stage_comes_after_its_routes_and_the_right_to_log(chat: Assembly) -> None:
    (stage,) = chat.of_type("AWS::ApiGatewayV2::Stage").values()
    assert {"ApiConnect", "ApiDisconnect", "ApiMessages", "ApiAccount"} <= {
        text({"Ref": item})[1:-1] for item in stage["DependsOn"]
    }


def test_the_default_route_answers_only_by_posts_unless_the_context_says_so(chat: Assembly) -> None:
    assert chat.of_type("AWS::ApiGatewayV2::RouteResponse") == {}
    assert chat.properties("AWS::ApiGatewayV2::Api")["Api"]["RouteSelectionExpression"] == "$request.body.action"


def test_ticks_come_every_minute_and_die_into_a_queue(chat: Assembly) -> None:
    (schedule,) = chat.properties("AWS::Scheduler::Schedule").values()
    assert (schedule["ScheduleExpression"], json.loads(schedule["Target"]["Input"])) == (
        "rate(1 minute)",
        {"schedule": "ticks"},
    )
    assert text(schedule["Target"]["Arn"]) == "{Sweeper.Arn}"
    ticks = chat.properties("AWS::SQS::Queue")["SweepingTicks"]
    assert text(ticks["RedrivePolicy"]["deadLetterTargetArn"]) == "{SweepingDead.Arn}"
    assert ticks["VisibilityTimeout"] >= 6 * 60  # AWS advice: six times the function's time-out
    assert ticks["MessageRetentionPeriod"] > ticks["RedrivePolicy"]["maxReceiveCount"] * ticks["VisibilityTimeout"]
    (mapping,) = chat.properties("AWS::Lambda::EventSourceMapping").values()
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_the_outputs_hold_what_a_client_and_an_operator_need(chat: Assembly) -> None:
    outputs = {key: text(output["Value"]) for key, output in chat.template["Outputs"].items()}
    assert outputs["WebSocketUrl"] == "wss://{Api}.execute-api.{AWS::Region}.{AWS::URLSuffix}/live"
    assert outputs["StateMachineAnswers"] == MACHINE
    assert outputs.keys() == {
        *("WebSocketUrl", "CallbackUrl", "Region", "TableConnections", "TableConversations"),
        *("FunctionConnect", "FunctionMessage", "FunctionStreamer", "FunctionSweeper"),
        *("QueueTicks", "QueueTicksDead", "StateMachineAnswers"),
    }


def test_nothing_in_the_template_looks_like_a_secret(chat: Assembly) -> None:
    looks = re.compile(r"AKIA[0-9A-Z]{16}|-----BEGIN|vapid|password|api_?key|secret|token", re.IGNORECASE)
    assert [
        item for item in strings(chat.template["Resources"]) if looks.search(item) and "key" not in item.split()
    ] == []


def test_the_local_engine_is_asked_for_nothing_by_default(chat: Assembly) -> None:
    assert "ms-custom-id" not in set(strings(chat.template))
