"""Who pushes, verified by PyJWT: the token's claims, how long it is used, and key pairs that are none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import jwt
import pytest

from infra.vapid import make_pair
from serverless_socketio_chat.push.vapid import Vapid, VapidError
from tests.fakes import FakeClock
from tests.push_service import jwk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PUBLIC, PRIVATE = make_pair()
SUBJECT = "mailto:ops@example.com"
FCM = "https://fcm.googleapis.com"
HOUR_S = 3600


class Key:
    """A private key that counts how often it is read."""

    def __init__(self, text: str = PRIVATE) -> None:
        self.text = text
        self.reads = 0

    def __call__(self) -> str:
        self.reads += 1
        return self.text


def unreadable() -> str:
    raise LookupError


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def vapid(clock: FakeClock) -> Vapid:
    return Vapid(SUBJECT, PUBLIC, Key(), clock)


def claims(header: str) -> dict[str, Any]:
    found = re.fullmatch(r"vapid t=([^,]+), ?k=(\S+)", header)
    assert found is not None
    token, key = found.groups()
    assert key == PUBLIC
    assert jwt.get_unverified_header(token) == {"typ": "JWT", "alg": "ES256"}
    options: Any = {"verify_exp": False, "verify_aud": False}
    decoded: dict[str, Any] = jwt.decode(token, jwt.PyJWK(jwk(key)), algorithms=["ES256"], options=options)
    return decoded


def test_a_token_says_for_whom_until_when_and_from_whom(vapid: Vapid, clock: FakeClock) -> None:
    until = clock.now_ms() // 1000 + 12 * HOUR_S
    assert claims(vapid.header(FCM)) == {"aud": FCM, "exp": until, "sub": SUBJECT}


def test_a_header_is_used_until_an_hour_before_its_end(vapid: Vapid, clock: FakeClock) -> None:
    first = vapid.header(FCM)
    clock.advance(11 * HOUR_S - 1)
    assert vapid.header(FCM) == first
    clock.advance(1)
    assert claims(vapid.header(FCM))["exp"] == claims(first)["exp"] + 11 * HOUR_S


def test_every_push_service_gets_its_own(vapid: Vapid) -> None:
    origins = [FCM, "https://web.push.apple.com", "http://127.0.0.1:8123"]
    assert [claims(vapid.header(origin))["aud"] for origin in origins] == origins


def test_the_private_key_is_read_once_and_not_before_it_is_needed(clock: FakeClock) -> None:
    key = Key()
    vapid = Vapid(SUBJECT, PUBLIC, key, clock)
    assert key.reads == 0
    for number in range(3):
        vapid.header(f"https://push{number}.example.com")
    assert key.reads == 1


def test_only_so_many_headers_are_kept(vapid: Vapid, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serverless_socketio_chat.push.vapid.ORIGINS_MAX", 2)
    origins = [f"https://push{number}.example.com" for number in range(5)]
    assert [claims(vapid.header(origin))["aud"] for origin in origins] == origins


@pytest.mark.parametrize("text", ["", "abc", make_pair()[1], PUBLIC], ids=["empty", "short", "another", "public"])
def test_a_private_key_of_another_pair_or_none_is_said_clearly(clock: FakeClock, text: str) -> None:
    with pytest.raises(VapidError, match="VAPID"):
        Vapid(SUBJECT, PUBLIC, Key(text), clock).header(FCM)


def test_a_key_that_cannot_be_read_is_tried_again_next_time(clock: FakeClock) -> None:
    keys: Iterator[Callable[[], str]] = iter([unreadable, Key()])
    vapid = Vapid(SUBJECT, PUBLIC, lambda: next(keys)(), clock)
    with pytest.raises(VapidError, match="VAPID_PARAMETER"):
        vapid.header(FCM)
    assert vapid.header(FCM)


def test_a_subject_that_is_nobody_is_said_clearly(clock: FakeClock) -> None:
    with pytest.raises(VapidError, match="VAPID_SUBJECT"):
        Vapid("somebody", PUBLIC, Key(), clock).header(FCM)
