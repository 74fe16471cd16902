"""The same client, frame by frame, of two servers in this process: python-socketio's, and ours over memory ports.

python-socketio's is spoken to by its WSGI door, which needs no socket: Engine.IO's long-polling. A GET waits
until there is something to fetch, so nothing here sleeps.
"""

from __future__ import annotations

import io
import json
from abc import ABC, abstractmethod
from itertools import count
from typing import Any

import socketio

import serverless_socketio
from serverless_socketio.codec.socketio import Packet, PacketType, decode, encode
from serverless_socketio.inbox import Inbox
from tests.unit.socketio.world import World

SEPARATOR = "\x1e"  # between the packets of a payload: Engine.IO protocol, "HTTP long-polling"
EVENT = "42"  # how one begins that has no attachments
ANSWERS = {PacketType.CONNECT, PacketType.CONNECT_ERROR}


class Client(ABC):
    """One connection. `answers`: what it acknowledges an event with that asks for it."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self._events: list[tuple[str, list[Any]]] = []
        self._ack_ids = count(1)

    @abstractmethod
    def _send(self, frame: str) -> None:
        """Send one frame."""

    @abstractmethod
    def _receive(self) -> list[str]:
        """The frames that have come since; waits for some."""

    def connect(self, auth: Any = None, namespace: str = "/") -> Any:
        """What CONNECT is answered with: an object with `sid`, or one with `message`."""
        self._say(Packet(PacketType.CONNECT, namespace, data=auth))
        return self._await(lambda packet: packet.type in ANSWERS and packet.namespace == namespace)

    def ask(self, event: str, *args: Any, namespace: str = "/") -> list[Any]:
        """What an event is acknowledged with."""
        ack_id = next(self._ack_ids)
        self._say(Packet(PacketType.EVENT, namespace, ack_id, [event, *args]))
        acked: list[Any] = self._await(lambda packet: packet.type is PacketType.ACK and packet.id == ack_id)
        return acked

    def leave(self, namespace: str = "/") -> None:
        """Disconnect from a namespace."""
        self._say(Packet(PacketType.DISCONNECT, namespace))

    def heard(self) -> list[tuple[str, list[Any]]]:
        """The events that have come since this was asked last, each with its namespace; ends with one of its own."""
        self.ask("flush", namespace="/flush")
        events, self._events = self._events, []
        return events

    def _say(self, packet: Packet) -> None:
        self._send(f"4{encode(packet)}")

    def _await(self, is_wanted: Any) -> Any:
        while True:
            found = [packet for frame in self._receive() if (packet := self._took(frame)) and is_wanted(packet)]
            if found:
                return found[0].data

    def _took(self, frame: str) -> Packet | None:
        """A frame's packet; an event is kept, and acknowledged where that is asked for."""
        if not frame.startswith("4"):
            return None
        packet = decode(frame[1:])
        if packet.type is PacketType.EVENT:
            self._events.append((packet.namespace, packet.data))
            if packet.id is not None and packet.data[0] in self.answers:
                acked = [self.answers[packet.data[0]]]
                self._say(Packet(PacketType.ACK, packet.namespace, packet.id, acked))
        return packet


class Side(ABC):
    """A server, the module that it is from, and its clients."""

    sio: Any
    library: Any

    @abstractmethod
    def open(self) -> Client:
        """A connection that is open, and has no socket yet but the one of `Client.heard`."""

    def _ready(self, client: Client) -> Client:
        client.connect(namespace="/flush")
        return client

    def _serve_flush(self) -> None:
        self.sio.on("flush", lambda sid: None, namespace="/flush")


class PollingClient(Client):
    """A client of python-socketio's server."""

    def __init__(self, server: Any) -> None:
        super().__init__()
        self._server = server
        self._sid = ""
        self._sid = json.loads(self._request("GET")[1:])["sid"]

    def _request(self, method: str, body: str = "") -> str:
        query = "EIO=4&transport=polling" + (f"&sid={self._sid}" if self._sid else "")
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": "/socket.io/",
            "QUERY_STRING": query,
            "CONTENT_LENGTH": str(len(body.encode())),
            "wsgi.input": io.BytesIO(body.encode()),
            "wsgi.url_scheme": "http",
            "HTTP_HOST": "example.com",
            "HTTP_USER_AGENT": "a test",
            "REMOTE_ADDR": "192.0.2.1",
        }
        statuses: list[str] = []
        answer = b"".join(self._server.handle_request(environ, lambda status, headers: statuses.append(status)))
        assert statuses == ["200 OK"], answer
        return answer.decode()

    def _send(self, frame: str) -> None:
        self._request("POST", frame)

    def _receive(self) -> list[str]:
        return self._request("GET").split(SEPARATOR)


class Theirs(Side):
    """python-socketio's server."""

    library = socketio

    def __init__(self) -> None:
        self.sio = socketio.Server(async_mode="threading", monitor_clients=False)
        self._serve_flush()

    def open(self) -> Client:
        return self._ready(PollingClient(self.sio))


class MemoryClient(Client):
    """A client of ours."""

    def __init__(self, world: World, address: str) -> None:
        super().__init__()
        self._world, self._address = world, address
        self._frames: list[str] = []
        world.open(address, REMOTE_ADDR="192.0.2.1", HTTP_HOST="example.com", HTTP_USER_AGENT="a test")

    def _send(self, frame: str) -> None:
        inbox = Inbox(self._world.sio.manager)
        self._world.clock.on_sleep(0.01, self._meanwhile)  # while a handler waits for an acknowledgement
        answers = self._world.send(self._address, frame, inbox=inbox)
        self._frames += answers

    def _meanwhile(self) -> None:
        """Take what was sent, events at once: a handler may be waiting for what one is acknowledged with."""
        transport = self._world.transport
        self._frames += self._world.sent_to(self._address)
        transport.sent[:] = [each for each in transport.sent if each[0] != self._address]
        events = [frame for frame in self._frames if frame.startswith(EVENT)]
        self._frames = [frame for frame in self._frames if not frame.startswith(EVENT)]
        for frame in events:
            self._took(frame)

    def _receive(self) -> list[str]:
        self._meanwhile()
        frames, self._frames = self._frames, []
        assert frames, "nothing has come, and nothing will"
        return frames


class Ours(Side):
    """Our server, over memory ports."""

    library = serverless_socketio

    def __init__(self) -> None:
        self._world = World()
        self.sio = self._world.sio
        self._addresses = count(1)
        self._serve_flush()

    def open(self) -> Client:
        return self._ready(MemoryClient(self._world, f"client-{next(self._addresses)}"))
