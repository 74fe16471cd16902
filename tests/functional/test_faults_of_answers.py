"""While an answer runs, every call of its steps, its clients' frames and their session restores fail: see `plays`.

A connection hears each chunk and one ``complete``, whatever fails; where nobody knows whether it got ``complete``, it
is disconnected, and its client finds the answer when it joins again. A recoverable socket hears all of it once, over
all its connections.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError

from tests.faults import MODES, error
from tests.functional.plays import Act, Sent, Stage, asks, hold
from tests.recovering import CHUNK, COMPLETE, Recovering

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb import DynamoDBClient

    from tests.drivers import SocketIOClient
    from tests.faults import Mode

pytestmark = pytest.mark.no_cover  # the same lines again and again: tracing them would take longer than the tests

ASKED = "one two"


def answering(stage: Stage, user: str) -> Sent:
    client = stage.device(user)
    given = Sent(user, client, client, stage.device(user))
    for client in (given.client, given.other):
        client.emit("chat:join", {"agentId": "slow"})
    given.reply_id = given.client.emit("chat:message", {"agentId": "slow", "message": ASKED})["replyId"]
    return given


def answered(stage: Stage, user: str) -> Sent:
    given = answering(stage, user)
    stage.answer()
    return given


def is_whole(chunks: list[dict[str, Any]], complete: dict[str, Any]) -> None:
    texts = {body["index"]: body["chunk"] for body in chunks}
    assert list(texts) == list(range(complete["chunks"]))
    assert "".join(texts.values()).rstrip() == complete["message"].rstrip()


def finds_the_end(client: SocketIOClient, reply_id: str) -> None:
    """A client that comes back and joins finds the answer whole, and none that runs."""
    joined = client.emit("chat:join", {"agentId": "slow"})
    assert joined["streams"] == []
    assert [line["messageId"] for line in joined["messages"] if line["role"] == "agent"] == [reply_id]


def check_answer(reasons: set[str]) -> Callable[[Stage, Sent, Any], None]:
    def check(stage: Stage, given: Sent, _: Any) -> None:
        stage.settle(6, until=lambda: stage.has_ended(given.reply_id))
        for client in (given.client, given.other):
            completes = client.got(COMPLETE)
            assert len(completes) == 1 or (not completes and client.closed), completes
            if completes:
                assert completes[0]["finishReason"] in reasons, completes
                is_whole(client.got(CHUNK), completes[0])
                assert client.closed or client.got("relation:updated")
        back = stage.connect(given.user)
        finds_the_end(back, given.reply_id)
        assert back.emit("chat:message", {"agentId": "slow", "message": "three"})["ok"]
        stage.answer()
        assert len(back.got(COMPLETE)) == 1

    return check


@pytest.mark.parametrize("mode", MODES)
def test_an_answer_is_whole_and_ends_once(tables: DynamoDBClient, mode: Mode) -> None:
    hold(tables, Act(answering, lambda stage, _: stage.answer(), check_answer({"stop", "error"})), mode)


@pytest.mark.parametrize("mode", MODES)
def test_a_stop_ends_an_answer_once(tables: DynamoDBClient, mode: Mode) -> None:
    def stop(stage: Stage, given: Sent) -> None:
        given.client.send(f'427["chat:stop",{{"agentId":"slow","messageId":"{given.reply_id}"}}]')

    hold(tables, Act(answering, stop, check_answer({"stopped", "stop", "error"})), mode)


def resume(given: Sent) -> dict[str, Any]:
    return {"agentId": "slow", "messageId": given.reply_id, "index": 0}


EVENTS = {
    "resume of a running answer": asks("chat:resume", resume, given=answering),
    "resume of an ended answer": asks("chat:resume", resume, given=answered),
    "join of a running answer": asks("chat:join", {"agentId": "slow"}, given=answering),
    "join after an answer": asks("chat:join", {"agentId": "slow"}, given=answered),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("event", EVENTS)
def test_an_event_about_an_answer_is_answered(tables: DynamoDBClient, event: str, mode: Mode) -> None:
    hold(tables, EVENTS[event], mode)


# Recoverable sockets


@dataclass
class PendingAnswer:
    """A user's recoverable sockets, and the answer that they hear."""

    sockets: list[Recovering]
    reply_id: str


def recovering(stage: Stage, user: str) -> PendingAnswer:
    sockets = [Recovering(stage, user), Recovering(stage, user)]
    for each in sockets:
        assert each.socket.emit("chat:join", {"agentId": "slow"})["ok"]
    return PendingAnswer(
        sockets, sockets[0].socket.emit("chat:message", {"agentId": "slow", "message": ASKED})["replyId"]
    )


def lost_and_back(stage: Stage, given: PendingAnswer) -> None:
    """The first one loses its connection in the middle of the answer and comes back to its end."""
    first = given.sockets[0]

    stage.clock.on_sleep(0.02, first.end)
    stage.clock.on_sleep(0.3, first.connect_or_fail)
    stage.answer()


def hears_it_once(stage: Stage, given: PendingAnswer, _: Any) -> None:
    for tick in range(6):
        stage.settle(1)
        if stage.has_ended(given.reply_id) and not any(each.is_lost for each in given.sockets):
            break
        for each in given.sockets:
            each.look()
            if each.is_lost:
                each.end()
                each.connect_or_fail()
        assert tick < 5 or not any(each.is_lost for each in given.sockets)
    for each in given.sockets:
        completes = each.got(COMPLETE)
        assert len(completes) <= 1
        if completes:
            is_whole(each.got(CHUNK), completes[0])
        if not completes or not each.has_always_recovered:
            assert not each.has_always_recovered, "it came back to its socket, and missed the end"
            finds_the_end(each.socket, given.reply_id)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("do", [lambda stage, _: stage.answer(), lost_and_back], ids=["there", "lost and back"])
def test_a_recoverable_socket_hears_an_answer_once(
    tables: DynamoDBClient, do: Callable[[Stage, PendingAnswer], None], mode: Mode
) -> None:
    hold(tables, Act(recovering, do, hears_it_once), mode)


# The post of `complete`, and what is known of it


class Posting:
    """What becomes of the posts of ``complete`` to one connection: the first few fail."""

    def __init__(self, stage: Stage, address: str, failure: Exception, times: int, *, has_effect: bool) -> None:
        self._post = stage.transport.management.post_to_connection  # type: ignore[attr-defined]
        self._address, self._failure, self._left, self._has_effect = address, failure, times, has_effect
        stage.transport.management.post_to_connection = self  # type: ignore[attr-defined]

    def __call__(self, *, ConnectionId: str, Data: bytes) -> None:  # noqa: N803 - boto3's names
        fails = ConnectionId == self._address and COMPLETE.encode() in Data and self._left > 0
        if not fails or self._has_effect:
            self._post(ConnectionId=ConnectionId, Data=Data)
        if fails:
            self._left -= 1
            raise self._failure


REFUSED = [error(429, "LimitExceededException"), ConnectTimeoutError(endpoint_url="https://api")]
UNCERTAIN = [error(500), error(503), ReadTimeoutError(endpoint_url="https://api")]


@pytest.mark.parametrize("failure", REFUSED, ids=repr)
def test_a_complete_that_surely_was_not_posted_is_posted_again(tables: DynamoDBClient, failure: Exception) -> None:
    stage = Stage(tables)
    given = answering(stage, stage.user())
    Posting(stage, given.client.address, failure, 3, has_effect=False)
    stage.answer()
    stage.settle(6)
    for client in (given.client, given.other):
        assert (len(client.got(COMPLETE)), client.closed) == (1, False)


@pytest.mark.parametrize("has_effect", [False, True])
@pytest.mark.parametrize("failure", UNCERTAIN, ids=repr)
def test_whether_a_complete_came_or_not_it_does_not_come_twice_and_its_client_comes_back(
    tables: DynamoDBClient, failure: Exception, has_effect: bool
) -> None:
    stage = Stage(tables)
    given = answering(stage, stage.user())
    Posting(stage, given.client.address, failure, 1, has_effect=has_effect)
    stage.answer()
    stage.settle(6)
    assert (len(given.client.got(COMPLETE)), given.client.closed) == (int(has_effect), True)
    assert (len(given.other.got(COMPLETE)), given.other.closed) == (1, False)
    finds_the_end(stage.connect(given.user), given.reply_id)


@pytest.mark.parametrize("has_effect", [False, True])
@pytest.mark.parametrize("failure", UNCERTAIN, ids=repr)
def test_a_recoverable_socket_gets_complete_once_whether_its_post_came_or_not(
    tables: DynamoDBClient, failure: Exception, has_effect: bool
) -> None:
    stage = Stage(tables)
    given = recovering(stage, stage.user())
    first = given.sockets[0]
    Posting(stage, first.socket.address, failure, 1, has_effect=has_effect)
    stage.answer()
    first.look()
    assert first.is_lost
    first.socket.close(1006)
    first.connect()
    assert first.recovered
    stage.settle(6)
    for each in given.sockets:
        assert len(each.got(COMPLETE)) == 1
        is_whole(each.got(CHUNK), each.got(COMPLETE)[0])
