"""What is common to all events: it is said once, and holds for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from serverless_socketio_chat import events

if TYPE_CHECKING:
    from tests.drivers import ChatDriver

FITS_ALL: dict[str, Any] = {  # unknown keys are ignored, so this fits every model
    "agentId": "echo",
    "message": "hi",
    "messageId": "m",
    "token": "x",
    "index": 0,
    "isTyping": True,
    "userIds": ["bob"],
    "endpoint": "https://fcm.googleapis.com/x",
    "subscription": {"endpoint": "https://fcm.googleapis.com/x", "keys": {"p256dh": "x", "auth": "x"}},
}


@pytest.mark.parametrize("name", sorted(events.MODULES))
def test_a_payload_that_names_another_user_is_forbidden(chat: ChatDriver, name: str) -> None:
    ack = chat.connect("alice").emit(name, {**FITS_ALL, "userId": "bob"})
    assert ack["error"]["code"] == "forbidden"


@pytest.mark.parametrize("name", sorted(events.MODULES))
def test_a_payload_that_is_no_object_is_invalid(chat: ChatDriver, name: str) -> None:
    ack = chat.connect("alice").emit(name, "hi")
    assert ack["error"]["issues"] == [{"path": "", "message": "The payload must be an object."}]
