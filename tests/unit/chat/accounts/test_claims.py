"""Claims are read as PyJWT reads them, wherever both have a word."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serverless_socketio_chat.accounts import claims
from serverless_socketio_chat.accounts.model import BadToken
from serverless_socketio_chat.model import check_name

NOW_S = int(datetime(2026, 11, 30, tzinfo=UTC).timestamp())
ISSUER, AUDIENCE = "https://login.example.com", frozenset({"chat", "other"})
POLICY = claims.Policy(ISSUER, AUDIENCE)

dates = st.one_of(
    st.integers(NOW_S - 200, NOW_S + 200),
    st.sampled_from([0, NOW_S - 60, NOW_S - 61, NOW_S + 60, NOW_S + 61, NOW_S + 10**6]),
)
names = st.sampled_from(["chat", "other", "elsewhere", "", ISSUER, f"{ISSUER}/"])
payloads = st.fixed_dictionaries(
    {"sub": st.just("dora")},
    optional={
        "exp": dates,
        "nbf": dates,
        "iat": dates,
        "iss": st.just(ISSUER) | names,
        "aud": names | st.lists(names, max_size=3) | st.just(["chat", 5]),
    },
)


def by_pyjwt(said: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> str:
    """What PyJWT makes of claims at `NOW_S`: good, expired, or bad."""

    class Now(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.fromtimestamp(NOW_S, tz)

    with monkeypatch.context() as patched:
        patched.setattr("jwt.api_jwt.datetime", Now)
        token = jwt.encode(said, "a secret of thirty-two bytes or more", algorithm="HS256")
        try:
            jwt.decode(
                token,
                "a secret of thirty-two bytes or more",
                algorithms=["HS256"],
                audience=sorted(AUDIENCE),
                issuer=ISSUER,
                leeway=60,
                options={"require": ["exp", "iss", "aud"]},
            )
        except jwt.ExpiredSignatureError:
            return "expired"
        except jwt.PyJWTError:
            return "bad"
        return "good"


def by_us(said: dict[str, Any]) -> str:
    try:
        claims.read(json.dumps(said).encode(), POLICY, NOW_S * 1000)
    except BadToken as bad:
        return bad.reason or "bad"
    return "good"


def test_claims_are_read_as_pyjwt_reads_them(monkeypatch: pytest.MonkeyPatch) -> None:
    @given(payloads)
    def holds(said: dict[str, Any]) -> None:
        theirs, ours = by_pyjwt(said, monkeypatch), by_us(said)
        assert (ours == "good") == (theirs == "good")
        if ours == "expired":  # it is said only of a token that is good otherwise, which PyJWT may not have looked at
            assert theirs == "expired"
            assert by_pyjwt({**said, "exp": NOW_S + 1}, monkeypatch) == "good"

    holds()


@given(st.text())
def test_what_a_token_says_of_its_user_is_an_id_and_two_have_never_the_same(value: str) -> None:
    said = {"iss": ISSUER, "aud": "chat", "exp": NOW_S, "sub": value}
    if not value:
        assert by_us(said) == "bad"
        return
    user_id = claims.read(json.dumps(said).encode(), POLICY, NOW_S * 1000).user_id
    assert check_name(user_id)
    assert (user_id == value) != user_id.startswith("~")


@given(st.text())
def test_no_text_breaks_the_test_of_what_a_token_is(value: str) -> None:
    assert claims.is_jwt(value) <= (value.count(".") == 2)


@pytest.mark.parametrize("prefix", ["chat_", ""])
def test_no_api_key_has_the_form_of_a_token(prefix: str) -> None:
    assert not claims.is_jwt(f"{prefix}abcDEF-123_xyz")


@given(st.binary())
def test_any_payload_is_read_or_refused(payload: bytes) -> None:
    with pytest.raises(BadToken):
        claims.read(payload, POLICY, NOW_S * 1000)
