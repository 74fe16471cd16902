"""A client without Socket.IO: JSON objects at the managed endpoint."""

import json
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection

from tests.e2e.answers import CHUNK, COMPLETE, RELATION, words
from tests.e2e.conftest import Stack
from tests.e2e.raw import open_websocket

pytestmark = pytest.mark.e2e


def receive(websocket: ClientConnection) -> Any:
    return json.loads(websocket.recv(timeout=10))


def request(websocket: ClientConnection, action: str, data: Any, number: str = "7") -> Any:
    websocket.send(json.dumps({"action": action, "id": number, "data": data}))
    while "id" not in (frame := receive(websocket)):
        pass
    return frame


@pytest.mark.outside
def test_a_message_is_acknowledged_and_answered(stack: Stack, user: str) -> None:
    with open_websocket(stack, native=True, token=stack.key(user)) as websocket:
        assert request(websocket, "chat:join", {"agentId": "echo"})["room"] == f"chat:echo:{user}"
        ack = request(websocket, "chat:message", {"agentId": "echo", "message": words(20)}, "x")
        assert (ack["id"], ack["ok"]) == ("x", True)
        events: list[Any] = []
        while not events or events[-1]["event"] != RELATION:
            events.append(receive(websocket))
        chunks = [event["data"] for event in events if event["event"] == CHUNK]
        assert [chunk["index"] for chunk in chunks] == list(range(7))
        assert "".join(chunk["chunk"] for chunk in chunks) == words(20)
        assert [event["data"]["message"] for event in events if event["event"] == COMPLETE] == [words(20)]


@pytest.mark.parametrize(("headers", "status"), [({}, 401), ({"Origin": "https://evil.example"}, 403)])
def test_a_refused_client_gets_a_status(stack: Stack, headers: dict[str, str], status: int) -> None:
    with pytest.raises(InvalidStatus) as refused, open_websocket(stack, native=True, headers=headers, token="no"):
        pass
    assert refused.value.response.status_code == status


@pytest.mark.parametrize(
    "frame", ["[]", "hello", "5", '{"action": "chat:join", "id": 5}', '{"id": "7"}', "{", "[" * 9_000]
)
def test_a_bad_frame_is_told_as_an_error(stack: Stack, user: str, frame: str) -> None:
    with open_websocket(stack, native=True, token=stack.key(user)) as websocket:
        websocket.send(frame)
        told = receive(websocket)
        code = (told["data"] if "event" in told else told["error"])["code"]
        assert code in {"invalid", "not_found"}
        assert request(websocket, "chat:history", {"agentId": "echo"})["ok"]


@pytest.mark.outside
@pytest.mark.parametrize("action", ["$connect", "$disconnect", "$default", "chat:nothing"])
def test_a_route_of_the_api_is_no_event(stack: Stack, user: str, action: str) -> None:
    with open_websocket(stack, native=True, token=stack.key(user)) as websocket:
        assert request(websocket, action, {})["error"]["code"] == "not_found"
        assert request(websocket, "chat:history", {"agentId": "echo"})["ok"]
