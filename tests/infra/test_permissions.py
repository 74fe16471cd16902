"""Each role may do what is listed here, and nothing else. A new call in the code is a new line in this table."""

from tests.infra.assembly import Assembly, strings

CONNECTIONS = "{TablesConnections.Arn}"
CONVERSATIONS = "{TablesConversations.Arn}"
TICKS = "{SweepingTicks.Arn}"
API = "arn:{AWS::Partition}:execute-api:{AWS::Region}:{AWS::AccountId}:{Api}/live"
MACHINE = "arn:{AWS::Partition}:states:{AWS::Region}:{AWS::AccountId}:stateMachine:Chat-answers"

LOG = {"logs:CreateLogStream", "logs:PutLogEvents"}
ITEMS = {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query"}
ENDS = {"dynamodb:DeleteItem", "dynamodb:BatchWriteItem"}  # of connections and memberships
POST = {"execute-api:ManageConnections"}
DATA = {
    CONNECTIONS: ITEMS | ENDS,
    CONVERSATIONS: ITEMS,
    f"{API}/POST/@connections/*": POST,
    f"{API}/DELETE/@connections/*": POST,
}
LOG_DELIVERY = {
    *(f"logs:{verb}LogDelivery" for verb in ("Create", "Delete", "Get", "Update")),
    *("logs:ListLogDeliveries", "logs:DescribeLogGroups", "logs:DescribeResourcePolicies", "logs:PutResourcePolicy"),
}

MAY = {
    "Connect": {
        "{ConnectLog.Arn}": LOG,
        CONNECTIONS: ITEMS | ENDS,
        CONVERSATIONS: {"dynamodb:GetItem"},
        "{Message.Arn}": {"lambda:InvokeFunction"},
    },
    "Message": {"{MessageLog.Arn}": LOG, **DATA, MACHINE: {"states:StartExecution"}},
    "Streamer": {"{StreamerLog.Arn}": LOG, **DATA},
    "Sweeper": {
        "{SweeperLog.Arn}": LOG,
        **DATA,
        CONNECTIONS: ITEMS | ENDS | {"dynamodb:BatchGetItem"},
        f"{CONNECTIONS}/index/due": {"dynamodb:Query"},
        f"{CONVERSATIONS}/index/live": {"dynamodb:Query"},
        MACHINE: {"states:StartExecution"},
        "{TablesConversations.StreamArn}": {
            f"dynamodb:{verb}" for verb in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
        },
        "{SweepingDead.Arn}": {"sqs:SendMessage"},
        TICKS: {f"sqs:{verb}" for verb in ("SendMessage", "ReceiveMessage", "DeleteMessage", "GetQueueAttributes")},
    },
    "Answers": {
        "{Streamer.Arn}": {"lambda:InvokeFunction"},
        MACHINE: {"states:StartExecution"},
        "*": LOG_DELIVERY,  # AWS names no resource for log delivery
    },
    "SweepingSchedule": {"{Sweeper.Arn}": {"lambda:InvokeFunction"}},
}


def test_each_role_may_do_exactly_what_is_listed(chat: Assembly) -> None:
    assert chat.grants() == MAY


def test_every_function_has_a_role_of_its_own(chat: Assembly) -> None:
    roles = {name: str(props["Role"]) for name, props in chat.properties("AWS::Lambda::Function").items()}
    assert roles.keys() == {"Connect", "Message", "Streamer", "Sweeper"}
    assert len(set(roles.values())) == len(roles)


def test_no_role_has_a_managed_policy_but_the_one_that_api_gateway_insists_on(chat: Assembly) -> None:
    managed = {name for name, props in chat.properties("AWS::IAM::Role").items() if "ManagedPolicyArns" in props}
    assert managed == {"ApiAccountLogRole"}


def test_no_action_is_a_wildcard(chat: Assembly) -> None:
    actions = {action for grants in chat.grants().values() for allowed in grants.values() for action in allowed}
    assert not [action for action in actions if "*" in action]


def test_queues_refuse_what_comes_without_tls(chat: Assembly) -> None:
    for policy in chat.properties("AWS::SQS::QueuePolicy").values():
        (statement,) = policy["PolicyDocument"]["Statement"]
        assert (statement["Effect"], statement["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_no_permission_is_given_to_everybody(chat: Assembly) -> None:
    principals = {props["Principal"] for props in chat.properties("AWS::Lambda::Permission").values()}
    assert principals == {"apigateway.amazonaws.com"}
    assert all("SourceArn" in props for props in chat.properties("AWS::Lambda::Permission").values())
    trusted = [props["AssumeRolePolicyDocument"] for props in chat.properties("AWS::IAM::Role").values()]
    assert not [item for item in strings(trusted) if item == "*"]
