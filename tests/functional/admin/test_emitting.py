"""`chat-admin emitting`: what could not be emitted is counted, listed, and put back; the emitter takes it then."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from serverless_socketio.aws.queue import batch_body, disconnect_body
from serverless_socketio.model import Batch
from tests.drivers import ROOT
from tests.functional.admin.queues import Queues

if TYPE_CHECKING:
    from tests.drivers import ChatDriver
    from tests.functional.admin.shell import Shell

FAILED = json.loads((ROOT / "tests" / "events" / "failed_call.json").read_text())
EVENT = json.loads((ROOT / "tests" / "events" / "emit.json").read_text())
REFUSED = {"v": 1, "issues": [{"path": "rooms", "message": "unknown"}], "event": EVENT}


@pytest.fixture
def queues(chat: ChatDriver, shell: Shell) -> Queues:
    return Queues(chat, shell, "batches", dead="emittingDead")


def test_dead_letters_are_counted_by_reason_and_name_what_they_are_about(shell: Shell, queues: Queues) -> None:
    queues.die(REFUSED, FAILED, EVENT, batch_body(Batch("b1", ("42[]",), ("a=", "b="), attempt=7)), {"schedule": "x"})
    assert shell.json("emitting", "dead") == [
        {"reason": "invalid", "count": 1, "retriable": 0, "oldestAt": None},
        {"reason": "unhandled", "count": 4, "retriable": 3, "oldestAt": None},
    ]
    (refused,) = shell.json("emitting", "dead", "--reason", "invalid")
    assert (refused["eventId"], refused["source"], refused["event"]) == (EVENT["id"], "shop", "order:shipped")
    listed = shell.json("emitting", "dead", "--reason", "unhandled")
    assert {one["eventId"] for one in listed} == {FAILED["requestPayload"]["id"], EVENT["id"], "b1", None}
    assert {one["sockets"] for one in listed} == {None, 2}
    assert "orderId" not in shell.said("emitting", "dead", "--reason", "unhandled")


def test_what_is_put_back_is_emitted(chat: ChatDriver, shell: Shell, queues: Queues) -> None:
    alice = chat.connect("alice")
    queues.die(REFUSED, FAILED, EVENT, batch_body(Batch("b1", ('42["news",{}]',), (alice.address,), attempt=7)))
    assert shell.json("emitting", "retry") == {"putBack": 3, "left": {"invalid": 1}}
    chat.deliver(queues.taken("batches"), "emitter")
    assert len(alice.got("order:shipped")) == 2
    assert len(alice.got("news")) == 1
    assert queues.taken("emittingDead") == [REFUSED]


def test_a_socket_that_was_to_be_disconnected_is(chat: ChatDriver, shell: Shell, queues: Queues) -> None:
    alice = chat.connect("alice")
    store = chat.function(chat.settings).server.manager.store
    (member,) = store.rooms.members("/", "user:alice")
    queues.die(disconnect_body(member.sid, "/"))
    assert shell.json("emitting", "retry")["putBack"] == 1
    chat.deliver(queues.taken("batches"), "emitter")
    assert alice.frames[-1] == "41"


def test_a_deployment_without_the_queue_says_so(shell: Shell, queues: Queues) -> None:
    assert shell.said("emitting", "retry") == "Put back: 0. Left: 0.\n"
    outputs = json.loads(shell.outputs.read_text())
    del outputs["Chat"]["QueueEmittingDead"]
    shell.outputs.write_text(json.dumps(outputs))
    assert "no queue `emittingDead`" in shell.refused("emitting", "dead")
