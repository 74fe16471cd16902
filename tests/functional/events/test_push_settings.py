"""When and by whom a user wants to be notified."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from serverless_socketio_chat.notifications.preferences import quiet_until_ms

if TYPE_CHECKING:
    from tests.drivers import ChatDriver

SETTINGS = "push:settings"
DEFAULTS: dict[str, Any] = {"quietHours": None, "timeZone": "UTC", "mutedAgents": []}
NIGHT = {"start": "22:00", "end": "07:00"}


def asked(client: Any, **changes: Any) -> dict[str, Any]:
    ack: dict[str, Any] = client.emit(SETTINGS, changes)
    assert ack.pop("ok") is True, ack
    ack.pop("id", None)
    return ack


def test_they_are_the_defaults_at_first_and_are_changed_one_by_one(chat: ChatDriver) -> None:
    alice, nora, bob = chat.connect("alice"), chat.connect_native("alice"), chat.connect("bob")
    assert asked(alice) == DEFAULTS
    assert asked(alice, quietHours=NIGHT) == {**DEFAULTS, "quietHours": NIGHT}
    assert asked(nora, timeZone="Europe/Berlin") == {**DEFAULTS, "quietHours": NIGHT, "timeZone": "Europe/Berlin"}
    muted = ["echo", "companion", "echo", "unknown"]
    whole = {"quietHours": NIGHT, "timeZone": "Europe/Berlin", "mutedAgents": ["echo", "companion", "unknown"]}
    assert asked(alice, mutedAgents=muted) == whole
    assert asked(alice, timeZone=None, mutedAgents=None) == asked(nora) == whole
    assert asked(alice, quietHours=None) == {**whole, "quietHours": None}
    assert asked(alice, mutedAgents=[])["mutedAgents"] == []
    assert asked(bob) == DEFAULTS


def test_they_are_what_the_rules_go_by(chat: ChatDriver) -> None:
    asked(chat.connect("alice"), quietHours=NIGHT, timeZone="America/New_York")
    preferences = chat.function(chat.settings).subscriptions.preferences("alice")
    five_in_new_york_ms = 1_699_956_000_000  # 2023-11-14 10:00 UTC
    assert quiet_until_ms(preferences, five_in_new_york_ms) == five_in_new_york_ms + 2 * 3_600_000
    assert quiet_until_ms(preferences, five_in_new_york_ms + 2 * 3_600_000) is None


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"quietHours": {"start": "22:00"}}, "quietHours.end"),
        ({"quietHours": {"start": "22:00", "end": "24:00"}}, "quietHours.end"),
        ({"quietHours": {"start": "9:00", "end": "10:00"}}, "quietHours.start"),
        ({"quietHours": {"start": "22:00:00", "end": "07:00"}}, "quietHours.start"),
        ({"quietHours": {"start": "22:00\n", "end": "07:00"}}, "quietHours.start"),
        ({"quietHours": {"start": "\u0662\u0662:\u0660\u0660", "end": "07:00"}}, "quietHours.start"),
        ({"quietHours": {"start": 22, "end": "07:00"}}, "quietHours.start"),
        ({"quietHours": {"start": "07:00", "end": "07:00"}}, "quietHours"),
        ({"quietHours": []}, "quietHours"),
        ({"timeZone": "Mars/Base"}, "timeZone"),
        ({"timeZone": "../../etc/passwd"}, "timeZone"),
        ({"timeZone": ""}, "timeZone"),
        ({"timeZone": 1}, "timeZone"),
        ({"mutedAgents": "echo"}, "mutedAgents"),
        ({"mutedAgents": [f"agent{number}" for number in range(101)]}, "mutedAgents"),
        ({"mutedAgents": ["echo", ""]}, "mutedAgents.1"),
        ({"mutedAgents": ["x" * 129]}, "mutedAgents.0"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_changed(chat: ChatDriver, changes: dict[str, Any], path: str) -> None:
    alice = chat.connect("alice")
    ack = alice.emit(SETTINGS, {"timeZone": "Asia/Tokyo", "mutedAgents": ["echo"], **changes})
    assert ack["error"]["code"] == "invalid"
    assert [issue["path"] for issue in ack["error"]["issues"]] == [path]
    assert asked(alice) == DEFAULTS


def test_a_hundred_agents_can_be_muted(chat: ChatDriver) -> None:
    names = [f"agent{number}" for number in range(100)]
    assert asked(chat.connect("alice"), mutedAgents=names)["mutedAgents"] == names
