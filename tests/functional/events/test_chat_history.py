from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from tests.drivers import ChatDriver


def test_pages_go_back_in_time_until_there_is_nothing_before(chat: ChatDriver) -> None:
    alice = chat.connect("alice")
    for number in range(4):
        alice.emit("chat:message", {"agentId": "echo", "message": f"m{number}"})
        chat.answer()
    newest = alice.emit("chat:history", {"agentId": "echo", "limit": 3})
    assert [message["message"] for message in newest["messages"]] == ["m2", "m3", "m3"]
    older = alice.emit("chat:history", {"agentId": "echo", "limit": 3, "before": newest["nextBefore"]})
    assert [message["message"] for message in older["messages"]] == ["m1", "m1", "m2"]
    oldest = alice.emit("chat:history", {"agentId": "echo", "before": older["nextBefore"]})
    assert [message["message"] for message in oldest["messages"]] == ["m0", "m0"]
    assert oldest == {"ok": True, "messages": oldest["messages"], "nextBefore": None}


def test_an_answer_s_end_is_in_the_history(chat: ChatDriver) -> None:
    alice = chat.connect("alice")
    alice.emit("chat:message", {"agentId": "echo", "message": "hi"})
    chat.answer()
    page = alice.emit("chat:history", {"agentId": "echo"})
    assert [(line["role"], line.get("finishReason")) for line in page["messages"]] == [
        ("user", None),
        ("agent", "stop"),
    ]


def test_a_page_of_large_messages_is_shorter_and_fits_a_frame(chat: ChatDriver) -> None:
    alice = chat.connect("alice")
    for _ in range(10):
        alice.emit("chat:message", {"agentId": "echo", "message": "é" * 8000})
        chat.answer()
    page = alice.emit("chat:history", {"agentId": "echo", "limit": 100})
    assert len(alice.frames[-1].encode()) <= 120_000
    assert 0 < len(page["messages"]) < 20
    assert page["nextBefore"] == page["messages"][0]["messageId"]


@given(before=st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=128))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_a_bound(chat: ChatDriver, before: str | None) -> None:
    ack = chat.connect("carol").emit("chat:history", {"agentId": "echo", "before": before})
    assert (ack["ok"], ack["messages"]) == (True, [])
