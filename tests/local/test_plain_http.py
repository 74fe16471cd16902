"""Plain HTTP where only WebSocket connections are served: no function runs, no XML is seen."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import connect

from local import aws
from local.edge.plain_http import refusal
from tests.local.conftest import Api
from tests.processes import ROOT, Run

pytestmark = pytest.mark.e2e

ORIGIN = "https://page.example"
BROWSER = {"Accept": "text/html,application/xhtml+xml", "Sec-Fetch-Mode": "navigate"}


@dataclass(frozen=True)
class Answer:
    """An HTTP response, read to its end."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body."""
        assert self.headers["content-type"] == "application/json"
        return json.loads(self.body)


def ask(port: int, method: str, path: str, headers: dict[str, str] | None = None, body: bytes | None = None) -> Answer:
    with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as client:
        client.request(method, path, body, headers or {})
        response = client.getresponse()
        return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())


@pytest.fixture(scope="module")
def engine_io() -> Iterator[int]:
    """The port of Engine.IO's own server."""
    script = Path(__file__).parent / "engine_io.mjs"
    process = subprocess.Popen(
        ["node", str(script)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin
    assert process.stdout
    try:
        yield int(process.stdout.readline())
    finally:
        process.stdin.close()
        process.wait(5)
        process.stdout.close()


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize(
    ("method", "query", "code"),
    [
        ("GET", "", 0),
        ("GET", "?EIO=4&transport=polling", 0),
        ("GET", "?EIO=3&transport=polling", 0),
        ("GET", "?EIO=4&transport=polling&sid=x", 0),
        ("POST", "?EIO=4&transport=polling&sid=x", 0),
        ("POST", "?EIO=4&transport=polling", 0),
        ("GET", "?EIO=4&transport=webtransport", 0),
        ("GET", "?EIO=4&transport=", 0),
        ("GET", "?EIO=4&transport=websocket&transport=polling", 0),
        ("GET", "?EIO=4&transport=polling&transport=websocket", 3),
        ("GET", "?EIO=4&transport=polling&j=0", 0),
        ("GET", "?EIO=4&transport=websocket&sid=x", 1),
        ("POST", "?EIO=4&transport=websocket&sid=x", 1),
        ("POST", "?EIO=4&transport=websocket", 2),
        ("PUT", "?EIO=4&transport=websocket", 2),
        ("DELETE", "?EIO=4&transport=websocket&sid=", 2),
        ("GET", "?EIO=4&transport=websocket", 3),
        ("GET", "?EIO=3&transport=websocket", 3),
    ],
)
def test_what_no_transport_serves_is_refused_as_engine_io_does(
    bare: Run, engine_io: int, method: str, query: str, code: int, slash: str
) -> None:
    body = b"4hello" if method in {"POST", "PUT"} else None
    ours = ask(bare.port, method, f"/api/socketio{slash}{query}", {"Origin": ORIGIN}, body)
    theirs = ask(engine_io, method, f"/api/socketio/{query}", {"Origin": ORIGIN}, body)
    assert (ours.status, ours.json) == (theirs.status, theirs.json)
    assert ours.json["code"] == code
    assert ours.headers["access-control-allow-origin"] == theirs.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in ours.headers


def test_an_origin_that_no_header_may_hold_is_a_bad_request() -> None:
    assert refusal("GET", "EIO=4&transport=websocket&sid=x", "https://\x01") == 3
    assert refusal("GET", "EIO=4&transport=websocket&sid=x", ORIGIN) == 1


def test_head_is_as_get_without_a_body(bare: Run, engine_io: int) -> None:
    query = "/api/socketio/?EIO=4&transport=polling"
    ours, theirs = ask(bare.port, "HEAD", query), ask(engine_io, "HEAD", query)
    assert (ours.status, ours.body) == (theirs.status, theirs.body) == (400, b"")


def test_a_preflight_is_answered(bare: Run, engine_io: int) -> None:
    headers = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,authorization",
    }
    ours = ask(bare.port, "OPTIONS", "/api/socketio/?EIO=4&transport=polling", headers)
    theirs = ask(engine_io, "OPTIONS", "/api/socketio/?EIO=4&transport=polling", headers)
    for name in ("access-control-allow-origin", "access-control-allow-headers"):
        assert ours.headers[name] == theirs.headers[name]
    assert "POST" in ours.headers["access-control-allow-methods"]
    assert (ours.status, ours.body) == (theirs.status, theirs.body) == (204, b"")


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer key"}, {"x-api-key": "key"}, {"Sec-Fetch-Site": "cross-site"}, BROWSER]
)
def test_whoever_asks(bare: Run, headers: dict[str, str]) -> None:
    answer = ask(bare.port, "GET", "/api/socketio/?EIO=4&transport=polling", headers)
    assert (answer.status, answer.json) == (400, {"code": 0, "message": "Transport unknown"})


def test_a_large_body_is_read_before_it_is_refused(bare: Run) -> None:
    answer = ask(bare.port, "POST", "/api/socketio/?EIO=4&transport=polling", body=b"4" * 300_000)
    assert answer.status == 400


def test_health(bare: Run) -> None:
    answer = ask(bare.port, "GET", "/health")
    assert (answer.status, answer.json) == (200, {"status": "ok"})
    assert ask(bare.port, "HEAD", "/health").status == 200
    assert ask(bare.port, "GET", "/health", {"Authorization": "Bearer key"}).json == {"status": "ok"}


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "DELETE"])
def test_plain_http_at_the_managed_endpoint_runs_no_function(api: Api, method: str) -> None:
    before = len(api.seen.read_text()) if api.seen.exists() else 0
    for path in (f"/_aws/execute-api/{api.id}/live", f"/_aws/execute-api/{api.id}/live/?token=x"):
        answer = ask(api.run.port, method, path)
        assert answer.status == 426
        assert answer.headers["upgrade"] == "websocket"
        if method != "HEAD":
            assert answer.json == {"message": "Upgrade Required"}
    by_host = ask(api.run.port, method, "/live", {"Host": f"{api.id}.execute-api.localhost:{api.run.port}"})
    assert by_host.status == 426
    assert (len(api.seen.read_text()) if api.seen.exists() else 0) == before


@pytest.mark.parametrize("path", ["", "/", "/other", "/live/deeper", "/live/deeper/@connections/x"])
def test_elsewhere_in_the_api_it_is_forbidden(api: Api, path: str) -> None:
    answer = ask(api.run.port, "GET", f"/_aws/execute-api/{api.id}{path}")
    assert (answer.status, answer.json) == (403, {"message": "Forbidden"})


def test_an_api_of_another_kind_is_the_engines(bare: Run) -> None:
    gateway = aws.client("apigatewayv2", bare.endpoint)
    other = gateway.create_api(Name="plain", ProtocolType="HTTP")["ApiId"]
    assert ask(bare.port, "GET", f"/_aws/execute-api/{other}/$default/x").status == 404


def test_a_page_that_does_not_exist_is_told_in_words(bare: Run) -> None:
    for headers in (BROWSER, {"Accept": "text/html"}, {"Sec-Fetch-Mode": "cors"}):
        answer = ask(bare.port, "GET", "/foo", headers)
        assert (answer.status, answer.body) == (404, b"There is nothing here.\n")
        assert answer.headers["content-type"].startswith("text/plain")
    assert ask(bare.port, "HEAD", "/foo/bar", BROWSER).body == b""


def test_what_the_engine_serves_reaches_a_browser(bare: Run) -> None:
    s3 = aws.client("s3", bare.endpoint)
    s3.create_bucket(Bucket="shown")
    s3.put_object(Bucket="shown", Key="page", Body=b"<xml/>", ContentType="text/xml")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "shown", "Key": "page"})
    answer = ask(bare.port, "GET", url.partition(str(bare.port))[2], BROWSER)
    assert (answer.status, answer.body) == (200, b"<xml/>")
    gone = s3.generate_presigned_url("get_object", Params={"Bucket": "shown", "Key": "gone"})
    assert b"NoSuchKey" in ask(bare.port, "GET", gone.partition(str(bare.port))[2], BROWSER).body
    assert ask(bare.port, "GET", "/_ministack/ready", BROWSER).status == 200


def test_programs_get_the_engines_errors_as_they_are(bare: Run) -> None:
    assert b"xml" in ask(bare.port, "GET", "/foo").body


def test_upgrades_are_not_touched(api: Api) -> None:
    with connect(f"ws://127.0.0.1:{api.run.port}/api/socketio/?EIO=4&transport=polling&sid=x") as client:
        client.send("echo:for the functions to judge")
        assert client.recv(timeout=5) == "for the functions to judge"
