"""What `connect` handlers are told of the handshake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serverless_socketio.aws.environ import ENVIRON_BYTES_MAX, environ_of
from serverless_socketio.aws.gateway import Gateway, Handshake
from tests.unit.socketio.test_gateway import PING, recorded

if TYPE_CHECKING:
    from tests.unit.socketio.world import World

SECRET = "s3cret"


def handshake(query: dict[str, str] | None = None, **headers: str) -> Handshake:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Handshake("socketio", named, query or {"EIO": "4"}, "203.0.113.7")


def test_a_handler_gets_address_query_and_headers_by_their_wsgi_names(world: World) -> None:
    told: list[dict[str, Any]] = []
    world.sio.on("connect", lambda sid, environ: told.append(environ))
    Gateway(world.sio.manager, world.inbox, ping=PING).connect(recorded("connect"))
    world.send("L0SM9cOFvHcCIhw=", "40")
    (environ,) = told
    assert environ["REMOTE_ADDR"] == "203.0.113.7"
    assert parse_qs(environ["QUERY_STRING"]) == {"EIO": ["4"], "transport": ["websocket"]}
    assert environ["HTTP_HOST"] == "abcdef1234.execute-api.us-east-1.amazonaws.com"
    assert environ["HTTP_USER_AGENT"].startswith("Mozilla/5.0")


def test_no_secret_is_kept() -> None:
    query = {"EIO": "4", "token": SECRET, "Token": SECRET, "access_token": SECRET, "room": "lobby & more"}
    secrets = {"authorization": f"Bearer {SECRET}", "x_api_key": SECRET, "cookie": SECRET, "x_session": SECRET}
    environ = environ_of(handshake(query, origin="https://a.example", **secrets))
    assert SECRET not in str(environ)
    assert parse_qs(environ["QUERY_STRING"]) == {"EIO": ["4"], "room": ["lobby & more"]}
    assert environ["HTTP_ORIGIN"] == "https://a.example"


@pytest.mark.parametrize("large", ["user_agent", "query"])
def test_what_does_not_fit_is_left_out_alone(large: str) -> None:
    query = {"EIO": "4", **({"q": "x" * 600} if large == "query" else {})}
    headers = {"host": "a.example", "user_agent": "ü" * 300 if large == "user_agent" else "agent"}
    environ = environ_of(handshake(query, **headers))
    assert set(environ) == {"REMOTE_ADDR", "HTTP_HOST"} | (
        {"HTTP_USER_AGENT"} if large == "query" else {"QUERY_STRING"}
    )


@given(st.dictionaries(st.text(), st.text(), max_size=5), st.text(), st.text(), st.text())
def test_it_is_never_larger_than_said(query: dict[str, str], host: str, agent: str, address: str) -> None:
    given_headers = {"host": host, "user-agent": agent, "accept-language": agent}
    environ = environ_of(Handshake("socketio", given_headers, query, address))
    assert (
        sum(len(f"{name}{value}".encode(errors="surrogatepass")) for name, value in environ.items())
        <= ENVIRON_BYTES_MAX
    )
