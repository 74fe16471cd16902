"""What `cdk deploy` would make."""

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from serverless_socketio_chat import events
from tests.infra.assembly import Assembly, strings, text
from tests.infra.synthesise import VAPID
from tools.cost import model

COMMON = {
    "ALLOWED_ORIGINS": "",
    "ANSWER_IN_RESPONSE": "false",
    "AWS_CLIENT": "lean",
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
    "POLLING": "true",
    "STACK_NAME": "Chat",
    "URL_SUFFIX": "{AWS::URLSuffix}",
}
MACHINE = "arn:{AWS::Partition}:states:{AWS::Region}:{AWS::AccountId}:stateMachine:Chat-answers"
OPENS = {"OPENINGS_QUEUE_URL": "{OpeningOpenings}"}
REMINDS = {"REMINDERS_QUEUE_URL": "{RemindingReminders}"}
HANDS_ON = {"BATCHES_QUEUE_URL": "{EmittingBatches}", "PUSH_QUEUE_URL": "{PushingPush}", **REMINDS}
KEY = {"VAPID_PUBLIC_KEY": VAPID["VAPID_PUBLIC_KEY"], "PUSH_HOSTS": ""}
ISSUER = {"AUTH_ISSUER": ""}
TOKENS = {**ISSUER, "AUTH_AUDIENCE": "", "AUTH_JWKS_URL": "", "AUTH_USER_CLAIM": "sub", "AUTH_PLAN_CLAIM": ""}
DELIVERS = {"DELIVERIES_QUEUE_URL": "{PushingDeliveries}", "PUSH_DEAD_QUEUE_URL": "{PushingDead}"}
OWN: dict[str, dict[str, str]] = {
    "Connect": {"OPENER_FUNCTION": "{Message}", **REMINDS, **TOKENS},
    "Message": {"STATE_MACHINE_ARN": MACHINE, **OPENS, **HANDS_ON, **KEY, **TOKENS},
    "Polling": {"POLLING_HELD_MAX": "5", **TOKENS},
    "Presence": HANDS_ON,
    "Streamer": {
        "MODEL_FIRST_MS": "30000",
        "MODEL_IDLE_MS": "20000",
        "MODEL_ALIVE_MS": "120000",
        "AGENT_FUNCTIONS": "",
        **HANDS_ON,
    },
    "Sweeper": {"STATE_MACHINE_ARN": MACHINE, "TICKS_QUEUE_URL": "{SweepingTicks}", **OPENS, **HANDS_ON, **ISSUER},
    "Emitter": {"EMITTING_DEAD_QUEUE_URL": "{EmittingDead}", **HANDS_ON},
    "Push": {**HANDS_ON, **KEY, **DELIVERS},
    "Sender": {
        **KEY,
        **DELIVERS,
        "VAPID_SUBJECT": VAPID["VAPID_SUBJECT"],
        "VAPID_PARAMETER": "/serverless-socketio-push/Chat/vapid-private-key",
    },
}


ABOUT_SECRETS = {  # the permission to read those of models by their names, and the names of what belongs to VAPID
    *("VAPID_PARAMETER", "VAPID_PUBLIC_KEY", "VAPID_SUBJECT", "/serverless-socketio-push/Chat/vapid-private-key"),
    ":parameter/serverless-socketio-push/Chat/vapid-private-key",
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
        "Polling": ("handler.handler", 256, 25, "python3.13", "arm64"),
        "Presence": ("handler.handler", 512, 10, "python3.13", "arm64"),
        "Streamer": ("handler.handler", 512, 270, "python3.13", "arm64"),
        "Sweeper": ("handler.handler", 512, 60, "python3.13", "arm64"),
        "Emitter": ("handler.handler", 512, 60, "python3.13", "arm64"),
        "Push": ("handler.handler", 512, 30, "python3.13", "arm64"),
        "Sender": ("handler.handler", 512, 15, "python3.13", "arm64"),
    }
    shared = {"{LayersChat}", "{LayersDependencies}", "{LayersServerlessSocketio}"}
    assert {name: {*map(text, props["Layers"])} - shared for name, props in functions.items()} == {
        name: {"{LayersSender}"} if name == "Sender" else set() for name in functions
    }
    assert all({*map(text, props["Layers"])} >= shared for props in functions.values())


def test_the_model_of_costs_knows_every_queue_that_is_polled_and_which_have_a_bound(chat: Assembly) -> None:
    mappings = chat.properties("AWS::Lambda::EventSourceMapping")
    bounds = {
        name.removesuffix("Mapping"): "ScalingConfig" in mapping
        for name, mapping in mappings.items()
        if "Stream" not in text(mapping["EventSourceArn"])
    }
    readers = ("Sweeper", "Presence", "Emitter", "Push", "Sender")
    found = {name: next(name.removeprefix(each) for each in readers if name.startswith(each)) for name in bounds}
    assert {found[name].lower(): bound for name, bound in bounds.items()} == model.QUEUES


def test_the_model_of_costs_knows_how_long_a_line_of_the_access_log_is(chat: Assembly) -> None:
    stage = chat.properties("AWS::ApiGatewayV2::Stage")["ApiStage"]
    line = {
        "requestId": "JKJaXmPLvHcESHA=",  # as long as AWS's, by its documentation's examples
        "connectionId": "JKJaXmPLvHcESHA=",
        "routeKey": "$disconnect",
        "eventType": "DISCONNECT",
        "status": "200",
        "requestTimeEpoch": "1700000000000",
        "integrationLatencyMs": "1000",
        "error": "-",
    }
    assert json.loads(stage["AccessLogSettings"]["Format"]).keys() == line.keys()
    assert model.ACCESS_LOG_BYTES - 100 < len(json.dumps(line)) <= model.ACCESS_LOG_BYTES


def test_the_model_of_costs_knows_how_long_a_line_of_an_http_request_is(chat: Assembly) -> None:
    (stage,) = [each for name, each in chat.properties("AWS::ApiGatewayV2::Stage").items() if "Polling" in name]
    line = {
        "requestId": "JKJaXmPLvHcESHA=",
        "routeKey": "POST /{proxy+}",
        "status": "200",
        "requestTimeEpoch": "1700000000000",
        "integrationLatencyMs": "20000",
        "error": "-",
    }
    assert json.loads(stage["AccessLogSettings"]["Format"]).keys() == line.keys()
    assert model.HTTP_LOG_BYTES - 100 < len(json.dumps(line)) <= model.HTTP_LOG_BYTES


def test_a_share_of_its_own_bounds_what_queues_feed_a_function(bare: Assembly) -> None:
    mappings = bare.properties("AWS::Lambda::EventSourceMapping")
    for name in ("SweeperTicksMapping", "SweeperOpeningsMapping"):
        assert mappings[name]["ScalingConfig"] == {"MaximumConcurrency": 40}
    assert "ScalingConfig" not in mappings["PresenceRemindersMapping"]


def test_no_concurrency_is_reserved_unless_asked_for(chat: Assembly) -> None:
    reserved = [
        props for props in chat.properties("AWS::Lambda::Function").values() if "ReservedConcurrentExecutions" in props
    ]
    assert reserved == []  # a new account has ten, and can reserve none


def work_queue(chat: Assembly, name: str, *, dead: str, timeout_s: int) -> Mapping[str, Any]:
    """The properties of a queue, whose messages are hidden long enough and die into `dead`."""
    queue: Mapping[str, Any] = chat.properties("AWS::SQS::Queue")[name]
    assert text(queue["RedrivePolicy"]["deadLetterTargetArn"]) == f"{{{dead}.Arn}}"
    assert queue["VisibilityTimeout"] >= 6 * timeout_s  # AWS advice: six times the function's time-out
    return queue


def test_an_open_packet_is_not_tried_again_when_it_is_too_late(chat: Assembly) -> None:
    invokes = chat.properties("AWS::Lambda::EventInvokeConfig").values()
    (invoke,) = [each for each in invokes if text(each["FunctionName"]) == "{Message}"]
    assert (invoke["MaximumRetryAttempts"], invoke["MaximumEventAgeInSeconds"]) == (0, 60)
    assert text(invoke["DestinationConfig"]["OnFailure"]["Destination"]) == "{OpeningDead.Arn}"  # a lost one is seen


def test_late_open_packets_have_a_queue_of_their_own_which_the_sweeper_reads(chat: Assembly) -> None:
    work_queue(chat, "OpeningOpenings", dead="OpeningDead", timeout_s=60)
    mapping = chat.properties("AWS::Lambda::EventSourceMapping")["SweeperOpeningsMapping"]
    assert text(mapping["FunctionName"]) == "{Sweeper}"
    assert (mapping["BatchSize"], mapping["FunctionResponseTypes"]) == (1, ["ReportBatchItemFailures"])
    assert "MaximumBatchingWindowInSeconds" not in mapping  # a client waits for it


def test_what_a_queue_feeds_has_a_bound_to_its_calls_unless_connections_bound_its_length(chat: Assembly) -> None:
    mappings = chat.properties("AWS::Lambda::EventSourceMapping").values()
    bounds = {
        text(mapping["EventSourceArn"]): mapping.get("ScalingConfig", {}).get("MaximumConcurrency")
        for mapping in mappings
        if "Stream" not in text(mapping["EventSourceArn"])
    }
    assert bounds == {
        "{SweepingTicks.Arn}": None,
        "{OpeningOpenings.Arn}": None,
        "{RemindingReminders.Arn}": None,
        "{EmittingBatches.Arn}": 10,
        "{PushingPush.Arn}": 10,
        "{PushingDeliveries.Arn}": 10,
    }


def test_every_log_forgets(chat: Assembly) -> None:
    groups = chat.of_type("AWS::Logs::LogGroup")
    assert len(groups) == 12  # nine functions, the APIs, the workflow
    assert {group["Properties"].get("RetentionInDays") for group in groups.values()} == {30}
    used = {text(props["LoggingConfig"]["LogGroup"]) for props in chat.properties("AWS::Lambda::Function").values()}
    assert used == {f"{{{name}Log}}" for name in OWN}


@pytest.mark.parametrize(
    ("name", "indexes"),
    [
        (
            "TablesConnections",
            {
                "due": (["bucket", "opened"], {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["form", "sockets"]}),
                "slots": (["slot", "ends"], {"ProjectionType": "KEYS_ONLY"}),
            },
        ),
        (
            "TablesConversations",
            {
                "live": (["live", "created"], {"ProjectionType": "KEYS_ONLY"}),
                "plan_expiry": (["expires_on", "sk"], {"ProjectionType": "KEYS_ONLY"}),
            },
        ),
    ],
)
def test_tables_are_on_demand_and_forget_what_expired(
    chat: Assembly, name: str, indexes: dict[str, tuple[list[str], dict[str, Any]]]
) -> None:
    table = chat.properties("AWS::DynamoDB::GlobalTable")[name]
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
    assert [key["AttributeName"] for key in table["KeySchema"]] == ["pk", "sk"]
    assert {
        index["IndexName"]: ([key["AttributeName"] for key in index["KeySchema"]], index["Projection"])
        for index in table["GlobalSecondaryIndexes"]
    } == indexes


def test_conversations_can_be_brought_back_and_outlive_the_stack(chat: Assembly) -> None:
    tables = chat.of_type("AWS::DynamoDB::GlobalTable")
    (replica,) = tables["TablesConversations"]["Properties"]["Replicas"]
    assert replica["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]
    assert replica["DeletionProtectionEnabled"]
    assert tables["TablesConversations"]["DeletionPolicy"] == "Retain"
    assert tables["TablesConnections"]["DeletionPolicy"] == "Delete"


def test_the_stage_throttles_and_logs_neither_tokens_nor_messages(chat: Assembly) -> None:
    stage = chat.properties("AWS::ApiGatewayV2::Stage")["ApiStage"]
    settings = [stage["DefaultRouteSettings"], stage["RouteSettings"]["$connect"]]
    assert [(item["ThrottlingRateLimit"], item["ThrottlingBurstLimit"]) for item in settings] == [
        (1000, 2000),
        (300, 500),
    ]
    assert all((item["DataTraceEnabled"], item["LoggingLevel"]) == (False, "OFF") for item in settings)
    logged = set(json.loads(stage["AccessLogSettings"]["Format"]).values())
    assert not [item for item in logged if re.search(r"query|header|authorizer|identity|path", item, re.IGNORECASE)]


def test_polling_has_an_api_of_its_own_whose_posts_are_frames(chat: Assembly) -> None:
    api = chat.properties("AWS::ApiGatewayV2::Api")["PollingApi"]
    assert (api["Name"], api["ProtocolType"]) == ("Chat-Polling", "HTTP")
    assert "CorsConfiguration" not in api  # the functions' own: any origin, no credentials
    integrations = chat.properties("AWS::ApiGatewayV2::Integration")
    called = {
        route["RouteKey"]: integrations[re.findall(r"\{(\w+)\}", text(route["Target"]))[0]]
        for route in chat.properties("AWS::ApiGatewayV2::Route").values()
        if text(route["ApiId"]) == "{PollingApi}"
    }
    assert {key: text(each["IntegrationUri"]) for key, each in called.items()} == {
        "POST /{proxy+}": "{Message.Arn}",
        "$default": "{Polling.Arn}",
    }
    assert {each["PayloadFormatVersion"] for each in called.values()} == {"2.0"}
    stage = chat.properties("AWS::ApiGatewayV2::Stage")["PollingApiStage"]
    limits = stage["DefaultRouteSettings"]
    assert (stage["StageName"], stage["AutoDeploy"]) == ("$default", True)
    assert (limits["ThrottlingRateLimit"], limits["ThrottlingBurstLimit"]) == (1000, 2000)
    logged = set(json.loads(stage["AccessLogSettings"]["Format"]).values())
    assert not [item for item in logged if re.search(r"query|header|authorizer|identity|path", item, re.IGNORECASE)]


def test_without_long_polling_nothing_of_it_is_deployed(named: Assembly) -> None:
    assert [api["ProtocolType"] for api in named.properties("AWS::ApiGatewayV2::Api").values()] == ["WEBSOCKET"]
    assert [name for name in named.template["Resources"] if name.startswith("Polling")] == []
    assert [name for name in named.template["Outputs"] if "Polling" in name] == []
    functions = named.properties("AWS::Lambda::Function").values()
    told = [each["Environment"]["Variables"].get("POLLING") for each in functions if "Environment" in each]
    assert set(told) - {None} == {"false"}


def test_polling_may_touch_its_sessions_and_nothing_else(chat: Assembly) -> None:
    (statement,) = [
        each
        for policy in chat.properties("AWS::IAM::Policy").values()
        if text(policy["Roles"][0]) == "{PollingRole}"
        for each in policy["PolicyDocument"]["Statement"]
        if "dynamodb:GetItem" in each["Action"]
    ]
    assert statement["Condition"] == {
        "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["CONN#poll:*"]},
        "Null": {"dynamodb:LeadingKeys": "false"},
    }


def test_the_stage_comes_after_its_routes_and_the_right_to_log(chat: Assembly) -> None:
    stage = chat.of_type("AWS::ApiGatewayV2::Stage")["ApiStage"]
    assert {"ApiConnect", "ApiDisconnect", "ApiMessages", "ApiAccount"} <= {
        text({"Ref": item})[1:-1] for item in stage["DependsOn"]
    }


def test_the_default_route_answers_only_by_posts_unless_the_context_says_so(chat: Assembly) -> None:
    assert chat.of_type("AWS::ApiGatewayV2::RouteResponse") == {}
    assert chat.properties("AWS::ApiGatewayV2::Api")["Api"]["RouteSelectionExpression"] == "$request.body.action"


def test_ticks_come_every_minute_and_die_into_a_queue(chat: Assembly) -> None:
    schedule = chat.properties("AWS::Scheduler::Schedule")["SweepingEveryMinute"]
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


@pytest.mark.parametrize(
    ("function", "detail_type", "again", "dead"),
    [
        ("Emitter", "Emit", "EmittingBatches", "EmittingDead"),
        ("Push", "PushNotification", "PushingPush", "PushingDead"),
    ],
)
def test_events_of_the_bus_are_tried_three_times_and_come_again_by_a_queue(
    chat: Assembly, function: str, detail_type: str, again: str, dead: str
) -> None:
    (bus,) = chat.properties("AWS::Events::EventBus").values()
    assert bus["Name"] == "Chat-bus"
    rules = {rule["EventPattern"]["detail-type"][0]: rule for rule in chat.properties("AWS::Events::Rule").values()}
    assert rules.keys() == {"Emit", "PushNotification"}
    rule = rules[detail_type]
    assert (text(rule["EventBusName"]), rule["EventPattern"]) == ("{EmittingBus}", {"detail-type": [detail_type]})
    (target,) = rule["Targets"]
    assert text(target["Arn"]) == f"{{{function}.Arn}}"
    assert text(target["DeadLetterConfig"]["Arn"]) == f"{{{dead}.Arn}}"
    invokes = chat.properties("AWS::Lambda::EventInvokeConfig").values()
    (invoke,) = [each for each in invokes if text(each["FunctionName"]) == f"{{{function}}}"]
    assert invoke["MaximumRetryAttempts"] == 2
    assert text(invoke["DestinationConfig"]["OnFailure"]["Destination"]) == f"{{{again}.Arn}}"
    queue = chat.properties("AWS::SQS::Queue")[again]
    assert text(queue["RedrivePolicy"]["deadLetterTargetArn"]) == f"{{{dead}.Arn}}"
    mappings = chat.properties("AWS::Lambda::EventSourceMapping").values()
    called = [text(each["FunctionName"]) for each in mappings if text(each["EventSourceArn"]) == f"{{{again}.Arn}}"]
    assert called == [f"{{{function}}}"]


def test_a_batch_and_an_event_whose_function_breaks_are_tried_for_an_hour(chat: Assembly) -> None:
    queue = chat.properties("AWS::SQS::Queue")["EmittingBatches"]
    assert queue["RedrivePolicy"]["maxReceiveCount"] * queue["VisibilityTimeout"] == 3600


@pytest.mark.parametrize(("name", "function", "timeout_s"), [("Push", "Push", 30), ("Deliveries", "Sender", 15)])
def test_pushes_come_in_batches_to_a_few_at_a_time_and_die_into_one_queue(
    chat: Assembly, name: str, function: str, timeout_s: int
) -> None:
    queue = chat.properties("AWS::SQS::Queue")[f"Pushing{name}"]
    assert queue["VisibilityTimeout"] == 6 * timeout_s  # AWS advice
    assert text(queue["RedrivePolicy"]["deadLetterTargetArn"]) == "{PushingDead.Arn}"
    assert queue["MessageRetentionPeriod"] == 4 * 86_400  # long lines and long delays are no reason to vanish
    mapping = chat.properties("AWS::Lambda::EventSourceMapping")[f"{function}{name}Mapping"]
    assert (mapping["BatchSize"], mapping["ScalingConfig"]) == (10, {"MaximumConcurrency": 10})
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert "MaximumBatchingWindowInSeconds" not in mapping  # nobody waits for company


def test_plans_about_to_expire_are_looked_for_once_a_day(chat: Assembly) -> None:
    schedule = chat.properties("AWS::Scheduler::Schedule")["PushingEveryDay"]
    assert (schedule["ScheduleExpression"], json.loads(schedule["Target"]["Input"])) == (
        "cron(0 9 * * ? *)",
        {"schedule": "expiring"},
    )
    assert text(schedule["Target"]["Arn"]) == "{Push.Arn}"


def test_batches_are_worked_off_by_a_few_at_a_time_and_die_into_a_queue(chat: Assembly) -> None:
    batches = work_queue(chat, "EmittingBatches", dead="EmittingDead", timeout_s=60)
    assert (
        batches["MessageRetentionPeriod"] > batches["RedrivePolicy"]["maxReceiveCount"] * batches["VisibilityTimeout"]
    )
    mapping = chat.properties("AWS::Lambda::EventSourceMapping")["EmitterBatchesMapping"]
    assert (mapping["BatchSize"], mapping["ScalingConfig"]) == (1, {"MaximumConcurrency": 10})
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_reminders_come_to_presence_one_by_one_if_need_be_and_die_into_a_queue(chat: Assembly) -> None:
    work_queue(chat, "RemindingReminders", dead="RemindingDead", timeout_s=10)
    mapping = chat.properties("AWS::Lambda::EventSourceMapping")["PresenceRemindersMapping"]
    assert text(mapping["FunctionName"]) == "{Presence}"
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert "MaximumBatchingWindowInSeconds" not in mapping  # a grace is no longer than it says


@pytest.mark.parametrize(("kind", "function"), [("presence:", "Presence"), ("push:", "Push")])
def test_native_presence_and_push_go_to_functions_of_their_own(chat: Assembly, kind: str, function: str) -> None:
    routes = chat.properties("AWS::ApiGatewayV2::Route").values()
    keys = {route["RouteKey"] for route in routes if route["RouteKey"].startswith(kind)}
    assert keys == {name for name in events.MODULES if name.startswith(kind)}
    called = [
        text(integration["IntegrationUri"])
        for integration in chat.properties("AWS::ApiGatewayV2::Integration").values()
    ]
    assert len([uri for uri in called if f"{{{function}.Arn}}" in uri]) == len(keys)


def test_native_presence_and_push_can_go_to_the_function_of_frames(bare: Assembly) -> None:
    routes = {route["RouteKey"] for route in bare.properties("AWS::ApiGatewayV2::Route").values()}
    assert routes == {"$connect", "$disconnect", "$default", "POST /{proxy+}"}  # that is long-polling's


def test_no_work_vanishes_without_a_dead_letter(chat: Assembly) -> None:
    queues = chat.properties("AWS::SQS::Queue")
    kept = {name: queue["MessageRetentionPeriod"] for name, queue in queues.items() if "RedrivePolicy" in queue}
    assert len(kept) == 6
    assert set(kept.values()) == {4 * 86_400}


def test_ticks_that_fail_in_a_batch_come_again(chat: Assembly) -> None:
    mappings = chat.properties("AWS::Lambda::EventSourceMapping").values()
    (mapping,) = [each for each in mappings if text(each["EventSourceArn"]) == "{SweepingTicks.Arn}"]
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_a_deleted_key_is_told_to_the_sweeper_one_at_a_time_and_dies_into_the_same_queue(chat: Assembly) -> None:
    mappings = chat.properties("AWS::Lambda::EventSourceMapping").values()
    stream = "{TablesConversations.StreamArn}"
    (mapping,) = [each for each in mappings if text(each["EventSourceArn"]) == stream]
    assert (text(mapping["FunctionName"]), mapping["BatchSize"]) == ("{Sweeper}", 1)
    (pattern,) = [json.loads(each["Pattern"]) for each in mapping["FilterCriteria"]["Filters"]]
    assert pattern == {"dynamodb": {"Keys": {"sk": {"S": ["KEY", "SIGNED_OUT"]}}}}
    assert text(mapping["DestinationConfig"]["OnFailure"]["Destination"]) == "{SweepingDead.Arn}"
    assert mapping["StartingPosition"] == "TRIM_HORIZON"
    assert mapping["MaximumRetryAttempts"] == 1  # a record that fails keeps the others waiting for that long
    assert "MaximumRecordAgeInSeconds" not in mapping  # nobody is kept connected because the sweeper was away
    table = chat.properties("AWS::DynamoDB::GlobalTable")["TablesConversations"]
    assert table["StreamSpecification"]["StreamViewType"] == "OLD_IMAGE"  # it says whose key it was


def test_the_outputs_hold_what_a_client_and_an_operator_need(chat: Assembly) -> None:
    outputs = {key: text(output["Value"]) for key, output in chat.template["Outputs"].items()}
    assert outputs["WebSocketUrl"] == "wss://{Api}.execute-api.{AWS::Region}.{AWS::URLSuffix}/live"
    assert outputs["StateMachineAnswers"] == MACHINE
    for_the_page = {key for key in outputs if key.startswith("PublishOutputRef")}
    assert {outputs[key] for key in for_the_page} == {"{Api}", "{PollingApi}"}
    assert outputs.keys() - for_the_page == {
        *("WebSocketUrl", "CallbackUrl", "Region", "TableConnections", "TableConversations"),
        *(
            "FunctionConnect",
            "FunctionMessage",
            "FunctionPolling",
            "FunctionPresence",
            "FunctionStreamer",
            "FunctionSweeper",
        ),
        *(
            "QueueOpenings",
            "QueueOpeningsDead",
            "FunctionEmitter",
            "QueueReminders",
            "QueueRemindersDead",
            "QueueTicks",
            "QueueTicksDead",
        ),
        *("QueueBatches", "QueueEmittingDead", "BusChat", "StateMachineAnswers"),
        *("FunctionPush", "FunctionSender", "QueuePush", "QueueDeliveries", "QueuePushDead"),
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
