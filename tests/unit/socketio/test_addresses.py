"""Session ids and addresses: what each says, and that a socket on another kind of address has its place already."""

from __future__ import annotations

import pytest

from serverless_socketio.address import kind_of
from serverless_socketio.sid import address_of, is_recoverable, new_sid, sid_of

SECRET = "0123456789abcdefghij-_"
WEBSOCKET = "L0SM9cOFvHcCIhw="
POLLING = "poll:jUX7cOfQ2kSvPhd1Zq8xZQ"


@pytest.mark.parametrize(("address", "kind"), [(WEBSOCKET, "ws"), (POLLING, "poll"), ("poll", "ws")])
def test_an_address_says_its_kind(address: str, kind: str) -> None:
    assert kind_of(address) == kind


def test_the_sid_of_a_socket_that_may_move_holds_no_address() -> None:
    for address in (WEBSOCKET, POLLING):
        sid = new_sid(SECRET, address, recoverable=True)
        assert address not in sid
        assert is_recoverable(sid)
        assert sid_of(SECRET + sid) == sid


def test_the_sid_of_a_socket_that_stays_finds_its_websocket() -> None:
    sid = new_sid(SECRET, WEBSOCKET, recoverable=False)
    assert address_of(sid) == WEBSOCKET
    assert not is_recoverable(sid)


def test_the_sid_of_a_socket_of_a_polling_session_finds_it() -> None:
    sid = new_sid(SECRET, POLLING, recoverable=False)
    assert address_of(sid) == POLLING
    assert not is_recoverable(sid)
