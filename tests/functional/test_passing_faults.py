"""A store that fails for a moment: every frame is answered, and no client is told anything final."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.drivers import Refused
from tests.faults import down

if TYPE_CHECKING:
    from tests.drivers import ChatDriver, SocketIOClient

READS = ("get_item", "query")
WRITES = ("put_item", "update_item", "delete_item", "transact_write_items", "batch_write_item")


def fail(chat: ChatDriver, function: str, *calls: str) -> None:
    """From now on, a function that is cold again finds a store that fails these calls."""
    chat.renew(function, **dict.fromkeys(calls, down))


@pytest.fixture
def alice(chat: ChatDriver) -> SocketIOClient:
    return chat.connect("alice")


@pytest.mark.parametrize("calls", [READS, WRITES])
def test_a_connect_closes_the_connection_and_the_next_one_is_accepted(chat: ChatDriver, calls: tuple[str, ...]) -> None:
    client = chat.open()
    fail(chat, "message", *calls)
    assert client.send('40{"token":"key-of-alice"}') == []
    assert client.closed
    chat.renew("message")
    client.close(1006)
    assert not chat.connect("alice").closed


@pytest.mark.parametrize("calls", [READS, WRITES])
def test_a_native_handshake_is_503_and_leaves_nothing(chat: ChatDriver, calls: tuple[str, ...]) -> None:
    fail(chat, "connect", *calls)
    with pytest.raises(Refused) as refused:
        chat.connect_native("alice")
    assert refused.value.status == 503
    chat.renew("connect")
    assert chat.connect_native("alice")


def test_an_event_is_unavailable_on_its_ack(chat: ChatDriver, alice: SocketIOClient) -> None:
    fail(chat, "message", *READS)
    answer = alice.emit("chat:history", {"agentId": "echo"})
    assert (answer["ok"], answer["error"]["code"]) == (False, "unavailable")
    assert answer["error"]["retryAfterMs"] > 0
    assert not alice.closed


def test_an_event_without_an_ack_is_unavailable_by_an_event(chat: ChatDriver, alice: SocketIOClient) -> None:
    fail(chat, "message", *READS)
    (error,) = alice.tell("chat:history", {"agentId": "echo"})
    assert (error["event"], error["code"]) == ("chat:history", "unavailable")


@pytest.mark.parametrize(
    "frame",
    ['451-7["chat:typing",{"_placeholder":true,"num":0}]', "bAQID", "437[1]", "2probe", '42["nothing",{}]', "oops"],
)
def test_no_frame_is_dropped_in_silence(chat: ChatDriver, alice: SocketIOClient, frame: str) -> None:
    fail(chat, "message", *READS)
    (answer,) = alice.send(frame)
    assert '"unavailable"' in answer
    assert answer.startswith("437[" if frame.startswith("451") else '42["error"')


@pytest.mark.parametrize("frame", ["41", "1"])
def test_a_goodbye_closes_the_connection(chat: ChatDriver, alice: SocketIOClient, frame: str) -> None:
    fail(chat, "message", *READS)
    assert alice.send(frame) == []
    assert alice.closed


def test_a_native_frame_is_answered_in_its_own_form(chat: ChatDriver) -> None:
    nora = chat.connect_native("alice")
    fail(chat, "message", *READS)
    assert nora.emit("chat:history", {"agentId": "echo"})["error"]["code"] == "unavailable"
    (told,) = nora.send(json.dumps({"action": "chat:history"}))
    assert json.loads(told)["data"]["code"] == "unavailable"


def test_a_recoverable_socket_is_answered_though_nothing_can_be_kept_for_it(chat: ChatDriver) -> None:
    alice = chat.connect("alice", query={"recovery": "1"})
    fail(chat, "message", *READS, *WRITES)
    assert alice.emit("chat:history", {"agentId": "echo"})["error"]["code"] == "unavailable"
    (error,) = alice.tell("chat:history", {"agentId": "echo"})
    assert error["code"] == "unavailable"


def test_a_recoverable_socket_whose_connection_is_cached_is_answered_too(chat: ChatDriver) -> None:
    alice = chat.connect("alice", query={"recovery": "1"})
    store = Switched(chat.dynamodb)
    chat.give("dynamodb", store)
    alice.emit("chat:history", {"agentId": "echo"})  # its connection is cached
    store.is_down = True
    (error,) = alice.tell("chat:history", {"agentId": "echo"})
    assert error["code"] == "unavailable"


class Switched:
    """DynamoDB's client, until it is down."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.is_down = False

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)
        return lambda **call: down() if self.is_down else method(**call)
