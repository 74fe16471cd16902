"""The door: who is let in, who is told why not, in both forms."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import EndpointConnectionError

from serverless_socketio_chat.model import Chat
from tests.drivers import ChatDriver, Refused

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEY = "key-of-alice"
HANDSHAKES = [
    pytest.param({"query": {"token": KEY}}, id="query"),
    pytest.param({"headers": {"X-Api-Key": KEY}}, id="x-api-key"),
    pytest.param({"headers": {"Authorization": f"Bearer {KEY}"}}, id="bearer"),
    pytest.param({"headers": {"authorization": f"bearer  {KEY} "}}, id="bearer-in-small-letters"),
]
NO_KEYS: list[Any] = ["nonsense", "", 5, True, ["k"], {"a": 1}]


def refused(chat: ChatDriver, **connect: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        chat.connect(**connect)
    return caught.value


# Socket.IO


def test_a_client_is_opened_and_accepted_as_the_user_of_its_key(chat: ChatDriver) -> None:
    client = chat.connect("alice")
    opened, accepted, _ = client.frames
    assert json.loads(opened.removeprefix("0")) == {
        "sid": json.loads(opened.removeprefix("0"))["sid"],
        "upgrades": [],
        "pingInterval": 120_000,
        "pingTimeout": 50_000,
        "maxPayload": 32 * 1024,
    }
    assert set(json.loads(accepted.removeprefix("40"))) == {"sid"}
    assert client.emit("chat:join", {"agentId": "echo"})["room"] == "chat:echo:alice"


@pytest.mark.parametrize("handshake", HANDSHAKES)
def test_the_key_may_come_at_the_handshake(chat: ChatDriver, handshake: dict[str, Any]) -> None:
    client = chat.connect(auth={}, **handshake)
    assert client.emit("chat:join", {"agentId": "echo"})["room"] == "chat:echo:alice"


def test_the_key_of_connect_comes_before_that_of_the_handshake(chat: ChatDriver) -> None:
    client = chat.connect("bob", query={"token": KEY})
    assert client.emit("chat:join", {"agentId": "echo"})["room"] == "chat:echo:bob"
    assert refused(chat, auth={"token": "nonsense"}, query={"token": KEY}).code == "unauthorized"
    assert chat.connect(auth={"token": None}, query={"token": KEY})


@pytest.mark.parametrize("token", NO_KEYS)
def test_a_key_that_is_unknown_or_no_text_is_unauthorized(chat: ChatDriver, token: Any) -> None:
    error = refused(chat, auth={"token": token})
    assert error.code == "unauthorized"
    assert error.error["message"]


def test_a_missing_key_is_told_from_an_unknown_one_and_from_one_that_is_no_text(chat: ChatDriver) -> None:
    missing, unknown, wrong = (refused(chat, auth=auth) for auth in ({}, {"token": "nonsense"}, {"token": 5}))
    assert {each.code for each in (missing, unknown, wrong)} == {"unauthorized"}
    assert missing.error["message"].startswith("The API key is missing")
    assert unknown.error["message"] == "This API key is not known."
    assert wrong.error["message"] == "An API key must be a string."
    with pytest.raises(Refused, match="The API key is missing"):
        chat.connect_native(None)


def test_a_client_without_any_key_is_unauthorized(chat: ChatDriver) -> None:
    assert refused(chat, auth={}).code == "unauthorized"
    assert refused(chat, auth={}, headers={"Authorization": f"Basic {KEY}"}).code == "unauthorized"


def test_a_page_from_elsewhere_is_told_that_it_may_not_connect(chat: ChatDriver) -> None:
    assert refused(chat, headers={"Origin": "https://evil.example"}).code == "forbidden"
    own = "abc123.execute-api.us-east-1.amazonaws.com"
    assert chat.connect(headers={"Origin": f"https://{own}"})
    for origin in (f"http://{own}", f"https://{own}:8443", f"http://{own}:443"):
        assert refused(chat, headers={"Origin": origin}).code == "forbidden"
    local = {"Host": "localhost:3000", "X-Forwarded-Proto": "http"}
    assert chat.connect(headers={**local, "Origin": "http://localhost:3000"})
    assert refused(chat, headers={**local, "Origin": "https://localhost:3000"}).code == "forbidden"


def test_a_page_in_front_of_the_api_may_connect_by_the_name_that_its_edge_writes(chat: ChatDriver) -> None:
    page = {"Origin": "https://d1.cloudfront.net"}
    assert refused(chat, headers=page).code == "forbidden"
    assert chat.connect(headers={**page, "X-Forwarded-Host": "d1.cloudfront.net"})
    assert refused(chat, headers={**page, "X-Forwarded-Host": "d2.cloudfront.net"}).code == "forbidden"


def test_a_page_of_the_list_may_connect(tables: DynamoDBClient) -> None:
    chat = ChatDriver(tables, allowed_origins=("https://a.example",))
    assert chat.connect(headers={"Origin": "https://a.example"})
    assert refused(chat, headers={"Origin": "https://b.example"}).code == "forbidden"


def test_while_the_switch_is_off_everybody_is_told_so(tables: DynamoDBClient) -> None:
    chat = ChatDriver(tables, enable_websockets=False)
    assert refused(chat).code == "unavailable"
    with pytest.raises(Refused) as caught:
        chat.connect_native()
    assert caught.value.status == 503


def test_an_unknown_namespace_is_invalid(chat: ChatDriver) -> None:
    (answer,) = chat.open().send('40/other,{"token":"key-of-alice"}')
    assert answer.startswith("44/other,")
    assert json.loads(answer.removeprefix("44/other,"))["data"] == {"code": "invalid"}


def test_another_engine_io_version_is_turned_away_at_the_handshake(chat: ChatDriver) -> None:
    assert chat.handshake(query={"EIO": "3"})[1]["statusCode"] == 400


@pytest.mark.parametrize(("user", "connections"), [("alice", 5), ("bob", 20)])
def test_a_plan_bounds_connections_and_a_closed_one_makes_room(chat: ChatDriver, user: str, connections: int) -> None:
    clients = [chat.connect(user) for _ in range(connections)]
    assert refused(chat, user=user).code == "forbidden"
    with pytest.raises(Refused) as caught:
        chat.connect_native(user)
    assert caught.value.status == 403
    clients[0].close()
    assert chat.connect(user)
    assert refused(chat, user=user).code == "forbidden"
    assert chat.connect("carol")


def test_a_refused_client_may_try_again_on_the_same_connection(chat: ChatDriver) -> None:
    client = chat.open()
    assert client.send('40{"token":"nonsense"}')[0].startswith("44")
    assert client.send('40{"token":"key-of-alice"}')[0].startswith("40")


@pytest.mark.parametrize("frame", ['42["chat:join",{"agentId":"echo"}]', "hello", "42{", "41", "1"])
def test_any_frame_before_connect_closes_the_connection(chat: ChatDriver, frame: str) -> None:
    client = chat.open()
    assert client.send(frame) == []
    assert client.closed


def test_a_pong_before_connect_is_fine(chat: ChatDriver) -> None:
    client = chat.open()
    assert client.send("3") == []
    assert not client.closed


def test_an_answer_may_go_back_in_the_response(tables: DynamoDBClient) -> None:
    chat = ChatDriver(tables, answer_in_response=True)
    alice = chat.connect("alice")
    assert alice.emit("chat:join", {"agentId": "echo"})["ok"]
    assert alice.emit("chat:message", {"agentId": "echo", "message": "hi"})["ok"]
    chat.answer()
    assert len(alice.got("chat:message:complete")) == 1


def test_a_device_that_closed_is_in_no_room_any_more(chat: ChatDriver) -> None:
    alice, tablet = chat.connect("alice"), chat.connect("alice")
    tablet.emit("chat:join", {"agentId": "echo"})
    tablet.close()
    heard = len(tablet.frames)
    alice.emit("chat:message", {"agentId": "echo", "message": "hi"})
    chat.answer()
    assert len(tablet.frames) == heard


def test_a_device_that_is_gone_without_a_word_is_forgotten_when_it_is_posted_to(chat: ChatDriver) -> None:
    clients = [chat.connect("alice") for _ in range(5)]
    clients[1].emit("chat:join", {"agentId": "echo"})
    chat.transport.gone.add(clients[1].address)
    clients[0].emit("chat:message", {"agentId": "echo", "message": "hi"})
    chat.answer()
    assert len(clients[0].got("chat:message:complete")) == 1
    assert chat.connect("alice")


def test_a_frame_that_is_handled_after_its_connection_closed_leaves_nobody_in_a_room(chat: ChatDriver) -> None:
    alice, tablet = chat.connect("alice"), chat.connect("alice")
    tablet.emit("chat:leave", {"agentId": "echo"})
    tablet.close()
    tablet.send('427["chat:join",{"agentId":"echo"}]')
    chat.transport.gone.add(tablet.address)
    alice.emit("chat:message", {"agentId": "echo", "message": "hi"})
    chat.answer()
    members = chat.function(chat.settings).room.members(Chat("alice", "echo"))
    assert [member.address for member in members] == [alice.address]


# Native


@pytest.mark.parametrize("handshake", HANDSHAKES)
def test_a_native_client_is_accepted_at_the_handshake(chat: ChatDriver, handshake: dict[str, Any]) -> None:
    client = chat.connect_native(None, **handshake)
    assert client.frames == []
    assert client.emit("chat:join", {"agentId": "echo"})["room"] == "chat:echo:alice"


@pytest.mark.parametrize(
    ("handshake", "status"),
    [
        ({"user": None}, 401),
        ({"user": "nobody"}, 401),
        ({"headers": {"Origin": "https://evil.example"}}, 403),
    ],
)
def test_a_native_client_is_refused_by_the_status_of_its_handshake(
    chat: ChatDriver, handshake: dict[str, Any], status: int
) -> None:
    with pytest.raises(Refused) as caught:
        chat.connect_native(**handshake)
    assert caught.value.status == status


def test_of_a_native_client_that_is_refused_nothing_is_ever_stored(chat: ChatDriver, tables: DynamoDBClient) -> None:
    def no_write(**call: Any) -> Any:
        pytest.fail(f"written before it was judged: {call}")

    writes = ("put_item", "update_item", "delete_item", "transact_write_items", "batch_write_item")
    chat.renew("connect", **dict.fromkeys(writes, no_write))
    for user in (None, "nobody"):
        with pytest.raises(Refused):
            chat.connect_native(user)


def test_a_native_client_whose_acceptance_fails_leaves_nothing_behind(chat: ChatDriver) -> None:
    def fail(**_: Any) -> Any:
        raise EndpointConnectionError(endpoint_url="https://dynamodb")

    chat.renew("connect", transact_write_items=fail)
    with pytest.raises(Refused):
        chat.connect_native("alice")
    assert list(chat.function(chat.settings).server.manager.store.connections.unaccepted(chat.clock.now_ms() + 1)) == []


def test_a_client_that_left_may_connect_again_on_the_same_connection(chat: ChatDriver) -> None:
    alice = chat.connect("alice")
    alice.emit("chat:join", {"agentId": "echo"})
    assert alice.send("41") == []
    assert alice.send('42["chat:join",{"agentId":"echo"}]') == []
    store = chat.function(chat.settings).server.manager.store
    assert store.rooms.members("/", "user:alice") == store.rooms.members("/", "chat:echo:alice") == []
    chat.clock.advance(15)
    chat.tick()
    assert not alice.closed
    answer, *_ = alice.send('40{"token":"key-of-alice"}')
    assert answer.startswith('40{"sid"')
    assert alice.emit("chat:join", {"agentId": "echo"})["ok"]
    assert len(store.rooms.members("/", "chat:echo:alice")) == 1
    alice.send("41")
    for _ in range(3):
        chat.clock.advance(10)
        chat.tick()
    assert alice.closed


def test_a_native_client_gets_acks_and_events_as_json(chat: ChatDriver) -> None:
    nora, alice = chat.connect_native("alice"), chat.connect("alice")
    assert nora.emit("chat:join", {"agentId": "echo"})["streams"] == []
    ack = nora.emit("chat:message", {"agentId": "echo", "message": "good morning"})
    assert (ack["ok"], ack["duplicate"]) == (True, False)
    chat.answer()
    for client in (nora, alice):
        assert [body["message"] for body in client.got("chat:message:complete")] == (
            ["good morning"] if client is nora else []
        )
    assert [body["chunk"] for body in nora.got("chat:message:stream")] == ["good morning"]
    wrong = nora.emit("chat:join", {"agentId": 5})
    assert (wrong["ok"], wrong["error"]["code"]) == (False, "invalid")


@pytest.mark.parametrize(
    "frame",
    [
        "hello",
        "[]",
        "5",
        "",
        '{"action":5}',
        "{}",
        '{"action":"chat:join","id":5,"data":{"agentId":"echo"}}',
        '{"action":"chat:join","data":' + "[" * 66 + "]" * 66 + "}",
        '42["chat:join",{"agentId":"echo"}]',
    ],
)
def test_a_native_frame_that_cannot_be_read_is_an_error_and_the_connection_lives(chat: ChatDriver, frame: str) -> None:
    nora = chat.connect_native("alice")
    (answer,) = [json.loads(answer) for answer in nora.send(frame)]
    assert (answer["event"], answer["data"]["code"]) == ("error", "invalid")
    assert not nora.closed
    assert nora.emit("chat:join", {"agentId": "echo"})["ok"]


@pytest.mark.parametrize("action", ["$connect", "$disconnect", "$default"])
def test_an_action_that_names_a_route_is_not_found_and_changes_nothing(chat: ChatDriver, action: str) -> None:
    nora = chat.connect_native("alice")
    frames = nora.send(json.dumps({"action": action, "id": "1", "data": {}}), route=action)
    assert [json.loads(frame)["error"]["code"] for frame in frames] == ["not_found"]
    assert nora.emit("chat:join", {"agentId": "echo"})["ok"]


@pytest.mark.parametrize("client", ["native", "socketio"])
@pytest.mark.parametrize("action", ["$connect", "$disconnect"])
def test_an_action_that_names_a_route_costs_no_second_invocation_however_long_it_is(
    chat: ChatDriver, client: str, action: str
) -> None:
    sender = chat.connect_native("alice") if client == "native" else chat.connect("alice")
    chat.invocations.invoke = lambda **call: pytest.fail(f"invoked: {call}")  # type: ignore[method-assign]
    frame = json.dumps({"action": action, "id": "1", "data": "é" * 32_700}, ensure_ascii=False)
    (answer,) = sender.send(frame, route=action)
    if client == "native":
        assert json.loads(answer)["error"]["code"] == "not_found"
    else:
        assert json.loads(answer.removeprefix("42"))[1]["code"] == "invalid"
    assert not sender.closed


def test_without_an_id_a_success_is_silent_and_a_failure_an_event(chat: ChatDriver) -> None:
    nora = chat.connect_native("alice")
    assert nora.send('{"action":"chat:leave","data":{"agentId":"echo"}}') == []
    (answer,) = nora.send('{"action":"chat:leave"}')
    assert json.loads(answer)["data"]["code"] == "invalid"
