from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.drivers import ChatDriver

LONG = " ".join(f"w{index}" for index in range(200))


@pytest.mark.parametrize("after_s", [0.3, 1.7])
def test_a_stopped_answer_ends_within_a_second_and_keeps_what_was_said(chat: ChatDriver, after_s: float) -> None:
    alice = chat.connect("alice")
    reply_id = alice.emit("chat:message", {"agentId": "echo", "message": LONG})["replyId"]
    stopped_ms: list[int] = []

    def stop() -> None:
        stopped_ms.append(chat.clock.now_ms())
        assert alice.emit("chat:stop", {"agentId": "echo", "messageId": reply_id}) == {"ok": True}

    chat.clock.on_sleep(after_s, stop)
    chat.answer()
    (complete,) = alice.got("chat:message:complete")
    said = "".join(body["chunk"] for body in alice.got("chat:message:stream"))
    assert (complete["finishReason"], complete["message"]) == ("stopped", said.rstrip(" "))
    assert complete["timestamp"] - stopped_ms[0] <= 1000
    history = alice.emit("chat:history", {"agentId": "echo"})["messages"]
    assert history[-1]["message"] == complete["message"]


def test_a_stop_before_the_first_chunk_ends_the_answer_at_once(chat: ChatDriver) -> None:
    alice = chat.connect("alice")
    reply_id = alice.emit("chat:message", {"agentId": "echo", "message": LONG})["replyId"]
    assert alice.emit("chat:stop", {"agentId": "echo", "messageId": reply_id})["ok"]
    assert [body["finishReason"] for body in alice.got("chat:message:complete")] == ["stopped"]
    chat.answer()
    assert len(alice.got("chat:message:complete")) == 1
    assert alice.got("chat:message:stream") == []


def test_a_stop_of_an_answer_that_has_ended_has_no_effect(chat: ChatDriver) -> None:
    alice = chat.connect("alice")
    reply_id = alice.emit("chat:message", {"agentId": "echo", "message": "hi"})["replyId"]
    chat.answer()
    assert alice.emit("chat:stop", {"agentId": "echo", "messageId": reply_id}) == {"ok": True}
    assert [body["finishReason"] for body in alice.got("chat:message:complete")] == ["stop"]


def test_an_answer_of_somebody_else_cannot_be_stopped(chat: ChatDriver) -> None:
    reply_id = chat.connect("alice").emit("chat:message", {"agentId": "echo", "message": "hi"})["replyId"]
    bob = chat.connect("bob")
    assert bob.emit("chat:stop", {"agentId": "echo", "messageId": reply_id})["error"]["code"] == "forbidden"
    assert bob.emit("chat:stop", {"agentId": "echo", "messageId": "nothing"})["error"]["code"] == "not_found"
