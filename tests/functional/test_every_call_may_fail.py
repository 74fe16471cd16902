"""Every call that a function makes of its stores, queues and posts fails: once, three times, after its effect.

Whatever was asked for is told or answered, never lost, never doubled, and nothing stays stuck. What asks is whatever
may invoke a function: a client's event, CONNECT, a handshake, an end, a tick, a step of an answer, a message of a
queue, an event on the bus, the stream. Only a post leaves open whether it arrived: it is made again where receivers can
drop the repeat (an ack, a chunk, ``complete``), and else may be lost.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from chat.notifications import Notification, Subscription
from chat.ports import Devices
from chat.stores.accounts import digest
from chat.stores.pushes import Ours, ours_body
from serverless_socketio.adaptors.queue import batch_body
from serverless_socketio.ports import Batch
from tests.drivers import Refused, SocketIOClient
from tests.faults import MODES
from tests.functional.plays import Act, Sent, Stage, asks, hold

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb import DynamoDBClient

    from tests.faults import Mode

KEYS = {
    "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
}
ENDPOINT = "https://fcm.googleapis.com/fcm/send/one"


# What clients send


def is_said_and_answered_once(stage: Stage, given: Sent) -> None:
    stage.settle()
    assert stage.history(given.other) == [("user", "one two"), ("agent", "one two")]
    assert [body["message"] for body in given.client.got("chat:message:complete")] == ["one two"]


def is_away(stage: Stage, given: Sent) -> None:
    given.other.emit("presence:offline", {})
    stage.settle(1)
    assert given.watcher.got("presence:updated")[-1]["status"] == "away"


def is_in_room(room: str, *, is_in: bool = True) -> Callable[[Stage, Sent], None]:
    def check(stage: Stage, given: Sent) -> None:
        named = room.format(user=given.user)
        addresses = [member.address for member in stage.parts.server.store.members("/", named)]
        assert (given.client.address in addresses) is is_in

    return check


EVENTS = {
    "chat:join": asks("chat:join", {"agentId": "echo"}, is_in_room("chat:echo:{user}")),
    "chat:leave": asks("chat:leave", {"agentId": "echo"}, is_in_room("chat:echo:{user}", is_in=False)),
    "chat:message": asks(
        "chat:message", {"agentId": "echo", "message": "one two", "clientMessageId": "c1"}, is_said_and_answered_once
    ),
    "chat:typing": asks("chat:typing", {"agentId": "echo", "isTyping": True}),
    "chat:history": asks("chat:history", {"agentId": "echo"}),
    "agent:subscribe": asks("agent:subscribe", {"agentId": "echo"}, is_in_room("agent:echo")),
    "agent:unsubscribe": asks("agent:unsubscribe", {"agentId": "echo"}, is_in_room("agent:echo", is_in=False)),
    "presence:online": asks("presence:online", {}),
    "presence:away": asks("presence:away", {}, is_away),
    "presence:offline": asks("presence:offline", {}),
    "presence:subscribe": asks("presence:subscribe", {"userIds": ["alice"]}, is_in_room("presence:alice")),
    "presence:unsubscribe": asks(
        "presence:unsubscribe", {"userIds": ["alice"]}, is_in_room("presence:alice", is_in=False)
    ),
    "push:subscribe": asks("push:subscribe", {"subscription": {"endpoint": ENDPOINT, "keys": KEYS}}),
    "push:unsubscribe": asks("push:unsubscribe", {"endpoint": ENDPOINT}),
    "push:status": asks("push:status", {"endpoint": ENDPOINT}),
    "push:settings": asks("push:settings", {"mutedAgents": ["echo"]}),
    "push:test": asks("push:test", {}),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("event", EVENTS)
def test_an_event_is_answered_and_works_when_it_is_sent_again(tables: DynamoDBClient, event: str, mode: Mode) -> None:
    hold(tables, EVENTS[event], mode)


# Who comes and goes


def is_there(stage: Stage, user: str, *, is_online: bool) -> bool:
    last = stage.parts.ports.presence.announced(user)
    return (last is not None and last.status == "online") is is_online


def connecting(stage: Stage, user: str) -> tuple[str, SocketIOClient, SocketIOClient]:
    return user, stage.watcher(user), stage.open()


def come(stage: Stage, given: tuple[str, SocketIOClient, SocketIOClient]) -> list[str]:
    user, _, client = given
    return client.send(f'40{{"token":"key-of-{user}"}}')


def check_come(stage: Stage, given: tuple[str, SocketIOClient, SocketIOClient], frames: list[str]) -> None:
    user, watcher, client = given
    assert not any(frame.startswith("44") for frame in frames), frames
    if client.closed:
        client.close(1006)
        client = stage.connect(user)
    else:
        assert sum(frame.startswith("40") for frame in frames) == 1, frames
    assert client.emit("chat:history", {"agentId": "echo"})["ok"]
    stage.settle(2)
    assert is_there(stage, user, is_online=True)
    assert watcher.got("presence:updated")[-1]["status"] == "online"
    addresses = [member.address for member in stage.parts.server.store.members("/", Devices(user).room)]
    assert addresses == [client.address]


@pytest.mark.parametrize("mode", MODES)
def test_a_connect_is_accepted_or_its_client_comes_back(tables: DynamoDBClient, mode: Mode) -> None:
    hold(tables, Act(connecting, come, check_come), mode)


@pytest.mark.parametrize("mode", MODES)
def test_a_native_handshake_is_accepted_or_unavailable(tables: DynamoDBClient, mode: Mode) -> None:
    def do(stage: Stage, given: tuple[str, SocketIOClient, SocketIOClient]) -> int:
        try:
            stage.connect_native(given[0])
        except Refused as refused:
            return refused.status
        return 200

    def check(stage: Stage, given: tuple[str, SocketIOClient, SocketIOClient], status: int) -> None:
        assert status in {200, 503}
        if status == 503:
            stage.connect_native(given[0])
        stage.settle(2)
        assert is_there(stage, given[0], is_online=True)

    hold(tables, Act(connecting, do, check), mode)


@pytest.mark.parametrize("mode", MODES)
def test_a_handshake_lets_in_or_is_unavailable(tables: DynamoDBClient, mode: Mode) -> None:
    def do(stage: Stage, user: str) -> int:
        try:
            stage.open()
        except Refused as refused:
            return refused.status
        return 200

    def check(stage: Stage, user: str, status: int) -> None:
        assert status in {200, 503}

    hold(tables, Act(lambda stage, user: user, do, check), mode)


@pytest.mark.parametrize("code", [1005, 1006])
@pytest.mark.parametrize("mode", MODES)
def test_an_end_is_told_and_its_place_is_free(tables: DynamoDBClient, mode: Mode, code: int) -> None:
    def given(stage: Stage, user: str) -> tuple[str, SocketIOClient, SocketIOClient]:
        return user, stage.watcher(user), stage.connect(user)

    def go(stage: Stage, given: tuple[str, SocketIOClient, SocketIOClient]) -> None:
        stage.transport.gone.add(given[2].address)
        try:
            given[2].close(code)
        except Exception:
            return  # API Gateway does not mind, and does not try again

    def check(stage: Stage, given: tuple[str, SocketIOClient, SocketIOClient], _: Any) -> None:
        stage.settle(32, until=lambda: is_there(stage, given[0], is_online=False))
        assert [body["status"] for body in given[1].got("presence:updated")][-1] == "offline"
        assert list(stage.parts.server.store.members("/", Devices(given[0]).room)) == []

    hold(tables, Act(given, go, check), mode)


# What queues, schedules, streams and buses bring


@pytest.mark.parametrize("mode", MODES)
def test_a_reminder_ends_a_grace(tables: DynamoDBClient, mode: Mode) -> None:
    def given(stage: Stage, user: str) -> tuple[str, SocketIOClient]:
        watcher = stage.watcher(user)
        stage.connect(user).close()
        stage.clock.advance(10)
        return user, watcher

    def check(stage: Stage, given: tuple[str, SocketIOClient], _: Any) -> None:
        stage.settle(1)
        assert [body["status"] for body in given[1].got("presence:updated")][-1] == "offline"
        assert is_there(stage, given[0], is_online=False)

    hold(tables, Act(given, lambda stage, _: stage.bring("presence", *stage.reminders()), check), mode)


@pytest.mark.parametrize("mode", MODES)
def test_a_batch_reaches_everybody_once(tables: DynamoDBClient, mode: Mode) -> None:
    def given(stage: Stage, user: str) -> list[SocketIOClient]:
        return [stage.connect(user), stage.connect(user)]

    def do(stage: Stage, clients: list[SocketIOClient]) -> None:
        addresses = tuple(client.address for client in clients)
        stage.bring("emitter", batch_body(Batch(f"b{addresses[0]}", ('42["news",{}]',), addresses)))

    def check(stage: Stage, clients: list[SocketIOClient], _: Any) -> None:
        stage.settle(1)
        is_post = stage.faults.failed == "post_to_connection"
        assert {len(client.got("news")) for client in clients} <= ({0, 1} if is_post else {1})

    hold(tables, Act(given, do, check), mode)


@pytest.mark.parametrize("mode", MODES)
def test_an_event_of_the_bus_is_emitted(tables: DynamoDBClient, mode: Mode) -> None:
    def given(stage: Stage, user: str) -> tuple[str, SocketIOClient]:
        return user, stage.connect(user)

    def do(stage: Stage, given: tuple[str, SocketIOClient]) -> bool:
        detail = {"event": "news", "data": {}, "room": f"user:{given[0]}"}
        return stage.invoke("emitter", {"id": "e1", "detail-type": "Emit", "source": "test", "detail": detail})

    def check(stage: Stage, given: tuple[str, SocketIOClient], is_done: bool) -> None:
        is_post = stage.faults.failed == "post_to_connection"  # it may have arrived, and an event has no name
        assert len(given[1].got("news")) in ({0, 1} if is_post else {1} if is_done else {0})

    hold(tables, Act(given, do, check), mode)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("is_there", [True, False], ids=["told", "pushed"])
def test_a_notification_is_told_or_handed_to_the_sender(tables: DynamoDBClient, mode: Mode, is_there: bool) -> None:
    def given(stage: Stage, user: str) -> tuple[str, SocketIOClient | None]:
        stage.parts.ports.subscriptions.put(
            Subscription(f"sub-{user}", user, f"https://fcm.googleapis.com/{user}", "p", "a")
        )
        return user, stage.connect(user) if is_there else None

    def do(stage: Stage, given: tuple[str, SocketIOClient | None]) -> None:
        news = Notification(f"n-{given[0]}", "Title", "Body", stage.clock.now_ms())
        stage.bring("push", ours_body(Ours(given[0], news, decided=False)))

    def check(stage: Stage, given: tuple[str, SocketIOClient | None], _: Any) -> None:
        pushed = {body["notification"]["id"] for body in stage.queue.take(stage.settings.deliveries_queue_url)}
        told = len(given[1].got("notification")) if given[1] is not None else 0
        assert told or pushed == {f"n-{given[0]}"}

    hold(tables, Act(given, do, check), mode)


@pytest.mark.parametrize("mode", MODES)
def test_a_deleted_key_ends_its_connections(tables: DynamoDBClient, mode: Mode) -> None:
    def given(stage: Stage, user: str) -> tuple[str, list[SocketIOClient]]:
        clients = [stage.connect(user), stage.connect(user, query={"recovery": "1"})]
        stage.directory.revoke_key(user, digest(f"key-of-{user}"))  # type: ignore[attr-defined]
        return user, clients

    def do(stage: Stage, given: tuple[str, list[SocketIOClient]]) -> None:
        keys = {"pk": {"S": f"KEY#{digest(f'key-of-{given[0]}')}"}, "sk": {"S": "KEY"}}
        change = {"Keys": keys, "OldImage": {**keys, "user_id": {"S": given[0]}}}
        stage.invoke("sweeper", {"Records": [{"eventName": "REMOVE", "dynamodb": change}]})
        stage.bring("sweeper", *stage.queue.take(stage.settings.ticks_queue_url))

    def check(stage: Stage, given: tuple[str, list[SocketIOClient]], _: Any) -> None:
        stage.settle(4)
        assert all(client.closed for client in given[1])

    hold(tables, Act(given, do, check), mode)


@pytest.mark.parametrize("mode", MODES)
def test_a_tick_pings_ends_ghosts_and_the_unaccepted_and_brings_answers_back(
    tables: DynamoDBClient, mode: Mode
) -> None:
    def given(stage: Stage, user: str) -> tuple[SocketIOClient, SocketIOClient, SocketIOClient]:
        alive, silent = stage.connect(user), stage.open()
        alive.emit("chat:message", {"agentId": "echo", "message": "hi"})
        stage.workflow.started.clear()  # its workflow is lost
        stage.clock.advance(30)
        ghost = stage.connect(user)
        stage.silent.add(ghost.address)
        return alive, silent, ghost

    def check(stage: Stage, given: tuple[SocketIOClient, SocketIOClient, SocketIOClient], _: Any) -> None:
        alive, silent, ghost = given
        stage.settle(32, until=lambda: silent.closed and ghost.closed and bool(alive.got("chat:message:complete")))
        assert (alive.closed, silent.closed, ghost.closed) == (False, True, True)
        assert [body["message"] for body in alive.got("chat:message:complete")] == ["hi"]
        alive.close()

    hold(tables, Act(given, lambda stage, _: stage.invoke("sweeper", tick(stage)), check), mode)


def tick(stage: Stage) -> dict[str, Any]:
    return {"Records": [{"messageId": "m1", "body": json.dumps({"v": 1, "tickAt": stage.clock.now_ms() // 1000})}]}
