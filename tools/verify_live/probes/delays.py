"""What takes its time: delayed messages, ticks, the workflow, a revoked key."""

import json
import time
from typing import Any

from tools.doctor import client
from tools.verify_live.items import Refuted, Scene
from tools.verify_live.probes.posts import close_code

GRACE_S = 10.0  # of a device that goes without a word: the delay of a queue message
REPORTED_S = 30.0
REVOKED_S, WITHIN_SECONDS_S = 60.0, 15.0
UNACCEPTED_S = (15.0, 50.0)  # a connection without CONNECT is closed after 20 to 45 s; clocks and ways aside
WORDS = 30


def grace(scene: Scene) -> str:
    """Offline is told 10 s after a device went, by a queue message that was delayed so long."""
    absent = scene.absent.user_id
    with scene.connect() as watcher:
        watcher.call("presence:subscribe", {"userIds": [absent]})
        with client.connected(scene.managed, scene.absent.key, ""):
            _status(watcher, absent, "online")
        gone = time.monotonic()
        _status(watcher, absent, "offline")
        took_s = time.monotonic() - gone
    if took_s < GRACE_S - 0.5:
        raise Refuted(f"offline was told {took_s:.1f} s after the close, not 10 to {REPORTED_S:.0f}")
    return f"offline was told {took_s:.1f} s after the close: a message that is delayed by 10 s is in time"


def roles(scene: Scene) -> str:
    """An answer shows that Step Functions took its role; one that ends a silent connection, that the schedule did."""
    with scene.connect() as connected, client.opened(scene.managed) as silent:
        began = time.monotonic()
        _answer(connected)
        if close_code(silent, UNACCEPTED_S[1]) is None:
            raise Refuted("a connection without CONNECT was not closed in 50 s: no tick comes")
        took_s = time.monotonic() - began
    if took_s < UNACCEPTED_S[0]:
        raise Refuted(f"a connection without CONNECT was closed after {took_s:.1f} s, not 20 to 45")
    return f"an answer came by the workflow, and a tick closed a connection without CONNECT after {took_s:.0f} s"


def revoked(scene: Scene) -> str:
    """A key that is deleted ends its connections in seconds, by the stream of the table."""
    made = scene.admin("keys", "create", scene.visitor.user_id)
    with client.connected(scene.managed, made["apiKey"], "") as connected:
        scene.admin("keys", "revoke", scene.visitor.user_id, made["fingerprint"])
        began = time.monotonic()
        if close_code(connected.socket, REVOKED_S) is None:
            raise Refuted(f"a connection whose key was revoked was open for {REVOKED_S:.0f} s more")
        took_s = time.monotonic() - began
    if took_s > WITHIN_SECONDS_S:
        raise Refuted(f"a connection whose key was revoked was closed {took_s:.0f} s later, not within seconds")
    return f"a connection was closed {took_s:.1f} s after `chat-admin keys revoke` had ended"


def _answer(connected: client.Client) -> None:
    """Say something, and hear the whole answer. Raises Refuted or Silent."""
    text = " ".join(f"word{number}" for number in range(WORDS))
    ack = connected.call("chat:message", {"agentId": "echo", "message": text})
    if not ack["ok"]:
        raise Refuted(f"chat:message is answered with {ack['error']}")
    rest = client.until(connected.socket, '42["chat:message:complete",', "the answer did not end")
    if json.loads(rest[:-1])["message"] != text:
        raise Refuted("the answer of echo is not what was said")


def _status(watcher: client.Client, user_id: str, status: str) -> dict[str, Any]:
    """Wait until the watcher hears that a user is of this status."""
    while True:
        rest = client.until(watcher.socket, '42["presence:updated",', f"{status} of {user_id} was not told", REPORTED_S)
        told: dict[str, Any] = json.loads(rest[:-1])
        if (told["userId"], told["status"]) == (user_id, status):
            return told
