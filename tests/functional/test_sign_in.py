"""Sign-in by JWT: which tokens are good, whom they stand for, how long, and how they end."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
from typing import TYPE_CHECKING, Any

import jwt
import pytest

from serverless_socketio_chat.accounts import token_ends
from serverless_socketio_chat.accounts.key_sets import AGAIN_MS, AGE_MS, AHEAD_MS
from tests.drivers import ChatDriver, Refused
from tests.support.tokens import AUDIENCE, ISSUER, AskedIssuer, MemoryIssuer, rsa_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_dynamodb import DynamoDBClient

    from tests.drivers import SocketIOClient

SETTINGS: dict[str, Any] = {"auth_issuer": ISSUER, "auth_audience": (AUDIENCE, "other"), "auth_plan_claim": "plan"}


@pytest.fixture
def issuer() -> MemoryIssuer:
    return MemoryIssuer()


@pytest.fixture
def chat(tables: DynamoDBClient, issuer: MemoryIssuer) -> Iterator[ChatDriver]:
    driver = ChatDriver(tables, issuer=AskedIssuer(issuer), **SETTINGS)
    issuer.clock = driver.clock
    yield driver
    assert driver.denied == [], "a role does not allow it: see infra/conversations_access.py"


def connected(chat: ChatDriver, token: str, **handshake: Any) -> SocketIOClient:
    return chat.connect(auth={"token": token}, **handshake)


def refused(chat: ChatDriver, token: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        connected(chat, token)
    return caught.value


def room(client: Any) -> str:
    return str(client.emit("chat:join", {"agentId": "echo"})["room"])


def closes(chat: ChatDriver, token: str) -> bool:
    """Whether a CONNECT with a token is answered by the end of its connection, and by nothing else."""
    client = chat.open()
    assert client.send(f'40{{"token":"{token}"}}') == []
    return client.closed


# Which tokens are good


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA"])
def test_a_token_stands_for_the_user_that_it_names(chat: ChatDriver, issuer: MemoryIssuer, algorithm: str) -> None:
    issuer.rotate(algorithm)
    assert room(connected(chat, issuer.token("dora"))) == "chat:echo:dora"


def test_rs256_is_taken_and_the_other_algorithms_of_rsa_are_not(chat: ChatDriver, issuer: MemoryIssuer) -> None:
    issuer.keys = [rsa_key()]
    assert room(connected(chat, issuer.token())) == "chat:echo:dora"
    for algorithm in ("RS512", "PS256"):
        token = jwt.encode(issuer.claims(), rsa_key().private, algorithm=algorithm, headers={"kid": "rsa"})
        assert refused(chat, token).code == "unauthorized"


@pytest.mark.parametrize(
    "handshake",
    [
        lambda token: {"query": {"token": token}},
        lambda token: {"headers": {"X-Api-Key": token}},
        lambda token: {"headers": {"Authorization": f"Bearer {token}"}},
    ],
    ids=["query", "x-api-key", "bearer"],
)
def test_a_token_comes_wherever_a_key_may_come(chat: ChatDriver, issuer: MemoryIssuer, handshake: Any) -> None:
    token = issuer.token()
    assert room(chat.connect(auth={}, **handshake(token))) == "chat:echo:dora"
    assert room(chat.connect_native(None, **handshake(token))) == "chat:echo:dora"
    assert room(chat.connect("bob", **handshake(token))) == "chat:echo:bob"
    with pytest.raises(Refused):
        chat.connect(auth={"token": "nonsense"}, **handshake(token))


def test_api_keys_are_taken_as_before(chat: ChatDriver, issuer: MemoryIssuer) -> None:
    assert room(chat.connect("alice")) == "chat:echo:alice"
    assert refused(chat, "nonsense").error["message"] == "This API key is not known."
    assert issuer.readings == []


def test_without_an_issuer_a_token_is_an_unknown_key(tables: DynamoDBClient, issuer: MemoryIssuer) -> None:
    chat = ChatDriver(tables)
    issuer.clock = chat.clock
    assert refused(chat, issuer.token()).error["message"] == "This API key is not known."
    ack = chat.connect("alice").emit("auth:refresh", {"token": issuer.token("alice")})
    assert ack["error"]["code"] == "unauthorized"


WRONG: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "https://evil.example"},
    "an issuer that begins alike": {"iss": f"{ISSUER}.evil.example"},
    "no issuer": {"iss": None},
    "another audience": {"aud": "elsewhere"},
    "other audiences": {"aud": ["elsewhere", "nowhere"]},
    "no audience": {"aud": None},
    "an audience that is no text": {"aud": ["chat", 5]},
    "a client, of no access token": {"aud": None, "client_id": AUDIENCE, "token_use": "id"},
    "another client": {"aud": None, "client_id": "elsewhere", "token_use": "access"},
    "no end": {"exp": None},
    "an end that is no number": {"exp": "4000000000"},
    "an end that is true": {"exp": True},
    "a beginning that is to come": {"nbf": 4_000_000_000},
    "a beginning that is no number": {"nbf": "1"},
    "issued in the future": {"iat": 4_000_000_000},
    "no user": {"sub": None},
    "an empty user": {"sub": ""},
    "a user that is a number": {"sub": 5},
    "a user that is a list": {"sub": ["dora"]},
}


@pytest.mark.parametrize("claims", WRONG.values(), ids=WRONG)
def test_a_token_with_a_wrong_claim_is_unauthorized(
    chat: ChatDriver, issuer: MemoryIssuer, claims: dict[str, Any]
) -> None:
    said = {**issuer.claims(), **claims}
    token = issuer.sign({name: value for name, value in said.items() if value is not None})
    error = refused(chat, token)
    assert error.error["data"] == {"code": "unauthorized"}
    with pytest.raises(Refused) as caught:
        chat.connect_native(None, query={"token": token})
    assert caught.value.status == 401


def test_an_audience_is_one_of_several_and_cognitos_access_tokens_name_a_client(
    chat: ChatDriver, issuer: MemoryIssuer
) -> None:
    assert connected(chat, issuer.token(aud=["elsewhere", "other"]))
    assert connected(chat, issuer.token(aud=None, client_id=AUDIENCE, token_use="access"))


def test_sixty_seconds_of_leeway(chat: ChatDriver, issuer: MemoryIssuer) -> None:
    now_s = chat.clock.now_ms() // 1000
    assert connected(chat, issuer.token(lives_s=-59))
    assert connected(chat, issuer.token(nbf=now_s + 59, iat=now_s + 59))
    assert refused(chat, issuer.token(lives_s=-60)).error["data"] == {"code": "unauthorized", "reason": "expired"}
    with pytest.raises(Refused) as caught:
        chat.connect_native(None, query={"token": issuer.token(lives_s=-60)})
    assert caught.value.status == 401
    assert "reason" not in refused(chat, issuer.token(lives_s=-60, aud="elsewhere")).error["data"]


# Forged tokens


def encoded(part: Any) -> str:
    text = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def signed_by_hand(header: dict[str, Any], claims: Any, secret: bytes = b"") -> str:
    head = f"{encoded(header)}.{encoded(claims)}"
    return f"{head}.{encoded(hmac.digest(secret, head.encode(), 'sha256')) if secret else ''}"


def test_a_token_without_a_signature_is_unauthorized(chat: ChatDriver, issuer: MemoryIssuer) -> None:
    for algorithm in ("none", "None", "NONE", "", "HS256"):
        header = {"alg": algorithm, "typ": "JWT", "kid": issuer.keys[0].kid}
        assert refused(chat, signed_by_hand(header, issuer.claims())).code == "unauthorized"
    no_key = {"alg": "ES256", "kid": issuer.keys[0].kid}
    assert refused(chat, signed_by_hand(no_key, issuer.claims())).code == "unauthorized"


def test_a_public_key_is_no_secret_to_sign_with(chat: ChatDriver, issuer: MemoryIssuer) -> None:
    from cryptography.hazmat.primitives import serialization

    issuer.keys = [rsa_key()]
    public = rsa_key().private.public_key()
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    for encoding in (serialization.Encoding.PEM, serialization.Encoding.DER):
        secret = public.public_bytes(encoding, spki)
        token = signed_by_hand({"alg": "HS256", "kid": "rsa"}, issuer.claims(), secret)
        assert refused(chat, token).code == "unauthorized"


def test_a_token_of_another_key_with_the_same_id_is_unauthorized(chat: ChatDriver, issuer: MemoryIssuer) -> None:
    thief = MemoryIssuer(chat.clock)
    assert thief.keys[0].kid == issuer.keys[0].kid
    assert refused(chat, thief.token()).code == "unauthorized"


def test_parts_of_two_tokens_make_none(chat: ChatDriver, issuer: MemoryIssuer) -> None:
    ours, theirs = issuer.token("dora").split("."), issuer.token("alice").split(".")
    assert refused(chat, ".".join([ours[0], theirs[1], ours[2]])).code == "unauthorized"


def test_a_key_is_used_for_the_algorithm_that_it_is_for_and_no_other(chat: ChatDriver, issuer: MemoryIssuer) -> None:
    for algorithm in ("RS256", "EdDSA"):
        token = signed_by_hand({"alg": algorithm, "kid": issuer.keys[0].kid}, issuer.claims(), b"x" * 256)
        assert refused(chat, token).code == "unauthorized"


DEEP = b"[" * 6_000
MALFORMED = {
    "two dots": "a.b.c",
    "no json": f"{encoded(b'{')}.{encoded({})}.{encoded(b'x')}",
    "a header that is a list": f"{encoded([])}.{encoded({})}.{encoded(b'x')}",
    "a deep header": f"{encoded(DEEP)}.{encoded({})}.{encoded(b'x')}",
    "a kid that is a number": f"{encoded({'alg': 'ES256', 'kid': 5})}.{encoded({})}.{encoded(b'x')}",
    "an algorithm that is a list": f"{encoded({'alg': ['ES256'], 'kid': 'key-1'})}.{encoded({})}.{encoded(b'x')}",
    "no kid": f"{encoded({'alg': 'HS256'})}.{encoded({})}.{encoded(b'x')}",
    "a key of its own": f"{encoded({'alg': 'ES256', 'kid': 'key-1', 'jwk': {}})}.{encoded({})}.{encoded(b'x' * 64)}",
    "what is to be understood": f"{encoded({'alg': 'ES256', 'kid': 'key-1', 'crit': ['x'], 'x': 1})}.{encoded({})}."
    f"{encoded(b'x' * 64)}",
    "one part more": "e30.e30.e30.e30",
}


@pytest.mark.parametrize("token", MALFORMED.values(), ids=MALFORMED)
def test_what_only_looks_like_a_token_is_unauthorized(chat: ChatDriver, token: str) -> None:
    assert refused(chat, token).code == "unauthorized"


@pytest.mark.parametrize(
    "payload",
    [b"{", b"[]", b"5", b"\xff", DEEP, b'{"exp": NaN}', b'{"exp": Infinity}', b'{"exp": 1e999}', b'{"exp": -1e999}'],
    ids=["open", "list", "number", "bytes", "deep", "nan", "infinity", "overflow", "underflow"],
)
def test_a_payload_that_was_signed_and_is_none_is_unauthorized(
    chat: ChatDriver, issuer: MemoryIssuer, payload: bytes
) -> None:
    key = issuer.keys[0]
    token = jwt.PyJWS().encode(payload, key.private, algorithm="ES256", headers={"kid": key.kid})
    assert refused(chat, token).code == "unauthorized"


def test_an_end_that_is_thousands_of_years_away_is_only_late(chat: ChatDriver, issuer: MemoryIssuer) -> None:
    ack = connected(chat, issuer.token()).emit("auth:refresh", {"token": issuer.token(exp=10**30)})
    assert ack == {"ok": True, "expiresAt": 10**14}


# Whom they stand for

ODD = ["a b", "a#b", "a:b", "~a", "a\nb", "x" * 129, "auth0|1:2", "\u2003", "\ud800"]


@pytest.mark.parametrize("sub", ODD, ids=ascii)
def test_a_subject_that_cannot_be_an_id_is_replaced_by_its_hash(
    chat: ChatDriver, issuer: MemoryIssuer, sub: str
) -> None:
    digest = hashlib.sha256(sub.encode("utf-8", "surrogatepass")).digest()
    name = "~" + base64.urlsafe_b64encode(digest).decode().rstrip("=")
    assert room(connected(chat, issuer.token(sub))) == f"chat:echo:{name}"


@pytest.mark.parametrize("sub", ["auth0|1", "x" * 128, "ü", "a~b", "dora@example.com", "a/b"], ids=ascii)
def test_a_subject_that_can_be_an_id_is_it(chat: ChatDriver, issuer: MemoryIssuer, sub: str) -> None:
    assert room(connected(chat, issuer.token(sub))) == f"chat:echo:{sub}"


def test_another_claim_may_be_the_user(tables: DynamoDBClient, issuer: MemoryIssuer) -> None:
    chat = ChatDriver(tables, issuer=AskedIssuer(issuer), **SETTINGS, auth_user_claim="cognito:username")
    issuer.clock = chat.clock
    assert room(connected(chat, issuer.sign(issuer.claims() | {"cognito:username": "emma"}))) == "chat:echo:emma"
    assert refused(chat, issuer.token("dora")).code == "unauthorized"


def test_a_user_is_made_when_first_seen(chat: ChatDriver, issuer: MemoryIssuer) -> None:
    assert chat.directory.user("dora") is None
    connected(chat, issuer.token("dora"))
    made = chat.directory.user("dora")
    assert made is not None
    assert made.plan == "free"
    chat.clock.advance(5)
    connected(chat, issuer.token("dora"))
    assert chat.directory.user("dora") == made


def places(chat: ChatDriver, token: str) -> int:
    """How many connections a token's plan allows."""
    for place in range(101):
        (answer, *_) = chat.open().send(f'40{{"token":"{token}"}}')
        if answer.startswith("44"):
            assert '"forbidden"' in answer
            return place
    raise AssertionError("there is no end to them")


@pytest.mark.parametrize(
    ("stored", "claims", "allowed"),
    [
        ("free", {"plan": "pro"}, 20),
        ("pro", {}, 20),
        ("pro", {"plan": "free"}, 5),
        ("pro", {"plan": "platinum"}, 5),
        ("pro", {"plan": ["pro"]}, 5),
        ("pro", {"plan": "a b"}, 5),
        ("pro", {"plan": ""}, 5),
        (None, {}, 5),
        (None, {"plan": "pro"}, 20),
    ],
)
def test_the_plan_is_the_claims_else_the_stored_one_else_free(
    chat: ChatDriver, issuer: MemoryIssuer, stored: str | None, claims: dict[str, Any], allowed: int
) -> None:
    if stored is not None:
        chat.directory.put_user("dora", stored)
    assert places(chat, issuer.token("dora", **claims)) == allowed


def test_a_stored_plan_that_has_ended_is_free(chat: ChatDriver, issuer: MemoryIssuer) -> None:
    chat.directory.put_user("dora", "pro", chat.clock.now_ms() - 1)
    assert places(chat, issuer.token("dora")) == 5


# Keys of the issuer


def test_keys_are_read_once_in_an_hour_for_all_functions(chat: ChatDriver, issuer: MemoryIssuer) -> None:
    token = issuer.token(plan="pro", lives_s=9_000)
    for _ in range(3):
        connected(chat, token)
        chat.connect_native(None, query={"token": token})
        chat.renew("message")
    assert len(issuer.readings) == 1
    chat.clock.advance((AGE_MS - AHEAD_MS) / 1000)
    connected(chat, token)
    connected(chat, token)
    assert len(issuer.readings) == 2


def test_a_key_that_was_rotated_is_read_at_once_and_the_old_one_is_not_taken_when_it_is_gone(
    chat: ChatDriver, issuer: MemoryIssuer
) -> None:
    old = issuer.token()
    connected(chat, old)
    chat.clock.advance(AGAIN_MS / 1000)
    issuer.rotate()
    assert connected(chat, issuer.token())
    assert connected(chat, old)
    chat.clock.advance(AGAIN_MS / 1000)
    issuer.rotate(published=1)
    assert connected(chat, issuer.token())
    assert closes(chat, old)
    assert len(issuer.readings) == 3
    chat.clock.advance(AGAIN_MS / 1000)
    assert refused(chat, old).code == "unauthorized"


def test_an_unknown_key_makes_them_be_read_at_most_once_in_thirty_seconds(
    chat: ChatDriver, issuer: MemoryIssuer
) -> None:
    connected(chat, issuer.token())
    chat.clock.advance(AGAIN_MS / 1000)
    unknown = MemoryIssuer(chat.clock)
    for _ in range(3):
        unknown.rotate()
    assert refused(chat, unknown.token()).code == "unauthorized"
    for _ in range(5):
        assert closes(chat, unknown.token())
    answer = chat.handshake(query={"token": unknown.token()})[1]
    assert answer["statusCode"] == 503
    assert len(issuer.readings) == 2
    chat.clock.advance(AGAIN_MS / 1000)
    assert refused(chat, unknown.token()).code == "unauthorized"
    assert len(issuer.readings) == 3


def test_an_issuer_that_cannot_be_reached_closes_connections_and_harms_no_api_key(
    chat: ChatDriver, issuer: MemoryIssuer
) -> None:
    issuer.is_down = True
    assert closes(chat, issuer.token())
    assert closes(chat, issuer.token())
    assert chat.handshake(query={"token": issuer.token()})[1]["statusCode"] == 503
    client = chat.open(query={"token": issuer.token()})  # let in, and told at CONNECT
    client.send("40")
    assert client.closed
    assert chat.connect("alice")
    issuer.is_down = False
    chat.clock.advance(AGAIN_MS / 1000)
    assert connected(chat, issuer.token())


def test_keys_that_are_known_outlive_an_issuer_that_is_down_for_their_hour(
    chat: ChatDriver, issuer: MemoryIssuer
) -> None:
    connected(chat, issuer.token())
    issuer.is_down = True
    chat.clock.advance((AGE_MS - 1_000) / 1000)
    assert connected(chat, issuer.token())
    chat.clock.advance(1)
    assert closes(chat, issuer.token())


def test_who_needs_keys_waits_for_the_function_that_reads_them(chat: ChatDriver, issuer: MemoryIssuer) -> None:
    from serverless_socketio.aws.table import DynamoTable
    from serverless_socketio_chat.accounts.token_records import TableKeySets

    table = DynamoTable(chat.settings.conversations_table, chat.dynamodb)
    records, now_ms = TableKeySets(table, ISSUER, chat.clock), chat.clock.now_ms()
    assert records.claim_reading(now_ms, now_ms - AGAIN_MS)
    chat.clock.on_sleep(0.5, lambda: records.put_key_set(AskedIssuer(issuer).keys(now_ms)))
    assert connected(chat, issuer.token())
    assert len(issuer.readings) == 1


def test_a_function_that_never_came_back_with_the_keys_is_not_waited_for_without_end(
    chat: ChatDriver, issuer: MemoryIssuer
) -> None:
    from serverless_socketio.aws.table import DynamoTable
    from serverless_socketio_chat.accounts.token_records import TableKeySets

    table = DynamoTable(chat.settings.conversations_table, chat.dynamodb)
    TableKeySets(table, ISSUER, chat.clock).claim_reading(chat.clock.now_ms(), 0)
    assert closes(chat, issuer.token())
    assert sum(chat.clock.slept) < 4


# Their end


def ticks(chat: ChatDriver, seconds: float) -> None:
    """Let time pass, with its ticks."""
    until = chat.clock.now_ms() + seconds * 1000
    while chat.clock.now_ms() < until:
        next_tick(chat)


def next_tick(chat: ChatDriver) -> None:
    """Let it be a multiple of ten seconds, when a tick comes; clients answer pings."""
    chat.clock.advance(10 - chat.clock.now_ms() / 1000 % 10)
    sent = len(chat.transport.sent)
    chat.tick()
    work(chat)
    for address, frame in chat.transport.sent[sent:]:
        if frame == "2" and address not in chat.transport.closed:
            chat.receive(address, "3")


def work(chat: ChatDriver) -> None:
    """Let the sweeper do what its queue asks for."""
    found = chat.queue.receive_message(QueueUrl=chat.settings.ticks_queue_url, MaxNumberOfMessages=10)
    for message in found.get("Messages", []):
        chat.call("sweeper", {"Records": [{"body": message["Body"]}]})


def until(client: Any) -> list[int]:
    return [told["expiresAt"] for told in client.got("auth:expiring")]


@pytest.mark.parametrize("form", ["socketio", "native"])
def test_a_client_is_told_a_minute_before_the_end_and_disconnected_within_thirty_seconds_of_it(
    chat: ChatDriver, issuer: MemoryIssuer, form: str
) -> None:
    token = issuer.token(lives_s=300)
    ends_ms = (chat.clock.now_ms() // 1000 + 360) * 1000
    client: Any = connected(chat, token) if form == "socketio" else chat.connect_native(None, query={"token": token})
    other = chat.connect("alice")
    while not until(client):
        assert chat.clock.now_ms() < ends_ms
        next_tick(chat)
    assert until(client) == [ends_ms]
    assert 50_000 < ends_ms - chat.clock.now_ms() <= 70_000
    while not client.closed:
        assert chat.clock.now_ms() < ends_ms + 30_000
        next_tick(chat)
    assert chat.clock.now_ms() >= ends_ms
    assert until(client) == [ends_ms]
    assert not other.closed


def test_a_client_whose_token_ends_within_a_minute_is_told_at_once(chat: ChatDriver, issuer: MemoryIssuer) -> None:
    token = issuer.token(lives_s=-50)
    client = connected(chat, token)
    assert len(until(client)) == 1
    native = chat.connect_native(None, query={"token": token})
    ticks(chat, 10)
    assert until(native) == until(client) or native.closed
    ticks(chat, 20)
    assert client.closed
    assert native.closed


def test_a_refresh_puts_off_the_end_and_touches_no_room(chat: ChatDriver, issuer: MemoryIssuer) -> None:
    client = connected(chat, issuer.token(lives_s=60))
    assert room(client) == "chat:echo:dora"
    ticks(chat, 65)
    assert len(until(client)) == 1
    now_s = chat.clock.now_ms() // 1000
    ack = client.emit("auth:refresh", {"token": issuer.token(lives_s=120)})
    assert ack == {"ok": True, "expiresAt": (now_s + 180) * 1000}
    ticks(chat, 60)
    assert not client.closed
    client.emit("chat:message", {"agentId": "echo", "message": "still here"})
    chat.answer()
    assert [body["message"] for body in client.got("chat:message:complete")] == ["still here"]
    ticks(chat, 160)
    assert len(until(client)) == 2
    assert client.closed


def test_an_answer_goes_on_over_a_refresh(chat: ChatDriver, issuer: MemoryIssuer) -> None:
    client = connected(chat, issuer.token())
    client.emit("chat:message", {"agentId": "echo", "message": " ".join(["word"] * 200)})
    chat.clock.on_sleep(1, lambda: client.emit("auth:refresh", {"token": issuer.token(lives_s=600)}))
    chat.answer()
    chunks = client.got("chat:message:stream")
    assert [chunk["index"] for chunk in chunks] == list(range(len(chunks)))
    assert len(client.got("chat:message:complete")) == 1


def test_a_refresh_that_is_refused_changes_nothing(chat: ChatDriver, issuer: MemoryIssuer) -> None:
    client = connected(chat, issuer.token(lives_s=120))
    thief = MemoryIssuer(chat.clock)
    for token, code in {
        issuer.token("emma", lives_s=9_000): "forbidden",
        thief.token(lives_s=9_000): "unauthorized",
        "key-of-alice": "unauthorized",
        "": "invalid",
    }.items():
        ack = client.emit("auth:refresh", {"token": token})
        assert ack["error"]["code"] == code
    assert client.emit("auth:refresh", {"token": 5})["error"]["code"] == "invalid"
    expired = client.emit("auth:refresh", {"token": issuer.token(lives_s=-61)})["error"]
    assert (expired["code"], expired["reason"]) == ("unauthorized", "expired")
    assert chat.directory.user("emma") is None
    ticks(chat, 200)
    assert client.closed


def test_a_refresh_is_unavailable_where_keys_cannot_be_read(chat: ChatDriver, issuer: MemoryIssuer) -> None:
    client = connected(chat, issuer.token())
    chat.clock.advance(AGAIN_MS / 1000)
    issuer.rotate()
    issuer.is_down = True
    error = client.emit("auth:refresh", {"token": issuer.token()})["error"]
    assert error["code"] == "unavailable"
    assert error["retryAfterMs"] > 0
    assert not client.closed


def test_a_refreshed_plan_holds_from_then_on(chat: ChatDriver, issuer: MemoryIssuer) -> None:
    client = connected(chat, issuer.token(plan="free"))
    assert client.emit("auth:refresh", {"token": issuer.token(plan="pro")})["ok"]
    acks = [client.emit("chat:message", {"agentId": "echo", "message": "hi"}) for _ in range(10)]
    assert "rate_limited" not in {ack.get("error", {}).get("code") for ack in acks}


@pytest.mark.parametrize("lives_s", [0, 300])
def test_a_plan_that_was_refreshed_holds_in_every_function(
    chat: ChatDriver, issuer: MemoryIssuer, lives_s: float
) -> None:
    client = connected(chat, issuer.token(plan="free", lives_s=lives_s))
    room(client)
    warm = chat._runtimes["message"]
    chat.renew("message")
    assert client.emit("auth:refresh", {"token": issuer.token(plan="pro")})["ok"]
    chat._runtimes["message"] = warm
    acks = [client.emit("chat:message", {"agentId": "echo", "message": "hi"}) for _ in range(10)]
    assert "rate_limited" not in {ack.get("error", {}).get("code") for ack in acks}


@pytest.mark.parametrize("claims", [{"iss": "https://elsewhere.example"}, {"aud": "another"}], ids=str)
def test_a_token_for_others_is_no_reason_to_read_keys(
    chat: ChatDriver, issuer: MemoryIssuer, claims: dict[str, Any]
) -> None:
    connected(chat, issuer.token())
    other = MemoryIssuer(chat.clock)
    other.rotate()
    for _ in range(2):
        assert refused(chat, other.token(**claims)).code == "unauthorized"
    assert len(issuer.readings) == 1


def test_keys_are_read_anew_where_they_were_forgotten(chat: ChatDriver, issuer: MemoryIssuer) -> None:
    connected(chat, issuer.token())
    chat.directory.forget_issuer(ISSUER)
    chat.renew("message")
    connected(chat, issuer.token())
    assert len(issuer.readings) == 2


def test_a_socket_that_comes_back_has_the_end_of_its_new_token(chat: ChatDriver, issuer: MemoryIssuer) -> None:
    first = connected(chat, issuer.token(lives_s=60), query={"recovery": "1"})
    answer = json.loads(first.frames[1].removeprefix("40"))
    first.close(1006)
    second = connected_again(chat, issuer.token(lives_s=600), answer)
    ticks(chat, 150)
    assert not second.closed
    second.close(1006)
    third = connected_again(chat, "key-of-dora", answer) if chat.directory.put_key("key-of-dora", "dora") else None
    assert third is not None
    ticks(chat, 700)
    assert not third.closed


def connected_again(chat: ChatDriver, token: str, answer: dict[str, str]) -> SocketIOClient:
    client = chat.open(query={"recovery": "1"})
    sent = client.send(f"40{json.dumps({'token': token, 'pid': answer['pid'], 'offset': ''})}")
    assert sent[0].startswith("40")
    return client


def test_many_tokens_that_end_together_are_dealt_out(
    chat: ChatDriver, issuer: MemoryIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(token_ends, "LOOKS_MAX", 4)
    clients = [connected(chat, issuer.token(lives_s=120, plan="pro")) for _ in range(10)]
    ticks(chat, 120)
    assert all(len(until(client)) == 1 for client in clients)


def test_a_look_that_fails_is_made_by_a_later_tick(chat: ChatDriver, issuer: MemoryIssuer) -> None:
    from tests.faults import down

    client = connected(chat, issuer.token(lives_s=-30))
    chat.renew("sweeper", get_item=lambda **_: down())
    ticks(chat, 40)
    assert not client.closed
    chat.renew("sweeper")
    ticks(chat, 10)
    assert client.closed


# Sign-out


def sign_out(chat: ChatDriver, user: str) -> None:
    """As `chat-admin users sign-out` does; the stream of the table tells, and the queue brings its messages."""
    chat.directory.sign_out(user)
    keys = {"pk": {"S": f"USER#{user}"}, "sk": {"S": "SIGNED_OUT"}}
    chat.call("sweeper", {"Records": [{"eventName": "INSERT", "dynamodb": {"Keys": keys}}]})
    work(chat)


def test_sign_out_refuses_the_tokens_until_now_and_ends_their_connections(
    chat: ChatDriver, issuer: MemoryIssuer
) -> None:
    chat.directory.put_user("dora", "pro")
    chat.directory.put_key("key-of-dora", "dora")
    by_key, emma = chat.connect("dora"), connected(chat, issuer.token("emma"))
    token, undated = issuer.token("dora"), issuer.token("dora", iat=None)
    clients: list[Any] = [
        connected(chat, token),
        connected(chat, undated),
        chat.connect_native(None, query={"token": token}),
    ]
    sign_out(chat, "dora")
    for client in clients:
        assert client.closed
        assert [error["code"] for error in client.got("error")] == ["unauthorized"]
    assert not by_key.closed
    assert not emma.closed
    assert refused(chat, token).error["data"] == {"code": "unauthorized"}
    assert refused(chat, undated).code == "unauthorized"
    assert refused(chat, issuer.token("dora", iat=chat.clock.now_ms() // 1000 + 0.9)).code == "unauthorized"
    chat.clock.advance(1)
    later = connected(chat, issuer.token("dora"))
    assert later.emit("auth:refresh", {"token": token})["error"]["code"] == "unauthorized"
    assert not later.closed


def test_a_token_of_a_handshake_is_judged_again_at_connect(chat: ChatDriver, issuer: MemoryIssuer) -> None:
    waiting = chat.open(query={"token": issuer.token("dora", lives_s=-50)})
    signed_out = chat.open(query={"token": issuer.token("dora")})
    sign_out(chat, "dora")
    assert json.loads(signed_out.send("40")[0].removeprefix("44"))["data"] == {"code": "unauthorized"}
    chat.clock.advance(11)
    assert json.loads(waiting.send("40")[0].removeprefix("44"))["data"]["reason"] == "expired"


def test_a_revoked_users_tokens_are_refused_too(chat: ChatDriver, issuer: MemoryIssuer) -> None:
    token = issuer.token("dora")
    connected(chat, token)
    chat.directory.revoke_user("dora")
    assert refused(chat, token).code == "unauthorized"


# Nothing of a token is kept


def test_tokens_are_never_stored_or_logged(
    chat: ChatDriver, issuer: MemoryIssuer, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    good, expired, down = issuer.token("dora"), issuer.token(lives_s=-61), issuer.token("emma")
    thief = MemoryIssuer(chat.clock)
    thief.rotate()
    tokens = [good, expired, down, thief.token(), issuer.token("dora", lives_s=900)]
    client = connected(chat, good)
    chat.open(query={"token": good})
    chat.connect_native(None, query={"token": good})
    for token in tokens:
        chat.open().send(f'40{{"token":"{token}"}}')
        chat.handshake(query={"token": token, "EIO": "4"})
        client.emit("auth:refresh", {"token": token})
        client.tell("auth:refresh", {"token": [token]})
    stored = "".join(
        json.dumps(chat.dynamodb.scan(TableName=table)["Items"], default=str)
        for table in (chat.settings.connections_table, chat.settings.conversations_table)
    )
    printed = capsys.readouterr()
    logged = caplog.text + printed.out + printed.err + "".join(frame for _, frame in chat.transport.sent)
    assert "dora" in stored
    for token in tokens:
        for part in (*token.split(".")[1:], hashlib.sha256(token.encode()).hexdigest()):
            assert part not in stored
            assert part not in logged
