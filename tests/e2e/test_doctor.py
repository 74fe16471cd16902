"""`make doctor`: what it finds at the local cloud, sound and broken, and at gateways that answer as AWS's may."""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from infra import vapid
from local import aws, outputs
from tests.e2e.conftest import Stack, stack_in
from tests.processes import ROOT
from tools.doctor import reach, sockets
from tools.doctor.place import Place, Told, find
from tools.findings import Finding, Kind

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def sick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack of this file's own: some tests break it."""
    with stack_in(tmp_path_factory.mktemp("doctor")) as made:
        yield made


def doctor(stack: Stack, folder: Path, *arguments: str, changes: Mapping[str, Any] | None = None) -> tuple[int, str]:
    """Run it as people do; `changes`: to the file that it reads."""
    file = folder / "outputs.json"
    outputs.write(file, {**stack.outputs, **(changes or {})})
    hidden = ("AWS_", "CHAT_API_KEY")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    ended = subprocess.run(
        [sys.executable, "-m", "tools.doctor", "--outputs-file", str(file), *arguments],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert not ended.stderr, ended.stderr
    return ended.returncode, ended.stdout


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_a_sound_deployment_has_nothing_to_mend(sick: Stack, tmp_path: Path) -> None:
    code, said = doctor(sick, tmp_path)
    assert code == 0, said
    assert "broken" not in said
    for line in (
        f"ok: {sick.url} is up, and its page knows where to connect",
        "ok: the agent echo can be talked to",
        "takes handshakes, with a slash at the end and without",
        "ok: the service worker is there to be registered",
        "warning: no browser of this key's user has subscribed",
        "ok: the VAPID keys are a pair",
        "ok: Lambda runs 1000 executions at a time",
    ):
        assert line in said


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--key", "chat_nobody"], "the key is not one of this deployment, or was revoked"),
        (["--key", " chat_nobody "], "the key has spaces or quotes around it"),
        (
            ["--origin", "https://evil.example"],
            "pages of https://evil.example may not connect: add it to ALLOWED_ORIGINS",
        ),
        (["--origin", "https://evil.example/"], "https://evil.example/ is not an origin"),
        (["--path", "/socket.io/"], "the path /socket.io/ is refused (403): clients need `path`"),
    ],
)
def test_what_is_wrong_with_a_client_is_named(sick: Stack, tmp_path: Path, arguments: list[str], says: str) -> None:
    code, said = doctor(sick, tmp_path, *arguments)
    assert code == 1
    assert f"broken: {says}" in said
    assert "evil" not in says or "all connections" not in said


def test_a_client_at_the_wrong_port_is_told_the_right_one(sick: Stack, tmp_path: Path) -> None:
    code, said = doctor(sick, tmp_path, "--url", f"http://localhost:{free_port()}")
    assert code == 1
    assert "Is that the port?" in said
    assert f"broken: the deployment is at {sick.url}: give the client that address" in said


def test_a_cloud_that_does_not_run_is_told_to_start(sick: Stack, tmp_path: Path) -> None:
    url = f"http://localhost:{free_port()}"
    code, said = doctor(sick, tmp_path, changes={"url": url, "engineUrl": url})
    assert code == 1
    assert f"broken: nothing listens at {url}" in said
    assert "start `make run`" in said
    assert "not checked: the VAPID pair" in said


def test_all_places_taken_is_not_the_origins_fault(sick: Stack, tmp_path: Path) -> None:
    from tests.e2e.conftest import world_of

    with world_of(sick) as world:
        for _ in range(5):
            world.connect("alice")
        _, said = doctor(sick, tmp_path, "--key", sick.key("alice"))
    assert "broken: all connections of this user's plan are taken" in said


def test_a_private_key_that_does_not_fit_is_found(sick: Stack, tmp_path: Path) -> None:
    functions, parameters = (aws.client(service, sick.outputs["engineUrl"]) for service in ("lambda", "ssm"))
    sender = functions.get_function_configuration(FunctionName=sick.resource("functions", "sender"))
    name = sender["Environment"]["Variables"]["VAPID_PARAMETER"]
    kept = parameters.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
    parameters.put_parameter(Name=name, Value=vapid.make_pair()[1], Type="SecureString", Overwrite=True)
    try:
        code, said = doctor(sick, tmp_path)
    finally:
        parameters.put_parameter(Name=name, Value=kept, Type="SecureString", Overwrite=True)
    assert code == 1
    assert f"broken: the private key in {name} is not that of the public key" in said


def test_a_page_with_another_public_key_is_found(sick: Stack, tmp_path: Path) -> None:
    code, said = doctor(sick, tmp_path, changes={"vapidPublicKey": vapid.make_pair()[0]})
    assert code == 1
    assert "the page gives browsers another VAPID key than the stack has" in said
    assert "the functions have another VAPID key than the page" in said


def test_connections_that_are_switched_off_and_a_small_account_are_found(tmp_path: Path) -> None:
    environment = {"ENABLE_WEBSOCKETS": "false", "ACCOUNT_CONCURRENCY": "10"}
    with stack_in(tmp_path / "off", environment) as off:
        code, said = doctor(off, tmp_path)
    assert code == 1
    assert "broken: connections are switched off (ENABLE_WEBSOCKETS=false)" in said
    assert "broken: connections are switched off: ENABLE_WEBSOCKETS=true" in said
    assert "warning: Lambda runs 10 executions at a time" in said


def test_nothing_to_look_at_is_said(sick: Stack, tmp_path: Path) -> None:
    for content in ("", "[]", "{}", '{"resources": {}}', '{"Chat": {"Region": "us-east-1"}}'):
        file = tmp_path / "other.json"
        file.write_text(content)
        ended = subprocess.run(
            [sys.executable, "-m", "tools.doctor", "--outputs-file", str(file)],
            cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert ended.returncode == 1
        assert ended.stderr.strip() == f"{file} is neither of `make run` nor of `make deploy`"


# Gateways that answer as the local cloud does not


Answer = Callable[[ServerConnection, Request], Response | None]


@contextmanager
def gateway(answer: Answer, frames: Mapping[str, str], folder: Path) -> Iterator[Place]:
    """A deployment without a page, whose endpoint answers a handshake so, and the start of a frame by a frame."""

    def talk(connection: ServerConnection) -> None:
        try:
            if "open" in frames:
                connection.send(frames["open"])
            for frame in connection:
                for start, reply in frames.items():
                    if str(frame).startswith(start):
                        connection.send(reply)
        except ConnectionClosed:
            return

    with serve(talk, "127.0.0.1", 0, process_request=answer, compression=None) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}/live"
        file = folder / "outputs.json"
        file.write_text(json.dumps({"Chat": {"Region": "eu-central-1", "WebSocketUrl": url}}))
        yield find(file, Told(key="chat_x"), None)
        server.shutdown()


def status(code: int) -> Answer:
    return lambda connection, request: connection.respond(HTTPStatus(code), "no")


def no_slash(connection: ServerConnection, request: Request) -> Response | None:
    return connection.respond(HTTPStatus(403), "Forbidden") if request.path.partition("?")[0].endswith("/") else None


def let_in(connection: ServerConnection, request: Request) -> None:
    return None


OPEN = {"open": '0{"sid":"x"}'}
ACCEPTS = {**OPEN, "40": '40{"sid":"x"}'}


def broken(findings: Iterator[Finding]) -> list[str]:
    return [finding.says for finding in findings if finding.kind is not Kind.OK]


def test_an_endpoint_that_takes_no_slash_is_told_with_the_option_for_it(tmp_path: Path) -> None:
    with gateway(no_slash, ACCEPTS, tmp_path) as place:
        (said,) = broken(sockets.slash(place))
        assert "takes no slash at the end: JavaScript clients need `addTrailingSlash: false`" in said
        (agents,) = broken(sockets.check(place))
        assert agents.startswith("no agent is known, and without one nothing is answered")
        slashed = find(tmp_path / "outputs.json", Told(key="chat_x", path="/live/"), None)
        (said,) = broken(sockets.check(slashed))
        assert said.startswith("the path /live/ is refused (403), ws://127.0.0.1:")
        assert "`addTrailingSlash: false`" in said


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (429, "new connections are throttled (429)"),
        (500, "the function Connect fails or is throttled"),
        (503, "the function Connect fails or is throttled"),
        (404, "the path /live is refused (404)"),
    ],
)
def test_a_refused_handshake_is_explained(tmp_path: Path, code: int, says: str) -> None:
    with gateway(status(code), {}, tmp_path) as place:
        (said,) = broken(sockets.check(place))
        assert says in said
        (said,) = broken(sockets.slash(place))
        assert "takes no handshake" in said


@pytest.mark.parametrize(
    ("frames", "says"),
    [
        ({**OPEN, "40": '44{"message":"no","data":{"code":"unavailable"}}'}, "ENABLE_WEBSOCKETS=true"),
        ({**OPEN, "40": '44{"message":"no such namespace"}'}, "CONNECT is refused with no code: no such namespace"),
        ({**OPEN, "40": "44what"}, "what came is not Socket.IO's"),
    ],
)
def test_a_refused_connect_is_explained(tmp_path: Path, frames: Mapping[str, str], says: str) -> None:
    with gateway(let_in, frames, tmp_path) as place:
        (said,) = broken(sockets.check(place))
    assert says in said


@pytest.mark.parametrize(("frames", "says"), [({}, "no open packet came"), (OPEN, "CONNECT was not answered")])
def test_functions_that_say_nothing_are_told_from_a_closed_door(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, frames: Mapping[str, str], says: str
) -> None:
    monkeypatch.setattr("tools.doctor.client.PATIENCE_S", 0.3)
    with gateway(let_in, frames, tmp_path) as place:
        (said,) = broken(sockets.check(place))
    assert f"takes connections, but {says}" in said
    assert "logs of Connect and Message" in said


def test_the_agents_of_a_deployment_are_those_of_its_page(tmp_path: Path) -> None:
    def answer(connection: ServerConnection, request: Request) -> Response | None:
        if request.path != "/config.json":
            return None
        return connection.respond(HTTPStatus.OK, json.dumps({"agents": [{"agentId": "mira", "name": "Mira"}]}))

    frames = {**ACCEPTS, "42": '431[{"ok":false,"error":{"code":"not_found"}}]'}
    with gateway(answer, frames, tmp_path) as bare:
        page = bare.url.replace("ws", "http", 1)
        site = {"SiteUrl": page, "SiteConfig": json.dumps({"socketPath": "/api/socketio", "vapidPublicKey": ""})}
        file = tmp_path / "with-page.json"
        file.write_text(json.dumps({"Chat": {"Region": "eu-central-1", "WebSocketUrl": bare.managed_url, **site}}))
        place = find(file, Told(key="chat_x"), None)
        assert (place.url, place.path, place.origin) == (page, "/api/socketio", page)
        (said,) = broken(sockets.check(place))
    assert said.startswith("chat:join of mira is answered with not_found: `chat-admin agents list`")


@pytest.mark.parametrize(
    ("health", "says"),
    [
        ('{"status": "ok"}', "/config.json is answered with 404: `make publish` puts the page there"),
        (
            "<html>",
            "something else listens at {page} (status 200 for /health): is it an alias of the output SiteDomain?",
        ),
    ],
)
def test_the_address_of_a_deployed_page_is_asked_for_its_health(tmp_path: Path, health: str, says: str) -> None:
    def answer(connection: ServerConnection, request: Request) -> Response | None:
        is_health = request.path == "/health"
        return connection.respond(HTTPStatus.OK if is_health else HTTPStatus.NOT_FOUND, health if is_health else "")

    with gateway(answer, {}, tmp_path) as bare:
        page = bare.url.replace("ws", "http", 1)
        file = tmp_path / "with-page.json"
        chat = {"Region": "eu-central-1", "WebSocketUrl": bare.managed_url}
        file.write_text(json.dumps({"Chat": chat, "Chat-site": {"SiteUrl": page, "SiteConfig": "{}"}}))
        (said,) = broken(reach.check(find(file, Told(), None)))
    assert says.format(page=page) in said


def test_without_a_key_the_rest_is_still_looked_at(tmp_path: Path) -> None:
    with gateway(let_in, ACCEPTS, tmp_path):
        place = find(tmp_path / "outputs.json", Told(), None)
        assert [finding.kind for finding in sockets.check(place)] == [Kind.UNKNOWN]
        assert [finding.kind for finding in sockets.slash(place)] == [Kind.OK]
