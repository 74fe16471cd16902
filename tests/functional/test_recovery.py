"""Clients that lose their connection in the middle of a chat, and come back to it."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import nullcontext
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.drivers import ChatDriver, Refused, SocketIOClient
from tests.fakes import Counting
from tests.recovering import COMPLETE, Recovering

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

WINDOW_S = 120
TEXT = " ".join(f"word{number}" for number in range(120))  # 40 chunks, two seconds


def say(client: SocketIOClient, text: str) -> None:
    assert client.emit("chat:message", {"agentId": "echo", "message": text})["ok"]


@pytest.fixture
def alice(chat: ChatDriver) -> Recovering:
    return Recovering(chat)


def test_a_client_that_was_away_for_a_moment_missed_nothing(chat: ChatDriver, alice: Recovering) -> None:
    other = chat.connect("alice")
    other.emit("chat:join", {"agentId": "echo"})
    alice.socket.emit("chat:join", {"agentId": "echo"})
    sid = alice.sid
    alice.lose()
    say(other, TEXT)
    chat.answer()
    alice.connect()
    assert alice.recovered
    assert alice.sid == sid
    assert [line["message"] for line in alice.got("chat:message")] == [TEXT]
    alice.assert_whole(TEXT)
    say(other, "again")
    chat.answer()
    assert [line["message"] for line in alice.got(COMPLETE)] == [TEXT, "again"]


@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize("away_s", [0.01, 0.6, 5.0])
def test_a_client_lost_in_the_middle_of_an_answer_hears_it_to_its_end(
    chat: ChatDriver, alice: Recovering, told: bool, away_s: float
) -> None:
    say(alice.socket, TEXT)
    chat.clock.on_sleep(0.72, lambda: alice.lose(told=told))
    chat.clock.on_sleep(0.72 + away_s, alice.connect)
    chat.answer()
    chat.clock.advance(away_s)
    assert alice.recovered
    alice.assert_whole(TEXT)


@pytest.mark.no_cover  # the same lines again and again: tracing them would take longer than the test
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(moments=st.lists(st.integers(1, 2_600), min_size=1, max_size=6, unique=True), told=st.booleans())
def test_however_often_a_client_is_lost_it_hears_each_chunk_once(
    tables: DynamoDBClient, moments: list[int], told: bool
) -> None:
    chat = ChatDriver(tables)
    alice = Recovering(chat)
    say(alice.socket, TEXT)
    for number, moment in enumerate(sorted(moments)):
        happening = alice.connect if number % 2 else lambda: alice.lose(told=told)
        chat.clock.on_sleep(moment / 1000, happening)
    chat.answer()
    chat.clock.advance(3)
    if len(moments) % 2:
        alice.connect()
    assert alice.recovered
    alice.assert_whole(TEXT)


def test_an_agent_that_pauses_between_chunks_is_heard_after_a_loss_too(chat: ChatDriver, alice: Recovering) -> None:
    chat.directory.put_agent("slow", "Slow", provider="echo", chunk_delay_ms=3_000)
    assert alice.socket.emit("chat:message", {"agentId": "slow", "message": "a b c d e f g h i j k l m n o"})["ok"]
    chat.clock.on_sleep(4, lambda: alice.lose(told=False))
    chat.clock.on_sleep(7, alice.connect)
    chat.answer()
    assert alice.recovered
    alice.assert_whole("a b c d e f g h i j k l m n o")


def test_a_client_that_stays_away_leaves_nothing_behind_and_gets_a_new_session(
    chat: ChatDriver, alice: Recovering
) -> None:
    other = chat.connect("alice")
    alice.socket.emit("chat:join", {"agentId": "echo"})
    sid = alice.sid
    alice.lose()
    chat.clock.advance(WINDOW_S + 2)
    say(other, "hello")
    chat.answer()
    alice.connect()
    assert not alice.recovered
    assert alice.sid != sid
    assert [name for name, _ in alice.events if name != "presence:updated"] == []


def test_nobody_comes_back_with_a_key_of_somebody_else(chat: ChatDriver, alice: Recovering) -> None:
    sid, pid = alice.sid, alice.pid
    alice.lose()
    alice.connect("bob")
    assert (alice.recovered, alice.sid == sid) == (False, False)
    assert alice.socket.emit("chat:join", {"agentId": "echo"})["room"] == "chat:echo:bob"
    alice.lose()
    alice.pid = pid
    alice.connect("alice")
    assert (alice.recovered, alice.sid == sid) == (True, True)


def test_nobody_comes_back_with_a_key_that_was_revoked(chat: ChatDriver, alice: Recovering) -> None:
    alice.lose()
    with pytest.raises(Refused) as refused:
        alice.connect("nobody")
    assert refused.value.code == "unauthorized"
    alice.connect()
    assert alice.recovered


@pytest.mark.parametrize(("thief", "code"), [("nobody", "unauthorized"), ("bob", None)])
@pytest.mark.parametrize("answering", [False, True])
def test_the_owner_of_a_stolen_pid_notices_nothing(
    chat: ChatDriver, alice: Recovering, thief: str, code: str | None, answering: bool
) -> None:
    if answering:
        say(alice.socket, TEXT)
    stolen = Recovering(chat, "bob")
    stolen.pid, stolen.offset = alice.pid, alice.offset
    with nullcontext() if code is None else pytest.raises(Refused, match=code):
        stolen.connect(thief)
    assert not stolen.recovered
    assert not alice.socket.closed
    if answering:
        chat.answer()
        alice.assert_whole(TEXT)
    assert alice.socket.emit("chat:leave", {"agentId": "echo"})["ok"]
    alice.lose()
    alice.connect()
    assert alice.recovered


def test_one_connection_too_many_ends_the_one_that_has_been_away_longest(chat: ChatDriver) -> None:
    devices = [Recovering(chat) for _ in range(5)]
    with pytest.raises(Refused, match="forbidden"):
        Recovering(chat)
    for device in (devices[1], devices[0], devices[2]):
        device.lose()
        chat.clock.advance(1)
    Recovering(chat)  # in the place of the second
    devices[0].connect()  # the return of one that is away takes no place of another
    assert devices[0].recovered
    devices[3].lose(told=False)
    devices[3].connect()  # so does that of one whose last connection is thought to be there
    assert devices[3].recovered
    devices[2].connect()
    assert devices[2].recovered
    with pytest.raises(Refused, match="forbidden"):
        devices[1].connect()
    devices[4].lose()
    devices[1].connect()
    assert not devices[1].recovered


def test_a_user_gathers_no_more_sockets_than_the_plan_has_connections(chat: ChatDriver) -> None:
    for _ in range(12):
        Recovering(chat).lose()
    members = chat.function(chat.settings).server.manager.store.rooms.members("/", "user:alice")
    assert len(members) == 5
    assert chat.connect("alice").emit("chat:join", {"agentId": "echo"})["ok"]
    assert len(chat.function(chat.settings).server.manager.store.rooms.members("/", "user:alice")) == 5


def test_a_deployment_may_do_without(tables: DynamoDBClient) -> None:
    chat = ChatDriver(tables, recovery_window_ms=0)
    client = chat.connect("alice", query={"recovery": "1"})
    (answer,) = [frame for frame in client.frames if frame.startswith("40")]
    assert set(json.loads(answer.removeprefix("40"))) == {"sid"}


def test_only_those_who_asked_cost_more(tables: DynamoDBClient) -> None:
    counting = Counting(tables)
    calls = counting.calls
    chat = ChatDriver(counting)  # type: ignore[arg-type]
    chat.connect("alice").emit("chat:join", {"agentId": "echo"})
    recovering = Recovering(chat)
    recovering.socket.emit("chat:join", {"agentId": "echo"})
    emit = chat.function(chat.settings).server.emit
    calls.clear()
    emit("said", 1, room="chat:echo:alice")
    assert calls == {"query": 1, "update_item": 1, "put_item": 1}
    recovering.socket.send("41")
    calls.clear()
    emit("said", 1, room="chat:echo:alice")
    assert calls == {"query": 1}
    calls.clear()
    plain = chat.connect("alice")
    accepting = Counter(calls)
    calls.clear()
    Recovering(chat)
    assert calls == accepting  # one item more in the same transaction
    calls.clear()
    plain.close()
    grace = {"get_item": 1, "put_item": 1}  # of its presence
    assert calls == {"query": 1, "batch_write_item": 1, "delete_item": 1, **grace}
