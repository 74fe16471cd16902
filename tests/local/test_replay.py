"""The engine's own data functions, noted and applied again: whenever the snapshot was taken, the state is the same."""

import asyncio
import copy
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ministack.services import dynamodb, eventbridge, lambda_svc, sqs

from local.engine import borrowed
from local.engine.journal import items, queues, streams
from local.engine.journal.replaying import replay
from local.engine.journal.segments import Journal

WRAPPED = {
    dynamodb: ("_set_item", "_remove_item", "_transact_write_items", "_batch_write_item"),
    sqs: (
        *borrowed.SENDS_AND_DELETES,
        "_act_send_message_batch",
        "_act_purge_queue",
        "_collect_msgs",
        "_receive_messages_for_esm",
        "_act_change_visibility",
        "_act_change_visibility_batch",
    ),
    lambda_svc: ("_route_async_failure", "_send_ddb_stream_failure_record"),
    eventbridge: ("_dispatch_to_sqs",),
}
TABLE, QUEUE, DEAD = "table", "queue", "dead"


class Engine:
    """ministack's tables and queues in this process, with a journal."""

    def __init__(self, folder: Path) -> None:
        self.journal = Journal(folder, "1")
        items.install(self.journal)
        queues.install(self.journal)
        self.journal.rotate()
        dynamodb._create_table(
            {
                "TableName": TABLE,
                "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
                "BillingMode": "PAY_PER_REQUEST",
                "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "OLD_IMAGE"},
            }
        )
        sqs._act_create_queue({"QueueName": DEAD}, "")
        policy = json.dumps({"deadLetterTargetArn": f"arn:aws:sqs:us-east-1:000000000000:{DEAD}", "maxReceiveCount": 2})
        sqs._act_create_queue({"QueueName": QUEUE, "Attributes": {"RedrivePolicy": policy}}, "")
        sqs._act_create_queue({"QueueName": "ordered.fifo"}, "")
        self.saved = self.state()

    def snapshot(self, *, complete: bool, services: tuple[str, ...] = ("dynamodb", "sqs")) -> None:
        """Save some services. A complete snapshot has all, and lets the log before it go."""
        first = self.journal.rotate()
        now = self.state()
        for service in services:
            self.saved[service] = now[service]
        if complete:
            self.journal.forget_before(first)

    @staticmethod
    def state() -> dict[str, Any]:
        return copy.deepcopy({"dynamodb": dynamodb.get_state(), "sqs": sqs.get_state()})

    def restart(self) -> None:
        """Forget what is in memory, load what was saved, apply the log."""
        reset()
        dynamodb.load_persisted_state(copy.deepcopy(self.saved["dynamodb"]))
        sqs.load_persisted_state(copy.deepcopy(self.saved["sqs"]))
        self.journal.abandon()  # as in a run that begins: what is applied is not logged
        replay(self.journal)
        self.journal.rotate()


def reset() -> None:
    dynamodb.reset()
    sqs.reset()
    lambda_svc._esms.clear()
    lambda_svc._dynamodb_stream_positions.clear()


@contextmanager
def engine() -> Iterator[Engine]:
    with pytest.MonkeyPatch.context() as patch, TemporaryDirectory() as folder:
        for module, names in WRAPPED.items():
            for name in names:
                patch.setattr(module, name, getattr(module, name))  # put back afterwards
        patch.setattr(sqs, "_HANDLERS", dict(sqs._HANDLERS))
        reset()
        try:
            yield Engine(Path(folder))
        finally:
            reset()


def url(name: str = QUEUE) -> str:
    found: str = sqs._queue_url(name)
    return found


def content(name: str = QUEUE) -> dict[str, dict[str, Any]]:
    return {message["id"]: message for message in sqs._queues[url(name)]["messages"]}


def stored() -> dict[str, Any]:
    return {pk: dict(by_sort) for pk, by_sort in dynamodb._tables[TABLE]["items"].items() if by_sort}


def put(key: str, value: int) -> dict[str, Any]:
    return {"TableName": TABLE, "Item": {"pk": {"S": key}, "value": {"N": str(value)}}}


def delete(key: str) -> dict[str, Any]:
    return {"TableName": TABLE, "Key": {"pk": {"S": key}}}


def add(key: str, value: int) -> dict[str, Any]:
    return {
        **delete(key),
        "UpdateExpression": "ADD amount :more",
        "ExpressionAttributeValues": {":more": {"N": str(value)}},
    }


def receive(queue: str = QUEUE, **options: Any) -> list[dict[str, Any]]:
    answer = asyncio.run(
        sqs._act_receive_message({"MaxNumberOfMessages": 10, "WaitTimeSeconds": 0, **options}, url(queue))
    )
    found: list[dict[str, Any]] = answer.get("Messages", [])
    return found


def receive_and_delete() -> None:
    for message in receive(MaxNumberOfMessages=1):
        sqs._act_delete_message({"ReceiptHandle": message["ReceiptHandle"]}, url())


def receive_and_hide(seconds: int) -> None:
    for message in receive(MaxNumberOfMessages=2):
        sqs._act_change_visibility({"ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": seconds}, url())


def poll_and_delete(count: int) -> None:
    polled = sqs._receive_messages_for_esm(url(), 3)
    sqs._delete_messages_for_esm(url(), {message["receipt_handle"] for message in polled[:count]})


keys = st.sampled_from("abcd")
numbers = st.integers(0, 3)
actions = st.one_of(
    st.builds(lambda key, value: lambda: dynamodb._put_item(put(key, value)), keys, numbers),
    st.builds(lambda key: lambda: dynamodb._delete_item(delete(key)), keys),
    st.builds(lambda key, value: lambda: dynamodb._update_item(add(key, value)), keys, numbers),
    st.builds(
        lambda value: (
            lambda: dynamodb._transact_write_items(
                {"TransactItems": [{"Put": put("a", value)}, {"Update": add("b", value)}, {"Delete": delete("c")}]}
            )
        ),
        numbers,
    ),
    st.builds(
        lambda key, value: (
            lambda: dynamodb._batch_write_item(
                {"RequestItems": {TABLE: [{"PutRequest": {"Item": put(key, value)["Item"]}}]}}
            )
        ),
        keys,
        numbers,
    ),
    st.builds(
        lambda delay: lambda: sqs._act_send_message({"MessageBody": "x", "DelaySeconds": delay * 300}, url()), numbers
    ),
    st.just(
        lambda: sqs._act_send_message_batch(
            {"Entries": [{"Id": "1", "MessageBody": "x"}, {"Id": "2", "MessageBody": "y"}]}, url()
        )
    ),
    st.builds(lambda seconds: lambda: receive(VisibilityTimeout=seconds), numbers),
    st.just(receive_and_delete),
    st.builds(lambda seconds: lambda: receive_and_hide(seconds), numbers),
    st.builds(lambda count: lambda: poll_and_delete(count), numbers),
    st.just(lambda: sqs._act_purge_queue({}, url())),
)
SNAPSHOTS = (
    lambda engine: engine.snapshot(complete=True),
    lambda engine: engine.snapshot(complete=False),
    lambda engine: engine.snapshot(complete=False, services=("sqs",)),
    lambda engine: engine.snapshot(complete=False, services=("dynamodb",)),
)
steps = st.lists(st.one_of(actions, actions, actions, st.sampled_from(SNAPSHOTS)), max_size=25)


@given(steps)
def test_a_snapshot_of_any_moment_and_the_log_make_the_state_that_was(taken: list[Any]) -> None:
    with engine() as running:
        for step in taken:
            step(running) if step in SNAPSHOTS else step()
        items_before, now = copy.deepcopy(stored()), time.time()
        messages_before = {name: copy.deepcopy(content(name)) for name in (QUEUE, DEAD)}
        running.restart()
        assert stored() == items_before
        table = dynamodb._tables[TABLE]
        assert table["ItemCount"] == len(items_before)
        for name, before in messages_before.items():
            assert as_after_a_start(before, now) == as_after_a_start(content(name), now)
        running.restart()
        assert stored() == items_before


def as_after_a_start(messages: dict[str, dict[str, Any]], now: float) -> dict[str, dict[str, Any]]:
    """What functions had is visible again; when exactly the visible ones became so does not matter."""
    seen = {}
    for name, message in messages.items():
        polled = message.pop(queues.POLLED, False)
        seen[name] = message | {
            "visible_at": 0 if polled or message["visible_at"] <= now + 1 else message["visible_at"]
        }
    return seen


def test_a_transaction_is_one_record() -> None:
    with engine() as running:
        writes = [{"Put": put("a", 1)}, {"Put": put("b", 1)}]
        dynamodb._transact_write_items({"TransactItems": writes})
        [segment] = running.journal.segments()
        [record] = running.journal.read(segment)[0]
        assert [change[0] for change in record] == ["item", "item"]


def test_a_write_that_is_refused_is_not_noted() -> None:
    with engine() as running:
        refused = {**put("a", 1), "ConditionExpression": "attribute_exists(pk)"}
        assert dynamodb._put_item(refused)[0] == 400
        dynamodb._delete_item(delete("a"))
        assert not running.journal.grown


def test_items_that_expire_are_noted_too() -> None:
    with engine() as running:
        dynamodb._put_item(put("a", 1))
        dynamodb._remove_item(dynamodb._tables[TABLE], "a", "__no_sort__")  # as the engine's reaper does
        running.restart()
        assert stored() == {}


def test_a_table_that_was_made_anew_has_nothing_of_the_old_one() -> None:
    with engine() as running:
        dynamodb._put_item(put("a", 1))
        del dynamodb._tables[TABLE]
        definition = {
            "TableName": TABLE,
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
        }
        dynamodb._create_table(definition)
        running.saved = running.state()
        running.restart()
        assert stored() == {}


def test_a_message_keeps_its_delay() -> None:
    with engine() as running:
        sent = sqs._act_send_message({"MessageBody": "later", "DelaySeconds": 600}, url())
        visible_at = content()[sent["MessageId"]]["visible_at"]
        running.restart()
        assert content()[sent["MessageId"]]["visible_at"] == visible_at
        assert receive() == []


def test_a_client_can_delete_what_it_received_before_the_kill() -> None:
    with engine() as running:
        sqs._act_send_message({"MessageBody": "x"}, url())
        [received] = receive(VisibilityTimeout=60)
        running.restart()
        assert receive() == []
        sqs._act_delete_message({"ReceiptHandle": received["ReceiptHandle"]}, url())
        assert content() == {}


@pytest.mark.parametrize("in_snapshot", [False, True])
def test_what_a_function_had_is_visible_at_once_and_counted(in_snapshot: bool) -> None:
    with engine() as running:
        sqs._act_send_message({"MessageBody": "x"}, url())
        sqs._receive_messages_for_esm(url(), 10)
        if in_snapshot:
            running.snapshot(complete=True)
        running.restart()
        [received] = receive(AttributeNames=["All"])
        assert received["Attributes"]["ApproximateReceiveCount"] == "2"


def test_a_function_that_asked_for_a_later_time_gets_it() -> None:
    with engine() as running:
        sqs._act_send_message({"MessageBody": "x"}, url())
        [polled] = sqs._receive_messages_for_esm(url(), 10)
        entry = {"Id": "1", "ReceiptHandle": polled["receipt_handle"], "VisibilityTimeout": 500}
        sqs._act_change_visibility_batch({"Entries": [entry]}, url())
        running.restart()
        assert receive() == []


def test_a_dead_letter_is_in_one_queue() -> None:
    with engine() as running:
        sqs._act_send_message({"MessageBody": "x"}, url())
        for _ in range(3):
            receive(VisibilityTimeout=0)
        assert (len(content()), len(content(DEAD))) == (0, 1)
        running.restart()
        assert (len(content()), len(content(DEAD))) == (0, 1)


def test_an_expired_message_does_not_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    with engine() as running:
        sqs._act_send_message({"MessageBody": "x"}, url())
        next(iter(content().values()))["sent_at"] -= 400_000
        assert receive() == []
        running.restart()
        assert content() == {}


def test_what_the_engine_itself_puts_into_a_queue_is_noted() -> None:
    with engine() as running:
        arn = f"arn:aws:sqs:us-east-1:000000000000:{QUEUE}"
        lambda_svc._route_async_failure(arn, "function", {}, {"body": {}})
        assert len(content()) == 1
        running.restart()
        assert len(content()) == 1


def test_an_ordered_queue_goes_on_with_its_numbers_and_knows_what_was_sent() -> None:
    message = {"MessageBody": "x", "MessageGroupId": "g", "MessageDeduplicationId": "d"}
    with engine() as running:
        first = sqs._act_send_message(message, url("ordered.fifo"))
        running.restart()
        again = sqs._act_send_message(message, url("ordered.fifo"))
        second = sqs._act_send_message({**message, "MessageDeduplicationId": "e"}, url("ordered.fifo"))
        assert again["MessageId"] == first["MessageId"]
        assert int(second["SequenceNumber"]) == int(first["SequenceNumber"]) + 1


def records() -> list[tuple[str, str]]:
    found = dynamodb.stream_live_records(TABLE)
    return [(record["eventName"], record["dynamodb"]["Keys"]["pk"]["S"]) for record in found]


def test_functions_are_told_of_changes_since_the_snapshot() -> None:
    with engine() as running:
        dynamodb._put_item(put("a", 1))
        running.snapshot(complete=True)
        dynamodb._put_item(put("a", 2))
        dynamodb._put_item(put("b", 1))
        dynamodb._delete_item(delete("b"))
        running.restart()
        assert records() == [("MODIFY", "a"), ("INSERT", "b"), ("REMOVE", "b")]


def test_functions_are_told_of_what_waited_at_the_snapshot(tmp_path: Path) -> None:
    with engine() as running:
        arn = dynamodb._tables[TABLE]["LatestStreamArn"]
        lambda_svc._esms["mapping"] = {"UUID": "mapping", "EventSourceArn": arn}
        lambda_svc._dynamodb_stream_positions["mapping"] = 1
        for value in range(3):
            dynamodb._put_item(put(str(value), value))
        streams.save(tmp_path / "streams.json")
        running.snapshot(complete=True)
        dynamodb._stream_records.clear()
        streams.restore(tmp_path / "streams.json")
        replay(running.journal)
        dynamodb._put_item(put("3", 3))
        assert lambda_svc._dynamodb_stream_positions["mapping"] == 0
        assert records() == [("INSERT", "1"), ("INSERT", "2"), ("INSERT", "3")]


def test_a_log_of_another_engine_is_left_out_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with engine() as running:
        dynamodb._put_item(put("a", 1))
        running.journal = Journal(running.journal._folder, "2")
        running.restart()
        assert stored() == {}
    assert capsys.readouterr().err.count("\n") == 1


def test_a_damaged_log_counts_up_to_the_damage_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    with engine() as running:
        dynamodb._put_item(put("a", 1))
        [segment] = running.journal.segments()
        whole = segment.stat().st_size
        dynamodb._put_item(put("b", 1))
        damaged = bytearray(segment.read_bytes())
        damaged[whole + 20] ^= 1
        segment.write_bytes(damaged)
        running.restart()
        assert list(stored()) == ["a"]
    assert "damaged" in capsys.readouterr().err
