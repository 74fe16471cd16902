"""Each handler on the events that AWS sends it, as recorded in `tests/events`."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from serverless_socketio.aws import clients
from serverless_socketio.exceptions import QueueError
from serverless_socketio_chat import runtime
from serverless_socketio_chat.answers.model import Taken
from tests.drivers import ROOT, ChatDriver
from tests.fakes import Queues
from tests.tables import REGION

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def recorded(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((ROOT / "tests" / "events" / f"{name}.json").read_text())
    return event


def test_the_recorded_events_of_a_connection_open_it_serve_it_and_end_it(chat: ChatDriver) -> None:
    connect, message = recorded("connect"), recorded("message")
    address = connect["requestContext"]["connectionId"]
    connect["queryStringParameters"]["token"] = "key-of-alice"
    assert chat.call("connect", connect) == {"statusCode": 200}
    assert chat.call("message", {**message, "body": "40"}) == {"statusCode": 200}
    assert chat.call("message", message) == {"statusCode": 200}
    opened, accepted, online, joined = [frame for target, frame in chat.transport.sent if target == address]
    assert (opened[0], accepted[:2], online[:21], joined[:4]) == ("0", "40", '42["presence:updated"', "430[")
    assert chat.call("connect", recorded("disconnect")) == {"statusCode": 200}
    chat.renew("message")  # a warm function trusts what it read for half a minute
    assert chat.call("message", message) == {"statusCode": 200}
    assert chat.transport.closed == [address]


@pytest.mark.parametrize(
    ("action", "data", "told"), [("presence:away", {}, {"status": "away"}), ("push:status", {}, {"subscribed": False})]
)
def test_the_function_of_frames_takes_what_has_no_route_of_its_own(
    chat: ChatDriver, action: str, data: dict[str, Any], told: dict[str, Any]
) -> None:
    alice = chat.connect_native()
    frames = alice.send(json.dumps({"action": action, "id": "7", "data": data}), route="$default")
    (ack,) = [frame for frame in map(json.loads, frames) if frame.get("id") == "7"]
    assert ack["ok"]
    assert told.items() <= ack.items()


def test_the_opener_posts_the_open_packet(chat: ChatDriver) -> None:
    assert chat.call("message", recorded("open")) == {"opened": True}
    ((address, frame),) = chat.transport.sent
    assert (address, frame[:2]) == (recorded("open")["open"], "0{")


def test_the_opener_gives_up_on_a_connection_that_never_was(chat: ChatDriver) -> None:
    chat.transport.gone.add(recorded("open")["open"])
    assert chat.call("message", recorded("open")) == {"opened": False}


def test_an_open_packet_that_is_late_is_left_to_the_sweeper_until_its_client_gives_up(tables: DynamoDBClient) -> None:
    chat = ChatDriver(tables, queues=Queues)
    url = chat.settings.openings_queue_url
    connect = recorded("connect")
    address = connect["requestContext"]["connectionId"]
    chat.transport.gone.add(address)
    chat.call("connect", connect)
    assert chat.clock.monotonic() < 0.5
    assert chat.queue.take(url) == []
    for _ in range(2):
        chat.clock.advance(1)
        waiting = chat.queue.take(url)
        assert waiting == [recorded("opening.v1")]
        chat.clock.slept.clear()
        chat.deliver(waiting, "sweeper")
        assert chat.clock.slept == []
    chat.transport.gone.clear()
    chat.clock.advance(1)
    chat.deliver(chat.queue.take(url), "sweeper")
    assert [frame[:2] for target, frame in chat.transport.sent if target == address] == ["0{"]
    assert len(chat.queue) == 0


def test_the_streamer_leaves_an_answer_alone_that_does_not_exist(chat: ChatDriver) -> None:
    answer = chat.call("streamer", recorded("streamer"))
    assert answer == {"reply": recorded("streamer")["reply"], "next": "done", "epoch": 0, "wait": 0, "held": 0}


def test_the_streamer_tells_the_workflow_what_comes_next(chat: ChatDriver) -> None:
    chat.directory.put_agent("slow", "Slow", provider="echo", chunk_size=1, chunk_delay_ms=2500)
    alice = chat.connect("alice")
    reply_id = alice.emit("chat:message", {"agentId": "slow", "message": "one two"})["replyId"]
    started = datetime.fromisoformat(recorded("streamer")["startedAt"])
    chat.clock.advance(started.timestamp() - chat.clock.now_ms() / 1000)
    event = {**recorded("streamer"), "reply": reply_id}
    answer = chat.call("streamer", event)
    assert answer == {"reply": reply_id, "next": "wait", "epoch": 1, "wait": 2, "held": 0}
    chat.clock.advance(2)
    assert chat.call("streamer", {**event, "epoch": 1})["next"] == "done"
    assert [body["message"] for body in alice.got("chat:message:complete")] == ["one two"]


def test_the_streamer_ends_an_answer_whose_workflow_gave_up_once_nobody_writes(chat: ChatDriver) -> None:
    alice = chat.connect("alice")
    reply_id = alice.emit("chat:message", {"agentId": "echo", "message": "one two"})["replyId"]
    failed = {"reply": reply_id, "fail": True}
    streams = chat.function(chat.settings).streams
    streams.take(reply_id, epoch=0, lease_until_ms=chat.clock.now_ms() + 5000)
    with pytest.raises(Taken):
        chat.call("streamer", failed)
    chat.clock.advance(7)
    assert chat.call("streamer", failed) == {"reply": reply_id, "next": "done"}
    assert [body["finishReason"] for body in alice.got("chat:message:complete")] == ["error"]


def test_a_schedule_enqueues_the_ticks_of_its_minute_and_the_next_two(chat: ChatDriver) -> None:
    chat.clock.advance(60 - chat.clock.now_ms() / 1000 % 60)
    assert chat.call("sweeper", recorded("schedule")) == {}
    url = chat.settings.ticks_queue_url
    counts = chat.queue.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    now, delayed = counts["ApproximateNumberOfMessages"], counts["ApproximateNumberOfMessagesDelayed"]
    assert int(now) + int(delayed) == 18
    (first,) = chat.queue.receive_message(QueueUrl=url)["Messages"]
    assert json.loads(first["Body"]) == {"v": 1, "tickAt": chat.clock.now_ms() // 1000}


def test_a_tick_pings_and_closes_and_brings_back(chat: ChatDriver) -> None:
    alice, silent = chat.connect("alice"), chat.open()
    chat.workflow.broken = True
    reply_id = alice.emit("chat:message", {"agentId": "echo", "message": "hi"})["replyId"]
    chat.workflow.broken = False
    for _ in range(13):  # a ping interval
        chat.clock.advance(10)
        assert chat.call("sweeper", recorded("tick")) == {"batchItemFailures": []}
        chat.answer()
        if "2" in alice.frames:
            alice.send("3")
    assert "2" in alice.frames
    assert silent.closed
    assert not alice.closed
    assert [body["messageId"] for body in alice.got("chat:message:complete")] == [reply_id]


def test_a_client_that_answers_no_ping_is_closed_and_makes_room(chat: ChatDriver) -> None:
    ghosts = [chat.connect("alice") for _ in range(5)]
    for _ in range(30):
        chat.clock.advance(10)
        chat.call("sweeper", recorded("tick"))
    assert all(ghost.closed for ghost in ghosts)
    assert chat.connect("alice")


def test_a_tick_that_comes_twice_is_done_once(chat: ChatDriver) -> None:
    silent = chat.open()
    chat.clock.advance(25)
    for _ in range(2):
        chat.call("sweeper", recorded("tick"))
    assert chat.transport.closed == [silent.address]


def test_ticks_that_the_queue_does_not_take_are_an_error(chat: ChatDriver) -> None:
    class FullQueue:
        def send_message_batch(self, **_: Any) -> dict[str, Any]:
            return {"Successful": [], "Failed": [{"Id": "0"}]}

    parts = chat.function(chat.settings, {"sqs": FullQueue()})
    with pytest.raises(QueueError, match="1 messages"):
        parts.app.ticks.send([({"tick_at": 1}, 0)])


class Service:
    """An AWS client that notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def start_execution(self, **execution: Any) -> None:
        self.asked.append(execution)

    def post_to_connection(self, **post: Any) -> None:
        self.asked.append(post)


def test_a_function_makes_its_aws_clients_when_it_first_needs_them(chat: ChatDriver) -> None:
    made: dict[str, Service] = {}

    def client(service: str, **_: Any) -> Service:
        return made.setdefault(service, Service())

    parts = runtime.Runtime(chat.settings, client=client)
    assert made == {}
    parts.workflow.start("r1", 0)
    parts.server.manager.transport.post("address1", "2")
    assert set(made) == {"dynamodb", "stepfunctions", "apigatewaymanagementapi"}
    (execution,) = made["stepfunctions"].asked
    assert execution["stateMachineArn"] == chat.settings.state_machine_arn
    assert json.loads(execution["input"]) == {"reply": "r1", "epoch": 0, "held": 0}
    assert made["apigatewaymanagementapi"].asked == [{"ConnectionId": "address1", "Data": b"2"}]


def test_a_boto3_client_gives_up_before_its_function_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    client = clients.boto3_client("sqs", endpoint_url="http://127.0.0.1:1", bounds=clients.POSTS)
    config = client.meta.config
    assert config.connect_timeout + config.read_timeout < 10
    assert config.retries["total_max_attempts"] == 1


@pytest.mark.parametrize(("aws_client", "makes"), [("lean", "serverless_socketio"), ("boto3", "botocore")])
def test_functions_make_lean_clients_unless_boto3_is_set(
    chat: ChatDriver, monkeypatch: pytest.MonkeyPatch, aws_client: str, makes: str
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    parts = runtime.Runtime(replace(chat.settings, aws_client=aws_client))
    transport: Any = parts.server.manager.transport._websockets
    for client in (parts.app._dynamodb, parts.app._lambda, parts.app._sqs, parts._sfn, transport._client):
        assert type(client).__module__.partition(".")[0] == makes
