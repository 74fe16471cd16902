"""What is not the client's fault, as its acks say it."""

import time

import pytest

from serverless_socketio.aws.table import DynamoTable
from serverless_socketio_chat.tables import keys
from tests.e2e import aws_side
from tests.e2e.answers import fail, hear, say, succeed
from tests.e2e.conftest import World

pytestmark = pytest.mark.e2e

PAGE = {"agentId": "echo", "limit": 1}


def test_a_table_that_fails_is_unavailable_and_trying_again_is_safe(world: World, user: str) -> None:
    device = world.connect(user)
    succeed(device, "chat:history", PAGE)
    body = {"agentId": "echo", "message": "hi", "clientMessageId": f"c{time.time_ns()}"}
    with aws_side.forbidden(world.stack, "message", "dynamodb:Query"):
        error = fail(device, "chat:history", PAGE)
        assert (error["code"], error["retryAfterMs"] > 0) == ("unavailable", True)
    with aws_side.forbidden(world.stack, "message", "dynamodb:PutItem"):
        assert fail(device, "chat:message", body)["code"] == "unavailable"
    succeed(device, "chat:history", PAGE)
    hear(device, succeed(device, "chat:message", body)["replyId"]).check("hi")


def test_a_defect_has_the_id_of_its_request_and_harms_nobody(world: World, user: str) -> None:
    device, agent = world.connect(user), f"broken{time.time_ns()}"
    table = DynamoTable(
        world.stack.resource("tables", "conversations"), client=aws_side.client(world.stack, "dynamodb")
    )
    table.put({**keys.agent(agent), "name": "Without a provider"})
    error = fail(device, "chat:join", {"agentId": agent})
    assert (error["code"], bool(error["requestId"])) == ("internal", True)
    device.emit("chat:join", {"agentId": agent})
    told = device.wait_for("error").body
    assert (told["event"], told["code"], bool(told["requestId"])) == ("chat:join", "internal", True)
    hear(device, say(device, "and yet")["replyId"]).check("and yet")
