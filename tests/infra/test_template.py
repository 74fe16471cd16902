"""What `cdk deploy` would make."""

import json
import re
from typing import Any

import pytest

from chat import events
from tests.infra.assembly import Assembly, strings, text

COMMON = {
    "ALLOWED_ORIGINS": "",
    "ANSWER_IN_RESPONSE": "false",
    "CALLBACK_URL": "https://{Api}.execute-api.{AWS::Region}.{AWS::URLSuffix}/live",
    "CHUNK_DELAY_MS": "50",
    "CHUNK_SIZE": "3",
    "CONNECTIONS_TABLE": "{TablesConnections}",
    "CONNECTION_LIFETIME_MS": "6900000",
    "CONVERSATIONS_TABLE": "{TablesConversations}",
    "ENABLE_WEBSOCKETS": "true",
    "LARGE_ROOM": "200",
    "LOG_LEVEL": "INFO",
    "MAX_FRAME_BYTES": "120000",
    "RECOVERY_WINDOW_MS": "120000",
    "RECOVERY_LOG_MAX": "500",
    "PING_INTERVAL_MS": "120000",
    "PING_TIMEOUT_MS": "50000",
    "REMINDERS_QUEUE_URL": "{RemindingReminders}",
}
MACHINE = "arn:{AWS::Partition}:states:{AWS::Region}:{AWS::AccountId}:stateMachine:Chat-answers"
HANDS_ON = {"BATCHES_QUEUE_URL": "{EmittingBatches}"}
OWN: dict[str, dict[str, str]] = {
    "Connect": {"OPENER_FUNCTION": "{Message}"},
    "Message": {"STATE_MACHINE_ARN": MACHINE, **HANDS_ON},
    "Presence": HANDS_ON,
    "Streamer": {"MODEL_FIRST_MS": "30000", "MODEL_IDLE_MS": "20000", **HANDS_ON},
    "Sweeper": {"STATE_MACHINE_ARN": MACHINE, "TICKS_QUEUE_URL": "{SweepingTicks}", **HANDS_ON},
    "Emitter": {"EMITTING_DEAD_QUEUE_URL": "{EmittingDead}", **HANDS_ON},
}


ABOUT_SECRETS = {  # the permission to read those of models by their names
    "secretsmanager:GetSecretValue",
    *(":secretsmanager:", ":secret:serverless-socketio/*"),
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
        "Presence": ("handler.handler", 512, 10, "python3.13", "arm64"),
        "Streamer": ("streamer.handler", 1024, 270, "python3.13", "arm64"),
        "Sweeper": ("sweeper.handler", 512, 60, "python3.13", "arm64"),
        "Emitter": ("emitter.handler", 512, 60, "python3.13", "arm64"),
    }
    layers = {tuple(sorted(map(text, props["Layers"]))) for props in functions.values()}
    assert layers == {("{LayersChat}", "{LayersDependencies}", "{LayersServerlessSocketio}")}


def test_no_concurrency_is_reserved_unless_asked_for(chat: Assembly) -> None:
    reserved = [
        props for props in chat.properties("AWS::Lambda::Function").values() if "ReservedConcurrentExecutions" in props
    ]
    assert reserved == []  # a new account has ten, and can reserve none


def test_an_open_packet_is_not_tried_again_when_it_is_too_late(chat: Assembly) -> None:
    invokes = chat.properties("AWS::Lambda::EventInvokeConfig").values()
    (invoke,) = [each for each in invokes if text(each["FunctionName"]) == "{Message}"]
    assert (invoke["MaximumRetryAttempts"], invoke["MaximumEventAgeInSeconds"]) == (0, 60)


def test_every_log_forgets(chat: Assembly) -> None:
    groups = chat.of_type("AWS::Logs::LogGroup")
    assert len(groups) == 8  # six functions, the API, the workflow
    assert {group["Properties"].get("RetentionInDays") for group in groups.values()} == {30}
    used = {text(props["LoggingConfig"]["LogGroup"]) for props in chat.properties("AWS::Lambda::Function").values()}
    assert used == {f"{{{name}Log}}" for name in OWN}


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
    mapping = chat.properties("AWS::Lambda::EventSourceMapping")["SweeperTicksMapping"]
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_the_bus_has_one_rule_whose_events_are_tried_three_times_and_then_kept(chat: Assembly) -> None:
    (bus,) = chat.properties("AWS::Events::EventBus").values()
    assert bus["Name"] == "Chat-bus"
    (rule,) = chat.properties("AWS::Events::Rule").values()
    assert (text(rule["EventBusName"]), rule["EventPattern"]) == ("{EmittingBus}", {"detail-type": ["Emit"]})
    (target,) = rule["Targets"]
    assert text(target["Arn"]) == "{Emitter.Arn}"
    assert text(target["DeadLetterConfig"]["Arn"]) == "{EmittingDead.Arn}"
    invokes = chat.properties("AWS::Lambda::EventInvokeConfig").values()
    (invoke,) = [each for each in invokes if text(each["FunctionName"]) == "{Emitter}"]
    assert invoke["MaximumRetryAttempts"] == 2
    assert text(invoke["DestinationConfig"]["OnFailure"]["Destination"]) == "{EmittingDead.Arn}"


def test_batches_are_worked_off_by_a_few_at_a_time_and_die_into_a_queue(chat: Assembly) -> None:
    batches = chat.properties("AWS::SQS::Queue")["EmittingBatches"]
    assert text(batches["RedrivePolicy"]["deadLetterTargetArn"]) == "{EmittingDead.Arn}"
    assert batches["VisibilityTimeout"] >= 6 * 60  # AWS advice: six times the function's time-out
    assert (
        batches["MessageRetentionPeriod"] > batches["RedrivePolicy"]["maxReceiveCount"] * batches["VisibilityTimeout"]
    )
    mapping = chat.properties("AWS::Lambda::EventSourceMapping")["EmitterBatchesMapping"]
    assert (mapping["BatchSize"], mapping["ScalingConfig"]) == (1, {"MaximumConcurrency": 10})
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_reminders_come_to_presence_one_by_one_if_need_be_and_die_into_a_queue(chat: Assembly) -> None:
    reminders = chat.properties("AWS::SQS::Queue")["RemindingReminders"]
    assert text(reminders["RedrivePolicy"]["deadLetterTargetArn"]) == "{RemindingDead.Arn}"
    assert reminders["VisibilityTimeout"] >= 6 * 10  # AWS advice: six times the function's time-out
    mapping = chat.properties("AWS::Lambda::EventSourceMapping")["PresenceRemindersMapping"]
    assert text(mapping["FunctionName"]) == "{Presence}"
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert "MaximumBatchingWindowInSeconds" not in mapping  # a grace is no longer than it says


def test_native_presence_goes_to_the_function_presence(chat: Assembly) -> None:
    routes = chat.properties("AWS::ApiGatewayV2::Route").values()
    keys = {route["RouteKey"] for route in routes if not route["RouteKey"].startswith("$")}
    assert keys == {name for name in events.MODULES if name.startswith("presence:")}
    called = [
        text(integration["IntegrationUri"])
        for integration in chat.properties("AWS::ApiGatewayV2::Integration").values()
    ]
    assert len([uri for uri in called if "{Presence.Arn}" in uri]) == len(keys)
    mappings = chat.properties("AWS::Lambda::EventSourceMapping").values()
    (mapping,) = [each for each in mappings if text(each["EventSourceArn"]) == "{SweepingTicks.Arn}"]
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_a_deleted_key_is_told_to_the_sweeper_one_at_a_time_and_dies_into_the_same_queue(chat: Assembly) -> None:
    mappings = chat.properties("AWS::Lambda::EventSourceMapping").values()
    stream = "{TablesConversations.StreamArn}"
    (mapping,) = [each for each in mappings if text(each["EventSourceArn"]) == stream]
    assert (text(mapping["FunctionName"]), mapping["BatchSize"]) == ("{Sweeper}", 1)
    (pattern,) = [json.loads(each["Pattern"]) for each in mapping["FilterCriteria"]["Filters"]]
    assert pattern == {"dynamodb": {"Keys": {"sk": {"S": ["KEY"]}}}}
    assert text(mapping["DestinationConfig"]["OnFailure"]["Destination"]) == "{SweepingDead.Arn}"
    table = chat.properties("AWS::DynamoDB::GlobalTable")["TablesConversations"]
    assert table["StreamSpecification"]["StreamViewType"] == "OLD_IMAGE"  # it says whose key it was


def test_the_outputs_hold_what_a_client_and_an_operator_need(chat: Assembly) -> None:
    outputs = {key: text(output["Value"]) for key, output in chat.template["Outputs"].items()}
    assert outputs["WebSocketUrl"] == "wss://{Api}.execute-api.{AWS::Region}.{AWS::URLSuffix}/live"
    assert outputs["StateMachineAnswers"] == MACHINE
    assert outputs.keys() == {
        *("WebSocketUrl", "CallbackUrl", "Region", "TableConnections", "TableConversations"),
        *("FunctionConnect", "FunctionMessage", "FunctionPresence", "FunctionStreamer", "FunctionSweeper"),
        *("FunctionEmitter", "QueueReminders", "QueueRemindersDead", "QueueTicks", "QueueTicksDead"),
        *("QueueBatches", "QueueEmittingDead", "BusChat", "StateMachineAnswers"),
    }


def test_nothing_in_the_template_looks_like_a_secret(chat: Assembly) -> None:
    looks = re.compile(r"AKIA[0-9A-Z]{16}|-----BEGIN|vapid|password|api_?key|secret|token", re.IGNORECASE)
    assert [
        item
        for item in strings(chat.template["Resources"])
        if looks.search(item) and "key" not in item.split() and item not in ABOUT_SECRETS
    ] == []


def test_the_local_engine_is_asked_for_nothing_by_default(chat: Assembly) -> None:
    assert "ms-custom-id" not in set(strings(chat.template))
