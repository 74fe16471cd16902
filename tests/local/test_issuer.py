"""The demo's issuer: codes are good once, for who has the verifier, and lead nowhere but to this machine."""

import base64
import hashlib
import json
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest

from local.issuer.provider import CLIENT, CODE_LIFE_S, Provider, Response

VERIFIER = "a" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
HERE = "http://localhost:3000/"
ASKED = {
    "client_id": CLIENT,
    "redirect_uri": HERE,
    "response_type": "code",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
    "state": "s",
    "user": "dora",
}


class Clock:
    now_s = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def provider(clock: Clock) -> Provider:
    return Provider("http://localhost:4000", clock)


def authorize(provider: Provider, **changes: str) -> Response:
    return provider.answer("GET", "/authorize", {**ASKED, **changes}, b"")


def code_of(answer: Response) -> str:
    assert answer.status == 302
    return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]


def token(provider: Provider, **asked: str) -> tuple[int, Any]:
    form = {"grant_type": "authorization_code", "redirect_uri": HERE, "code_verifier": VERIFIER, **asked}
    answer = provider.answer("POST", "/token", {}, urlencode(form).encode())
    return answer.status, json.loads(answer.body)


def test_a_code_and_its_verifier_are_good_for_tokens_once(provider: Provider) -> None:
    code = code_of(authorize(provider, nonce="n"))
    status, found = token(provider, code=code)
    assert status == 200
    said = jwt.decode(found["id_token"], options={"verify_signature": False})
    assert (said["sub"], said["aud"], said["iss"], said["nonce"]) == ("dora", CLIENT, provider.url, "n")
    assert token(provider, code=code) == (400, {"error": "invalid_grant"})


@pytest.mark.parametrize(
    "changes",
    [{"code_verifier": "b" * 43}, {"code_verifier": ""}, {"redirect_uri": "http://localhost:3001/"}, {"code": "x"}],
    ids=str,
)
def test_a_stolen_code_is_worth_nothing(provider: Provider, changes: dict[str, str]) -> None:
    assert token(provider, **{"code": code_of(authorize(provider)), **changes})[0] == 400


def test_a_code_that_is_a_minute_old_is_worth_nothing(provider: Provider, clock: Clock) -> None:
    code = code_of(authorize(provider))
    clock.now_s += CODE_LIFE_S
    assert token(provider, code=code)[0] == 400


@pytest.mark.parametrize(
    "to", ["https://evil.example/", "http://localhost.evil.example/", "http://localhost@evil.example/", "", "http://["]
)
def test_nobody_is_led_to_another_machine(provider: Provider, to: str) -> None:
    assert authorize(provider, redirect_uri=to).status == 400
    assert provider.answer("GET", "/end-session", {"post_logout_redirect_uri": to}, b"").status == 200


def test_without_pkce_there_is_no_code(provider: Provider) -> None:
    for changes in ({"code_challenge_method": "plain"}, {"response_type": "token"}):
        answer = authorize(provider, **changes)
        assert "error=invalid_request" in answer.headers["location"]
    assert authorize(provider, client_id="other").status == 400


def test_a_refresh_token_is_good_once_and_gives_another(provider: Provider) -> None:
    _, first = token(provider, code=code_of(authorize(provider)))
    _, second = token(provider, grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert jwt.decode(second["access_token"], options={"verify_signature": False})["sub"] == "dora"
    assert token(provider, grant_type="refresh_token", refresh_token=first["refresh_token"])[0] == 400
    assert token(provider, grant_type="refresh_token", refresh_token=second["refresh_token"])[0] == 200


def test_a_name_is_asked_for_and_nothing_that_is_said_becomes_markup(provider: Provider) -> None:
    page = authorize(provider, user="", state='"><script>').body.decode()
    assert "Who are you?" in page
    assert "<script>" not in page


def test_a_rotation_keeps_the_last_key_published_and_no_other(provider: Provider) -> None:
    first = provider.token(sub="dora")
    provider.answer("POST", "/demo/rotate", {}, b"")
    keys = {key["kid"] for key in provider.keys.jwks()["keys"]}
    assert jwt.get_unverified_header(first)["kid"] in keys
    provider.answer("POST", "/demo/rotate", {}, b"")
    assert jwt.get_unverified_header(first)["kid"] not in {key["kid"] for key in provider.keys.jwks()["keys"]}
    assert all("d" not in key for key in provider.keys.jwks()["keys"])
