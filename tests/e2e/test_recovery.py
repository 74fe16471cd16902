"""Stock clients that lose their connection, come back, and are who they were: same id, rooms, nothing missed."""

from typing import Any

import pytest

from tests.e2e.answers import CHUNK, at, hear, join, say, words
from tests.e2e.conftest import World
from tests.e2e.driver import Device

pytestmark = pytest.mark.e2e

RECOVERING = {"query": {"recovery": "1"}, "reconnectionDelay": 300, "reconnectionDelayMax": 400}
TEXT = words(120)


def connect(world: World, user: str, **more: Any) -> tuple[Device, str]:
    """Connect a device that asks for recovery; returns it with its id."""
    device = world.connect(user, **RECOVERING, **more)
    return device, str(device.wait_for("connect").args[0])


def come_back(device: Device) -> list[Any]:
    """Wait until a device that was cut is connected again; returns its id, and whether it was recovered."""
    after = device.log.index(device.wait_for("disconnect"))
    return device.wait_for("connect", after=after).args


def test_a_cut_device_is_the_same_again_and_missed_nothing(world: World, user: str) -> None:
    speaker = world.connect(user)
    device, sid = connect(world, user)
    join(device)
    hear(speaker, say(speaker, "before")["replyId"])
    device.wait_for("relation:updated")
    device.cut()
    reply_id = say(speaker, "while it was away")["replyId"]
    hear(speaker, reply_id)
    assert come_back(device) == [sid, True]
    hear(device, reply_id).check("while it was away")
    again = say(speaker, "after")["replyId"]
    hear(speaker, again)
    hear(device, again).check("after")
    said = [event.body["message"] for event in device.events("chat:message")]
    assert said == ["before", "while it was away", "after"]


@pytest.mark.parametrize("cut_at", [0, 7, 35])
def test_an_answer_that_runs_goes_on_where_the_device_was_cut(world: World, user: str, cut_at: int) -> None:
    device, sid = connect(world, user)
    reply_id = say(device, TEXT)["replyId"]
    device.wait_for(CHUNK, at(cut_at))
    device.cut()
    assert come_back(device) == [sid, True]
    hear(device, reply_id).check(TEXT)


def test_an_answer_that_ended_meanwhile_is_told_to_its_end(world: World, user: str) -> None:
    device, sid = connect(world, user)
    other = world.connect(user)
    join(other)
    reply_id = say(device, words(30))["replyId"]
    device.wait_for(CHUNK, at(4))
    device.cut()
    hear(other, reply_id).check(words(30))
    assert come_back(device) == [sid, True]
    hear(device, reply_id).check(words(30))


def test_without_the_wish_nobody_is_recovered(world: World, user: str) -> None:
    device = world.connect(user, reconnectionDelay=100)
    sid = device.wait_for("connect").args[0]
    device.cut()
    again = come_back(device)
    assert again[0] != sid
    assert not again[1:] or not again[1]
