"""A device may join at any moment of an answer, and has all of it."""

import time
from collections import Counter

import pytest

from tests.e2e.answers import hear, heard, words
from tests.e2e.conftest import World
from tests.e2e.driver import Device, Event

pytestmark = [pytest.mark.e2e, pytest.mark.alone]

TEXT = words(45)
DEVICES = 40
EARLY = 4  # these join before the message
STEP_S = 0.04


def test_a_device_that_joins_at_any_moment_has_the_whole_text(world: World, user: str) -> None:
    speaker = world.connect(user)
    devices = [world.connect(user) for _ in range(DEVICES)]
    joined = [device.start("chat:join", {"agentId": "echo"}) for device in devices[:EARLY]]
    for early in joined:
        early.result(10)
    sent = speaker.start("chat:message", {"agentId": "echo", "message": TEXT})
    for device in devices[EARLY:]:
        joined.append(device.start("chat:join", {"agentId": "echo"}))
        time.sleep(STEP_S)
    reply_id = sent.result(10).body["replyId"]
    hear(speaker, reply_id).check(TEXT)
    moments = Counter(
        check_whole(device, reply_id, ack.result(10)) for device, ack in zip(devices, joined, strict=True)
    )
    print("joined", dict(moments))
    assert moments["before"] >= EARLY
    assert moments["during"] >= DEVICES // 3


def check_whole(device: Device, reply_id: str, ack: Event) -> str:
    """Fail unless what a device was told when it joined, and what came then, are all of it; returns when it joined."""
    assert ack.body["ok"], ack.body
    if reply_id in {line["messageId"] for line in ack.body["messages"]}:
        assert not ack.body["streams"]
        assert heard(device, reply_id).joined() in TEXT  # just as it ends, what the history has may come once more
        return "after"
    first, known = 0, ""
    for stream in ack.body["streams"]:
        assert stream["messageId"] == reply_id
        first, known = stream["index"], stream["text"]
    hear(device, reply_id).check(TEXT, first=first, known=known)
    return "during" if ack.body["streams"] else "before"
