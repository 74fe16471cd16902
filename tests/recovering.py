"""A client of connection-state recovery, as the stock library is one: what it reports when it comes back."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from tests.drivers import Refused

if TYPE_CHECKING:
    from tests.drivers import ChatDriver

CHUNK, COMPLETE = "chat:message:stream", "chat:message:complete"


class Recovering:
    """A client of the stock library's manners, over its connections."""

    def __init__(self, chat: ChatDriver, user: str = "alice") -> None:
        self.chat = chat
        self.user = user
        self.pid: str | None = None
        self.offset: str | None = None
        self.sid = ""
        self.recovered = False
        self.has_always_recovered = True  # each time that it came back
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.connect()

    def connect(self, user: str | None = None) -> None:
        """Connect, with what there is to come back to. Raises Refused."""
        self.socket = self.chat.open(query={"recovery": "1"})
        self._read = len(self.socket.frames)
        auth = {"token": f"key-of-{user or self.user}"}
        back = {} if self.pid is None else {"pid": self.pid, "offset": self.offset}
        self.socket.send(f"40{json.dumps({**back, **auth})}")
        self.look()

    def connect_or_fail(self) -> None:
        """Connect; if a fault keeps it from that, it stays lost for now."""
        with suppress(Refused):
            self.connect()

    def end(self) -> None:
        """Let API Gateway report the end of its connection; whether that works or not, it does so once."""
        self.look()
        self.chat.transport.gone.add(self.socket.address)
        with suppress(Exception):
            self.socket.close(1006)

    @property
    def is_lost(self) -> bool:
        """Whether its connection has ended."""
        return self.socket.closed or self.socket.address in self.chat.transport.gone

    def look(self) -> None:
        """Take in what was posted to the connection."""
        for frame in self.socket.frames[self._read :]:
            if frame.startswith("40"):
                answer = json.loads(frame[2:])
                self.recovered = self.pid == answer["pid"]
                self.has_always_recovered &= self.recovered or self.pid is None
                self.sid, self.pid = answer["sid"], answer["pid"]
            elif frame.startswith("44"):
                raise Refused(200, json.loads(frame[2:]))
            elif frame.startswith("42"):
                name, payload, self.offset = json.loads(frame[2:])
                self.events.append((name, payload))
        self._read = len(self.socket.frames)

    def lose(self, *, told: bool = True) -> None:
        """Lose the connection; API Gateway may not know it yet, and take posts."""
        self.look()
        if told:
            self.chat.transport.gone.add(self.socket.address)
            self.socket.close()

    def got(self, event: str) -> list[dict[str, Any]]:
        self.look()
        return [payload for name, payload in self.events if name == event]

    def assert_whole(self, text: str) -> None:
        """One answer came, each chunk once and in order, and then its end."""
        assert [body["index"] for body in self.got(CHUNK)] == list(range(len(self.got(CHUNK))))
        (complete,) = self.got(COMPLETE)
        assert "".join(body["chunk"] for body in self.got(CHUNK)) == text == complete["message"]
        names = [name for name, _ in self.events]
        assert names[names.index(COMPLETE) :] == [COMPLETE, "relation:updated"]
