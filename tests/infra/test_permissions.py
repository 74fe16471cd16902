"""Each role may do what is listed here, and nothing else. A new call in the code is a new line in this table."""

import re
from collections.abc import Mapping
from typing import Any

import pytest

from tests.infra.assembly import Assembly, strings, text
from tests.infra.conftest import BARE

CONNECTIONS = "{TablesConnections.Arn}"
CONVERSATIONS = "{TablesConversations.Arn}"
TICKS = "{SweepingTicks.Arn}"
OPENINGS = "{OpeningOpenings.Arn}"
REMINDERS = "{RemindingReminders.Arn}"
BATCHES = "{EmittingBatches.Arn}"
PUSH = "{PushingPush.Arn}"
DELIVERIES = "{PushingDeliveries.Arn}"
PUSH_DEAD = "{PushingDead.Arn}"
API = "arn:{AWS::Partition}:execute-api:{AWS::Region}:{AWS::AccountId}:{Api}/live"
MACHINE = "arn:{AWS::Partition}:states:{AWS::Region}:{AWS::AccountId}:stateMachine:Chat-answers"

HERE = "arn:{{AWS::Partition}}:{}:{{AWS::Region}}:{{AWS::AccountId}}"

LOG = {"logs:CreateLogStream", "logs:PutLogEvents"}
ITEMS = {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query"}
ENDS = {"dynamodb:DeleteItem", "dynamodb:BatchWriteItem"}  # of connections and memberships
POST = {"execute-api:ManageConnections"}
SEND = {"sqs:SendMessage"}
RECEIVE = {f"sqs:{verb}" for verb in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")}
MANY = {"dynamodb:BatchGetItem"}
POSTS = {f"{API}/{method}/@connections/*": POST for method in ("POST", "DELETE")}
DATA = {
    CONNECTIONS: ITEMS | ENDS,
    REMINDERS: SEND,  # of a connection that is found to be gone
    BATCHES: SEND,  # of a room that is large
    PUSH: SEND,  # of what a user is to know
    **POSTS,
}
LOG_DELIVERY = {
    *(f"logs:{verb}LogDelivery" for verb in ("Create", "Delete", "Get", "Update")),
    *("logs:ListLogDeliveries", "logs:DescribeLogGroups", "logs:DescribeResourcePolicies", "logs:PutResourcePolicy"),
}

MAY = {
    "Connect": {
        "{ConnectLog.Arn}": LOG,
        CONNECTIONS: ITEMS | ENDS,
        REMINDERS: SEND,
        **POSTS,
        "{Message.Arn}": {"lambda:InvokeFunction"},
    },
    "Message": {
        "{MessageLog.Arn}": LOG,
        **DATA,
        MACHINE: {"states:StartExecution"},
        OPENINGS: SEND,
        "{OpeningDead.Arn}": SEND,
    },
    "Polling": {"{PollingLog.Arn}": LOG, CONNECTIONS: ITEMS - {"dynamodb:Query"}},
    "Presence": {
        "{PresenceLog.Arn}": LOG,
        **DATA,
        REMINDERS: SEND | RECEIVE,
    },
    "Streamer": {
        "{StreamerLog.Arn}": LOG,
        **DATA,
        f"{HERE.format('ssm')}:parameter/serverless-socketio/*": {"ssm:GetParameter"},
        f"{HERE.format('secretsmanager')}:secret:serverless-socketio/*": {"secretsmanager:GetSecretValue"},
    },
    "Emitter": {
        "{EmitterLog.Arn}": LOG,
        **DATA,
        f"{CONNECTIONS}/index/due": {"dynamodb:Query"},
        BATCHES: SEND | RECEIVE,
        "{EmittingDead.Arn}": SEND,
    },
    "Push": {
        "{PushLog.Arn}": LOG,
        **DATA,
        f"{CONVERSATIONS}/index/plan_expiry": {"dynamodb:Query"},
        PUSH: SEND | RECEIVE,
        DELIVERIES: SEND,
        PUSH_DEAD: SEND,
    },
    "Sender": {
        "{SenderLog.Arn}": LOG,
        f"{HERE.format('ssm')}:parameter/serverless-socketio-push/Chat/vapid-private-key": {"ssm:GetParameter"},
        DELIVERIES: SEND | RECEIVE,
        PUSH_DEAD: SEND,
    },
    "Sweeper": {
        "{SweeperLog.Arn}": LOG,
        **DATA,
        CONNECTIONS: ITEMS | ENDS | MANY,
        f"{CONNECTIONS}/index/due": {"dynamodb:Query"},
        f"{CONNECTIONS}/index/slots": {"dynamodb:Query"},
        f"{CONVERSATIONS}/index/live": {"dynamodb:Query"},
        MACHINE: {"states:StartExecution"},
        "{TablesConversations.StreamArn}": {
            f"dynamodb:{verb}" for verb in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
        },
        "{SweepingDead.Arn}": SEND,
        TICKS: SEND | RECEIVE,
        OPENINGS: SEND | RECEIVE,
    },
    "Answers": {
        "{Streamer.Arn}": {"lambda:InvokeFunction"},
        MACHINE: {"states:StartExecution"},
        "*": LOG_DELIVERY,  # AWS names no resource for log delivery
    },
    "PushingSchedule": {"{Push.Arn}": {"lambda:InvokeFunction"}},
    "SweepingSchedule": {"{Sweeper.Arn}": {"lambda:InvokeFunction"}},
}


ITEMS_OF = {  # the conversations table, action by action: which leading keys. API keys and agents are written by nobody
    "Connect": {
        "GetItem": {"KEY#*", "PLANS"},
        "PutItem": {"USER#*"},
    },
    "Message": {
        "GetItem": {"AGENTS", "CHAT#*", "KEY#*", "PLANS", "PUSH#*", "STREAM#*", "USER#*"},
        "Query": {"CHAT#*", "STREAM#*", "USER#*"},
        "BatchGetItem": {"USER#*"},
        "PutItem": {"CHAT#*", "PUSH#*", "STREAM#*", "USER#*"},
        "UpdateItem": {"CHAT#*", "STREAM#*", "USER#*"},
        "DeleteItem": {"PUSH#*", "USER#*"},
    },
    "Presence": {
        "GetItem": {"PLANS", "USER#*"},
        "Query": {"USER#*"},
        "BatchGetItem": {"USER#*"},
        "PutItem": {"USER#*"},
        "DeleteItem": {"USER#*"},
    },
    "Streamer": {
        "GetItem": {"AGENTS", "CHAT#*", "STREAM#*", "USER#*"},
        "Query": {"CHAT#*", "STREAM#*", "USER#*"},
        "PutItem": {"CHAT#*", "STREAM#*", "USER#*"},
        "UpdateItem": {"AGENTS", "CHAT#*", "STREAM#*"},  # an agent's status
    },
    "Sweeper": {
        "GetItem": {"AGENTS", "CHAT#*", "KEY#*", "STREAM#*", "USER#*"},
        "Query": {"CHAT#*", "STREAM#*", "USER#*"},
        "PutItem": {"CHAT#*", "STREAM#*", "USER#*"},
        "UpdateItem": {"CHAT#*", "STREAM#*"},
    },
    "Emitter": {"PutItem": {"USER#*"}},
    "Push": {
        "GetItem": {"PLANS", "PUSH#*", "USER#*"},
        "Query": {"USER#*"},
        "BatchGetItem": {"USERS"},
        "PutItem": {"PUSH#*", "USER#*"},
        "UpdateItem": {"USER#*", "USERS"},  # when a user was reminded
        "DeleteItem": {"PUSH#*", "USER#*"},
    },
    "Sender": {
        "GetItem": {"PUSH#*", "USER#*"},
        "Query": {"USER#*"},
        "PutItem": {"PUSH#*"},
        "UpdateItem": {"USER#*"},
        "DeleteItem": {"PUSH#*", "USER#*"},
    },
}


def test_each_role_may_do_exactly_what_is_listed(chat: Assembly) -> None:
    assert chat.grants() == {
        name: grants | _on_conversations(ITEMS_OF[name]) if name in ITEMS_OF else grants for name, grants in MAY.items()
    }


@pytest.mark.parametrize("name", ITEMS_OF)
def test_each_role_sees_of_the_conversations_only_the_partitions_it_needs(chat: Assembly, name: str) -> None:
    policy = chat.properties("AWS::IAM::Policy")[f"{name}RoleDefaultPolicy"]["PolicyDocument"]
    found: dict[str, set[str]] = {}
    for statement in policy["Statement"]:
        if CONVERSATIONS not in map(text, _listed(statement["Resource"])):
            continue
        condition = statement["Condition"]
        assert condition.keys() == {"ForAllValues:StringLike", "Null"}
        assert condition["Null"] == {"dynamodb:LeadingKeys": "false"}  # else a request without a key would pass
        for action in _listed(statement["Action"]):
            keys = condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
            found.setdefault(action.removeprefix("dynamodb:"), set()).update(_listed(keys))
    assert found == ITEMS_OF[name]


def test_no_function_writes_api_keys_plans_or_agents_but_for_an_agents_status() -> None:
    writers = {
        (name, key)
        for name, access in ITEMS_OF.items()
        for action, keys in access.items()
        for key in keys
        if action not in {"GetItem", "Query", "BatchGetItem"} and key in {"KEY#*", "AGENTS", "PLANS", "USERS"}
    }
    assert writers == {("Streamer", "AGENTS"), ("Push", "USERS")}


def _on_conversations(access: Mapping[str, object]) -> dict[str, set[str]]:
    return {CONVERSATIONS: {f"dynamodb:{action}" for action in access}}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_nobody_but_the_sender_reads_the_key_that_signs_pushes(chat: Assembly, bare: Assembly) -> None:
    for assembly in (chat, bare):
        prefix = assembly.grants()["Streamer"].keys() & {
            f"{HERE.format('ssm')}:parameter/{name}/*" for name in ("serverless-socketio", "acme")
        }
        (key,) = [resource for resource in assembly.grants()["Sender"] if ":parameter/" in resource]
        assert not key.startswith(tuple(each.removesuffix("*") for each in prefix))


def test_a_prefix_a_key_and_models_of_bedrock_are_granted_as_the_context_names_them(bare: Assembly) -> None:
    streamer = bare.grants()["Streamer"]
    prefixes = ("arn:aws:bedrock", "arn:aws:kms", HERE.format("ssm"), HERE.format("secretsmanager"))
    assert {resource: actions for resource, actions in streamer.items() if resource.startswith(prefixes)} == {
        f"{HERE.format('ssm')}:parameter/acme/*": {"ssm:GetParameter"},
        f"{HERE.format('secretsmanager')}:secret:acme/*": {"secretsmanager:GetSecretValue"},
        BARE["model_secrets_key_arn"]: {"kms:Decrypt"},
        **{arn: {"bedrock:InvokeModelWithResponseStream"} for arn in BARE["bedrock_model_arns"].split(", ")},
    }


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_each_role_may_do_the_same_in_every_partition(chat: Assembly, partition: str) -> None:
    for name, grants in chat.grants().items():
        for resource in grants:
            here = resource.replace("{AWS::Partition}", partition)
            own = here.startswith("{")  # a resource of the stack, whose ARN CloudFormation knows
            assert own or here == "*" or here.startswith(f"arn:{partition}:"), (name, here)


def test_no_partition_and_no_suffix_of_its_names_is_taken_for_granted(chat: Assembly) -> None:
    said = set(strings([chat.template["Resources"], chat.template["Outputs"]]))
    assert not [item for item in said if re.search(r"\barn:aws", item)]
    named = {item for item in said if "amazonaws" in item}
    assert named == {  # services, which have these names in all partitions
        *("apigateway.amazonaws.com", "events.amazonaws.com", "lambda.amazonaws.com"),
        *("scheduler.amazonaws.com", "states.amazonaws.com"),
    }


def test_the_page_has_no_role_and_its_bucket_may_be_read_by_its_distribution_alone(site: Assembly) -> None:
    assert not [kind for kind in site.kinds() if kind.startswith(("AWS::IAM::", "AWS::Lambda::"))]
    ((_, policy),) = site.properties("AWS::S3::BucketPolicy").items()
    allowed = [each for each in policy["PolicyDocument"]["Statement"] if each["Effect"] == "Allow"]
    assert [(each["Action"], each["Principal"]) for each in allowed] == [
        ("s3:GetObject", {"Service": "cloudfront.amazonaws.com"})
    ]


def test_every_function_has_a_role_of_its_own(chat: Assembly) -> None:
    roles = {name: str(props["Role"]) for name, props in chat.properties("AWS::Lambda::Function").items()}
    assert roles.keys() == {
        "Connect",
        "Message",
        "Polling",
        "Presence",
        "Streamer",
        "Sweeper",
        "Emitter",
        "Push",
        "Sender",
    }
    assert len(set(roles.values())) == len(roles)


def test_no_role_has_a_managed_policy_but_the_one_that_api_gateway_insists_on(chat: Assembly) -> None:
    managed = {name for name, props in chat.properties("AWS::IAM::Role").items() if "ManagedPolicyArns" in props}
    assert managed == {"ApiAccountLogRole"}


def test_no_action_is_a_wildcard(chat: Assembly) -> None:
    actions = {action for grants in chat.grants().values() for allowed in grants.values() for action in allowed}
    assert not [action for action in actions if "*" in action]


def test_queues_refuse_what_comes_without_tls(chat: Assembly) -> None:
    for policy in chat.properties("AWS::SQS::QueuePolicy").values():
        statement = policy["PolicyDocument"]["Statement"][0]
        assert (statement["Effect"], statement["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_only_the_bus_may_send_to_a_queue_without_a_role_and_only_what_its_rule_could_not_deliver(
    chat: Assembly,
) -> None:
    allowed = [
        (
            name,
            statement["Action"],
            statement["Principal"]["Service"],
            text(statement["Condition"]["ArnEquals"]["aws:SourceArn"]),
        )
        for name, policy in chat.properties("AWS::SQS::QueuePolicy").items()
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
    ]
    assert allowed == [
        ("EmittingDeadPolicy", "sqs:SendMessage", "events.amazonaws.com", "{EmittingEmit.Arn}"),
        ("PushingDeadPolicy", "sqs:SendMessage", "events.amazonaws.com", "{PushingPushNotification.Arn}"),
    ]


def test_no_permission_is_given_to_everybody(chat: Assembly) -> None:
    principals = {props["Principal"] for props in chat.properties("AWS::Lambda::Permission").values()}
    assert principals == {"apigateway.amazonaws.com", "events.amazonaws.com"}
    assert all("SourceArn" in props for props in chat.properties("AWS::Lambda::Permission").values())
    trusted = [props["AssumeRolePolicyDocument"] for props in chat.properties("AWS::IAM::Role").values()]
    assert not [item for item in strings(trusted) if item == "*"]


def test_a_role_is_taken_for_what_a_service_does_in_this_account_alone(chat: Assembly) -> None:
    trusted = {
        name: props["AssumeRolePolicyDocument"]["Statement"]
        for name, props in chat.properties("AWS::IAM::Role").items()
    }
    own = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    assert len(trusted) == 13
    for name, (statement,) in trusted.items():
        by_account = statement["Principal"]["Service"] != "apigateway.amazonaws.com"  # see WebSocketApi
        assert statement.get("Condition") == (own if by_account else None), name
