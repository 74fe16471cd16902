"""What a client of the chat lives through, for python-socketio's clients: `story.mjs`, in Python.

In: one line of JSON, {kind: "Client", "AsyncClient" or "SimpleClient", url, path, tokens: those of two users of whom
nobody has heard for a while, transports?, ends: the transport that a connection ends up with, auth: whether this
release sends the key in CONNECT; else it comes as a header}; and a line for each "cut" that this prints, when the
sessions of now have been ended. Out, at the end: {version, done: the steps that went well, failed: null, or {step, why,
heard}}.

Runs under releases of python-socketio that are years old, so it imports nothing of this project.
"""

import asyncio
import importlib.metadata
import json
import os
import time
from collections.abc import Callable, Coroutine
from threading import Thread
from typing import Any

import socketio

AGENT = {"agentId": "echo"}
PATIENCE_S = 30
TEXT = " ".join(f"word{at}" for at in range(60))  # an answer of 20 chunks, in a second
LONG = " ".join(["word"] * 1_500)  # 500 chunks, in half a minute
CHUNK, COMPLETE = "chat:message:stream", "chat:message:complete"
HEARD = (CHUNK, COMPLETE, "chat:typing", "presence:updated", "error")

Body = dict[str, Any]
asked: Body = json.loads(input())


class Device:
    """A `Client` that remembers what it hears."""

    def __init__(self) -> None:
        self.client: Any = None
        self.log: list[tuple[str, Body]] = []

    def options(self, token: str, wait_s: int) -> Body:
        key: Body = {"auth": {"token": token}, "wait_timeout": wait_s}
        if not asked["auth"]:
            key = {"headers": {"x-api-key": token}}
        return {"transports": asked["transports"], "socketio_path": asked["path"], **key}

    def connect(self, token: str, wait_s: int = PATIENCE_S) -> None:
        self.client = socketio.Client(reconnection_delay=0.5)
        self.listen()
        self.client.connect(asked["url"], **self.options(token, wait_s))
        self.hears("connect connect_error")  # old releases do not wait for it

    def listen(self) -> None:
        on, log = self.client.on, self.log
        on("connect", lambda: log.append(("connect", {})))
        on("connect_error", lambda body=None: log.append(("connect_error", body)))
        on("disconnect", lambda *_: log.append(("disconnect", {})))
        for name in HEARD:
            on(name, lambda body, name=name: log.append((name, body)))

    @property
    def transport(self) -> Any:
        return self.client.transport()

    def calls(self, event: str, payload: Body) -> Any:
        return self.client.call(event, payload, timeout=PATIENCE_S)

    def emits(self, event: str, payload: Body) -> None:
        self.client.emit(event, payload)

    def close(self) -> None:
        self.client.disconnect()

    def look(self) -> None:
        """Let something come."""
        time.sleep(0.01)

    def hears(self, names: str, is_wanted: Callable[[Body], Any] = lambda body: True, after: int = 0) -> Body:
        """Return the body of the first event of some names, from `after` on, that is as wanted."""

        def find() -> list[Body]:
            return [body for name, body in self.log[after:] if name in names.split() and is_wanted(body)]

        self.until(find, f"no {names}")
        return find()[0]

    def until(self, is_so: Callable[[], Any], otherwise: str) -> None:
        end = time.monotonic() + PATIENCE_S
        while not is_so():
            assert time.monotonic() < end, otherwise
            self.look()

    def succeeds(self, event: str, payload: Body) -> Body:
        ack: Body = self.calls(event, payload)
        assert ack["ok"], ack
        return ack

    def chunks(self, message_id: str, after: int = 0) -> dict[int, str]:
        """Return the chunks of an answer that came from `after` on, by index; `Client` has a thread for each event."""
        bodies = [body for name, body in self.log[after:] if name == CHUNK and body["messageId"] == message_id]
        return {body["index"]: body["chunk"] for body in sorted(bodies, key=lambda body: int(body["index"]))}

    def is_cut(self) -> int:
        """Be cut off, and come back; since when."""
        after = len(self.log)
        cut()
        self.hears("disconnect", after=after)
        self.hears("connect", after=after)
        return after


class AsyncDevice(Device):
    """An `AsyncClient`, whose loop runs beside."""

    loop = asyncio.new_event_loop()

    def connect(self, token: str, wait_s: int = PATIENCE_S) -> None:
        async def run() -> None:
            self.client = socketio.AsyncClient(reconnection_delay=0.5)
            self.listen()
            await self.client.connect(asked["url"], **self.options(token, wait_s))

        self.wait(run())
        self.hears("connect connect_error")

    def wait(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(2 * PATIENCE_S)

    def calls(self, event: str, payload: Body) -> Any:
        return self.wait(self.client.call(event, payload, timeout=PATIENCE_S))

    def emits(self, event: str, payload: Body) -> None:
        self.wait(self.client.emit(event, payload))

    def close(self) -> None:
        self.wait(self.client.disconnect())


class SimpleDevice(Device):
    """A `SimpleClient`: it hands out events when it is asked, and tells neither a loss nor why it was refused."""

    def connect(self, token: str, wait_s: int = PATIENCE_S) -> None:
        self.client = socketio.SimpleClient(reconnection_delay=0.5)
        self.client.connect(asked["url"], **self.options(token, wait_s))

    @property
    def transport(self) -> Any:
        return self.client.client.transport()  # its own `transport` is the method, in old releases

    def look(self) -> None:
        try:
            name, *args = self.client.receive(timeout=0.1)
        except socketio.exceptions.TimeoutError:
            return
        self.log.append((name, args[0]))

    def is_cut(self) -> int:
        after, sid = len(self.log), self.client.sid
        cut()
        self.until(lambda: self.client.sid not in {sid, None}, "not back")
        return after


def cut() -> None:
    print("cut", flush=True)
    input()


def refused() -> None:
    device = DEVICES[asked["kind"]]()
    try:
        device.connect("nobody's", wait_s=10)  # old releases wait all that time
    except socketio.exceptions.ConnectionError:
        device.log.append(("refused", {}))
    if asked["kind"] == "SimpleClient":
        device.hears("refused")
    else:
        told = device.hears("connect_error")
        assert told["message"], told
        assert told["data"]["code"] == "unauthorized", told


def connect() -> None:
    assert opened().transport == asked["ends"]


def join() -> None:
    ack = opened().succeeds("chat:join", AGENT)
    assert ack["room"].startswith("chat:echo:"), ack


def message() -> None:
    device = opened()
    reply_id = device.succeeds("chat:message", {**AGENT, "message": TEXT})["replyId"]
    end = device.hears(COMPLETE, of(reply_id))
    assert (end["message"], end["finishReason"]) == (TEXT, "stop"), end
    device.until(lambda: len(device.chunks(reply_id)) == end["chunks"], "a chunk is missing")  # may come after the end
    assert len([body for name, body in device.log if name == CHUNK]) == end["chunks"], "a chunk came twice"
    assert "".join(device.chunks(reply_id).values()) == TEXT, device.chunks(reply_id)


def stop() -> None:
    device = opened()
    reply_id = device.succeeds("chat:message", {**AGENT, "message": LONG})["replyId"]
    device.hears(CHUNK, of(reply_id))
    device.succeeds("chat:stop", {**AGENT, "messageId": reply_id})
    end = device.hears(COMPLETE, of(reply_id))
    assert end["finishReason"] == "stopped", end
    assert LONG.startswith(end["message"]), end


def typing() -> None:
    one, other = opened(), opened()
    for device in (one, other):
        device.succeeds("chat:join", AGENT)
    other.succeeds("chat:typing", {**AGENT, "isTyping": True})
    one.hears("chat:typing", lambda body: "userId" in body and body["isTyping"])


def presence() -> None:
    one, other = opened(), opened(1)
    user_id = other.succeeds("chat:join", AGENT)["room"].split(":")[-1]
    snapshot = one.succeeds("presence:subscribe", {"userIds": [user_id]})["presence"]
    assert snapshot[user_id]["status"] == "online", snapshot
    for status in ("away", "online"):
        after = len(one.log)
        assert other.succeeds(f"presence:{status}", {})["status"] == status
        one.hears("presence:updated", shows(user_id, status), after)


def bad_input() -> None:
    device = opened()
    bad = device.calls("chat:message", {**AGENT, "message": 7})
    assert (bad["ok"], bad["error"]["code"]) == (False, "invalid"), bad
    assert bad["error"]["issues"][0]["path"] == "message", bad
    unknown = device.calls("no:such", {})
    assert unknown["error"]["code"] == "not_found", unknown
    device.emits("chat:join", {})
    told = device.hears("error")
    assert (told["event"], told["code"]) == ("chat:join", "invalid"), told
    device.succeeds("chat:join", AGENT)


def reconnect_and_resume() -> None:
    device = opened()
    reply_id = device.succeeds("chat:message", {**AGENT, "message": TEXT})["replyId"]
    device.hears(CHUNK, lambda body: body["messageId"] == reply_id and body["index"] >= 3)
    after = device.is_cut()
    ack = device.succeeds("chat:join", AGENT)
    running = [each for each in ack["streams"] if each["messageId"] == reply_id]
    if running:
        (stream,) = running
        end = device.hears(COMPLETE, of(reply_id), after)

        def since() -> str:
            rest = [chunk for index, chunk in device.chunks(reply_id, after).items() if index >= stream["index"]]
            return str(stream["text"]) + "".join(rest)

        device.until(lambda: since() == end["message"] == TEXT, "what came after the cut")
    else:
        assert [line["message"] for line in ack["messages"] if line["messageId"] == reply_id] == [TEXT], ack
    said = device.succeeds("chat:resume", {**AGENT, "messageId": reply_id, "index": 3})
    assert said["complete"], said
    assert TEXT.partition("word9 ")[0] + said["text"] == TEXT, said  # three words a chunk


def of(message_id: str) -> Callable[[Body], bool]:
    return lambda body: bool(body["messageId"] == message_id)


def shows(user_id: str, status: str) -> Callable[[Body], bool]:
    return lambda body: bool(body["userId"] == user_id and body["status"] == status)


DEVICES: dict[str, type[Device]] = {"Client": Device, "AsyncClient": AsyncDevice, "SimpleClient": SimpleDevice}
STEPS: dict[str, Callable[[], None]] = {
    "refused": refused,
    "connect": connect,
    "join": join,
    "message": message,
    "stop": stop,
    "typing": typing,
    "presence": presence,
    "bad input": bad_input,
    "reconnect and resume": reconnect_and_resume,
}
devices: list[Device] = []  # of the step that is played


def opened(user: int = 0) -> Device:
    device = DEVICES[asked["kind"]]()
    devices.append(device)
    device.connect(asked["tokens"][user])
    return device


def story() -> Body:
    done: list[str] = []
    for step, play in STEPS.items():
        devices.clear()
        try:
            play()
            for device in devices:
                device.close()
        except Exception as error:
            heard = [device.log[-6:] for device in devices]
            return {"done": done, "failed": {"step": step, "why": f"{type(error).__name__}: {error}", "heard": heard}}
        done.append(step)
    return {"done": done, "failed": None}


Thread(target=AsyncDevice.loop.run_forever, daemon=True).start()
print(json.dumps({"version": importlib.metadata.version("python-socketio"), **story()}), flush=True)
os._exit(0)  # whatever threads a client has left behind
