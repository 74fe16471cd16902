"""Connections that are cut, or left half open by a dead network: others go on, who comes back has everything."""

from itertools import pairwise
from urllib.parse import urlsplit

import pytest

from tests.e2e.answers import CHUNK, at, hear, heard, join, say, words
from tests.e2e.conftest import World
from tests.e2e.driver import Device
from tests.e2e.proxy import proxy_to

pytestmark = pytest.mark.e2e

TEXT = words(120)
SOON = {"reconnectionDelay": 100, "reconnectionDelayMax": 200}


def catch_up(device: Device, reply_id: str, since: str, after: int) -> None:
    """Join again, and fail unless that and what comes then are the whole answer."""
    ack = join(device, since=since)
    known = {line["messageId"]: line["message"] for line in ack["messages"]}
    if reply_id in known:
        assert known[reply_id] == TEXT
        assert not ack["streams"]
        return
    (stream,) = ack["streams"]
    answer = hear(device, reply_id)
    answer.log[:] = [event for event in answer.log if device.log.index(event) >= after]
    answer.check(TEXT, first=stream["index"], known=stream["text"])


@pytest.mark.parametrize("cut_at", [0, 1, 7, 30])
def test_a_cut_device_comes_back_by_itself_and_has_everything(world: World, user: str, cut_at: int) -> None:
    speaker, other = world.connect(user, **SOON), world.connect(user)
    join(other)
    ack = say(speaker, TEXT)
    speaker.wait_for(CHUNK, at(cut_at))
    speaker.cut()
    after = speaker.log.index(speaker.wait_for("disconnect"))
    speaker.wait_for("connect", after=after)
    catch_up(speaker, ack["replyId"], ack["messageId"], after)
    hear(other, ack["replyId"]).check(TEXT)


def test_an_answer_goes_on_when_all_who_listen_are_cut(world: World, user: str) -> None:
    speaker = world.connect(user, reconnection=False)
    ack = say(speaker, TEXT)
    speaker.wait_for(CHUNK, at(3))
    speaker.cut()
    again = world.connect(user)
    catch_up(again, ack["replyId"], ack["messageId"], 0)


def test_a_half_open_connection_holds_up_nobody(world: World, user: str) -> None:
    if urlsplit(world.stack.url).scheme != "http":
        pytest.skip("the proxy in between speaks plain TCP")
    other = world.connect(user)
    join(other)
    with proxy_to(world.stack) as proxy:
        silent = world.connect_to(proxy.url, user, reconnection=False)
        ack = say(silent, TEXT)
        silent.wait_for(CHUNK, at(5))
        proxy.go_silent()
        hear(other, ack["replyId"]).check(TEXT)
        assert not silent.events("disconnect")
        times = [chunk.at_ms for chunk in heard(other, ack["replyId"]).chunks]
        assert max(later - earlier for earlier, later in pairwise(times)) < 1_000
        again = world.connect(user)
        assert join(again, since=ack["messageId"])["messages"][-1]["message"] == TEXT
