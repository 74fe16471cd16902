"""Presence through the functions: what devices say, their coming and going, reminders from the queue."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from serverless_socketio_chat.presence.rules import GRACE_S

if TYPE_CHECKING:
    from tests.drivers import ChatDriver, Client

UPDATED = "presence:updated"


def heard(client: Any, user: str = "alice") -> list[str]:
    return [body["status"] for body in client.got(UPDATED) if body["userId"] == user]


def watcher(chat: ChatDriver, *users: str) -> Any:
    client = chat.connect("carol")
    client.emit("presence:subscribe", {"userIds": users or ["alice"]})
    return client


def test_what_a_device_says_is_acked_and_told(chat: ChatDriver) -> None:
    carol, alice, bob = watcher(chat), chat.connect("alice"), chat.connect("bob")
    for status in ("away", "offline", "online"):
        assert alice.emit(f"presence:{status}", {}) == {"ok": True, "status": status}
    assert heard(carol) == heard(alice) == ["online", "away", "offline", "online"]
    assert heard(bob) == []
    assert set(carol.got(UPDATED)[0]) == {"userId", "status", "lastSeen", "timestamp"}


@pytest.mark.parametrize("ending", ["closed", "cut", "gone", "silent"])
def test_a_device_that_went_without_a_word_is_offline_after_its_grace(chat: ChatDriver, ending: str) -> None:
    carol, alice = watcher(chat), chat.connect("alice")
    end(chat, alice, carol, ending)
    assert heard(carol) == ["online"]
    chat.clock.advance(GRACE_S)
    chat.remind()
    assert heard(carol) == ["online", "offline"]
    ack = carol.emit("presence:subscribe", {"userIds": ["alice"]})
    assert ack["presence"]["alice"] == {"status": "offline", "lastSeen": carol.got(UPDATED)[-1]["lastSeen"]}


def end(chat: ChatDriver, device: Client, alive: Client, how: str) -> None:
    """All the ways in which the end of a connection is noticed."""
    match how:
        case "closed":
            device.close()
        case "cut":
            device.send("1")
        case "gone":
            chat.transport.gone.add(device.address)
            chat.function(chat.settings).server.emit("news", room="user:alice")
        case "silent":
            for _ in range(30):
                chat.clock.advance(10)
                chat.tick()
                alive.send("3")


def test_the_function_that_finds_a_device_gone_need_not_be_the_door(chat: ChatDriver) -> None:
    carol, alice, tablet = watcher(chat), chat.connect("alice"), chat.connect("alice")
    tablet.emit("chat:join", {"agentId": "echo"})
    tablet.emit("presence:away", {})
    alice.emit("chat:message", {"agentId": "echo", "message": "hi"})
    chat.transport.gone.add(alice.address)
    chat.answer()
    chat.clock.advance(GRACE_S)
    chat.remind()
    assert heard(carol) == ["online", "away"]


def test_a_reload_is_not_seen(chat: ChatDriver) -> None:
    carol, alice = watcher(chat), chat.connect("alice")
    alice.close()
    chat.clock.advance(GRACE_S - 1)
    chat.connect("alice")
    chat.clock.advance(1)
    chat.remind()
    assert heard(carol) == ["online"]


def test_an_end_that_cannot_be_prepared_is_prepared_by_whoever_notices_it_next(chat: ChatDriver) -> None:
    carol, alice = watcher(chat), chat.connect("alice")

    def fail(**_: Any) -> None:
        raise ConnectionError("the table is down")

    chat.renew("connect", put_item=fail)
    alice.close()
    chat.clock.advance(GRACE_S)
    assert chat.remind() == 0
    end(chat, alice, carol, "silent")
    assert chat.remind() == 1
    assert heard(carol) == ["online", "offline"]


def test_a_native_client_is_announced_by_a_reminder_and_speaks_by_its_own_routes(chat: ChatDriver) -> None:
    carol, nora = watcher(chat), chat.connect_native("alice")
    assert heard(carol) == []
    chat.clock.advance(1)
    chat.remind()
    assert heard(carol) == heard(nora) == ["online"]
    ack = nora.emit("presence:away", {})
    assert (ack["ok"], ack["status"]) == (True, "away")
    assert heard(carol) == heard(nora) == ["online", "away"]


def test_a_reminder_that_fails_comes_again_alone(chat: ChatDriver) -> None:
    carol, alice = watcher(chat), chat.connect("alice")
    alice.close()
    chat.clock.advance(GRACE_S)
    (message,) = chat.reminders()
    records = [{"messageId": "bad", "body": "{"}, {"messageId": "good", "body": message}]
    assert chat.call("presence", {"Records": records}) == {"batchItemFailures": [{"itemIdentifier": "bad"}]}
    assert heard(carol) == ["online", "offline"]


def test_a_socketio_connection_gets_nowhere_by_the_routes_of_native_clients(chat: ChatDriver) -> None:
    carol, alice, silent = watcher(chat), chat.connect("alice"), chat.open()
    frame = json.dumps({"action": "presence:away", "id": "1", "data": {}})
    (refused,) = alice.send(frame, route="presence:away")
    assert json.loads(refused.removeprefix("42"))[1]["code"] == "invalid"
    assert silent.send(frame, route="presence:away") == []
    assert (silent.closed, alice.closed) == (True, False)
    assert heard(carol) == ["online"]


def test_a_hundred_users_can_be_asked_for(chat: ChatDriver) -> None:
    bob = chat.connect("bob")
    names = [f"user{number}" for number in range(99)]
    presence = bob.emit("presence:subscribe", {"userIds": [*names, "bob"]})["presence"]
    assert presence == {
        **{name: {"status": "offline", "lastSeen": None} for name in names},
        "bob": {"status": "online", "lastSeen": chat.clock.now_ms()},
    }
    assert len(bob.emit("presence:unsubscribe", {"userIds": names})["presence"]) == 99
    assert bob.emit("presence:subscribe", {"userIds": []})["presence"] == {}


def test_a_connection_hears_of_a_thousand_users_in_all(chat: ChatDriver) -> None:
    carol = chat.connect("carol")
    names = [f"user{number}" for number in range(1_001)]
    store = chat.function(chat.settings).server.manager.store
    (member,) = store.rooms.members("/", "user:carol")
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda name: store.rooms.enter(member, f"presence:{name}", 1), names[:990]))
    assert carol.emit("presence:subscribe", {"userIds": names[985:1_000]})["ok"]
    error = carol.emit("presence:subscribe", {"userIds": names[-2:]})["error"]
    assert (error["code"], error["limit"]) == ("too_large", 1_000)
    assert store.rooms.members("/", f"presence:{names[-1]}") == []
    assert carol.emit("presence:subscribe", {"userIds": names[:5]})["ok"]  # those it hears of already
    assert carol.emit("presence:unsubscribe", {"userIds": names[:1]})["ok"]
    assert carol.emit("presence:subscribe", {"userIds": names[-1:]})["ok"]
    assert chat.connect("carol").emit("presence:subscribe", {"userIds": names[:5]})["ok"]
