from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.drivers import ChatDriver

LONG = " ".join(f"w{index}" for index in range(60))


def test_joining_acknowledges_the_room_the_history_and_the_relation(chat: ChatDriver) -> None:
    alice = chat.connect("alice")
    alice.emit("chat:message", {"agentId": "echo", "message": "hi", "clientMessageId": "c1"})
    chat.answer()
    ack = alice.emit("chat:join", {"agentId": "echo"})
    assert set(ack) == {
        *("ok", "room", "agentId", "messages", "nextBefore"),
        *("emotions", "relationLevel", "relationState", "streams"),
    }
    assert (ack["ok"], ack["room"], ack["agentId"]) == (True, "chat:echo:alice", "echo")
    user, agent = ack["messages"]
    assert (user["role"], user["userId"], user["clientMessageId"], user["message"]) == ("user", "alice", "c1", "hi")
    assert (agent["role"], agent["userId"], agent["message"]) == ("agent", "alice", "hi")
    assert "clientMessageId" not in agent
    assert (ack["nextBefore"], ack["streams"]) == (None, [])
    assert (ack["relationLevel"], ack["relationState"]) == (1, "stranger")


def test_since_an_id_only_what_came_after_it_is_shown(chat: ChatDriver) -> None:
    alice = chat.connect("alice")
    for text in ("one", "two"):
        alice.emit("chat:message", {"agentId": "echo", "message": text})
        chat.answer()
    first = alice.emit("chat:join", {"agentId": "echo"})["messages"][1]["messageId"]
    later = alice.emit("chat:join", {"agentId": "echo", "since": first})
    assert [message["message"] for message in later["messages"]] == ["two", "two"]
    assert later["nextBefore"] is None
    assert alice.emit("chat:join", {"agentId": "echo", "since": None})["messages"][0]["message"] == "one"


def test_who_joins_while_an_answer_is_spoken_hears_all_of_it(chat: ChatDriver) -> None:
    alice, late = chat.connect("alice"), chat.connect("alice")
    alice.emit("chat:message", {"agentId": "echo", "message": LONG})
    acks: list[dict[str, Any]] = []
    chat.clock.on_sleep(0.4, lambda: acks.append(late.emit("chat:join", {"agentId": "echo"})))
    chat.answer()
    (stream,) = acks[0]["streams"]
    chunks = [body["chunk"] for body in late.got("chat:message:stream") if body["index"] >= stream["index"]]
    assert stream["index"] > 0
    assert stream["text"] + "".join(chunks) == LONG
    assert [body["message"] for body in late.got("chat:message:complete")] == [LONG]


def test_each_user_has_a_chat_of_their_own_with_an_agent(chat: ChatDriver) -> None:
    chat.connect("alice").emit("chat:message", {"agentId": "echo", "message": "hi"})
    chat.answer()
    ack = chat.connect("bob").emit("chat:join", {"agentId": "echo"})
    assert (ack["room"], ack["messages"]) == ("chat:echo:bob", [])
