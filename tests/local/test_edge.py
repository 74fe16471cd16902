"""The edge in front of a running engine: API Gateway's manners, as a client sees them."""

import json
import re
import socket
import struct
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPConnection
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest
from botocore.exceptions import ClientError
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.http11 import Response
from websockets.sync.client import ClientConnection, connect

from tests.local.conftest import Api

pytestmark = pytest.mark.e2e

UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
FRAME, MESSAGE = 32 * 1024, 128 * 1024


def closed_with(client: ClientConnection) -> int | None:
    with pytest.raises(ConnectionClosed) as ended:
        client.recv(timeout=5)
    return ended.value.rcvd.code if ended.value.rcvd else None


def refused(url: str) -> Response:
    with pytest.raises(InvalidStatus) as failed, connect(url):
        raise AssertionError("it was let in")
    response: Response = failed.value.response
    return response


def connection_id(api: Api, client: ClientConnection) -> str:
    """The connection's id, which only its events tell."""
    mark = f"nothing:{time.time_ns()}"
    client.send(mark)
    client.recv(timeout=5)  # an error frame: the function returned nothing
    return next(str(e["requestContext"]["connectionId"]) for e in api.events("MESSAGE") if e["body"] == mark)


def test_a_message_is_answered_by_a_post(api: Api) -> None:
    with api.connect() as client:
        client.send("echo:hello")
        assert client.recv(timeout=5) == "hello"


@pytest.mark.parametrize("path", ["/api/socketio", "/api/socketio/"])
def test_the_socket_path_is_the_deployed_api_with_and_without_a_slash(api: Api, path: str) -> None:
    with connect(f"ws://localhost:{api.run.port}{path}?EIO=4") as client:
        client.send("echo:hello")
        assert client.recv(timeout=5) == "hello"


def test_the_managed_path_takes_a_slash(api: Api) -> None:
    with connect(f"{api.url}/?EIO=4") as client:
        client.send("echo:hello")
        assert client.recv(timeout=5) == "hello"


@pytest.mark.parametrize("path", ["/live/deeper", "/live/@connections/x", "/other", ""])
def test_other_paths_under_the_api_are_forbidden(api: Api, path: str) -> None:
    assert refused(api.url.removesuffix("/live") + path).status_code == 403


def test_an_unknown_api_is_forbidden(api: Api) -> None:
    assert refused(api.url.replace(api.id, "unknown")).status_code == 403


@pytest.mark.parametrize(
    ("query", "status"), [("status=401", 401), ("status=403", 403), ("status=503", 503), ("status=500", 502)]
)
def test_connect_decides_the_status_of_the_handshake(api: Api, query: str, status: int) -> None:
    response = refused(f"{api.url}?{query}")
    assert response.status_code == status
    assert {"message", "connectionId", "requestId"} == set(json.loads(response.body))


def test_a_connect_that_raises_is_502(api: Api) -> None:
    assert refused(f"{api.url}?do=raise").status_code == 502


def test_connect_may_choose_the_subprotocol(api: Api) -> None:
    with api.connect("protocol=chat", subprotocols=["chat"]) as client:
        assert client.subprotocol == "chat"


def test_nothing_is_compressed(api: Api) -> None:
    with api.connect(compression="deflate") as client:
        assert client.response is not None
        assert "Sec-WebSocket-Extensions" not in client.response.headers


def test_a_binary_frame_closes_with_1003(api: Api) -> None:
    with api.connect() as client:
        client.send(b"\x00\x01")
        assert closed_with(client) == 1003


def test_a_frame_of_32_kb_passes(api: Api) -> None:
    with api.connect(max_size=None) as client:
        text = "echo:".ljust(FRAME, "x")
        client.send(text)
        assert client.recv(timeout=5) == text[5:]


def test_a_larger_frame_closes_with_1009(api: Api) -> None:
    with api.connect() as client:
        client.send("echo:".ljust(FRAME + 1, "x"))
        assert closed_with(client) == 1009


def test_frames_are_counted_in_bytes(api: Api) -> None:
    with api.connect() as client:
        client.send("ä" * (FRAME // 2 + 1))
        assert closed_with(client) == 1009


def test_a_message_of_128_kb_in_frames_passes(api: Api) -> None:
    with api.connect(max_size=None) as client:
        frames = ["echo:".ljust(FRAME, "x"), *["x" * FRAME] * 3]
        client.send(frames)
        assert client.recv(timeout=5) == "".join(frames)[5:]


def test_a_larger_message_closes_with_1009(api: Api) -> None:
    with api.connect() as client:
        with suppress(ConnectionClosed):  # before the empty frame that ends it
            client.send(["x" * FRAME] * 4 + ["x"])
        assert closed_with(client) == 1009


def test_a_close_that_is_not_answered_ends_all_the_same(api: Api) -> None:
    """A client that is still sending sees the code, and its `$disconnect` runs."""
    with api.connect() as client:
        own = connection_id(api, client)
        for _ in range(20):
            try:
                client.send(b"\x00" * 10_000)
            except ConnectionClosed:
                break
        assert closed_with(client) == 1003
    assert api.event_of("DISCONNECT", own)["requestContext"]["disconnectStatusCode"] == 1003


def test_a_handler_that_raises_is_told_as_a_frame(api: Api) -> None:
    with api.connect() as client:
        client.send("raise:oops")
        told = json.loads(client.recv(timeout=5))
        assert told["message"] == "Internal server error"
        assert set(told) == {"message", "connectionId", "requestId"}
        client.send("echo:still here")
        assert client.recv(timeout=5) == "still here"


def test_a_function_that_dies_is_told_as_a_frame(api: Api) -> None:
    with api.connect() as client:
        client.send("exit:")
        assert json.loads(client.recv(timeout=5))["message"] == "Internal server error"
        client.send("echo:again")
        assert client.recv(timeout=5) == "again"


def test_a_returned_body_is_not_sent_without_a_route_response(api: Api) -> None:
    with api.connect() as client:
        client.send("return:hidden")
        client.send("echo:shown")
        assert client.recv(timeout=5) == "shown"
        with pytest.raises(TimeoutError):
            client.recv(timeout=0.2)


def test_a_returned_body_is_sent_with_a_route_response(answering_api: Api) -> None:
    with answering_api.connect() as client:
        client.send("return:shown")
        assert client.recv(timeout=5) == "shown"
        client.send("return:")
        with pytest.raises(TimeoutError):
            client.recv(timeout=0.2)


def test_messages_of_a_connection_run_side_by_side(api: Api) -> None:
    with api.connect() as client:
        warm_up(client, 4)
        client.send("sleep:2:late")
        client.send("echo:early")
        assert [client.recv(timeout=5), client.recv(timeout=5)] == ["early", "late"]


def warm_up(client: ClientConnection, workers: int) -> None:
    for _ in range(workers):
        client.send("sleep:0.5:x")
    for _ in range(workers):
        client.recv(timeout=10)


def test_events_are_as_api_gateway_makes_them(api: Api) -> None:
    sent = {"X-Api-Key": "k", "x-forwarded-proto": "https"}
    with api.connect("a=1&a=2&token=t", additional_headers=sent, user_agent_header="agent") as client:
        own = connection_id(api, client)
        client.send('{"action": "x"}')
        client.close(4001, "bye")
    connected, left = api.event_of("CONNECT", own), api.event_of("DISCONNECT", own)
    message = api.event_of("MESSAGE", own)
    assert connected["queryStringParameters"] == {"a": "2", "token": "t"}
    assert connected["multiValueQueryStringParameters"]["a"] == ["1", "2"]
    assert connected["headers"]["X-Api-Key"] == "k"  # the name as the client wrote it
    forwarded = {name: each for name, each in connected["headers"].items() if name.lower().startswith("x-forwarded")}
    assert forwarded == {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "http"}
    assert connected["requestContext"]["identity"] == {"sourceIp": "127.0.0.1", "userAgent": "agent"}
    assert "headers" not in message
    assert message["requestContext"]["routeKey"] == "$default"
    assert (left["requestContext"]["disconnectStatusCode"], left["requestContext"]["disconnectReason"]) == (4001, "bye")
    times = {event["requestContext"]["connectedAt"] for event in (connected, message, left)}
    assert len(times) == 1
    assert connected["requestContext"]["requestTimeEpoch"] <= message["requestContext"]["requestTimeEpoch"]


def test_the_pages_name_is_told_whatever_the_client_says_it_was(api: Api) -> None:
    claimed = {"x-forwarded-host": "evil.example"}
    with connect(f"ws://localhost:{api.run.port}/api/socketio?EIO=4", additional_headers=claimed) as client:
        by_page = api.event_of("CONNECT", connection_id(api, client))
    told = {name.lower(): each for name, each in by_page["headers"].items()}
    assert told["x-forwarded-host"] == f"localhost:{api.run.port}"
    with api.connect(additional_headers=claimed) as client:  # API Gateway's own address: nobody is in front
        direct = api.event_of("CONNECT", connection_id(api, client))
    assert direct["headers"]["x-forwarded-host"] == "evil.example"


def test_no_query_is_no_key_in_the_event(api: Api) -> None:
    with api.connect() as client:
        own = connection_id(api, client)
    assert "queryStringParameters" not in api.event_of("CONNECT", own)


@pytest.mark.parametrize("text", ["3", "40", '"text"', "[1]", "[" * 5000, '{"action": 5}', "{", "\ud7ff", ""])
def test_what_is_no_object_with_an_action_goes_to_default(api: Api, text: str) -> None:
    with api.connect() as client:
        own = connection_id(api, client)
        client.send(text)
        event = api.event_of("MESSAGE", own, body=text)
    assert event["requestContext"]["routeKey"] == "$default"


def test_a_cut_line_is_noticed(api: Api) -> None:
    """A TCP connection that is reset, with no close frame, runs `$disconnect`."""
    with api.connect() as client:
        own = connection_id(api, client)
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.socket.close()
    assert api.event_of("DISCONNECT", own)["requestContext"]["disconnectStatusCode"] == 1006


def test_a_post_to_somebody_gone_is_410(api: Api) -> None:
    with api.connect() as client:
        own = connection_id(api, client)
        api.management().post_to_connection(ConnectionId=own, Data=b"here")
        assert client.recv(timeout=5) == "here"
    api.event_of("DISCONNECT", own)
    with pytest.raises(ClientError) as gone:
        api.management().post_to_connection(ConnectionId=own, Data=b"gone")
    assert gone.value.response["ResponseMetadata"]["HTTPStatusCode"] == 410
    assert gone.value.response["Error"]["Code"] == "GoneException"


def test_a_post_of_128_kb_passes_and_more_is_413(api: Api) -> None:
    with api.connect(max_size=None) as client:
        own = connection_id(api, client)
        api.management().post_to_connection(ConnectionId=own, Data=b"x" * MESSAGE)
        assert len(client.recv(timeout=5)) == MESSAGE
        with pytest.raises(ClientError) as refused:
            api.management().post_to_connection(ConnectionId=own, Data=b"x" * (MESSAGE + 1))
        assert refused.value.response["Error"]["Code"] == "PayloadTooLargeException"
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413


def test_posts_arrive_in_order(api: Api) -> None:
    with api.connect() as client:
        own = connection_id(api, client)
        for number in range(50):
            api.management().post_to_connection(ConnectionId=own, Data=str(number).encode())
        assert [client.recv(timeout=5) for _ in range(50)] == [str(number) for number in range(50)]


def test_a_connection_can_be_looked_at_and_deleted(api: Api) -> None:
    with api.connect() as client:
        own = connection_id(api, client)
        api.management().get_connection(ConnectionId=own)
        api.management().delete_connection(ConnectionId=own)
        assert closed_with(client) == 1000
    assert api.event_of("DISCONNECT", own)


def test_a_refused_connection_has_no_disconnect_and_no_place(api: Api) -> None:
    before = len(api.events("CONNECT"))
    assert refused(f"{api.url}?status=403").status_code == 403
    own = api.events("CONNECT")[before]["requestContext"]["connectionId"]
    time.sleep(0.3)
    assert own not in {event["requestContext"]["connectionId"] for event in api.events("DISCONNECT")}


def test_many_connect_at_once(api: Api) -> None:
    def echo(number: int) -> str:
        with api.connect() as client:
            client.send(f"echo:{number}")
            return str(client.recv(timeout=10))

    with ThreadPoolExecutor(30) as pool:
        assert list(pool.map(echo, range(30))) == [str(number) for number in range(30)]


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.nip.io", ""])
def test_a_name_that_may_be_pointed_here_is_not_served(api: Api, host: str) -> None:
    for path in ("/", "/config.json", "/_ministack/health"):
        with pytest.raises(HTTPError) as failed:
            urlopen(Request(f"http://127.0.0.1:{api.run.port}{path}", headers={"Host": host}))
        assert failed.value.code in {400, 403}
        failed.value.close()


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost:1", "http://127.0.0.1"])
def test_a_foreign_page_reaches_no_engine(api: Api, origin: str) -> None:
    request = Request(f"http://127.0.0.1:{api.run.port}/_ministack/reset", method="POST", headers={"Origin": origin})
    with pytest.raises(HTTPError) as failed:
        urlopen(request)  # noqa: S310
    assert failed.value.code == 403
    failed.value.close()


def test_a_handshake_with_a_foreign_host_is_forbidden(api: Api) -> None:
    client = HTTPConnection("127.0.0.1", api.run.port)
    client.request("GET", urlsplit(api.url).path, headers={"Host": "evil.example", **UPGRADE})
    assert client.getresponse().status == 403
    client.close()


def test_only_loopback_is_bound(api: Api) -> None:
    listening = listeners(api.run.process.pid)
    assert listening
    assert listening <= {"127.0.0.1", "::1"}


def listeners(pid: int) -> set[str]:
    """Return the local addresses that a process listens on."""
    links = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed since it was listed: it serves others meanwhile
            target = str(link.readlink())
            if "socket" in target:
                links.add(re.sub(r"\D", "", target))
    found = set()
    for family, table in ((socket.AF_INET, "tcp"), (socket.AF_INET6, "tcp6")):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in links:
                words = bytes.fromhex(fields[1].partition(":")[0])
                address = b"".join(words[i : i + 4][::-1] for i in range(0, len(words), 4))
                found.add(socket.inet_ntop(family, address))
    return found
