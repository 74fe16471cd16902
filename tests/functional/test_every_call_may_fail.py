"""Every call that a function makes of its stores, queues and posts fails: once, three times, after its effect.

Whatever was asked for is told or answered, never lost, never doubled, and nothing stays stuck. What asks is whatever
may invoke a function: a client's event, CONNECT, a handshake, an end, a tick, a step of an answer, a message of a
queue, an event on the bus, the stream. Only a post leaves open whether it arrived: it is made again where receivers can
drop the repeat (an ack, a chunk, ``complete``), and else may be lost.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from infra.vapid import make_pair
from serverless_socketio.aws import opening, ticks
from serverless_socketio.aws.queue import batch_body
from serverless_socketio.heartbeat import TICK_MS, Share
from serverless_socketio.model import Batch
from serverless_socketio_chat.accounts.api_keys import digest
from serverless_socketio_chat.model import Devices
from serverless_socketio_chat.notifications.queue import Ours, ours_body, ours_in
from serverless_socketio_chat.push.model import Notification, Subscription
from tests.drivers import Refused, SocketIOClient
from tests.fakes import START_MS
from tests.faults import MODES
from tests.functional.plays import Act, Sent, Stage, asks, hold, sent
from tests.push_service import Step, push_service

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_dynamodb import DynamoDBClient

    from tests.faults import Mode
    from tests.push_service import Browser, PushService

pytestmark = pytest.mark.no_cover  # the same lines again and again: tracing them would take longer than the tests

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


def answered(stage: Stage, user: str) -> Sent:
    """A message that was answered before."""
    given = sent(stage, user)
    ack = given.client.emit("chat:message", {"agentId": "echo", "message": "one two"})
    stage.answer()
    return replace(given, reply_id=ack["replyId"])


def is_answered_again_once(stage: Stage, given: Sent) -> None:
    stage.settle()
    assert stage.history(given.other) == [("user", "one two"), ("agent", "one two"), ("agent", "one two")]
    first, second = given.client.got("chat:message:complete")
    assert (first["messageId"], second["replaces"]) == (given.reply_id, given.reply_id)


def is_away(stage: Stage, given: Sent) -> None:
    given.other.emit("presence:offline", {})
    stage.settle(1)
    assert given.watcher.got("presence:updated")[-1]["status"] == "away"


def is_in_room(room: str, *, is_in: bool = True) -> Callable[[Stage, Sent], None]:
    def check(stage: Stage, given: Sent) -> None:
        named = room.format(user=given.user)
        addresses = [member.address for member in stage.parts.server.manager.store.rooms.members("/", named)]
        assert (given.client.address in addresses) is is_in

    return check


EVENTS = {
    "chat:join": asks("chat:join", {"agentId": "echo"}, is_in_room("chat:echo:{user}")),
    "chat:leave": asks("chat:leave", {"agentId": "echo"}, is_in_room("chat:echo:{user}", is_in=False)),
    "chat:message": asks(
        "chat:message", {"agentId": "echo", "message": "one two", "clientMessageId": "c1"}, is_said_and_answered_once
    ),
    "chat:regenerate": asks(
        "chat:regenerate",
        lambda given: {"agentId": "echo", "messageId": given.reply_id, "clientMessageId": "c2"},
        is_answered_again_once,
        given=answered,
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
    last = stage.parts.presence_records.announced(user)
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
    addresses = [member.address for member in stage.parts.server.manager.store.rooms.members("/", Devices(user).room)]
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
        assert list(stage.parts.server.manager.store.rooms.members("/", Devices(given[0]).room)) == []

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

    def do(stage: Stage, given: tuple[str, SocketIOClient]) -> None:
        detail = {"event": "news", "data": {}, "room": f"user:{given[0]}"}
        stage.invoke("emitter", {"id": "e1", "detail-type": "Emit", "source": "test", "detail": detail})

    def check(stage: Stage, given: tuple[str, SocketIOClient], _: Any) -> None:
        is_post = stage.faults.failed == "post_to_connection"  # it may have arrived, and an event has no name
        assert len(given[1].got("news")) in ({0, 1} if is_post else {1})

    hold(tables, Act(given, do, check), mode)


def by_queue(stage: Stage, user: str) -> None:
    news = Notification(f"n-{user}", "Title", "Body", stage.clock.now_ms())
    stage.bring("push", ours_body(Ours(user, news, decided=False)))


def by_bus(stage: Stage, user: str) -> None:
    detail = {"userId": user, "id": f"n-{user}", "notification": {"title": "Title", "body": "Body"}}
    stage.invoke("push", {"id": "e1", "detail-type": "PushNotification", "source": "test", "detail": detail})


def by_name(stage: Stage, user: str) -> None:
    stage.invoke("push", {"userId": user, "id": f"n-{user}", "notification": {"title": "Title", "body": "Body"}})


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("is_there", [True, False], ids=["told", "pushed"])
@pytest.mark.parametrize("ask", [by_queue, by_bus, by_name])
def test_a_notification_is_told_or_handed_to_the_sender(
    tables: DynamoDBClient, mode: Mode, is_there: bool, ask: Callable[[Stage, str], None]
) -> None:
    def given(stage: Stage, user: str) -> tuple[str, SocketIOClient | None]:
        stage.parts.subscriptions.put(Subscription(f"sub-{user}", user, f"https://fcm.googleapis.com/{user}", "p", "a"))
        return user, stage.connect(user) if is_there else None

    def do(stage: Stage, given: tuple[str, SocketIOClient | None]) -> None:
        ask(stage, given[0])

    def check(stage: Stage, given: tuple[str, SocketIOClient | None], _: Any) -> None:
        pushed = {body["notification"]["id"] for body in stage.queue.take(stage.settings.deliveries_queue_url)}
        told = len(given[1].got("notification")) if given[1] is not None else 0
        assert told or pushed == {f"n-{given[0]}"}

    hold(tables, Act(given, do, check), mode)


@pytest.mark.parametrize("mode", MODES)
def test_a_deleted_key_ends_its_connections(tables: DynamoDBClient, mode: Mode) -> None:
    def given(stage: Stage, user: str) -> tuple[str, list[SocketIOClient]]:
        clients = [stage.connect(user), stage.connect(user, query={"recovery": "1"})]
        stage.directory.revoke_key(user, digest(f"key-of-{user}"))
        return user, clients

    def do(stage: Stage, given: tuple[str, list[SocketIOClient]]) -> None:
        keys = {"pk": {"S": f"KEY#{digest(f'key-of-{given[0]}')}"}, "sk": {"S": "KEY"}}
        change = {"Keys": keys, "OldImage": {**keys, "user_id": {"S": given[0]}}}
        stage.stream("sweeper", {"Records": [{"eventName": "REMOVE", "dynamodb": change}]})
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

    hold(tables, Act(given, lambda stage, _: stage.bring("sweeper", tick(stage)), check), mode)


# Shares of a large tick, schedules, open packets that are late, pushes


def sweeps(
    body: Callable[[Stage, list[SocketIOClient]], Any], check: Callable[[Stage, list[SocketIOClient]], None]
) -> Act:
    """A message of the ticks' queue, about a client that is there and one that has sent no CONNECT."""

    def given(stage: Stage, user: str) -> list[SocketIOClient]:
        return [stage.connect(user), stage.open()]

    def do(stage: Stage, clients: list[SocketIOClient]) -> None:
        stage.bring("sweeper", body(stage, clients))

    return Act(given, do, lambda stage, clients, _: check(stage, clients))


def slot(stage: Stage) -> int:
    return stage.clock.now_ms() // TICK_MS


def pings(stage: Stage, clients: list[SocketIOClient]) -> Any:
    return ticks.shares([(Share(slot(stage), 0, (clients[0].address,)), 0)])[0][0]


def judges(stage: Stage, clients: list[SocketIOClient]) -> Any:
    stage.transport.gone.add(clients[0].address)
    stage.clock.advance(60)
    return ticks.shares([(Share(slot(stage), 0, (clients[0].address,), judges=True), 0)])[0][0]


def is_pinged_and_stays(stage: Stage, clients: list[SocketIOClient]) -> None:
    assert "2" in clients[0].frames
    stage.settle(4)
    assert not clients[0].closed
    clients[0].close()


def is_ended(stage: Stage, clients: list[SocketIOClient]) -> None:
    stage.settle(4)
    assert stage.parts.server.manager.store.connections.find(clients[0].address) is None


def is_closed_and_no_other(stage: Stage, clients: list[SocketIOClient]) -> None:
    stage.settle(4)
    assert [client.closed for client in clients] == [False, True]


def closes(stage: Stage, clients: list[SocketIOClient]) -> Any:
    stage.clock.advance(30)
    return ticks.unaccepted([[client.address for client in clients]])[0][0]


SWEEPS = {
    "a share that pings": sweeps(pings, is_pinged_and_stays),
    "a share that judges": sweeps(judges, is_ended),
    "connections without CONNECT": sweeps(closes, is_closed_and_no_other),
    "an open packet that is late": sweeps(
        lambda _, clients: opening.message(clients[1].address)[0], is_closed_and_no_other
    ),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("message", SWEEPS)
def test_what_a_large_tick_deals_out_is_done(tables: DynamoDBClient, message: str, mode: Mode) -> None:
    hold(tables, SWEEPS[message], mode)


@pytest.mark.parametrize("mode", MODES)
def test_a_schedule_that_fails_costs_no_tick(tables: DynamoDBClient, mode: Mode) -> None:
    """Each minute's schedule has the ticks of three, so that the one before it or the next makes up for it."""

    def schedule(stage: Stage) -> None:
        with suppress(Exception):  # beside it, Lambda tries it again
            stage.call("sweeper", {"schedule": "ticks"})

    def given(stage: Stage, user: str) -> int:
        started_s = stage.clock.now_ms() // 1000
        schedule(stage)
        stage.clock.advance(started_s + 60 - stage.clock.now_ms() / 1000)
        return started_s

    def check(stage: Stage, started_s: int, _: Any) -> None:
        stage.clock.advance(max(0, started_s + 120 - stage.clock.now_ms() / 1000))
        schedule(stage)
        stage.clock.advance(300)
        slots = {body["tickAt"] // 10 for body in stage.queue.take(stage.settings.ticks_queue_url)}
        next_minute_ends = (started_s + 120) // 60 * 6 + 12
        assert slots >= set(range(started_s // 10, next_minute_ends))

    hold(tables, Act(given, lambda stage, _: schedule(stage), check), mode)


@pytest.mark.parametrize("mode", MODES)
def test_whose_plan_ends_soon_is_notified_once(tables: DynamoDBClient, mode: Mode) -> None:
    def given(stage: Stage, user: str) -> str:
        stage.directory.put_user(user, "pro", stage.clock.now_ms() + 3 * 86_400_000)
        return user

    def do(stage: Stage, user: str) -> None:
        stage.invoke("push", {"schedule": "expiring"})

    def check(stage: Stage, user: str, _: Any) -> None:
        bodies = stage.queue.take(stage.settings.push_queue_url)
        asked = [ours for body in bodies if (ours := ours_in(body)) is not None]
        assert {ours.user_id for ours in asked} == {user}
        assert len({ours.notification.id for ours in asked}) == 1  # by which repeats are one
        stage.invoke("push", {"schedule": "expiring"})
        assert stage.queue.take(stage.settings.push_queue_url) == []

    hold(tables, Act(given, do, check), mode)


PUBLIC, PRIVATE = make_pair()
PARAMETER = "/vapid"


@pytest.fixture(scope="module")
def service() -> Iterator[PushService]:
    with push_service(lambda: START_MS / 1000) as running:
        yield running


def pushing(tables: DynamoDBClient) -> Stage:
    stage = Stage(
        tables, push_loopback=True, vapid_public_key=PUBLIC, vapid_subject="mailto:a@b.c", vapid_parameter=PARAMETER
    )
    stage.give("ssm", stage.faults.watch(Parameters()))
    return stage


class Parameters:
    """SSM's client, with the VAPID key."""

    def get_parameter(self, **_: Any) -> dict[str, Any]:
        return {"Parameter": {"Value": PRIVATE}}


@pytest.mark.enable_socket
@pytest.mark.parametrize("status", [201, 410, 503])
@pytest.mark.parametrize("mode", MODES)
def test_a_push_is_shown_once_and_a_subscription_that_ended_is_forgotten(
    tables: DynamoDBClient, service: PushService, mode: Mode, status: int
) -> None:
    def given(stage: Stage, user: str) -> tuple[str, Browser]:
        browser = service.browser(PUBLIC).script(*[Step(status)] * (9 if status == 410 else 1))
        client = stage.connect(user)
        assert client.emit("push:subscribe", {"subscription": browser.subscription})["ok"]
        client.close()
        news = Notification(f"n-{user}", "Title", "Body", stage.clock.now_ms())
        stage.parts.notifier.notify(user, news, decided=True)
        return user, browser

    def do(stage: Stage, given: tuple[str, Browser]) -> None:
        stage.bring("sender", *stage.queue.take(stage.settings.deliveries_queue_url))

    def check(stage: Stage, given: tuple[str, Browser], _: Any) -> None:
        user, browser = given
        for _ in range(30):
            stage.clock.advance(30)
            stage.bring("sender", *stage.queue.take(stage.settings.deliveries_queue_url))
        dead = stage.queue.take(stage.settings.push_dead_queue_url)
        if status == 410:
            assert (browser.notifications, dead) == ([], [])
            assert stage.parts.subscriptions.all(user) == []
        else:
            assert (len(browser.notifications), dead) == (1, []), browser.received

    hold(tables, Act(given, do, check, pushing), mode)


def tick(stage: Stage) -> dict[str, Any]:
    return {"v": 1, "tickAt": stage.clock.now_ms() // 1000}
