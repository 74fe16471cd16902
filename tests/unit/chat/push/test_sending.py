"""What is said of a try in the log: enough to find it by, and nothing by which somebody could push to the device."""

from __future__ import annotations

import json

from serverless_socketio_chat.push.delivery import PushOutcome
from serverless_socketio_chat.push.model import Notification, Push
from serverless_socketio_chat.push.sending import Tried

SECRET = "https://fcm.googleapis.com/fcm/send/secret"


def test_a_line_names_the_push_and_how_it_went_and_not_its_endpoint_or_its_words() -> None:
    push = Push("alice", "phone", Notification("n1", "Private!", "Words", 0), first_ms=0, attempt=3)
    outcome = PushOutcome("failed", SECRET, 403, 81.6, "refused")
    fields = Tried(push, outcome, "fcm.googleapis.com").fields
    assert fields == {
        "result": "failed",
        "status": 403,
        "reason": "refused",
        "latency_ms": 82,
        "host": "fcm.googleapis.com",
        "attempt": 3,
        "notification": "n1",
        "user": "alice",
        "subscription": "phone",
    }
    assert not any(word in json.dumps(fields) for word in ("secret", "Private", "Words"))
    assert "service" not in fields  # the logger's own word for which function speaks
