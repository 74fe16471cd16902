"""What an answer must be, as a device hears it: the promises of a stream, checked in one place."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.e2e.driver import PATIENCE_S, Device, Event

CHUNK, COMPLETE, RELATION = "chat:message:stream", "chat:message:complete", "relation:updated"


@dataclass(frozen=True)
class Answer:
    """An answer that a device has heard to its end.

    Attributes:
        log: All that the device heard of it, in order.
    """

    reply_id: str
    log: list[Event]

    @property
    def chunks(self) -> list[Event]:
        """The chunks, repeats among them."""
        return [event for event in self.log if event.name == CHUNK]

    @property
    def complete(self) -> Event:
        """The one end."""
        (only,) = (event for event in self.log if event.name == COMPLETE)
        return only

    @property
    def text(self) -> str:
        """The whole text, as `complete` has it."""
        return str(self.complete.body["message"])

    def joined(self, first: int = 0, known: str = "") -> str:
        """Return the text that the chunks make of what was `known` up to index `first`."""
        return known + "".join(event.body["chunk"] for event in self.chunks if event.body["index"] >= first)

    def check(
        self, text: str | None = None, *, first: int = 0, known: str = "", reason: str = "stop", repeats: bool = False
    ) -> None:
        """Fail unless it is whole from chunk `first` on.

        `known`: the text before that. `repeats`: chunks may come again, with the same text, as after a crash.
        """
        assert self.log[-1].name == COMPLETE, "something follows the end"
        chunks = once_each(self.chunks) if repeats else self.chunks
        from_first = [event.body for event in chunks if event.body["index"] >= first]
        assert [body["index"] for body in from_first] == list(range(first, self.complete.body["chunks"]))
        assert known + "".join(body["chunk"] for body in from_first) == self.text or (
            (known + "".join(body["chunk"] for body in from_first)).rstrip(" ") == self.text.rstrip(" ")
        )
        assert self.complete.body["finishReason"] == reason
        if text is not None:
            assert self.text == text


def once_each(chunks: list[Event]) -> list[Event]:
    """Return the chunks without those that came again; fail if one came again with another text."""
    kept: dict[int, Event] = {}
    for event in chunks:
        before = kept.setdefault(event.body["index"], event)
        assert before.body["chunk"] == event.body["chunk"], "a chunk came again with another text"
    return list(kept.values())


def join(device: Device, agent_id: str = "echo", **more: Any) -> dict[str, Any]:
    """Join a chat; returns the ack."""
    return succeed(device, "chat:join", {"agentId": agent_id, **more})


def say(device: Device, text: str, agent_id: str = "echo", **more: Any) -> dict[str, Any]:
    """Send a message; returns the ack."""
    return succeed(device, "chat:message", {"agentId": agent_id, "message": text, **more})


def succeed(device: Device, event: str, payload: Mapping[str, Any], within_s: float = PATIENCE_S) -> dict[str, Any]:
    """Send an event that must succeed; returns the ack."""
    ack: dict[str, Any] = device.call(event, payload, within_s=within_s)
    assert ack["ok"], ack
    return ack


def fail(device: Device, event: str, payload: Any) -> dict[str, Any]:
    """Send an event that must fail; returns the error."""
    ack = device.call(event, payload)
    assert not ack["ok"], ack
    error: dict[str, Any] = ack["error"]
    return error


def hear(device: Device, reply_id: str, within_s: float = 20.0) -> Answer:
    """Wait for the end of an answer, and for the relation that follows; returns what was heard."""
    end = device.wait_for(COMPLETE, of(reply_id), within_s=within_s)
    device.wait_for(RELATION, within_s=within_s, after=device.log.index(end))
    return heard(device, reply_id)


def heard(device: Device, reply_id: str) -> Answer:
    """Return what was heard of an answer so far."""
    names = {CHUNK, COMPLETE}
    return Answer(reply_id, [e for e in device.log if e.name in names and e.body["messageId"] == reply_id])


def history(device: Device, agent_id: str = "echo", limit: int = 100) -> list[dict[str, Any]]:
    """Return all that was said in a chat, page by page."""
    lines: list[dict[str, Any]] = []
    before: dict[str, str] = {}
    while True:
        page = succeed(device, "chat:history", {"agentId": agent_id, "limit": limit, **before})
        lines = page["messages"] + lines
        if page["nextBefore"] is None:
            return lines
        before = {"before": page["nextBefore"]}


def of(reply_id: str) -> Callable[[Any], bool]:
    """Whether an event belongs to an answer."""
    return lambda body: bool(body["messageId"] == reply_id)


def at(index: int) -> Callable[[Any], bool]:
    """Whether a chunk has an index."""
    return lambda body: bool(body["index"] == index)


def words(count: int) -> str:
    """Return so many words, all different."""
    return " ".join(f"word{number}" for number in range(count))
