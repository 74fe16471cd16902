"""A notification that a user sends to all devices of the user's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from serverless_socketio_chat.notifications.queue import ours_in
from tests.drivers import ChatDriver
from tests.fakes import Queues

if TYPE_CHECKING:
    from serverless_socketio_chat.notifications.queue import Ours

TEST = "push:test"


def sent(chat: ChatDriver) -> list[Ours | None]:
    """What is in the queue `push`."""
    return [ours_in(body) for body in chat.queue.take("push")]


def test_it_is_put_on_the_queue_as_decided(chat: ChatDriver) -> None:
    chat = ChatDriver(chat.dynamodb, queues=Queues)
    alice, nora = chat.connect("alice"), chat.connect_native("alice")
    assert alice.emit(TEST, {}) == {"ok": True}
    assert nora.emit(TEST, {})["ok"] is True
    first, second = sent(chat)
    for ours in (first, second):
        assert ours is not None
        assert (ours.user_id, ours.decided, ours.notification.kind) == ("alice", True, "test")
        assert ours.notification.title
        assert ours.notification.body
    assert first is not None
    assert second is not None
    assert first.notification.id != second.notification.id
    assert first.notification.timestamp < second.notification.timestamp <= chat.clock.now_ms()


def test_it_is_a_message_that_sqs_takes(chat: ChatDriver) -> None:
    chat.queue.purge_queue(QueueUrl=chat.settings.push_queue_url)
    chat.connect("alice").emit(TEST, {})
    (message,) = chat.queue.receive_message(QueueUrl=chat.settings.push_queue_url)["Messages"]
    assert '"alice"' in message["Body"]


def test_while_the_queue_is_down_it_is_unavailable(chat: ChatDriver) -> None:
    from botocore.exceptions import EndpointConnectionError

    class Down:
        def send_message_batch(self, **_: Any) -> None:
            raise EndpointConnectionError(endpoint_url="https://sqs")

    alice = chat.connect("alice")
    chat.give("sqs", Down())
    error = alice.emit(TEST, {})["error"]
    assert (error["code"], error["retryAfterMs"] > 0) == ("unavailable", True)
