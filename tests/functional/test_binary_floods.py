"""Binary events that never become whole: they cost little, are kept within bounds, and keep nobody waiting."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from tests.drivers import ChatDriver, SocketIOClient

STRAY = "bAQID"
HEAD = '451-["chat:leave",{"agentId":"echo","content":{"_placeholder":true,"num":0}}]'


def codes(frames: list[str]) -> list[str]:
    return [json.loads(frame.removeprefix("42"))[1]["code"] for frame in frames]


def waiting(chat: ChatDriver, client: SocketIOClient) -> list[dict[str, Any]]:
    """What is stored of binary packets."""
    items = chat.dynamodb.query(
        TableName=chat.settings.connections_table,
        KeyConditionExpression="pk = :pk AND begins_with(sk, :part)",
        ExpressionAttributeValues={":pk": {"S": f"CONN#{client.address}"}, ":part": {"S": "PART"}},
    )["Items"]
    read = TypeDeserializer().deserialize
    return [{name: read(value) for name, value in item.items()} for item in items]


def test_forty_stray_attachments_of_a_free_user_sleep_nowhere_and_cost_no_query(
    chat: ChatDriver, tables: DynamoDBClient
) -> None:
    alice = chat.connect("alice")

    def query(**call: Any) -> Any:
        assert "PART#" not in json.dumps(call["ExpressionAttributeValues"])
        return tables.query(**call)

    chat.renew("message", query=query)
    chat.clock.slept.clear()
    answers = [code for _ in range(40) for code in codes(alice.send(STRAY))]
    assert chat.clock.slept == []
    assert answers == ["invalid"] * 15 + ["rate_limited"] * 5  # 20 are kept; a refused one is also a bad frame
    assert len(waiting(chat, alice)) == 1 + 20
    assert not alice.closed


def test_over_the_allowance_a_part_is_refused_before_it_costs_anything(chat: ChatDriver) -> None:
    alice = chat.connect("alice")
    while alice.emit("chat:leave", {"agentId": "echo"})["ok"]:
        pass
    ((frame),) = alice.send(HEAD.replace("451-", "451-7"))
    assert json.loads(frame.removeprefix("437"))[0]["error"]["code"] == "rate_limited"
    assert codes(alice.send(STRAY)) == ["rate_limited"]
    assert waiting(chat, alice) == []


def test_heads_without_attachments_are_kept_within_bounds_and_go_with_their_connection(chat: ChatDriver) -> None:
    alice = chat.connect("carol")
    large = HEAD.replace('"agentId"', f'"padding":"{"x" * 30_000}","agentId"')
    answers = [code for _ in range(120) for code in codes(alice.send(large))]
    assert answers == ["invalid"] * 118
    stored = waiting(chat, alice)
    assert sum(len(item["frame"]) for item in stored if "frame" in item) < 70_000
    assert sum(len(json.dumps(item, default=str)) for item in stored) < 90_000
    alice.close()
    assert waiting(chat, alice) == []


def test_a_binary_event_is_whole_in_whatever_order_and_whatever_function_it_arrives(chat: ChatDriver) -> None:
    alice = chat.connect("alice")
    head = HEAD.replace("451-", "451-7")
    assert alice.send(STRAY) == []
    chat.renew("message")
    address, early = alice.address, chat.clock.now_ms() - 5
    chat.call("message", chat.message(address, head, received_ms=early))
    assert json.loads(alice.frames[-1].removeprefix("437"))[0]["ok"]
    assert all("frame" not in item for item in waiting(chat, alice))
