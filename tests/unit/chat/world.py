"""The chat's rules over dicts, at a clock that tests turn: what each socket got and when, and what may go wrong."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING, Any, TypeVar, cast

from serverless_socketio.fanout import Fanout
from serverless_socketio.memory.store import MemoryStore
from serverless_socketio.model import Connection, Member, PostResult, frame_order
from serverless_socketio_chat.agents.model import AgentRecord, Model
from serverless_socketio_chat.agents.relations import SimpleModel
from serverless_socketio_chat.conversations.accept import Pace
from serverless_socketio_chat.model import Chat, Devices, Sender
from serverless_socketio_chat.push.model import Subscription
from serverless_socketio_chat.tables.rooms import Rooms
from tests.fakes import FakeClock
from tests.support.memory import MemoryConversations, MemoryDirectory, MemoryRates, MemoryStreams, MemoryWorkflow
from tests.support.memory_notices import MemoryNotices
from tests.support.memory_presence import MemoryGraceTimers, MemoryPresence
from tests.support.memory_push import MemorySubscriptions
from tests.support.rules import Ports
from tests.unit.chat.models import FakeModels
from tests.unit.chat.notified import Delivered, Queued

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from serverless_socketio_chat.answers.model import Stream
    from serverless_socketio_chat.answers.steps import Step
    from serverless_socketio_chat.literals import Status
    from tests.unit.chat.models import Cue

CHAT = Chat("alice", "echo")
FRAME_BYTES = 120_000
Port = TypeVar("Port")


class Killed(BaseException):
    """A function that ends without a word: not even ``except Exception`` is run."""


@dataclass
class Frame:
    """One event that a socket got."""

    at_ms: int
    event: str
    payload: dict[str, Any]


class Wire:
    """A transport that keeps every event with its time. `post_ms`: how long a post takes."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self.frames: dict[str, list[Frame]] = {}
        self.outcomes: dict[str, PostResult] = {}  # of addresses that posts do not reach
        self.post_ms = 0

    def post(self, address: str, frame: str) -> PostResult:
        outcome = self.outcomes.get(address, PostResult.SENT)
        if self.post_ms:
            self._clock.advance(self.post_ms / 1000)
        if outcome is PostResult.SENT:
            event, payload = json.loads(frame.removeprefix("42"))
            self.frames.setdefault(address, []).append(Frame(self._clock.now_ms(), event, payload))
        return outcome

    def post_all(self, frames: Sequence[tuple[str, Sequence[str]]], *, repeatable: bool = False) -> list[PostResult]:
        return [self._post_each(address, texts) for address, texts in frames]

    def close(self, address: str) -> None:
        self.outcomes[address] = PostResult.GONE

    def _post_each(self, address: str, texts: Sequence[str]) -> PostResult:
        outcomes = (self.post(address, text) for text in texts)
        return next((outcome for outcome in outcomes if outcome is not PostResult.SENT), PostResult.SENT)


class Turnstile:
    """Counts the calls that go out of the rules, and lets something happen right before one of them."""

    def __init__(self) -> None:
        self.calls = 0
        self._happenings: dict[int | str, Callable[[], object]] = {}

    def before(self, call: int | str, happening: Callable[[], object]) -> None:
        """Let it happen before the call of this number, or the next one of this name."""
        self._happenings[call] = happening

    def watch(self, port: Port) -> Port:
        """The same port, each of whose calls passes here."""
        return cast("Port", _Watched(port, self))

    def passing(self, name: str) -> None:
        self.calls += 1
        for call in (self.calls, name):
            self._happenings.pop(call, lambda: None)()


class _Watched:
    def __init__(self, port: object, turnstile: Turnstile) -> None:
        self._port = port
        self._turnstile = turnstile

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            self._turnstile.passing(name)
            return method(*args, **kwargs)

        return call


@dataclass
class Socket:
    """A client's connection, and what it got."""

    member: Member
    wire: Wire
    joined: dict[str, Any] = field(default_factory=dict)  # the ack of its last `chat:join`

    @property
    def frames(self) -> list[Frame]:
        return self.wire.frames.get(self.member.address, [])

    def got(self, event: str) -> list[dict[str, Any]]:
        return [frame.payload for frame in self.frames if frame.event == event]

    @property
    def chunks(self) -> list[tuple[int, str]]:
        return [(body["index"], body["chunk"]) for body in self.got("chat:message:stream")]

    @property
    def indexes(self) -> list[int]:
        return [index for index, _ in self.chunks]

    @property
    def completes(self) -> list[dict[str, Any]]:
        return self.got("chat:message:complete")


class World:
    """One chat of one user with the agent that repeats what it is told."""

    def __init__(self, *, delay_ms: int = 50, size: int = 1) -> None:
        self.clock = FakeClock()
        self.wire = Wire(self.clock)
        self.store = MemoryStore(self.clock)
        self.turnstile = Turnstile()  # what functions other than the joiner's call
        self.joins = Turnstile()
        self.workflow = MemoryWorkflow()
        self.models = FakeModels(self.clock)
        self.subscriptions, self.queued, self.delivered = MemorySubscriptions(self.clock), Queued(), Delivered()
        self.notices = MemoryNotices()
        streams = MemoryStreams()
        directory = MemoryDirectory()
        directory.put_agent("echo", "Echo")
        self.ports = Ports(
            directory=directory,
            rates=MemoryRates(),
            conversations=MemoryConversations(streams),
            streams=streams,
            workflow=self.workflow,
            room=Rooms(self.store, Fanout(self.wire, on_gone=self.store.connections.end), self._close),
            presence=MemoryPresence(),
            grace_timers=MemoryGraceTimers(),
            subscriptions=self.subscriptions,
            push_queue=self.queued,
            clock=self.clock,
            relations=SimpleModel(),
            models=self.models,
            notices=self.notices,
            deliveries=self.delivered,
        )
        self.streams, self.directory = streams, directory
        self.agent = AgentRecord("echo", "Echo", "echo", size, delay_ms)
        self.answers = self._watched(self.turnstile).make_answers()
        self.joining = self._watched(self.joins).make_joining(FRAME_BYTES)
        self.messages = self.ports.make_messages(Pace(3, 50))
        self._numbers = count(1)
        self.steps: list[Step] = []

    def _close(self, address: str) -> None:
        self.wire.close(address)
        self.store.connections.end(address)

    def _watched(self, turnstile: Turnstile) -> Ports:
        ports = self.ports
        return replace(
            ports,
            conversations=turnstile.watch(ports.conversations),
            streams=turnstile.watch(ports.streams),
            room=turnstile.watch(ports.room),
            subscriptions=turnstile.watch(ports.subscriptions),
            notices=turnstile.watch(ports.notices),
            push_queue=turnstile.watch(ports.push_queue),
        )

    def live(self, *answers: Sequence[Cue], **settings: Any) -> None:
        """Let a model answer from now on, with these answers to one question after the other."""
        model = Model("some-model", "https://models.example/v1", **settings)
        self.directory.put_agent("echo", "Echo", provider="openai", model=model)
        self.models.answers = list(answers)

    def function(self, *answers: Sequence[Cue]) -> None:
        """Let a function of the deployment's own answer from now on."""
        self.directory.put_agent("echo", "Echo", provider="mine:answer")
        self.models.answers = list(answers)

    def socket(self) -> Socket:
        """A client that has connected, and is in no room."""
        number = next(self._numbers)
        address, sid = f"address{number}", f"sid{number}"
        connection = Connection(address, "socketio", self.clock.now_ms(), self.clock.now_ms())
        self.store.connections.open(connection)
        self.store.connections.accept(connection, "/", sid, {"userId": CHAT.user_id}, [])
        return Socket(Member(sid, address), self.wire)

    def is_closed(self, socket: Socket) -> bool:
        """Whether its connection was ended from here."""
        return self.wire.outcomes.get(socket.member.address) is PostResult.GONE

    def device(self, status: Status | None = None) -> Socket:
        """A client of the user's that counts as a device, and says what it is."""
        socket = self.socket()
        self.store.rooms.enter(
            socket.member, Devices(CHAT.user_id).room, frame_order(self.clock.now_ms(), next(self._numbers))
        )
        if status is not None:
            self.say(socket, status)
        return socket

    def subscribe(self, number: int = 1) -> None:
        """So many subscribed devices of the user."""
        for index in range(number):
            self.subscriptions.put(Subscription(f"sub{index}", CHAT.user_id, "https://push.example", "p", "a"))

    def unsubscribe(self) -> None:
        """None of them is any more."""
        for device in self.subscriptions.all(CHAT.user_id):
            self.subscriptions.remove(CHAT.user_id, device.subscription_id)

    def say(self, socket: Socket, status: Status) -> None:
        """`presence:*`."""
        self.ports.room.update_data(Devices(CHAT.user_id), self.sender(socket), status)

    def follow(self, socket: Socket | None = None) -> Socket:
        """A client in the agent's room."""
        socket = socket or self.socket()
        self.store.rooms.enter(socket.member, "agent:echo", frame_order(self.clock.now_ms(), next(self._numbers)))
        return socket

    def sender(self, socket: Socket) -> Sender:
        """The socket, as from a frame that it sends now."""
        return Sender(socket.member, frame_order(self.clock.now_ms(), next(self._numbers)))

    def join(self, socket: Socket | None = None) -> Socket:
        """`chat:join`."""
        socket = socket or self.socket()
        socket.joined = {**self.joining.join(CHAT, self.sender(socket), None)}
        return socket

    def leave(self, socket: Socket) -> None:
        """`chat:leave`."""
        self.ports.room.leave(CHAT, self.sender(socket))

    def ask(self, text: str, socket: Socket | None = None) -> str:
        """`chat:message`, accepted; its answer's id."""
        sender = None if socket is None else self.sender(socket)
        accepted = self.messages.accept(CHAT, self.agent, text, client_message_id=None, sender=sender)
        return accepted.ids.reply_id

    def again(self, former_id: str, socket: Socket | None = None, *, client_id: str | None = None) -> str:
        """`chat:regenerate`, accepted; the new answer's id."""
        sender = None if socket is None else self.sender(socket)
        accepted = self.messages.regenerate(CHAT, self.agent, former_id, client_message_id=client_id, sender=sender)
        return accepted.ids.reply_id

    def stream(self, reply_id: str) -> Stream:
        """An answer's control record."""
        stream = self.streams.read(reply_id)
        assert stream is not None
        return stream

    def execute(self, reply_id: str, epoch: int = 0, *, steps: int = 1_000_000) -> None:
        """The workflow of an answer as the state machine does it: retries, waits, and gives up."""
        started_ms, held, failures = self.clock.now_ms(), 0, 0
        for _ in range(steps):
            try:
                step = self.answers.step(reply_id, epoch, started_ms=started_ms, held=held)
            except Exception:
                failures += 1
                self.clock.advance(failures)
                if failures < 3:
                    continue
                self.answers.fail(reply_id)
                return
            self.steps.append(step)
            failures, epoch, held = 0, step.epoch, step.held
            match step.next:
                case "done":
                    return
                case "wait":
                    self.clock.advance(step.wait)
                case "successor":
                    started_ms, held = self.clock.now_ms(), 0

    def execute_beside(self, reply_id: str, epoch: int = 0) -> None:
        """Another execution, whose steps get their turn while the code under test sleeps."""
        started_ms = self.clock.now_ms()

        def go_on(epoch: int, held: int) -> None:
            with suppress(Killed):
                step = self.answers.step(reply_id, epoch, started_ms=started_ms, held=held)
                if step.next in {"again", "wait"}:
                    self.clock.on_sleep(step.wait, lambda: go_on(step.epoch, step.held))

        go_on(epoch, 0)

    def sweep(self) -> None:
        """Ticks of the sweeper, each with the executions that it started, until nothing is left to bring back."""
        for _ in range(10):
            self.clock.advance(10)
            self.workflow.started.clear()
            with suppress(Killed):
                for reply_id in list(self.streams.stale(self.clock.now_ms())):
                    self.answers.recover(reply_id)
                for reply_id, epoch in list(self.workflow.started):
                    self.execute(reply_id, epoch)


def words(number: int) -> str:
    """So many different words."""
    return " ".join(f"w{index}" for index in range(number))


def assert_whole(socket: Socket, *, start: int = 0, repeats: bool = False) -> None:
    """Every chunk from `start` on came, in order; then one `complete` that equals them, and nothing after it."""
    fresh: list[tuple[int, str]] = []
    for index, chunk in socket.chunks:
        if index < start + len(fresh):  # a repeat, or from before what was asked for
            assert index < start or (repeats and (index, chunk) in fresh)
        else:
            assert index == start + len(fresh), f"a gap: {socket.indexes}"
            fresh.append((index, chunk))
    (complete,) = socket.completes
    text = socket.joined["streams"][0]["text"] if socket.joined.get("streams") else ""
    assert (text + "".join(chunk for _, chunk in fresh)).rstrip(" ") == complete["message"].rstrip(" ")
    assert start + len(fresh) == complete["chunks"]
    events = [frame.event for frame in socket.frames]
    assert events[events.index("chat:message:complete") + 1 :] == ["relation:updated"]
