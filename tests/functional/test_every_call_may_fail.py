"""Every call that a function makes of its stores, queues and posts fails: once, three times, after its effect.

Whatever was asked for is told or answered, never lost, never doubled, and nothing stays stuck. What asks is whatever
may invoke a function: a client's event, CONNECT, a handshake, an end, a tick, a step of an answer, a message of a
queue, an event on the bus, the stream. Only a post leaves open whether it arrived: it is made again where receivers can
drop the repeat (an ack, a chunk, ``complete``), and else may be lost.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from chat.notifications import Notification, Subscription
from chat.ports import Devices
from chat.stores.accounts import digest
from chat.stores.pushes import Ours, ours_body
from serverless_socketio.aws.queue import batch_body
from serverless_socketio.model import Batch
from tests.drivers import ChatDriver, Refused, SocketIOClient
from tests.fakes import Queues
from tests.faults import MODES, Faults, FaultyTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mypy_boto3_dynamodb import DynamoDBClient

    from tests.faults import Mode

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]  # each is a play for every call

STEP_TRIES = 3  # of the state machine, before it gives an answer up
QUEUE_TRIES = 5  # of a queue, before a message is a dead letter
FAULTS_MAX = 60  # calls of one act: one that makes more has no end
KEYS = {
    "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
}
ENDPOINT = "https://fcm.googleapis.com/fcm/send/one"


class Stage(ChatDriver):
    """The functions, each of whose calls may fail; what brings them their work tries again as AWS does."""

    def __init__(self, dynamodb: DynamoDBClient) -> None:
        self.faults = Faults()
        transport = FaultyTransport(self.faults)
        super().__init__(dynamodb, queues=Queues, transport=transport)
        transport.use(self.clock)
        self.workflow = self.faults.watch(self.workflow)
        self.parts = self.function(self.settings)
        for service in ("dynamodb", "sqs", "lambda"):
            self.give(service, self.faults.watch(self._clients[service]))
        self.directory.put_agent("slow", "Slow", provider="echo", chunk_size=1, chunk_delay_ms=50)  # type: ignore[attr-defined]
        self._users = count(1)
        self._clients_seen: list[SocketIOClient] = []
        self._pongs: dict[str, int] = {}
        self.silent: set[str] = set()  # addresses of clients that answer no ping

    def connect(self, user: str = "alice", **given: Any) -> SocketIOClient:
        client = super().connect(user, **given)
        self._clients_seen.append(client)
        return client

    def _answer_pings(self) -> None:
        for client in self._clients_seen:
            pings = client.frames.count("2")
            is_there = not client.closed and client.address not in self.silent | self.transport.gone
            if is_there and pings > self._pongs.get(client.address, 0):
                self._pongs[client.address] = pings
                client.send("3")

    def user(self) -> str:
        """Somebody new."""
        user = f"user{next(self._users)}"
        self.directory.put_user(user, "pro")  # type: ignore[attr-defined]
        self.directory.put_key(f"key-of-{user}", user)  # type: ignore[attr-defined]
        return user

    def device(self, user: str, **query: str) -> SocketIOClient:
        """A device of somebody's, whose presence has been told."""
        return self.connect(user, query=query)

    def watcher(self, user: str) -> SocketIOClient:
        """Somebody else who hears of a user."""
        watcher = self.device(self.user())
        assert watcher.emit("presence:subscribe", {"userIds": [user]})["ok"]
        return watcher

    def bring(self, function: str, *bodies: Any) -> None:
        """Messages of a queue, as it brings them until they are done."""
        for body in bodies:
            self._bring(function, {"messageId": "m1", "body": body if isinstance(body, str) else json.dumps(body)})

    def _bring(self, function: str, record: Mapping[str, Any]) -> None:
        for _ in range(QUEUE_TRIES):
            try:
                answer = self.call(function, {"Records": [dict(record)]})
            except Exception:
                answer = {"batchItemFailures": [{}]}
            if not answer["batchItemFailures"]:
                return
            self.clock.advance(60)
        raise AssertionError("a dead letter")

    def invoke(self, function: str, event: Mapping[str, Any]) -> bool:
        """An asynchronous invocation, tried three times; whether it worked, else it is a dead letter."""
        for _ in range(3):
            try:
                self.call(function, event)
            except Exception:
                self.clock.advance(60)
            else:
                return True
        return False

    def _execute(self, reply_id: str, epoch: int) -> None:
        """The workflow, which tries a step again and then gives the answer up."""
        state: dict[str, Any] = {"reply": reply_id, "epoch": epoch, "held": 0}
        failures = 0
        while state.get("next") != "done":
            try:
                state = self._step(state)
            except Exception:
                failures += 1
                self.clock.advance(failures)
                if failures == STEP_TRIES:
                    self._give_up(reply_id)
                    return
            else:
                failures = 0
                self.clock.advance(state["wait"])

    def _step(self, state: dict[str, Any]) -> dict[str, Any]:
        names = ("reply", "epoch", "held")
        return self.call("streamer", {**{name: state[name] for name in names}, "startedAt": self.now})

    def _give_up(self, reply_id: str) -> None:
        for _ in range(STEP_TRIES):
            try:
                self.call("streamer", {"reply": reply_id, "fail": True})
            except Exception:
                self.clock.advance(5)
            else:
                return

    @property
    def now(self) -> str:
        from datetime import UTC, datetime

        return datetime.fromtimestamp(self.clock.now_ms() / 1000, UTC).isoformat()

    def settle(self, ticks: int = 3) -> None:
        """All that comes by itself comes: ticks, executions, messages; clients answer their pings."""
        for _ in range(ticks):
            self.clock.advance(10)
            self.tick()
            self._answer_pings()
            self.answer()
            self.bring("presence", *self.reminders())
            self.bring("push", *self.queue.take(self.settings.push_queue_url))
            self.bring("sweeper", *self.queue.take(self.settings.ticks_queue_url))
            self.bring("emitter", *self.queue.take(self.settings.batches_queue_url))

    def history(self, client: SocketIOClient) -> list[tuple[str, str]]:
        messages = client.emit("chat:history", {"agentId": "echo"})["messages"]
        return [(line["role"], line["message"]) for line in messages]


@dataclass(frozen=True)
class Act:
    """What is to work: `given` makes what it needs, `do` it while calls fail, `check` what came of it."""

    given: Callable[[Stage, str], Any]
    do: Callable[[Stage, Any], Any]
    check: Callable[[Stage, Any, Any], None]


def play(tables: DynamoDBClient, act: Act, mode: Mode, at: int | None) -> list[str]:
    """An act on a stage of its own with the call of a number failing; the names of all calls."""
    stage = Stage(tables)
    given = act.given(stage, stage.user())
    stage.faults.arm(mode, at)
    try:
        outcome = act.do(stage, given)
    finally:
        stage.faults.disarm()
    names = stage.faults.names
    act.check(stage, given, outcome)
    return names


def hold(tables: DynamoDBClient, act: Act, mode: Mode) -> None:
    """Fail unless an act holds its promises whichever of its calls fails."""
    names = play(tables, act, mode, None)
    assert 0 < len(names) < FAULTS_MAX, names
    broken = []
    for at, name in enumerate(names):
        try:
            play(tables, act, mode, at)
        except Exception as failure:
            broken.append(f"call {at}, {name}: {type(failure).__name__} {str(failure)[:300]}")
    assert not broken, "\n" + "\n".join(broken)


# What clients send


@dataclass
class Sent:
    """A client's device and the others that hear of what it does."""

    user: str
    client: SocketIOClient
    watcher: SocketIOClient
    other: SocketIOClient


def sent(stage: Stage, user: str, **query: str) -> Sent:
    watcher = stage.watcher(user)
    return Sent(user, stage.device(user, **query), watcher, stage.device(user, **query))


def asks(event: str, payload: Mapping[str, Any], check: Callable[[Stage, Sent], None] | None = None) -> Act:
    """A client emits an event, is answered, and, if that was in vain, emits it again."""

    def do(stage: Stage, given: Sent) -> list[str]:
        return given.client.send(f"427{json.dumps([event, payload])}")

    def checked(stage: Stage, given: Sent, frames: list[str]) -> None:
        acks = {frame for frame in frames if frame.startswith("437[")}
        assert len(acks) == 1, frames
        (answer,) = json.loads(acks.pop().removeprefix("437"))
        assert answer["ok"] or answer["error"]["code"] == "unavailable", answer
        if not answer["ok"]:
            again = given.client.emit(event, payload)
            assert again["ok"] or again["error"]["code"] == "conflict", again
        if check is not None:
            check(stage, given)

    return Act(sent, do, checked)


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
        addresses = [member.address for member in stage.parts.server.manager.store.rooms.members("/", named)]
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


# An answer that runs


def answering(stage: Stage, user: str, **query: str) -> tuple[Sent, str]:
    given = sent(stage, user, **query)
    for client in (given.client, given.other):
        client.emit("chat:join", {"agentId": "slow"})
    reply_id = given.client.emit("chat:message", {"agentId": "slow", "message": "one two"})["replyId"]
    return given, reply_id


def check_answer(reasons: set[str]) -> Callable[[Stage, tuple[Sent, str], Any], None]:
    def check(stage: Stage, given: tuple[Sent, str], _: Any) -> None:
        stage.settle(6)
        said, _reply_id = given
        for client in (said.client, said.other):
            complete, *repeats = client.got("chat:message:complete")
            assert repeats in ([], [complete] if stage.faults.failed == "post_to_connection" else [])
            assert complete["finishReason"] in reasons, complete
            chunks = {body["index"]: body["chunk"] for body in client.got("chat:message:stream")}
            assert list(chunks) == list(range(complete["chunks"]))
            assert "".join(chunks.values()).rstrip() == complete["message"].rstrip()
            assert client.got("relation:updated")
        again = said.client.emit("chat:message", {"agentId": "slow", "message": "three"})
        assert again["ok"], again
        stage.settle(2)

    return check


@pytest.mark.parametrize("mode", MODES)
def test_an_answer_is_whole_and_ends_once(tables: DynamoDBClient, mode: Mode) -> None:
    hold(tables, Act(answering, lambda stage, _: stage.answer(), check_answer({"stop", "error"})), mode)


@pytest.mark.parametrize("mode", MODES)
def test_a_stop_ends_an_answer_once(tables: DynamoDBClient, mode: Mode) -> None:
    def stop(stage: Stage, given: tuple[Sent, str]) -> None:
        given[0].client.send(f'427["chat:stop",{{"agentId":"slow","messageId":"{given[1]}"}}]')

    hold(tables, Act(answering, stop, check_answer({"stopped", "stop", "error"})), mode)


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
        stage.settle(32)
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
        stage.settle(32)
        assert (alive.closed, silent.closed, ghost.closed) == (False, True, True)
        assert [body["message"] for body in alive.got("chat:message:complete")] == ["hi"]
        alive.close()

    hold(tables, Act(given, lambda stage, _: stage.invoke("sweeper", tick(stage)), check), mode)


def tick(stage: Stage) -> dict[str, Any]:
    return {"Records": [{"messageId": "m1", "body": json.dumps({"v": 1, "tickAt": stage.clock.now_ms() // 1000})}]}
