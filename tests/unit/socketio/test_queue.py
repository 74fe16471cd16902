"""Messages to SQS: as many a call as fit, whole, and in characters that it takes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from hypothesis import given
from hypothesis import strategies as st

from serverless_socketio.aws.queue import BYTES_MAX, REFUSED, SqsQueue, SqsRelay, batch_in
from serverless_socketio.batches import ATTEMPTS, BATCH_MAX
from serverless_socketio.exceptions import QueueError
from serverless_socketio.model import MAX_MESSAGE_OUT, Batch


class Service:
    """A client of SQS with its limits (API reference, SendMessageBatch); it refuses some ids, some times."""

    def __init__(self, *refused: str, times: int = 1000) -> None:
        self.calls: list[list[dict[str, Any]]] = []
        self._refused = refused
        self._times = times

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        assert QueueUrl == "https://queue"
        assert 1 <= len(Entries) <= 10
        assert len({entry["Id"] for entry in Entries}) == len(Entries)
        assert sum(len(entry["MessageBody"].encode()) for entry in Entries) <= BYTES_MAX
        assert all(0 <= entry["DelaySeconds"] <= 900 for entry in Entries)
        self.calls.append(Entries)
        self._times -= 1
        there = {entry["Id"] for entry in Entries}
        return {"Failed": [{"Id": name} for name in self._refused if name in there and self._times >= 0]}

    @property
    def bodies(self) -> list[Any]:
        return [json.loads(entry["MessageBody"]) for call in self.calls for entry in call]

    def queue(self) -> SqsQueue:
        service: Any = self
        return SqsQueue(lambda: service, "https://queue", sleep=lambda seconds: None)


def test_ten_go_in_a_call_each_with_its_delay() -> None:
    service = Service()
    service.queue().send(({"n": number}, number) for number in range(23))
    assert [len(call) for call in service.calls] == [10, 10, 3]
    assert service.bodies == [{"n": number} for number in range(23)]
    assert [entry["DelaySeconds"] for call in service.calls for entry in call] == list(range(23))


def test_no_message_is_no_call() -> None:
    service = Service()
    service.queue().send([])
    assert service.calls == []


def test_large_ones_go_in_several_calls() -> None:
    service = Service()
    service.queue().send(({"text": "x" * 100_000}, 0) for _ in range(5))
    assert [len(call) for call in service.calls] == [2, 2, 1]


def test_what_is_not_taken_is_an_error() -> None:
    with pytest.raises(QueueError, match="2 messages"):
        Service("0", "3").queue().send([({}, 0)] * 5)


def test_what_was_not_taken_at_first_is_sent_again_and_nothing_else() -> None:
    service = Service("0", "3", times=2)
    service.queue().send(({"n": number}, 0) for number in range(5))
    assert [[json.loads(entry["MessageBody"])["n"] for entry in call] for call in service.calls] == [
        [0, 1, 2, 3, 4],
        [0, 3],
        [0, 3],
    ]


@pytest.mark.parametrize(
    "trouble",
    [EndpointConnectionError(endpoint_url="https://queue"), ClientError({"Error": {"Code": "AccessDenied"}}, "Send")],
)
def test_a_queue_that_cannot_be_reached_is_the_librarys_own_error(trouble: Exception) -> None:
    class Broken(Service):
        def send_message_batch(self, **_: Any) -> dict[str, Any]:
            raise trouble

    with pytest.raises(QueueError, match="did not take"):
        Broken().queue().send([({}, 0)])


@given(st.text())
def test_any_text_goes_in_characters_that_the_queue_takes(text: str) -> None:
    service = Service()
    service.queue().send([({"text": text}, 0)])
    (entry,) = service.calls[0]
    assert not [char for char in entry["MessageBody"] if ord(char) in REFUSED or char < " "]
    assert service.bodies == [{"text": text}]


@pytest.mark.parametrize("char", ['"', "\\", "é", "語", "😀"])
def test_the_largest_frame_fits_with_the_most_addresses(char: str) -> None:
    frame = char * (MAX_MESSAGE_OUT // len(char.encode()))
    batch = Batch("b" * 16, (frame,), tuple(f"L0SM9cOFvHcCIhw{number}=" for number in range(BATCH_MAX)))
    service = Service()
    SqsRelay(service.queue(), Service().queue()).send([batch, batch])
    assert [batch_in(body) for body in service.bodies] == [batch, batch]


def test_what_was_refused_waits_longer_each_time_and_the_dead_go_elsewhere() -> None:
    living, dead = Service(), Service()
    relay = SqsRelay(living.queue(), dead.queue())
    for attempt in range(2, ATTEMPTS + 1):
        relay.again(Batch("b1", ("2",), ("alice",), attempt))
    delays = [call[0]["DelaySeconds"] for call in living.calls]
    assert all(0 <= delay <= 2 * 2 ** (attempt - 2) for attempt, delay in enumerate(delays, 2))
    relay.bury(Batch("b1", ("2",), ("alice",), ATTEMPTS + 1))
    assert len(living.calls) == ATTEMPTS - 1
    assert [batch_in(body).addresses for body in dead.bodies] == [("alice",)]


def test_two_byte_characters_are_not_made_longer_on_their_way_to_another_function() -> None:
    service = Service()
    text = "é" * 32_768  # 64 KB
    batch = Batch("b", (text,), ("address",))
    SqsRelay(service.queue(), service.queue()).send([batch])
    ((entry,),) = service.calls
    assert len(entry["MessageBody"].encode()) < 66_000
    assert batch_in(service.bodies[0]) == batch
