"""Default transports of a stock client, at the page's address: it begins with long-polling and upgrades."""

import json
from contextlib import closing
from http.client import HTTPConnection
from threading import Thread
from urllib.parse import urlsplit

import pytest

from tests.e2e.answers import hear, join, say, words
from tests.e2e.conftest import Stack, World

pytestmark = pytest.mark.e2e

DEFAULT = ["polling", "websocket"]  # as the client has them, if it is told nothing


def test_a_client_of_default_transports_upgrades_and_has_its_answer(world: World, user: str) -> None:
    device = world.connect(user, transports=DEFAULT)
    join(device)
    hear(device, say(device, words(20))["replyId"]).check(words(20))
    device.cut()  # only a WebSocket can be
    again = device.wait_for("connect", after=device.log.index(device.wait_for("disconnect")))
    assert again.body
    assert join(device)["messages"][-1]["message"] == words(20)


def test_a_client_that_knows_polling_alone_is_served(world: World, user: str) -> None:
    device = world.connect(user, transports=["polling"])
    hear(device, say(device, words(20))["replyId"]).check(words(20))


def ask(stack: Stack, method: str = "GET", more: str = "", body: bytes | None = None) -> tuple[int, str, str | None]:
    """Status, body and allowed origin of an answer."""
    to = urlsplit(stack.url)
    made = HTTPConnection(to.netloc, timeout=60)
    with closing(made) as client:
        path = f"{stack.socket_path}/?EIO=4&transport=polling{more}"
        client.request(method, path, body, {"Origin": "https://elsewhere.example", "Content-Type": "text/plain"})
        answer = client.getresponse()
        return answer.status, answer.read().decode(), answer.getheader("access-control-allow-origin")


def test_what_is_not_served_is_refused_readably_for_any_page(stack: Stack) -> None:
    status, body, origin = ask(stack)
    assert (status, origin) == (200, "*")
    sid = f"&sid={json.loads(body[1:])['sid']}"
    for method, more, sent, code in (
        ("GET", "&sid=x", None, 1),
        ("POST", "", b"40", 2),
        ("GET", f"{sid}&j=0", None, 3),
        ("POST", sid, b"hello", 3),
    ):
        status, said, origin = ask(stack, method, more, sent)
        assert (status, json.loads(said)["code"], origin) == (400, code, "*")
    assert ask(stack, "POST", sid, b"4" * (128 * 1024 + 1))[0] == 413
    assert ask(stack, "OPTIONS", sid)[0] == 204
    codes = set()
    other = Thread(target=lambda: codes.add(ask(stack, "GET", sid)[0]))
    other.start()
    while other.is_alive():  # whichever comes second is refused, and both are the session's last
        codes.add(ask(stack, "GET", sid)[0])
    other.join()
    assert 400 in codes
    assert json.loads(ask(stack, "GET", sid)[1])["code"] == 1
