from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.drivers import ChatDriver, SocketIOClient

TYPING = "chat:typing"


def joined(chat: ChatDriver, user: str) -> SocketIOClient:
    client = chat.connect(user)
    client.emit("chat:join", {"agentId": "echo"})
    return client


def test_typing_is_shown_to_the_others_in_the_room(chat: ChatDriver) -> None:
    alice, tablet, bob = joined(chat, "alice"), joined(chat, "alice"), joined(chat, "bob")
    elsewhere = chat.connect("alice")
    assert alice.emit(TYPING, {"agentId": "echo", "isTyping": True}) == {"ok": True}
    body = {"agentId": "echo", "userId": "alice", "isTyping": True, "timestamp": chat.clock.now_ms()}
    assert [client.got(TYPING) for client in (tablet, alice, bob, elsewhere)] == [[body], [], [], []]


@pytest.mark.parametrize("apart_ms", [0, 1, 40])
@pytest.mark.parametrize("late", [0, 1])
def test_frames_sent_together_end_as_the_last_one_says_whichever_is_handled_first(
    chat: ChatDriver, apart_ms: int, late: int
) -> None:
    alice, tablet = joined(chat, "alice"), joined(chat, "alice")
    sent_ms = chat.clock.now_ms()
    chat.clock.advance(2)  # functions that start cold
    frames = [(True, sent_ms), (False, sent_ms + apart_ms)]
    for is_typing, received_ms in frames if not late else reversed(frames):
        body = json.dumps(["chat:typing", {"agentId": "echo", "isTyping": is_typing}])
        chat.receive(alice.address, f"42{body}", received_ms=received_ms)
    newest = max(tablet.got(TYPING), key=lambda body: body["timestamp"])
    assert len({body["timestamp"] for body in tablet.got(TYPING)}) == 2
    assert not newest["isTyping"]
    assert 0 <= newest["timestamp"] - sent_ms <= apart_ms + 1


def test_typing_costs_one_query_and_the_posts(chat: ChatDriver) -> None:
    alice = joined(chat, "alice")
    joined(chat, "alice")
    alice.emit(TYPING, {"agentId": "echo", "isTyping": True})  # by now the function is warm
    calls: list[str] = []

    def noting(name: str) -> Any:
        def note(**call: Any) -> Any:
            calls.append(name)
            return getattr(chat.dynamodb, name)(**call)

        return note

    names = ("query", "get_item", "put_item", "update_item", "delete_item", "transact_write_items")
    chat.renew("message", **{name: noting(name) for name in names})
    alice.emit(TYPING, {"agentId": "echo", "isTyping": True})
    calls.clear()
    alice.emit(TYPING, {"agentId": "echo", "isTyping": False})
    assert calls == ["query"]


@pytest.mark.parametrize("text", ["one two three four", " ", "hi"])
def test_the_agent_types_until_its_first_chunk_or_its_end(chat: ChatDriver, text: str) -> None:
    alice, tablet = chat.connect("alice"), joined(chat, "alice")
    alice.emit("chat:message", {"agentId": "echo", "message": text})
    chat.answer()
    for client in (alice, tablet):
        events = [frame.split('"')[1] for frame in client.frames if frame.startswith("42[")]
        answer = [event for event in events if event not in {"presence:updated", "chat:message", "relation:updated"}]
        assert answer[:2] == [TYPING, TYPING]
        assert answer[-1] == "chat:message:complete"
        assert TYPING not in answer[2:]
        assert [(body["agentId"], body["isTyping"], "userId" in body) for body in client.got(TYPING)] == [
            ("echo", True, False),
            ("echo", False, False),
        ]


def test_an_agent_that_was_stopped_before_it_began_types_no_more(chat: ChatDriver) -> None:
    alice = chat.connect("alice")
    reply_id = alice.emit("chat:message", {"agentId": "echo", "message": "one two"})["replyId"]
    alice.emit("chat:stop", {"agentId": "echo", "messageId": reply_id})
    chat.answer()
    assert [body["isTyping"] for body in alice.got(TYPING)] == [True, False]
    events = [frame.split('"')[1] for frame in alice.frames if frame.startswith("42[")]
    assert events[-3:] == [TYPING, "chat:message:complete", "relation:updated"]
