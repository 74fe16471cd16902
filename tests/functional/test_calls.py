"""What a frame costs in calls of AWS: the budget of a message, a connection, a look."""

from __future__ import annotations

from typing import Any

import pytest

from tests.drivers import ChatDriver
from tests.fakes import Counting

HI = {"agentId": "echo", "message": "hi"}


@pytest.fixture
def dynamodb(tables: Any) -> Counting:
    return Counting(tables)


@pytest.fixture
def counted(dynamodb: Counting) -> ChatDriver:
    chat = ChatDriver(dynamodb)  # type: ignore[arg-type]
    chat.connect("bob").emit("chat:message", HI)  # the functions are warm
    chat.answer()
    dynamodb.taken()
    return chat


def test_connecting_is_one_write_and_one_call_at_the_handshake(counted: ChatDriver, dynamodb: Counting) -> None:
    posted = len(counted.transport.sent)
    counted.open()
    assert dynamodb.taken() == {"put_item": 1}
    assert len(counted.transport.sent) == posted + 1  # the open packet, by the one asynchronous call


def test_a_connect_reads_its_connection_its_key_and_its_presence_asks_for_places_and_writes_once(
    counted: ChatDriver, dynamodb: Counting
) -> None:
    client = counted.open()
    counted.connect("alice")  # on the same plan, which a warm function has read
    dynamodb.taken()
    client.send('40{"token":"key-of-alice"}')
    assert dynamodb.taken() == {"get_item": 3, "query": 1, "transact_write_items": 1}


def test_a_message_is_one_update_and_one_transaction_and_no_read(counted: ChatDriver, dynamodb: Counting) -> None:
    alice = counted.connect("bob")
    alice.emit("chat:history", {"agentId": "echo", "limit": 1})  # its session is read
    for client_message_id in ({}, {"clientMessageId": "c1"}):
        dynamodb.taken()
        posted = len(counted.transport.sent)
        assert alice.emit("chat:message", {**HI, **client_message_id})["ok"]
        assert dynamodb.taken() == {"update_item": 1, "transact_write_items": 1}
        assert len(counted.transport.sent) == posted + 1
        assert len(counted.answers_started) == 1
        counted.answer()


def test_a_short_answer_is_ten_reads_and_six_writes_two_of_the_reads_for_who_is_to_hear_of_its_end(
    counted: ChatDriver, dynamodb: Counting
) -> None:
    bob = counted.connect("bob")
    bob.emit("chat:join", {"agentId": "echo"})
    bob.emit("chat:message", HI)
    dynamodb.taken()
    counted.answer()
    reads, writes = {"get_item": 6, "query": 4}, {"update_item": 4, "put_item": 1, "transact_write_items": 1}
    assert dynamodb.taken() == {**reads, **writes}


def test_a_message_over_the_rate_is_at_most_a_look_for_its_id(counted: ChatDriver, dynamodb: Counting) -> None:
    alice = counted.connect("alice")
    for _ in range(5):
        alice.emit("chat:message", HI)
        counted.answer()
    alice.emit("chat:message", HI)
    dynamodb.taken()
    assert not alice.emit("chat:message", HI)["ok"]
    assert dynamodb.taken() == {}
    assert not alice.emit("chat:message", {**HI, "clientMessageId": "c1"})["ok"]
    assert dynamodb.taken() == {"get_item": 1}


def test_a_look_is_what_it_reads_and_its_rate_costs_nothing(counted: ChatDriver, dynamodb: Counting) -> None:
    alice = counted.connect("bob")
    look = {"agentId": "echo", "limit": 1}
    alice.emit("chat:history", look)
    dynamodb.taken()
    alice.emit("chat:history", look)
    assert dynamodb.taken() == {"query": 1}
    alice.emit("chat:history", {"agentId": 5})
    alice.emit("nothing:known", {})
    assert dynamodb.taken() == {}


def test_a_client_that_doubts_its_connection_is_answered_without_a_call(
    counted: ChatDriver, dynamodb: Counting
) -> None:
    alice = counted.connect("alice")
    alice.emit("chat:history", {"agentId": "echo", "limit": 1})  # its session is read
    dynamodb.taken()
    assert alice.emit("presence:unsubscribe", {"userIds": []}) == {"ok": True, "presence": {}}
    assert dynamodb.taken() == {}
