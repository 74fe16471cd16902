"""Plays: the functions do one thing while one of their calls fails, whichever, and AWS tries again as it does.

`hold` plays an act once for each call that it makes, each time on a stage of its own.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Any

from tests.drivers import ROOT, ChatDriver, SocketIOClient
from tests.fakes import Queues
from tests.faults import Faults, FaultyTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mypy_boto3_dynamodb import DynamoDBClient

    from tests.faults import Mode

STEP_TRIES = 3  # of the state machine, before it gives an answer up
CALL_TRIES = 3  # of an asynchronous invocation, before Lambda hands its record to the function's queue
STREAM_TRIES = 2  # of a record of the stream: one that fails keeps others waiting
QUEUE_TRIES = 5  # of a queue, before a message is a dead letter
DOUBLED_WITHIN_TICKS = 2  # a writer that seemed lost is replaced after 16 s
FAULTS_MAX = 120  # calls of one act: one that makes more has no end


class Stage(ChatDriver):
    """The functions, each of whose calls may fail; what brings them their work tries again as AWS does."""

    def __init__(self, dynamodb: DynamoDBClient, **changes: Any) -> None:
        self.faults = Faults()
        transport = FaultyTransport(self.faults)
        super().__init__(dynamodb, queues=Queues, transport=transport, **changes)
        transport.use(self.clock)
        self.workflow = self.faults.watch(self.workflow)
        self.parts = self.function(self.settings)
        for service, client in list(self._clients.items()):
            self.give(service, self.faults.watch(client))
        self.directory.put_agent("slow", "Slow", provider="echo", chunk_size=1, chunk_delay_ms=50)
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
        self.directory.put_user(user, "pro")
        self.directory.put_key(f"key-of-{user}", user)
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

    def invoke(self, function: str, event: Mapping[str, Any]) -> None:
        """An asynchronous invocation, tried three times, and then brought again by the function's queue."""
        if not self._call(function, event, CALL_TRIES):
            self.bring(function, failed_call(event))

    def stream(self, function: str, event: Mapping[str, Any]) -> None:
        """Records of a stream; what fails again is a dead letter."""
        self._call(function, event, STREAM_TRIES)

    def _call(self, function: str, event: Mapping[str, Any], tries: int) -> bool:
        for _ in range(tries):
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
        return datetime.fromtimestamp(self.clock.now_ms() / 1000, UTC).isoformat()

    def settle(self, ticks: int = 3, *, until: Callable[[], bool] = lambda: False) -> None:
        """All that comes by itself comes: ticks, executions, messages; clients answer their pings.

        `until` it is true, and a little longer, since what is doubled comes late.
        """
        for _ in range(ticks):
            if until():
                break
            self._settle()
        else:
            return
        for _ in range(DOUBLED_WITHIN_TICKS):
            self._settle()

    def _settle(self) -> None:
        self.clock.advance(10)
        self.tick()
        self._answer_pings()
        self.answer()
        self.bring("presence", *self.reminders())
        self.bring("push", *self.queue.take(self.settings.push_queue_url))
        self.bring("sweeper", *self.queue.take(self.settings.ticks_queue_url))
        self.bring("emitter", *self.queue.take(self.settings.batches_queue_url))

    def has_ended(self, reply_id: str) -> bool:
        """Whether an answer needs nothing more."""
        stream = self.parts.streams.read(reply_id)
        return stream is not None and stream.phase == "ended"

    def history(self, client: SocketIOClient) -> list[tuple[str, str]]:
        messages = client.emit("chat:history", {"agentId": "echo"})["messages"]
        return [(line["role"], line["message"]) for line in messages]


def failed_call(event: Mapping[str, Any]) -> dict[str, Any]:
    """Lambda's record of an asynchronous invocation that failed."""
    record: dict[str, Any] = json.loads((ROOT / "tests" / "events" / "failed_call.json").read_text())
    return {**record, "requestPayload": dict(event)}


@dataclass(frozen=True)
class Act:
    """What is to work: `given` makes what it needs, `do` it while calls fail, `check` what came of it."""

    given: Callable[[Stage, str], Any]
    do: Callable[[Stage, Any], Any]
    check: Callable[[Stage, Any, Any], None]
    stage: Callable[[DynamoDBClient], Stage] = Stage


def play(tables: DynamoDBClient, act: Act, mode: Mode, at: int | None) -> list[str]:
    """An act on a stage of its own with the call of a number failing; the names of all calls."""
    stage = act.stage(tables)
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


@dataclass
class Sent:
    """A client's device and the others that hear of what it does."""

    user: str
    client: SocketIOClient
    watcher: SocketIOClient
    other: SocketIOClient
    reply_id: str = ""  # of an answer that runs


def sent(stage: Stage, user: str, **query: str) -> Sent:
    watcher = stage.watcher(user)
    return Sent(user, stage.device(user, **query), watcher, stage.device(user, **query))


def asks(
    event: str,
    payload: Mapping[str, Any] | Callable[[Sent], Mapping[str, Any]],
    check: Callable[[Stage, Sent], None] | None = None,
    given: Callable[[Stage, str], Sent] = sent,
) -> Act:
    """A client emits an event, is answered, and, if that was in vain, emits it again."""

    def body(given: Sent) -> Mapping[str, Any]:
        return payload(given) if callable(payload) else payload

    def do(stage: Stage, given: Sent) -> list[str]:
        return given.client.send(f"427{json.dumps([event, body(given)])}")

    def checked(stage: Stage, given: Sent, frames: list[str]) -> None:
        acks = {frame for frame in frames if frame.startswith("437[")}
        assert len(acks) == 1, frames
        (answer,) = json.loads(acks.pop().removeprefix("437"))
        assert answer["ok"] or answer["error"]["code"] == "unavailable", answer
        if not answer["ok"]:
            again = given.client.emit(event, body(given))
            assert again["ok"] or again["error"]["code"] == "conflict", again
        if check is not None:
            check(stage, given)

    return Act(given, do, checked)
