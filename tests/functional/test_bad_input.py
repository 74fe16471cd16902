"""Whatever a client sends: a clear error on its ack or as the event ``error``, and nobody else hears of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from serverless_socketio_chat import events
from tests.tables import REGION

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from tests.drivers import ChatDriver, SocketIOClient

EVENTS = sorted(events.MODULES)
ENDPOINT = "https://fcm.googleapis.com/fcm/send/a"
KEYS = {  # of RFC 8291 section 5
    "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
}
GOOD: dict[str, dict[str, Any]] = {
    "agent:subscribe": {"agentId": "echo"},
    "agent:unsubscribe": {"agentId": "echo"},
    "auth:refresh": {"token": "x"},
    "chat:history": {"agentId": "echo"},
    "chat:join": {"agentId": "echo"},
    "chat:leave": {"agentId": "echo"},
    "chat:message": {"agentId": "echo", "message": "hi"},
    "chat:regenerate": {"agentId": "echo", "messageId": "m"},
    "chat:resume": {"agentId": "echo", "messageId": "m", "index": 0},
    "chat:stop": {"agentId": "echo", "messageId": "m"},
    "chat:typing": {"agentId": "echo", "isTyping": True},
    "presence:away": {},
    "presence:offline": {},
    "presence:online": {},
    "presence:subscribe": {"userIds": ["bob"]},
    "presence:unsubscribe": {"userIds": ["bob"]},
    "push:settings": {},
    "push:status": {},
    "push:subscribe": {"subscription": {"endpoint": ENDPOINT, "keys": KEYS}},
    "push:test": {},
    "push:unsubscribe": {"endpoint": ENDPOINT},
}
DEMANDING = [event for event in EVENTS if GOOD[event]]
ABOUT_AGENTS = [event for event in EVENTS if "agentId" in GOOD[event] and "messageId" not in GOOD[event]]
BAD = [
    ("chat:join", {"agentId": 5}, "agentId"),
    ("chat:join", {"agentId": None}, "agentId"),
    ("chat:join", {"agentId": ""}, "agentId"),
    ("chat:join", {"agentId": "x" * 129}, "agentId"),
    ("chat:join", {"since": 7}, "since"),
    ("chat:join", {"since": "x" * 129}, "since"),
    ("chat:join", {"userId": 5}, "userId"),
    ("chat:message", {"message": None}, "message"),
    ("chat:message", {"message": ["hi"]}, "message"),
    ("chat:message", {"message": ""}, "message"),
    ("chat:message", {"clientMessageId": ""}, "clientMessageId"),
    ("chat:message", {"clientMessageId": 7}, "clientMessageId"),
    ("chat:message", {"clientMessageId": "x" * 129}, "clientMessageId"),
    ("chat:history", {"limit": "5"}, "limit"),
    ("chat:history", {"limit": True}, "limit"),
    ("chat:history", {"limit": 2.5}, "limit"),
    ("chat:history", {"limit": 0}, "limit"),
    ("chat:history", {"limit": 101}, "limit"),
    ("chat:history", {"before": 5}, "before"),
    ("chat:regenerate", {"messageId": "x" * 129}, "messageId"),
    ("chat:regenerate", {"messageId": None}, "messageId"),
    ("chat:regenerate", {"clientMessageId": 7}, "clientMessageId"),
    ("chat:resume", {"index": "5"}, "index"),
    ("chat:resume", {"index": -1}, "index"),
    ("chat:resume", {"index": "yes"}, "index"),
    ("chat:resume", {"messageId": {"a": 1}}, "messageId"),
    ("chat:stop", {"messageId": ""}, "messageId"),
    ("chat:stop", {"messageId": False}, "messageId"),
    ("chat:typing", {"isTyping": "yes"}, "isTyping"),
    ("chat:typing", {"isTyping": 1}, "isTyping"),
    ("chat:typing", {"isTyping": None}, "isTyping"),
    ("agent:subscribe", {"agentId": ["echo"]}, "agentId"),
    ("presence:away", {"userId": 5}, "userId"),
    ("presence:subscribe", {"userIds": "bob"}, "userIds"),
    ("presence:subscribe", {"userIds": {"0": "bob"}}, "userIds"),
    ("presence:subscribe", {"userIds": None}, "userIds"),
    ("presence:subscribe", {"userIds": [f"user{number}" for number in range(101)]}, "userIds"),
    ("presence:subscribe", {"userIds": ["bob", 5]}, "userIds.1"),
    ("presence:subscribe", {"userIds": ["bob", ""]}, "userIds.1"),
    ("presence:unsubscribe", {"userIds": ["x" * 129]}, "userIds.0"),
]


def nested(depth: int) -> Any:
    value: Any = {}
    for _ in range(depth - 2):
        value = [value]
    return {"agentId": "echo", "extra": value}


@pytest.fixture
def bystander(chat: ChatDriver) -> SocketIOClient:
    client = chat.connect("bob")
    client.emit("chat:join", {"agentId": "echo"})
    return client


def assert_alive(client: SocketIOClient) -> None:
    assert not client.closed
    assert client.emit("chat:join", {"agentId": "echo"})["ok"]


def test_every_event_has_its_good_payload_here() -> None:
    assert sorted(GOOD) == EVENTS


@pytest.mark.parametrize(("event", "change", "path"), BAD)
def test_what_does_not_fit_is_named_by_its_path(
    chat: ChatDriver, bystander: SocketIOClient, event: str, change: dict[str, Any], path: str
) -> None:
    alice, heard = chat.connect("alice"), len(bystander.frames)
    payload = {**GOOD[event], **change}
    error = alice.emit(event, payload)["error"]
    assert error["code"] == "invalid"
    assert [issue["path"] for issue in error["issues"]] == [path]
    assert error["issues"][0]["message"]
    (told,) = alice.tell(event, payload)
    assert told == {"event": event, **error}
    assert_alive(alice)
    assert len(bystander.frames) == heard


@pytest.mark.parametrize("event", DEMANDING)
def test_every_field_that_is_missing_is_named(chat: ChatDriver, event: str) -> None:
    alice = chat.connect("alice")
    nothing: list[tuple[Any, ...]] = [(), ({},)]
    for args in nothing:
        error = alice.emit(event, *args)["error"]
        assert error["code"] == "invalid"
        assert {issue["path"] for issue in error["issues"]} == set(GOOD[event])
    assert_alive(alice)


@pytest.mark.parametrize("payload", [None, 5, "text", True, [], [{"agentId": "echo"}]])
@pytest.mark.parametrize("event", EVENTS)
def test_a_payload_that_is_no_object_is_invalid_as_a_whole(chat: ChatDriver, event: str, payload: Any) -> None:
    alice = chat.connect("alice")
    error = alice.emit(event, payload)["error"]
    assert (error["code"], [issue["path"] for issue in error["issues"]]) == ("invalid", [""])
    assert_alive(alice)


@pytest.mark.parametrize("event", EVENTS)
def test_a_payload_may_name_its_own_user_or_none_and_nobody_else(chat: ChatDriver, event: str) -> None:
    alice = chat.connect("alice")
    codes = []
    for user_id in ("bob", "", "alice", None):
        ack = alice.emit(event, {**GOOD[event], "userId": user_id, "unknown": {"ignored": True}})
        codes.append(None if ack["ok"] else ack["error"]["code"])
    assert codes[:2] == ["forbidden", "forbidden"]
    assert not {"forbidden", "invalid"} & set(codes[2:])


@pytest.mark.parametrize("event", ["chat:nope", "", "connect", "disconnect", "*", "__class__", "chat:join ", "x" * 999])
def test_an_event_that_does_not_exist_is_not_found(chat: ChatDriver, bystander: SocketIOClient, event: str) -> None:
    alice, heard = chat.connect("alice"), len(bystander.frames)
    assert alice.emit(event, {"agentId": "echo"})["error"]["code"] == "not_found"
    (told,) = alice.tell(event)
    assert (told["event"], told["code"]) == (event[:128], "not_found")
    assert_alive(alice)
    assert len(bystander.frames) == heard


@pytest.mark.parametrize("event", ABOUT_AGENTS)
def test_an_agent_that_does_not_exist_is_not_found(chat: ChatDriver, event: str) -> None:
    alice = chat.connect("alice")
    for agent_id in ("nobody", "echo#x", "Echo", "../echo", "😀"):
        assert alice.emit(event, {**GOOD[event], "agentId": agent_id})["error"]["code"] == "not_found"


@pytest.mark.parametrize(
    "frame",
    [
        "42",
        "42{",
        "42{}",
        "42[]",
        "42[5]",
        '42["chat:join",',
        '42["chat:join",{"agentId":"echo"}',
        '42["chat:join",NaN]',
        '42["chat:join",1e999]',
        "hello",
        "9",
        "",
        '{"action":"chat:join"}',
        "4",
        "49[]",
        '42/other,["chat:join",{"agentId":"echo"}]',
        "b***",
        "0{}",
        '42["chat:join",{"agentId":"\\ud800"}]',
    ],
)
def test_a_frame_that_cannot_be_read_is_an_error_and_the_connection_lives(
    chat: ChatDriver, bystander: SocketIOClient, frame: str
) -> None:
    alice, heard = chat.connect("alice"), len(bystander.frames)
    (answer,) = alice.send(frame)
    name, payload = json.loads(answer.removeprefix("42"))
    assert (name, payload["code"]) == ("error", "invalid")
    assert [issue["path"] for issue in payload["issues"]] == [""]
    assert_alive(alice)
    assert len(bystander.frames) == heard


@pytest.mark.parametrize(
    "body",
    [
        '["chat:message",{"agentId":"echo","message":"\\ud800"}]',
        '["chat:message",{"agentId":"echo","message":"hi","\\udfff":1}]',
        '["chat:message",{"agentId":"echo","message":"hi","extra":NaN}]',
        json.dumps(["chat:message", nested(65)]),
        '["chat:message",' + "[" * 10_000 + "]" * 10_000 + "]",
        '["chat:message",{"agentId":"echo","message":"hi"',
    ],
)
def test_what_cannot_be_read_behind_an_ack_id_is_answered_on_the_ack(chat: ChatDriver, body: str) -> None:
    alice = chat.connect("alice")
    error = alice.ack(alice.send(f"427{body}"), 7)["error"]
    assert (error["code"], [issue["path"] for issue in error["issues"]]) == ("invalid", [""])
    assert chat.answers_started == []
    assert_alive(alice)


def test_64_levels_are_read_and_65_are_not(chat: ChatDriver) -> None:
    alice = chat.connect("alice")
    assert alice.emit("chat:join", nested(64))["ok"]
    assert alice.emit("chat:join", nested(65))["error"]["code"] == "invalid"


def test_the_largest_ack_id_is_answered_and_a_larger_one_is_no_packet(chat: ChatDriver) -> None:
    alice = chat.connect("alice")
    largest = 2**53 - 1
    assert alice.ack(alice.send(f'42{largest}["chat:leave",{{"agentId":"echo"}}]'), largest)["ok"]
    (answer,) = alice.send(f'42{largest + 1}["chat:leave",{{"agentId":"echo"}}]')
    assert answer.startswith('42["error",')


def test_a_bad_frame_loses_nothing_that_was_accepted_before(chat: ChatDriver) -> None:
    alice = chat.connect("alice")
    assert alice.emit("chat:message", {"agentId": "echo", "message": "hi"})["ok"]
    alice.send("42{")
    chat.answer()
    assert [body["message"] for body in alice.got("chat:message:complete")] == ["hi"]


def conflict(**_: Any) -> None:
    """What a transaction meets that another one is always ahead of."""
    response: Any = {
        "Error": {"Code": "TransactionCanceledException", "Message": "Transaction cancelled"},
        "CancellationReasons": [{"Code": "TransactionConflict"}, {"Code": "None"}, {"Code": "None"}],
    }
    client = boto3.client("dynamodb", region_name=REGION)
    raise client.exceptions.TransactionCanceledException(response, "TransactWriteItems")


def test_a_transaction_that_meets_others_is_tried_again_and_its_client_hears_nothing_of_it(
    chat: ChatDriver, tables: DynamoDBClient
) -> None:
    alice = chat.connect("alice")
    meetings = [conflict, conflict, conflict]

    def transact(**call: Any) -> Any:
        return meetings.pop()() if meetings else tables.transact_write_items(**call)

    chat.renew("message", transact_write_items=transact)
    assert alice.emit("chat:message", {"agentId": "echo", "message": "hi"})["ok"]
    assert meetings == []


def test_a_transaction_that_meets_others_all_the_time_is_unavailable_for_a_moment(chat: ChatDriver) -> None:
    alice = chat.connect("alice")
    chat.renew("message", transact_write_items=conflict)
    error = alice.emit("chat:message", {"agentId": "echo", "message": "hi"})["error"]
    assert error["code"] == "unavailable"
    assert error["retryAfterMs"] > 0
    chat.renew("message")
    assert alice.emit("chat:message", {"agentId": "echo", "message": "hi"})["ok"]


def test_a_defect_is_internal_and_names_the_request(chat: ChatDriver) -> None:
    alice = chat.connect("alice")

    def fail(**_: Any) -> None:
        raise ZeroDivisionError

    chat.renew("message", transact_write_items=fail)
    error = alice.emit("chat:message", {"agentId": "echo", "message": "hi"})["error"]
    assert error["code"] == "internal"
    assert error["requestId"].startswith("request")
    assert "ZeroDivision" not in json.dumps(error)
    (told,) = alice.tell("chat:message", {"agentId": "echo", "message": "hi"})
    assert (told["event"], told["code"]) == ("chat:message", "internal")
    assert_alive(alice)
