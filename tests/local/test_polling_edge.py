"""What the edge makes of a request of long-polling, and who runs it. Whole ones are in tests/e2e/test_polling.py."""

import base64

import pytest

from local.edge import events
from local.workers import pool
from local.workers.machine import Machine

HEADERS = [("Content-Type", "text/plain;charset=UTF-8"), ("Accept", "a"), ("accept", "b")]


def test_a_request_is_an_event_of_payload_format_2() -> None:
    event = events.http_request("abc", "POST", "/api/socketio/", "EIO=4", HEADERS, "é".encode(), "127.0.0.1")
    assert event["requestContext"]["http"]["method"] == "POST"
    assert event["headers"] == {"content-type": "text/plain;charset=UTF-8", "accept": "a,b"}
    assert (event["rawQueryString"], event["body"], event["isBase64Encoded"]) == ("EIO=4", "é", False)


@pytest.mark.parametrize("kind", ["application/octet-stream", ""])
def test_what_is_no_text_comes_as_base64(kind: str) -> None:
    event = events.http_request("abc", "POST", "/", "", [("content-type", kind)], b"40", "127.0.0.1")
    assert (base64.b64decode(event["body"]), event["isBase64Encoded"]) == (b"40", True)


def test_a_get_without_a_body_has_none() -> None:
    event = events.http_request("abc", "GET", "/", "", [], b"", "127.0.0.1")
    assert "body" not in event
    assert event["isBase64Encoded"] is False


@pytest.mark.parametrize(
    ("event", "is_held"),
    [
        (events.http_request("abc", "GET", "/", "", [], b"", ""), True),
        (events.http_request("abc", "POST", "/", "", [], b"", ""), False),
        ({"requestContext": {"eventType": "MESSAGE"}}, False),
        ({"requestContext": None}, False),
        (["x"], False),
    ],
    ids=["get", "post", "frame", "no context", "list"],
)
def test_only_gets_may_be_held(event: object, is_held: bool) -> None:
    assert pool._may_be_held(event) is is_held


def test_a_held_request_waits_for_no_worker() -> None:
    function = pool.Function.__new__(pool.Function)
    function._busy, function._starting, function._waiting = pool.CROWD_MAX + 1, 0, 1
    function._may_sleep, function.hold_s, function._machine = False, 20.0, Machine()
    assert function._wants_another(0, is_held=True)
    assert not function._wants_another(0, is_held=False)
