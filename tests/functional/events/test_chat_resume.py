from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.drivers import ChatDriver

LONG = " ".join(f"w{index}" for index in range(90))


def test_the_rest_of_a_running_answer_is_told_with_the_next_index(chat: ChatDriver) -> None:
    alice = chat.connect("alice")
    reply_id = alice.emit("chat:message", {"agentId": "echo", "message": LONG})["replyId"]
    acks: list[dict[str, Any]] = []

    def resume() -> None:
        acks.append(alice.emit("chat:resume", {"agentId": "echo", "messageId": reply_id, "index": 2}))

    chat.clock.on_sleep(0.72, resume)
    chat.answer()
    (ack,) = acks
    chunks = [body["chunk"] for body in alice.got("chat:message:stream")]
    assert set(ack) == {"ok", "text", "index", "complete"}
    assert (ack["text"], ack["complete"]) == ("".join(chunks[2 : ack["index"]]), False)


def test_an_answer_that_ended_is_told_from_any_chunk_on(chat: ChatDriver) -> None:
    alice = chat.connect("alice")
    reply_id = alice.emit("chat:message", {"agentId": "echo", "message": LONG})["replyId"]
    chat.answer()
    for index, text in ((0, LONG), (29, "w87 w88 w89"), (30, ""), (10**6, "")):
        ack = alice.emit("chat:resume", {"agentId": "echo", "messageId": reply_id, "index": index})
        assert ack == {"ok": True, "text": text, "index": 30, "complete": True, "finishReason": "stop"}


def test_answers_of_others_and_unknown_ones_are_not_told(chat: ChatDriver) -> None:
    reply_id = chat.connect("alice").emit("chat:message", {"agentId": "echo", "message": "hi"})["replyId"]
    bob = chat.connect("bob")
    for message_id, code in ((reply_id, "forbidden"), ("nothing", "not_found")):
        ack = bob.emit("chat:resume", {"agentId": "echo", "messageId": message_id, "index": 0})
        assert ack["error"]["code"] == code
