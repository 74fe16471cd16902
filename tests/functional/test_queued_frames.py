"""Frames by Lambda's queue (`frames=async`): in base64, perhaps twice, perhaps late, perhaps in another order."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from serverless_socketio_chat.notifications.queue import ours_in
from tests.drivers import ChatDriver
from tests.fakes import Queues
from tests.functional.test_every_call_may_fail import ENDPOINT, EVENTS, KEYS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.drivers import Client, SocketIOClient

JOIN, MESSAGE, TYPING = "chat:join", "chat:message", "chat:typing"
PAYLOADS: Mapping[str, Any] = {
    "chat:join": {"agentId": "echo"},
    "chat:leave": {"agentId": "echo"},
    "chat:typing": {"agentId": "echo", "isTyping": True},
    "chat:history": {"agentId": "echo"},
    "agent:subscribe": {"agentId": "echo"},
    "agent:unsubscribe": {"agentId": "echo"},
    "presence:online": {},
    "presence:away": {},
    "presence:offline": {},
    "presence:subscribe": {"userIds": ["bob"]},
    "presence:unsubscribe": {"userIds": ["bob"]},
    "push:subscribe": {"subscription": {"endpoint": ENDPOINT, "keys": KEYS}},
    "push:unsubscribe": {"endpoint": ENDPOINT},
    "push:status": {"endpoint": ENDPOINT},
    "push:settings": {"mutedAgents": ["echo"]},
    "push:test": {},
}
VOLATILE = {"expires", "seen", "timestamp", "last_seen", "tat"}  # times


def queued(chat: ChatDriver, client: Client, frame: str, route: str = "$default") -> dict[str, Any]:
    """The event that the mapping template makes of a frame."""
    event = chat.message(client.address, frame, route)
    names = ("routeKey", "eventType", "connectionId", "requestId", "requestTimeEpoch")
    context = {name: event["requestContext"][name] for name in names}
    body = base64.b64encode(frame.encode()).decode()
    return {"requestContext": context, "body": body, "isBase64Encoded": True}


def handle(chat: ChatDriver, client: Client, event: Mapping[str, Any]) -> list[str]:
    """What was posted to the client meanwhile."""
    before = len(client.frames)
    assert chat.call("message", event) == {"statusCode": 200}
    return client.frames[before:]


def ask(event: str, payload: Any, ack_id: int = 7) -> str:
    return f"42{ack_id}{json.dumps([event, payload], ensure_ascii=False)}"


def stored(chat: ChatDriver) -> list[str]:
    """Everything in both tables, but for times and for what counts frames."""
    found = []
    for table in (chat.settings.connections_table, chat.settings.conversations_table):
        for item in chat.dynamodb.scan(TableName=table)["Items"]:
            if not item["pk"]["S"].startswith("RATE#"):
                kept = {name: value for name, value in item.items() if name not in VOLATILE and "NULL" not in value}
                found.append(json.dumps(kept, sort_keys=True, default=str))
    return sorted(found)


def test_every_event_but_those_of_answers_is_sent_twice_below() -> None:
    assert EVENTS.keys() - PAYLOADS.keys() == {"chat:message", "chat:regenerate"}


@pytest.mark.parametrize("event", PAYLOADS)
def test_an_event_that_comes_twice_leaves_and_says_the_same(chat: ChatDriver, event: str) -> None:
    alice = chat.connect("alice")
    alice.emit("chat:join", {"agentId": "echo"})
    alice.emit("presence:subscribe", {"userIds": ["bob"]})
    frame = queued(chat, alice, ask(event, PAYLOADS[event]))
    first, after_first = handle(chat, alice, frame), stored(chat)
    second, after_second = handle(chat, alice, frame), stored(chat)
    acks = [[said for said in frames if said.startswith("437")] for frames in (first, second)]
    assert len(acks[0]) == len(acks[1]) == 1
    assert acks[0] == acks[1] or "presence" in event  # times
    assert after_first == after_second


def test_a_message_without_an_id_of_its_own_is_answered_once(chat: ChatDriver) -> None:
    alice, tablet = chat.connect("alice"), chat.connect("alice")
    tablet.emit(JOIN, {"agentId": "echo"})
    frame = queued(chat, alice, ask(MESSAGE, {"agentId": "echo", "message": 'it\'s "me" \\ 👋'}))
    acks = [alice.ack(handle(chat, alice, frame), 7) for _ in range(2)]
    chat.answer()
    acks.append(alice.ack(handle(chat, alice, frame), 7))
    assert [ack["duplicate"] for ack in acks] == [False, True, True]
    assert len({(ack["messageId"], ack["replyId"]) for ack in acks}) == 1
    assert chat.answers_started == []
    (said,) = [body for body in tablet.got("chat:message") if body["role"] == "user"]
    assert said["message"] == 'it\'s "me" \\ 👋'
    other = queued(chat, alice, ask(MESSAGE, {"agentId": "echo", "message": "again"}))
    assert not alice.ack(handle(chat, alice, other), 7)["duplicate"]


def test_a_repeat_over_the_rate_is_known(chat: ChatDriver) -> None:
    alice = chat.connect("alice")  # five at once
    frame = queued(chat, alice, ask(MESSAGE, {"agentId": "echo", "message": "first"}))
    first = alice.ack(handle(chat, alice, frame), 7)
    for _ in range(6):
        alice.emit(MESSAGE, {"agentId": "companion", "message": "too much"})
    assert alice.ack(handle(chat, alice, frame), 7) == {**first, "duplicate": True}


def test_where_frames_come_once_no_id_is_made_up(chat: ChatDriver) -> None:
    alice = chat.connect("alice")
    alice.emit(MESSAGE, {"agentId": "echo", "message": "hi"})
    (line,) = alice.emit("chat:history", {"agentId": "echo"})["messages"]
    assert "clientMessageId" not in line


def test_a_test_notification_that_is_asked_for_twice_is_one(chat: ChatDriver) -> None:
    chat = ChatDriver(chat.dynamodb, queues=Queues)
    alice = chat.connect("alice")
    frame = queued(chat, alice, ask("push:test", {}))
    handle(chat, alice, frame)
    handle(chat, alice, frame)
    asked = [ours_in(body) for body in chat.queue.take("push")]
    assert len({ours.notification.id for ours in asked if ours}) == 1  # a device takes an id once


@pytest.mark.parametrize(("age_s", "shown"), [(4, True), (6, False)])
def test_typing_that_is_over_is_not_shown(chat: ChatDriver, age_s: int, shown: bool) -> None:
    alice, tablet = chat.connect("alice"), chat.connect("alice")
    for client in (alice, tablet):
        client.emit(JOIN, {"agentId": "echo"})
    frame = queued(chat, alice, ask(TYPING, {"agentId": "echo", "isTyping": True}))
    chat.clock.advance(age_s)
    assert alice.ack(handle(chat, alice, frame), 7) == {"ok": True}
    assert bool(tablet.got(TYPING)) is shown
    over = queued(chat, alice, ask(TYPING, {"agentId": "echo", "isTyping": False}))
    chat.clock.advance(age_s)
    handle(chat, alice, over)
    assert tablet.got(TYPING)[-1]["isTyping"] is False


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (2, 0, 1)])
def test_join_leave_join_ends_joined_in_whichever_order_they_are_tried_again(
    chat: ChatDriver, order: tuple[int, ...]
) -> None:
    alice = chat.connect("alice")
    events = [queued(chat, alice, ask(name, {"agentId": "echo"})) for name in (JOIN, "chat:leave", JOIN)]
    for number in order:
        chat.clock.advance(10)
        handle(chat, alice, events[number])
    assert rooms_of(chat, alice) >= {"chat:echo:alice"}


def test_a_native_route_takes_queued_frames(chat: ChatDriver) -> None:
    nora = chat.connect_native("alice")
    frame = queued(chat, nora, '{"action":"presence:away","id":"1","data":{}}', "presence:away")
    assert chat.call("presence", frame) == {"statusCode": 200}
    assert {"id": "1", "ok": True, "status": "away"} in map(json.loads, nora.frames)


def rooms_of(chat: ChatDriver, client: SocketIOClient) -> set[str]:
    manager = chat._runtimes["message"].server.manager
    return set(manager.store.rooms.entered(client.address, "/"))
