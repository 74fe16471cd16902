"""What an operator sees: every event with its outcome and its ack's latency, who connects, how answers end."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from serverless_socketio.aws.metrics import EmbeddedMetrics
from serverless_socketio.exceptions import StoreError
from tests.drivers import ROOT, ChatDriver, Refused
from tools.cost import model

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TICK = json.loads((ROOT / "tests" / "events" / "tick.json").read_text())


def outcomes(chat: ChatDriver, name: str, dimension: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for each in chat.meter.kept:
        if name in each.counts:
            assert each.by.keys() == {dimension}
            found[each.by[dimension]] = found.get(each.by[dimension], 0) + each.counts[name]
    return found


def test_every_event_is_counted_by_its_outcome_and_no_other_frame_is(chat: ChatDriver) -> None:
    alice = chat.connect("alice")
    chat.meter.kept.clear()
    alice.emit("chat:join", {"agentId": "echo"})
    alice.emit("chat:join", {"agentId": "nobody"})
    alice.emit("chat:join", {"agentId": 5})
    alice.emit("no such event, by any name", {})
    alice.tell("chat:join", {"agentId": "echo", "userId": "bob"})
    alice.send("3")
    assert outcomes(chat, "Events", "outcome") == {"ok": 1, "not_found": 2, "invalid": 1, "forbidden": 1}
    assert len(chat.meter.kept) == 5
    named = [each.about["event"] for each in chat.meter.kept]
    assert named == [*["chat:join"] * 3, None, "chat:join"]  # a name from a client's text is not repeated


def test_a_frame_that_the_store_fails_is_counted_as_it_is_answered(chat: ChatDriver) -> None:
    alice = chat.connect("alice")

    def broken(**_: object) -> None:
        raise StoreError

    chat.renew("message", query=broken)
    chat.meter.kept.clear()
    assert alice.emit("chat:history", {"agentId": "echo"})["error"]["code"] == "unavailable"
    assert outcomes(chat, "Events", "outcome") == {"unavailable": 1}


def test_an_ack_s_latency_begins_when_api_gateway_took_the_frame(chat: ChatDriver) -> None:
    alice = chat.connect("alice")
    chat.meter.kept.clear()
    frame = '421["chat:typing",{"agentId":"echo","isTyping":true}]'
    chat.receive(alice.address, frame, received_ms=chat.clock.now_ms() - 250)
    chat.receive(alice.address, frame.replace("421", "422"), received_ms=chat.clock.now_ms() + 40)  # clocks differ
    first, second = chat.meter.times("AckLatency")
    assert (250 <= first < 260, second) == (True, 0)


def test_the_latency_of_a_message_s_ack_is_without_what_follows_the_ack(chat: ChatDriver) -> None:
    alice = chat.connect("alice")
    start = chat.workflow.start

    def slow(reply_id: str, epoch: int) -> None:
        chat.clock.advance(3)
        start(reply_id, epoch)

    parts = chat._runtimes["message"]
    parts.__dict__["workflow"] = SimpleNamespace(start=slow)
    chat.meter.kept.clear()
    alice.emit("chat:message", {"agentId": "echo", "message": "hi"})
    (latency,) = chat.meter.times("AckLatency")
    assert latency < 3_000


@pytest.mark.parametrize(
    ("token", "outcome"), [("key-of-alice", "accepted"), ("no key", "unauthorized"), (5, "unauthorized")]
)
def test_who_connects_and_who_is_refused_is_counted(chat: ChatDriver, token: object, outcome: str) -> None:
    if outcome == "accepted":
        chat.connect(auth={"token": token})
        chat.connect_native("bob")
    else:
        with pytest.raises(Refused):
            chat.connect(auth={"token": token})
        with pytest.raises(Refused):
            chat.connect_native(query={"token": str(token)})
    assert outcomes(chat, "Connects", "outcome") == {outcome: 2}


def test_one_connection_too_many_is_counted_as_forbidden(chat: ChatDriver) -> None:
    for _ in range(5):
        chat.connect("alice")
    with pytest.raises(Refused):
        chat.connect("alice")
    assert outcomes(chat, "Connects", "outcome") == {"accepted": 5, "forbidden": 1}


def test_an_answer_is_counted_by_its_end_and_its_first_chunk_is_timed(chat: ChatDriver) -> None:
    alice = chat.connect("alice")
    alice.emit("chat:message", {"agentId": "echo", "message": "one two three four"})
    chat.meter.kept.clear()
    chat.clock.advance(0.4)
    chat.answer()
    assert outcomes(chat, "AnswersEnded", "reason") == {"stop": 1}
    (first_ms,) = chat.meter.times("FirstChunk")
    assert 400 <= first_ms < 500


def test_an_answer_that_lost_its_writer_is_counted_when_it_is_brought_back(chat: ChatDriver) -> None:
    alice = chat.connect("alice")
    alice.emit("chat:message", {"agentId": "echo", "message": "hi"})
    chat.workflow.started.clear()  # the workflow is lost
    chat.meter.kept.clear()
    while not chat.workflow.started:
        chat.clock.advance(10)
        chat.tick()
    assert chat.meter.total("AnswersRunning") >= 1
    assert chat.meter.total("AnswersStuck") == 1
    chat.answer()
    assert outcomes(chat, "AnswersEnded", "reason") == {"stop": 1}


def test_ticks_count_sockets_ghosts_and_who_never_was_accepted(chat: ChatDriver) -> None:
    chat.connect("alice")
    chat.open()
    for _ in range(30):
        chat.clock.advance(10)
        chat.call("sweeper", TICK)
    assert (chat.meter.total("Pinged"), chat.meter.total("Ghosts"), chat.meter.total("Unaccepted")) == (1, 1, 1)


def test_a_function_prints_its_metrics_with_the_name_of_its_stack(
    tables: DynamoDBClient, capsys: pytest.CaptureFixture[str]
) -> None:
    chat = ChatDriver(tables, stack_name="Chat")
    for parts in chat._runtimes.values():
        parts.app._given_meter = None
        assert isinstance(parts.app.meter, EmbeddedMetrics)
    capsys.readouterr()
    alice = chat.connect("alice")
    chat.clock.advance(10)
    capsys.readouterr()
    alice.emit("chat:join", {"agentId": "echo"})
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith('{"_aws"')]
    (line,) = lines
    assert (line["stack"], line["outcome"], line["names"], line["Events"]) == ("Chat", "ok", {"chat:join": 1}, 1)


def test_a_thousand_events_in_ten_seconds_are_a_dozen_lines(
    tables: DynamoDBClient, capsys: pytest.CaptureFixture[str]
) -> None:
    chat = ChatDriver(tables)
    for parts in chat._runtimes.values():
        parts.app._given_meter = None
    carol = chat.connect("carol")
    capsys.readouterr()
    for _ in range(1_000):
        carol.emit("chat:typing", {"agentId": "echo", "isTyping": True})
    chat.clock.advance(10)
    carol.send("3")  # any frame has what waits printed
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith('{"_aws"')]
    assert sum(line["Events"] for line in lines) == 1_000
    assert len(lines) <= 12
    assert all(len(line["AckLatency"]) <= 100 for line in lines)


def test_the_model_of_costs_knows_how_long_the_line_of_an_answer_is(
    tables: DynamoDBClient, capsys: pytest.CaptureFixture[str]
) -> None:
    chat = ChatDriver(tables, stack_name="Chat")
    for parts in chat._runtimes.values():
        parts.app._given_meter = None
    chat.connect("alice").emit("chat:message", {"agentId": "echo", "message": "hi"})
    capsys.readouterr()
    chat.answer()
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith('{"_aws"')]
    assert {"AnswersEnded", "FirstChunk"} <= json.loads(line).keys()
    assert model.METRIC_BYTES - 50 < len(line) <= model.METRIC_BYTES
