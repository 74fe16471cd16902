from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.drivers import ChatDriver


@pytest.mark.parametrize("copies", [1, 2, 5])
def test_a_message_sent_again_is_answered_once(chat: ChatDriver, copies: int) -> None:
    alice = chat.connect("alice")
    alice.emit("chat:join", {"agentId": "echo"})
    body = {"agentId": "echo", "message": "hi", "clientMessageId": "c1"}
    acks = [alice.emit("chat:message", body) for _ in range(copies)]
    assert [ack["duplicate"] for ack in acks] == [False] + [True] * (copies - 1)
    assert chat.answers_started == [acks[0]["replyId"]]


def test_a_message_is_acknowledged_with_its_ids_before_anything_is_said(chat: ChatDriver) -> None:
    alice = chat.connect("alice")
    ack = alice.emit("chat:message", {"agentId": "echo", "message": "good morning"})
    assert ack == {
        "ok": True,
        "messageId": ack["messageId"],
        "replyId": ack["replyId"],
        "timestamp": chat.clock.now_ms(),
        "duplicate": False,
    }
    assert ack["messageId"] < ack["replyId"]
    assert alice.got("chat:message:stream") == []


def test_an_answer_is_streamed_completed_and_felt(chat: ChatDriver) -> None:
    alice, tablet, bob = chat.connect("alice"), chat.connect("alice"), chat.connect("bob")
    for client in (tablet, bob):
        client.emit("chat:join", {"agentId": "echo"})
    ack = alice.emit("chat:message", {"agentId": "echo", "message": "one two three four", "clientMessageId": "c1"})
    chat.answer()
    for client in (alice, tablet):
        chunks = client.got("chat:message:stream")
        assert [(body["index"], body["chunk"]) for body in chunks] == [(0, "one two three "), (1, "four")]
        assert {(body["agentId"], body["messageId"], body["replyTo"]) for body in chunks} == {
            ("echo", ack["replyId"], ack["messageId"])
        }
        (complete,) = client.got("chat:message:complete")
        assert complete.pop("timestamp") >= ack["timestamp"]
        assert complete == {
            "agentId": "echo",
            "messageId": ack["replyId"],
            "replyTo": ack["messageId"],
            "message": "one two three four",
            "chunks": 2,
            "finishReason": "stop",
        }
        (relation,) = client.got("relation:updated")
        assert (relation["agentId"], relation["userId"], relation["relationLevel"]) == ("echo", "alice", 1)
        assert all(0 <= strength <= 1 for strength in relation["emotions"].values())
    assert alice.got("chat:message") == []
    assert tablet.got("chat:message") == [
        {
            "agentId": "echo",
            "userId": "alice",
            "messageId": ack["messageId"],
            "clientMessageId": "c1",
            "role": "user",
            "message": "one two three four",
            "timestamp": ack["timestamp"],
        }
    ]
    assert bob.frames[4:] == []


def test_the_companion_answers_too(chat: ChatDriver) -> None:
    alice = chat.connect("alice")
    alice.emit("chat:message", {"agentId": "companion", "message": "Hello, how are you?"})
    chat.answer()
    (complete,) = alice.got("chat:message:complete")
    assert complete["finishReason"] == "stop"
    assert complete["message"]


def test_a_second_message_while_an_answer_runs_is_a_conflict_that_names_it(chat: ChatDriver) -> None:
    alice = chat.connect("alice")
    first = alice.emit("chat:message", {"agentId": "echo", "message": "one", "clientMessageId": "c1"})
    second = alice.emit("chat:message", {"agentId": "echo", "message": "two", "clientMessageId": "c2"})
    assert second["error"]["code"] == "conflict"
    assert second["error"]["messageId"] == first["replyId"]
    other = alice.emit("chat:message", {"agentId": "companion", "message": "two"})
    assert other["ok"]
    chat.answer()
    assert alice.emit("chat:message", {"agentId": "echo", "message": "two", "clientMessageId": "c2"})["ok"]


def test_a_message_sent_again_after_a_reconnect_and_after_its_answer_is_known(chat: ChatDriver) -> None:
    body = {"agentId": "echo", "message": "hi", "clientMessageId": "c1"}
    first = chat.connect("alice").emit("chat:message", body)
    chat.answer()
    again = chat.connect("alice").emit("chat:message", body)
    assert again == {**first, "duplicate": True}
    assert chat.answers_started == []


def test_a_message_is_one_code_point_at_least_and_8000_at_most(chat: ChatDriver) -> None:
    alice = chat.connect("alice")
    assert alice.emit("chat:message", {"agentId": "echo", "message": ""})["error"]["code"] == "invalid"
    too_large = alice.emit("chat:message", {"agentId": "echo", "message": "é" * 8001})["error"]
    assert (too_large["code"], too_large["limit"]) == ("too_large", 8000)
    assert alice.emit("chat:message", {"agentId": "echo", "message": "é" * 8000})["ok"]


def test_what_is_wrong_is_told_in_the_order_of_the_contract(chat: ChatDriver) -> None:
    alice = chat.connect("alice")
    alice.emit("chat:message", {"agentId": "echo", "message": "hi", "clientMessageId": "c1"})

    def code(**payload: object) -> str:
        ack = alice.emit("chat:message", {"agentId": "echo", "message": "hi", **payload})
        return "ok" if ack["ok"] else str(ack["error"]["code"])

    long = "x" * 8001
    assert code(message=5, userId="bob", agentId="nobody") == "invalid"
    assert code(message=long, userId="bob", agentId="nobody") == "forbidden"
    assert code(message=long, agentId="nobody") == "too_large"
    assert code(agentId="nobody", clientMessageId="c1") == "not_found"
    assert code(clientMessageId="c1") == "ok"
    assert code(clientMessageId="c2") == "conflict"


def test_a_message_is_kept_though_its_workflow_cannot_be_started(chat: ChatDriver) -> None:
    alice = chat.connect("alice")
    chat.workflow.broken = True
    ack = alice.emit("chat:message", {"agentId": "echo", "message": "are you there"})
    assert ack["ok"]
    chat.workflow.broken = False
    chat.clock.advance(12)
    chat.tick()
    assert chat.answers_started == [ack["replyId"]]
    chat.answer()
    assert [body["message"] for body in alice.got("chat:message:complete")] == ["are you there"]


def test_without_a_callback_a_success_is_silent(chat: ChatDriver) -> None:
    alice = chat.connect("alice")
    assert alice.tell("chat:message", {"agentId": "echo", "message": "hi"}) == []
    assert len(chat.answers_started) == 1
