"""Ten stories of the chat for a stock client that is held on long-polling; clients that upgrade, Chromium's too."""

import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
import socketio
from playwright.sync_api import Browser, Page, expect

from tests.e2e.answers import CHUNK, at, hear, history, join, say, succeed, words
from tests.e2e.conftest import World
from tests.e2e.driver import Device
from tests.processes import ROOT

pytestmark = pytest.mark.e2e

TEXT = words(60)
CLIENT = ROOT / "node_modules" / "socket.io-client" / "dist" / "socket.io.min.js"
RELOADS = 6


@pytest.fixture
def device(world: World, user: str) -> Device:
    return world.connect(user, transports=["polling"])


class TestStories:
    """Each is held on polling: its client knows no other transport."""

    def test_joining(self, device: Device) -> None:
        first = say(device, "hello")
        hear(device, first["replyId"])
        joined = join(device)
        assert [line["message"] for line in joined["messages"]][-2:] == ["hello", "hello"]
        assert history(device)[-1]["messageId"] == first["replyId"]

    def test_a_streamed_answer(self, device: Device) -> None:
        hear(device, say(device, TEXT)["replyId"]).check(TEXT)

    def test_stopping(self, device: Device) -> None:
        reply_id = say(device, TEXT)["replyId"]
        device.wait_for(CHUNK, at(3))
        succeed(device, "chat:stop", {"agentId": "echo", "messageId": reply_id})
        answer = hear(device, reply_id)
        answer.check(reason="stopped")
        assert TEXT.startswith(answer.text)
        assert len(answer.text) < len(TEXT)

    def test_resuming(self, device: Device) -> None:
        answer = hear(device, say(device, TEXT)["replyId"])
        rest = succeed(device, "chat:resume", {"agentId": "echo", "messageId": answer.reply_id, "index": 10})
        assert answer.joined()[: -len(rest["text"])] == "".join(each.body["chunk"] for each in answer.chunks[:10])
        assert (rest["complete"], rest["finishReason"]) == (True, "stop")

    def test_typing(self, world: World, user: str, device: Device) -> None:
        other = world.connect(user)
        join(device)
        join(other)
        for typist, listener in ((other, device), (device, other)):
            succeed(typist, "chat:typing", {"agentId": "echo", "isTyping": True})
            listener.wait_for("chat:typing", lambda body: body.get("userId") == user and body["isTyping"])

    def test_presence(self, world: World, user: str, device: Device) -> None:
        watcher = world.connect(next(each for each in world.crowd if each != user), transports=["polling"])
        snapshot = succeed(watcher, "presence:subscribe", {"userIds": [user]})
        assert snapshot["presence"][user]["status"] == "online"
        succeed(device, "presence:away", {})
        watcher.wait_for("presence:updated", lambda body: (body["userId"], body["status"]) == (user, "away"))
        device.close()  # with a close packet: its grace begins at once
        watcher.wait_for("presence:updated", lambda body: body["status"] == "offline", within_s=60)

    def test_push_settings(self, device: Device) -> None:
        wanted = {
            "quietHours": {"start": "22:00", "end": "07:00"},
            "timeZone": "Europe/Berlin",
            "mutedAgents": ["echo"],
        }
        set_ = succeed(device, "push:settings", wanted)
        assert {name: set_[name] for name in wanted} == wanted
        assert succeed(device, "push:status", {})["subscribed"] is False

    def test_bad_input(self, device: Device) -> None:
        bad = device.call("chat:message", {"agentId": "echo", "message": 7})
        assert (bad["ok"], bad["error"]["code"]) == (False, "invalid")
        assert device.call("no:such", {})["error"]["code"] == "not_found"
        device.emit("chat:join", {})
        assert device.wait_for("error").body["code"] == "invalid"
        assert join(device)["ok"]

    def test_limits(self, world: World) -> None:
        alice = world.connect("alice", transports=["polling"])  # twenty messages a minute, five at once
        sent = [alice.start("chat:message", {"agentId": f"nobody{number}", "message": "x"}) for number in range(8)]
        acks = [each.result(30).body for each in sent]
        codes = {ack["error"]["code"] for ack in acks}
        assert codes == {"rate_limited", "not_found"}
        assert all(ack["error"]["retryAfterMs"] > 0 for ack in acks if ack["error"]["code"] == "rate_limited")

    def test_large_messages_both_ways(self, device: Device) -> None:
        text = "é" * 7_990
        answer = hear(device, say(device, text)["replyId"])
        assert answer.text == text


class Elsewhere(BaseHTTPRequestHandler):
    """Serves an empty page, of another origin than the stack's."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def prepare(page: Page) -> None:
    """Have the stock client in a page, and a paragraph that says what becomes of it."""
    page.add_script_tag(path=CLIENT)
    page.evaluate("document.body.replaceChildren(document.createElement('p'))")


@pytest.fixture
def tab(browser: Browser, world: World) -> Iterator[Page]:
    """A page of the stack's own origin with the stock client in it, and nothing else."""
    context = browser.new_context()
    page = context.new_page()
    page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
    page.goto(f"{world.stack.url}/health")
    prepare(page)
    yield page
    context.close()


CONNECT = """([path, token, transports]) => {
    window.socket = io(location.origin, { path, auth: { token }, ...(transports ? { transports } : {}) });
    const tell = (text) => { document.querySelector("p").textContent = text };
    window.begun = socket.io.engine.transport.name;
    socket.on("connect", () => tell(socket.io.engine.transport.name));
    socket.on("connect_error", ({ message }) => tell(message));
    socket.io.engine.on("upgrade", ({ name }) => socket.connected && tell(name));
}"""


def test_chromium_begins_with_polling_and_upgrades(tab: Page, world: World, user: str) -> None:
    tab.evaluate(CONNECT, [world.stack.socket_path, world.stack.key(user), None])
    expect(tab.locator("p")).to_have_text("websocket", timeout=30_000)
    assert tab.evaluate("begun") == "polling"
    said = tab.evaluate(
        """() => new Promise((resolve) => {
            socket.on("chat:message:complete", ({ message }) => resolve(message));
            socket.emit("chat:message", { agentId: "echo", message: "hello from Chromium" });
        })"""
    )
    assert said == "hello from Chromium"


@pytest.mark.parametrize("transports", [None, ["polling"]], ids=["default", "polling"])
def test_six_reloads_in_two_seconds_never_use_up_a_plan_s_connections(
    tab: Page, world: World, transports: list[str] | None
) -> None:
    free = [world.stack.socket_path, world.stack.key("alice"), transports]  # five connections
    for _ in range(RELOADS):
        tab.evaluate(CONNECT, free)
        tab.wait_for_timeout(2_000 / RELOADS)
        tab.reload()
        prepare(tab)
    tab.evaluate(CONNECT, free)
    expect(tab.locator("p")).to_have_text("polling" if transports else "websocket", timeout=30_000)


def test_a_page_of_another_origin_is_told_so_at_connect(browser: Browser, world: World, user: str) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)
    Thread(target=server.serve_forever, daemon=True).start()
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"http://localhost:{server.server_port}/")
    prepare(page)
    page.evaluate(
        CONNECT.replace("location.origin", f'"{world.stack.url}"'),
        [world.stack.socket_path, world.stack.key(user), ["polling"]],
    )
    expect(page.locator("p")).to_contain_text("This page may not connect: ALLOWED_ORIGINS", timeout=30_000)
    context.close()
    server.shutdown()
    server.server_close()


def test_the_python_client_begins_with_polling_and_upgrades(world: World, user: str) -> None:
    client = socketio.Client()
    ended: list[str] = []
    client.on("chat:message:complete", lambda body: ended.append(body["message"]))
    client.connect(
        world.stack.url, socketio_path=world.stack.socket_path, auth={"token": world.stack.key(user)}, wait_timeout=30
    )
    try:
        assert client.transport() == "websocket"
        assert client.call("chat:message", {"agentId": "echo", "message": "hello"})["ok"]
        deadline = time.monotonic() + 30
        while not ended and time.monotonic() < deadline:
            client.sleep(0.05)
        assert ended == ["hello"]
    finally:
        client.disconnect()


def test_the_python_client_may_stay_on_polling(world: World, user: str) -> None:
    client = socketio.Client()
    client.connect(
        world.stack.url,
        socketio_path=world.stack.socket_path,
        auth={"token": world.stack.key(user)},
        transports=["polling"],
        wait_timeout=30,
    )
    try:
        assert client.transport() == "polling"
        assert client.call("chat:join", {"agentId": "echo"})["ok"]
    finally:
        client.disconnect()
