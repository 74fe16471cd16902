"""The chat over long-polling: the functions as the HTTP API calls them. Time is a clock's."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from tests.drivers import ChatDriver, Refused
from tests.fakes import Queues

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from tests.drivers import PollingClient

HANDSHAKE = "EIO=4&transport=polling"


def upgrade(chat: ChatDriver, client: PollingClient) -> str:
    """Move a session to a WebSocket; its address."""
    address, answer = chat.handshake(query={"EIO": "4", "transport": "websocket", "sid": client.sid})
    assert answer == {"statusCode": 200}
    chat.receive(address, "2probe")
    chat.receive(address, "5")
    return address


def posted(chat: ChatDriver, address: str) -> list[str]:
    return [frame for target, frame in chat.transport.sent if target == address]


def test_a_message_is_answered(chat: ChatDriver) -> None:
    alice = chat.poll()
    joined = alice.emit("chat:join", {"agentId": "echo"})
    assert joined["ok"]
    ack = alice.emit("chat:message", {"agentId": "echo", "message": "one two three four five"})
    chat.answer()
    while not alice.got("chat:message:complete"):
        alice.get()
    chunks = alice.got("chat:message:stream")
    assert [chunk["index"] for chunk in chunks] == list(range(len(chunks)))
    assert "".join(chunk["chunk"] for chunk in chunks).strip() == "one two three four five"
    assert alice.got("chat:message:complete")[0]["messageId"] == ack["replyId"]


def test_a_session_goes_on_over_a_websocket(chat: ChatDriver) -> None:
    alice = chat.poll()
    alice.emit("chat:join", {"agentId": "echo"})
    alice.post('427["chat:typing",{"agentId":"echo","isTyping":true}]')  # its ack waits
    address = upgrade(chat, alice)
    chat.receive(address, '428["presence:away",{}]')
    frames = posted(chat, address)
    assert frames[0] == "3probe"
    acks = [frame for frame in frames if frame.startswith("43")]
    assert acks == ['437[{"ok":true}]', '438[{"ok":true,"status":"away"}]']


def test_a_websocket_that_is_opened_with_no_session_is_turned_away(chat: ChatDriver) -> None:
    alice = chat.poll()
    address = upgrade(chat, alice)
    for sid in ("x", "x" * 44, alice.sid):  # the last has been upgraded
        assert chat.handshake(query={"EIO": "4", "transport": "websocket", "sid": sid})[1]["statusCode"] == 400
    chat.disconnect(address)
    assert chat.handshake(query={"EIO": "4", "transport": "websocket", "sid": alice.sid})[1]["statusCode"] == 400


def test_an_origin_is_judged_at_connect(chat: ChatDriver) -> None:
    with pytest.raises(Refused) as caught:
        chat.poll(origin="https://evil.example")
    assert caught.value.code == "forbidden"
    answer = chat.http("GET", HANDSHAKE, headers={"origin": "https://evil.example"})
    assert answer["headers"]["access-control-allow-origin"] == "*"


def test_a_body_may_come_as_base64(chat: ChatDriver) -> None:
    alice = chat.poll()
    event = {
        "version": "2.0",
        "rawQueryString": f"{HANDSHAKE}&sid={alice.sid}",
        "headers": {},
        "requestContext": {"http": {"method": "POST"}, "requestId": "r", "timeEpoch": chat.clock.now_ms()},
        "body": base64.b64encode(b'421["presence:away",{}]').decode(),
        "isBase64Encoded": True,
    }
    assert chat.call("message", event)["body"] == "ok"
    assert '431[{"ok":true,"status":"away"}]' in alice.get()


def test_a_client_that_asks_no_more_is_offline_in_time(tables: DynamoDBClient) -> None:
    """Whatever the moment at which it stops: ticks come every ten seconds, and what they leave comes to the second."""
    for offset_s in (0, 3, 6, 9):
        chat = ChatDriver(tables, queues=Queues)
        chat.clock.advance(offset_s)
        bob, alice = chat.connect("bob"), chat.poll()
        bob.emit("presence:subscribe", {"userIds": ["alice"]})
        alice.get()
        gone_ms = chat.clock.now_ms()
        while bob.got("presence:updated")[-1:] == [] or bob.got("presence:updated")[-1]["status"] != "offline":
            assert chat.clock.now_ms() < gone_ms + 45_000
            if chat.clock.now_ms() % 10_000 < 1_000:
                chat.tick()
            chat.deliver(chat.queue.take(chat.settings.ticks_queue_url), "sweeper")
            chat.remind()
            chat.clock.advance(1)
        assert chat.clock.now_ms() > gone_ms + 40_000


class TestAPlaceOfThePlan:
    """alice has five."""

    def test_is_made_by_who_asks_no_more_the_longest_idle_first(self, chat: ChatDriver) -> None:
        first, second = chat.poll(), chat.poll()
        others = [chat.connect() for _ in range(3)]
        second.get()
        chat.clock.advance(2)
        chat.connect()
        assert first.post("3")[0] == 400
        assert second.post("3")[0] == 200
        assert not any(other.closed for other in others)

    def test_is_waited_for_by_six_reloads_in_two_seconds(self, chat: ChatDriver) -> None:
        for _ in range(6):
            page = chat.poll()
            chat.clock.advance(0.33)
        assert page.emit("presence:online", {})["ok"]

    def test_is_waited_for_after_the_requests_that_are_held_have_ended(self, chat: ChatDriver) -> None:
        """A GET that a reload left behind is held for up to 20 s; who is still there asks again at once."""
        pages = [chat.poll() for _ in range(5)]
        chat.connect()
        began = chat.clock.monotonic()
        assert pages[-1].get() == []
        assert chat.clock.monotonic() - began < 0.1

    def test_is_waited_for_until_its_connection_is_reported_closed(self, chat: ChatDriver) -> None:
        clients = [chat.connect() for _ in range(5)]
        chat.clock.on_sleep(1.0, clients[0].close)
        assert chat.connect()

    def test_is_not_taken_from_who_asks(self, chat: ChatDriver) -> None:
        pages = [chat.poll() for _ in range(5)]

        def all_ask() -> None:
            chat.clock.on_sleep(1.1, all_ask)
            for page in pages:
                page.emit("presence:online", {})

        chat.clock.on_sleep(0.1, all_ask)
        began = chat.clock.monotonic()
        with pytest.raises(Refused) as caught:
            chat.connect()
        assert caught.value.code == "forbidden"
        assert chat.clock.monotonic() - began >= 3

    def test_is_not_waited_for_by_many(self, chat: ChatDriver) -> None:
        """Each that waits keeps a function: five of a user's do, at a time."""
        for _ in range(5):
            chat.connect()
        waits: list[float] = []

        def another() -> None:
            began = chat.clock.monotonic()
            with pytest.raises(Refused):
                chat.connect()
            waits.append(chat.clock.monotonic() - began)

        for after_ms in range(10, 80, 10):
            chat.clock.on_sleep(after_ms / 1000, another)
        another()
        assert sum(wait >= 3 for wait in waits) == 5
        assert sum(wait < 0.1 for wait in waits) == 3
