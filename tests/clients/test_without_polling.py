"""`POLLING=false`: what long-polling brought is gone, and a client of WebSockets alone is served as ever."""

import json
from collections.abc import Iterator
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import InvalidStatus

from tests.e2e.answers import hear, join, say, words
from tests.e2e.conftest import World, stack_in, world_of
from tests.e2e.raw import open_websocket

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def without(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A stack without it, and clients."""
    home = tmp_path_factory.mktemp("without")
    with stack_in(home, {"POLLING": "false"}) as stack, world_of(stack) as world:
        yield world


def test_a_client_of_websockets_alone_is_served(without: World) -> None:
    device = without.connect(without.crowd[0])
    join(device)
    hear(device, say(device, words(20))["replyId"]).check(words(20))
    device.cut()
    ended = device.wait_for("disconnect")
    device.wait_for("connect", after=device.log.index(ended))
    assert join(device)["messages"][-1]["message"] == words(20)


def test_one_of_default_transports_is_told(without: World) -> None:
    device = without.open(without.crowd[1], transports=["polling", "websocket"], reconnection=False)
    assert device.wait_for("connect_error", within_s=60).body["message"] == "xhr poll error"


@pytest.mark.parametrize(
    "query", ["EIO=4&transport=polling", "EIO=4&transport=polling&sid=x", "EIO=3&transport=polling"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_polling_is_an_unknown_transport(without: World, method: str, query: str) -> None:
    asked = HTTPConnection(urlsplit(without.stack.url).netloc, timeout=60)
    asked.request(method, f"{without.stack.socket_path}/?{query}", b"40" if method == "POST" else None)
    answer = asked.getresponse()
    assert (answer.status, json.load(answer)) == (400, {"code": 0, "message": "Transport unknown"})
    asked.close()


def test_there_is_nothing_to_upgrade(without: World) -> None:
    with open_websocket(without.stack) as websocket:
        assert json.loads(str(websocket.recv(timeout=30))[1:])["upgrades"] == []
    with pytest.raises(InvalidStatus) as refused:
        open_websocket(without.stack, sid="x" * 44)
    assert refused.value.response.status_code == 400
