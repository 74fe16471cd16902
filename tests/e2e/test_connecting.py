"""Who is let in, who is refused, and how each is told."""

import json
import time
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
import socketio
from websockets.exceptions import InvalidStatus

from tests.e2e.answers import join
from tests.e2e.conftest import Stack, World, stack_in, world_of
from tests.e2e.driver import Device
from tests.e2e.raw import close_code, open_websocket

pytestmark = pytest.mark.e2e

FOREIGN = "https://evil.example"


def refusal(device: Device) -> Any:
    """Return why a device was refused, once it was; it does not try again."""
    told = device.wait_for("connect_error")
    assert told.body["message"]
    assert not device.events("connect")
    return told.body["data"]["code"]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"auth": {"token": "nobody's"}}, "unauthorized"),
        ({"auth": {}}, "unauthorized"),
        ({"auth": {"token": ""}}, "unauthorized"),
        ({"auth": {"token": 5}}, "unauthorized"),
        ({"auth": {"token": ["x"]}}, "unauthorized"),
        ({"auth": {"token": {"x": 1}}}, "unauthorized"),
        ({"auth": {"token": True}}, "unauthorized"),
        ({"extraHeaders": {"origin": FOREIGN}}, "forbidden"),
        ({"extraHeaders": {"origin": "null"}}, "forbidden"),
    ],
    ids=str,
)
def test_a_refused_client_is_told_why(world: World, user: str, options: dict[str, Any], code: str) -> None:
    assert refusal(world.open(user, **options)) == code


@pytest.mark.outside
def test_an_unknown_namespace_is_refused_and_the_connection_lives_on(world: World, user: str) -> None:
    with_namespace = world.clients.open(
        f"{world.stack.url}/admin", path=world.stack.socket_path, auth={"token": world.stack.key(user)}
    )
    assert refusal(with_namespace) == "invalid"


def test_the_page_of_the_deployment_itself_is_no_foreign_origin(world: World, user: str) -> None:
    world.connect(user, extraHeaders={"origin": world.stack.url})


def handshakes(key: str) -> dict[str, dict[str, Any]]:
    """Return the ways to give a key at the handshake."""
    return {
        "token": {"query": {"token": key}},
        "x-api-key": {"extraHeaders": {"x-api-key": key}},
        "bearer": {"extraHeaders": {"Authorization": f"Bearer {key}"}},
    }


@pytest.mark.outside
@pytest.mark.parametrize("way", ["token", "x-api-key", "bearer"])
def test_a_key_may_come_at_the_handshake(world: World, user: str, way: str) -> None:
    device = world.connect(user, **handshakes(world.stack.key(user))[way], auth={})
    assert join(device)["room"] == f"chat:echo:{user}"


@pytest.mark.parametrize("way", ["token", "x-api-key", "bearer"])
def test_the_key_in_connect_comes_before_the_handshakes(world: World, user: str, way: str) -> None:
    device = world.connect(user, **handshakes(world.stack.key("bob"))[way])
    assert join(device)["room"] == f"chat:echo:{user}"
    assert refusal(world.open(user, **handshakes(world.stack.key(user))[way], auth={"token": "no"})) == "unauthorized"


@pytest.mark.outside
@pytest.mark.parametrize("slash", [True, False])
def test_with_and_without_a_slash_at_the_end(world: World, user: str, slash: bool) -> None:
    world.connect(user, addTrailingSlash=slash)


@pytest.mark.outside
def test_the_managed_endpoint(world: World, user: str) -> None:
    managed = urlsplit(world.stack.websocket_url)
    device = world.clients.open(
        f"{managed.scheme}://{managed.netloc}",
        path=managed.path,
        addTrailingSlash=False,
        auth={"token": world.stack.key(user)},
    )
    device.wait_for("connect")
    assert join(device)["room"] == f"chat:echo:{user}"


def test_engine_io_3_is_refused_at_the_handshake(stack: Stack) -> None:
    with pytest.raises(InvalidStatus) as refused:
        open_websocket(stack, EIO="3")
    assert refused.value.response.status_code == 400


@pytest.mark.outside
@pytest.mark.parametrize("frame", ['42["chat:join",{"agentId":"echo"}]', "2", "41", "x", "451-[]", "bAAAA"])
def test_any_other_frame_before_connect_closes(stack: Stack, frame: str) -> None:
    with open_websocket(stack) as websocket:
        assert str(websocket.recv(timeout=5)).startswith("0{")
        websocket.send(frame)
        assert close_code(websocket) == 1000


def test_pythons_own_client_connects_with_its_default_waits(stack: Stack, user: str) -> None:
    """It waits one second for CONNECT's answer. What else the machine does may take that long now and then."""
    in_time = 0
    for _ in range(5):
        client = socketio.Client()
        try:
            client.connect(
                stack.url,
                socketio_path=stack.socket_path,
                transports=["websocket"],
                auth={"token": stack.key(user)},
            )
        except socketio.exceptions.ConnectionError:
            continue
        ack = client.call("chat:join", {"agentId": "echo"})
        client.disconnect()
        assert ack["room"] == f"chat:echo:{user}"
        in_time += 1
    assert in_time >= 3


def test_a_plan_bounds_connections_and_a_cut_one_frees_its_place(world: World) -> None:
    devices = [accepted_at_last(world, "alice", reconnection=False) for _ in range(5)]
    assert refusal(world.open("alice")) == "forbidden"
    devices[0].cut()
    cut = devices[0].wait_for("disconnect")
    again = accepted_at_last(world, "alice")
    assert again.wait_for("connect").at_ms - cut.at_ms < 5_000


def accepted_at_last(world: World, user_id: str, **options: Any) -> Device:
    """Connect as soon as there is a place."""
    for _ in range(50):
        device = world.open(user_id, **options)
        if device.wait_for("connect connect_error").name == "connect":
            return device
        time.sleep(0.1)
    raise AssertionError("no place became free")


def test_switched_off_everybody_is_told(tmp_path_factory: pytest.TempPathFactory) -> None:
    with (
        stack_in(tmp_path_factory.mktemp("off"), {"ENABLE_WEBSOCKETS": "false"}) as off,
        world_of(off) as world,
    ):
        assert refusal(world.open("alice")) == "unavailable"
        with urlopen(f"{off.url}/config.json") as page:  # noqa: S310 - our own, over http
            assert json.load(page)["enableWebsockets"] is False
        with pytest.raises(InvalidStatus) as refused:
            open_websocket(off, native=True)
        assert refused.value.response.status_code == 503
