from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.drivers import ChatDriver


def test_who_left_hears_nothing_of_what_comes_later(chat: ChatDriver) -> None:
    alice, tablet = chat.connect("alice"), chat.connect("alice")
    tablet.emit("chat:join", {"agentId": "echo"})
    assert tablet.emit("chat:leave", {"agentId": "echo"}) == {"ok": True, "room": "chat:echo:alice"}
    alice.emit("chat:message", {"agentId": "echo", "message": "hi"})
    chat.answer()
    assert len(alice.got("chat:message:complete")) == 1
    assert tablet.got("chat:message") == tablet.got("chat:message:complete") == []


def test_leaving_a_chat_that_one_is_not_in_is_fine(chat: ChatDriver) -> None:
    assert chat.connect("alice").emit("chat:leave", {"agentId": "echo"})["ok"]


def test_join_leave_join_ends_joined(chat: ChatDriver) -> None:
    alice, tablet = chat.connect("alice"), chat.connect("alice")
    for event in ("chat:join", "chat:leave", "chat:join"):
        tablet.emit(event, {"agentId": "echo"})
    alice.emit("chat:message", {"agentId": "echo", "message": "hi"})
    chat.answer()
    assert len(tablet.got("chat:message:complete")) == 1
