"""Requests are signed as botocore signs them, to the letter."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from unittest import mock
from urllib.parse import quote

import pytest
from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials
from hypothesis import given
from hypothesis import strategies as st

from serverless_socketio.aws.client import credentials, signing
from serverless_socketio.aws.client.credentials import Credentials
from serverless_socketio.aws.client.errors import NoCredentialsError

if TYPE_CHECKING:
    from collections.abc import Mapping

TIME = "%Y%m%dT%H%M%SZ"
VISIBLE = st.characters(min_codepoint=33, max_codepoint=126)
WORDS = st.lists(st.text(VISIBLE, min_size=1, max_size=10), max_size=4).map(" ".join)
NAMES = st.from_regex(r"x-[a-z][a-z0-9-]{0,15}", fullmatch=True)
RESERVED = {"x-amz-date", "x-amz-security-token", "x-amz-content-sha256", "x-amzn-trace-id"}
HEADERS: st.SearchStrategy[dict[str, str]] = st.dictionaries(
    NAMES.filter(lambda name: name not in RESERVED), WORDS, max_size=5
)
KEYS = st.builds(
    Credentials,
    st.text(VISIBLE, min_size=1, max_size=20),
    st.text(VISIBLE, min_size=1, max_size=40),
    st.one_of(st.just(""), st.text(VISIBLE, min_size=1, max_size=200)),
)
PATHS = st.lists(st.text(max_size=12).map(lambda text: quote(text, safe="")), max_size=3).map(
    lambda parts: "/" + "/".join(part for part in parts if part.strip(".") and part)
)
TIMES = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1))


def by_botocore(
    keys: Credentials, service: str, now: datetime, request: tuple[str, str, bytes], headers: Mapping[str, str]
) -> dict[str, str]:
    """The headers with which botocore would send a request."""
    method, path, body = request
    asked = AWSRequest(method, f"https://{headers['host']}{path}", headers=dict(headers), data=body)
    signer = auth.SigV4Auth(BotocoreCredentials(keys.access_key, keys.secret_key, keys.token), service, "eu-west-1")
    with mock.patch.object(auth, "get_current_datetime", return_value=now):
        signer.add_auth(asked)
    return {name.lower(): value for name, value in asked.headers.items()}


@given(
    KEYS, st.sampled_from(["dynamodb", "execute-api", "lambda", "states", "sqs"]), TIMES, PATHS, st.binary(), HEADERS
)
def test_the_same_headers_at_the_same_time_are_signed_the_same(
    keys: Credentials, service: str, now: datetime, path: str, body: bytes, headers: dict[str, str]
) -> None:
    given_headers = {"host": "service.eu-west-1.amazonaws.com", **headers}
    ours = signing.signed(
        keys, ("eu-west-1", service), now.strftime(TIME), ("POST", path, signing.digest(body)), given_headers
    )
    assert ours == by_botocore(keys, service, now, ("POST", path, body), given_headers)


def test_the_key_of_a_day_is_made_once_and_that_of_the_next_day_anew() -> None:
    signing._key.cache_clear()
    keys = Credentials("id", "secret", "")
    for time in ("20261130T235959Z", "20261130T235959Z", "20261201T000000Z"):
        signing.signed(keys, ("us-east-1", "sqs"), time, ("POST", "/", signing.digest(b"")), {"host": "h"})
    assert signing._key.cache_info()[:2] == (1, 2)


def test_the_example_of_the_documentation() -> None:
    """ "Signature Version 4 Test Suite", `post-vanilla`."""
    headers = {"host": "example.amazonaws.com"}
    keys = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "")
    time = datetime(2015, 8, 30, 12, 36, tzinfo=UTC).strftime(TIME)
    request = ("POST", "/", signing.digest(b""))
    signed: Any = signing.signed(keys, ("us-east-1", "service"), time, request, headers)["authorization"]
    assert signed.endswith("Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b")


class TestCredentials:
    def test_are_those_of_the_environment_at_each_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
        assert credentials.current() == ("id", "secret", "")
        monkeypatch.setenv("AWS_SESSION_TOKEN", "renewed")
        assert credentials.current().token == "renewed"

    @pytest.mark.parametrize("name", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
    def test_that_are_not_there_are_an_error(self, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        monkeypatch.setenv(name, "")
        with pytest.raises(NoCredentialsError):
            credentials.current()
