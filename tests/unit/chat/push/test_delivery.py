"""One push to one device, over everything that a push service may say, and every moment at which it may break."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest

from serverless_socketio_chat.push.delivery import BUSY_S, PAUSES_S, RETRY_AFTER_MAX_S, TRIES, PushDelivery, pause_s
from serverless_socketio_chat.push.model import Notification, Push, PushResponse, Subscription, Unreachable, Unsafe
from serverless_socketio_chat.push.table import LEASE_MS
from tests.fakes import FakeClock, Faulty
from tests.support.memory_deliveries import MemoryClaims, MemoryDeliveries
from tests.support.memory_push import MemorySubscriptions

if TYPE_CHECKING:
    from serverless_socketio_chat.push.model import PushMessage

PHONE = Subscription("phone", "alice", "https://fcm.googleapis.com/fcm/send/abc", "BPub", "auth")
HELLO = Notification("n1", "Hello!", "A push.", 1_700_000_000_000)


@dataclass
class Services:
    """Push services that say what a test wants, in order, then 201; each takes 80 ms."""

    clock: FakeClock
    says: list[PushResponse | Exception] = field(default_factory=list)
    posted: list[PushMessage] = field(default_factory=list)

    def post(self, message: PushMessage) -> PushResponse:
        self.clock.advance(0.08)
        self.posted.append(message)
        said = self.says.pop(0) if self.says else PushResponse(201)
        if isinstance(said, Exception):
            raise said
        return said


class Broken(Exception):  # noqa: N818
    """A table or a queue does not answer."""


def fail(*_: Any, **__: Any) -> None:
    raise Broken


class World:
    """A delivery, and all that is around it."""

    def __init__(self, *says: PushResponse | Exception) -> None:
        self.clock = FakeClock()
        self.subscriptions = MemorySubscriptions(self.clock)
        self.claims = MemoryClaims(self.clock)
        self.queue = MemoryDeliveries()
        self.services = Services(self.clock, list(says))
        self.subscriptions.put(PHONE)
        self.delivery = self.function()
        self.push = Push("alice", "phone", HELLO, first_ms=self.clock.now_ms())

    def deliver(self, push: Push | None = None) -> str:
        return self.delivery.deliver(push or self.push).result

    def later(self) -> tuple[Push, int]:
        """The one message that was left for later, taken out, once its time has come."""
        ((push, after_s),) = self.queue.waiting
        self.queue.waiting = []
        self.clock.advance(after_s)
        return push, after_s

    def function(self, **broken: str) -> PushDelivery:
        """An invocation's; `broken`: by the name of a port, the method of it that fails."""

        def port(name: str) -> Any:
            whole = getattr(self, name)
            return Faulty(whole, {broken[name]: fail}) if name in broken else whole

        return PushDelivery(port("subscriptions"), port("claims"), port("services"), port("queue"), self.clock)

    def dies(self, **broken: str) -> None:
        """An invocation that ends by what is broken."""
        with pytest.raises(Broken):
            self.function(**broken).deliver(self.push)

    @property
    def reasons(self) -> list[tuple[str, int | None]]:
        return [(reason, status) for _, reason, status in self.queue.dead]


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_what_a_push_service_took_is_sent_once_however_often_its_message_comes(status: int) -> None:
    world = World(PushResponse(status))
    outcome = world.delivery.deliver(world.push)
    assert (outcome.result, outcome.status, outcome.endpoint) == ("sent", status, PHONE.endpoint)
    assert outcome.latency_ms == pytest.approx(80)
    assert [world.deliver() for _ in range(3)] == ["repeated"] * 3
    (message,) = world.services.posted
    assert json.loads(message.payload)["title"] == "Hello!"
    assert (message.endpoint, message.ttl_s, message.urgency) == (PHONE.endpoint, 86_400, "normal")
    assert world.queue == MemoryDeliveries()


@pytest.mark.parametrize(
    "answer",
    [
        PushResponse(404),
        PushResponse(410),
        PushResponse(400, is_of_another_key=True),
        PushResponse(403, is_of_another_key=True),
    ],
)
def test_a_device_that_is_gone_or_subscribed_with_another_key_is_forgotten(answer: PushResponse) -> None:
    world = World(answer)
    assert world.deliver() == "gone"
    assert world.subscriptions.all("alice") == []
    assert world.deliver() == "unsubscribed"
    assert world.queue == MemoryDeliveries()


def test_a_device_that_subscribed_anew_meanwhile_is_not_forgotten() -> None:
    world = World(PushResponse(410))
    renewed = replace(PHONE, p256dh="BNew")
    world.services.clock.on_sleep(0.01, lambda: world.subscriptions.put(renewed))
    assert world.deliver() == "gone"
    assert world.subscriptions.all("alice") == [renewed]


def test_a_device_that_has_unsubscribed_is_not_pushed_to() -> None:
    world = World()
    world.subscriptions.remove("alice", "phone")
    assert world.deliver() == "unsubscribed"
    assert world.services.posted == []


@pytest.mark.parametrize("seconds", [0, 0.4, 1, 60, RETRY_AFTER_MAX_S])
def test_a_throttle_is_waited_out_as_long_as_it_says(seconds: float) -> None:
    world = World(PushResponse(429, seconds))
    assert world.deliver() == "throttled"
    push, after_s = world.later()
    assert push == replace(world.push, attempt=2)
    assert seconds <= after_s <= seconds + 2
    assert after_s <= 900
    assert world.deliver(push) == "sent"


@pytest.mark.parametrize("seconds", [RETRY_AFTER_MAX_S + 1, 86_400, float("inf")])
def test_a_throttle_for_longer_than_a_queue_can_wait_is_buried_at_once(seconds: float) -> None:
    world = World(PushResponse(429, seconds))
    assert world.deliver() == "throttled"
    assert world.reasons == [("throttled", 429)]
    assert world.queue.waiting == []


@pytest.mark.parametrize(
    ("says", "result", "reason"),
    [
        (PushResponse(429), "throttled", ("throttled", 429)),
        (PushResponse(429, 3), "throttled", ("throttled", 429)),
        (PushResponse(500), "failed", ("unavailable", 500)),
        (PushResponse(503, 3600), "failed", ("unavailable", 503)),
        (Unreachable("ReadTimeout"), "failed", ("unreachable", None)),
    ],
)
def test_what_may_pass_is_tried_five_times_within_a_quarter_of_an_hour_and_then_buried(
    says: PushResponse | Exception, result: str, reason: tuple[str, int | None]
) -> None:
    world = World(*[says] * 10)
    began_ms, push, pauses = world.clock.now_ms(), world.push, []
    for _ in range(TRIES - 1):
        assert world.deliver(push) == result
        assert world.queue.dead == []
        push, after_s = world.later()
        pauses.append(after_s)
    assert world.deliver(push) == result
    assert world.reasons == [reason]
    assert world.queue.waiting == []
    assert len(world.services.posted) == TRIES
    assert pauses[0] <= 5
    assert world.clock.now_ms() - began_ms <= 15 * 60_000
    assert world.queue.dead[0][0] == replace(world.push, attempt=TRIES)


def test_what_passed_is_sent() -> None:
    world = World(Unreachable(), PushResponse(502), PushResponse(429, 2))
    push = world.push
    for _ in range(3):
        world.deliver(push)
        push, _ = world.later()
    assert world.deliver(push) == "sent"
    assert world.queue == MemoryDeliveries()


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (413, "too_large"),
        *((status, "refused") for status in (100, 301, 307, 400, 401, 403, 405, 411, 418)),
    ],
)
def test_what_would_be_the_same_every_time_is_buried_at_once_with_its_reason(status: int, reason: str) -> None:
    world = World(PushResponse(status))
    assert world.deliver() == "failed"
    assert world.reasons == [(reason, status)]
    assert world.queue.waiting == []
    assert world.subscriptions.all("alice") == [PHONE]


def test_an_endpoint_that_is_none_of_a_push_service_is_buried_at_once() -> None:
    world = World(Unsafe("leads inside"))
    assert world.deliver() == "failed"
    assert world.reasons == [("unsafe", None)]


def test_a_notification_that_fits_no_push_is_buried_without_being_posted() -> None:
    world = World()
    assert world.deliver(replace(world.push, notification=replace(HELLO, title="t" * 4000))) == "failed"
    assert world.reasons == [("too_large", None)]
    assert world.services.posted == []


def test_what_was_buried_can_be_put_back_at_once() -> None:
    world = World(PushResponse(403))
    world.deliver()
    assert world.deliver() == "sent"


class TestTwoInvocations:
    """With the same message, side by side or one after the other's crash."""

    def test_push_once_and_the_second_looks_again_later(self) -> None:
        world = World()
        results: list[str] = []
        world.clock.on_sleep(0.04, lambda: results.append(world.deliver()))
        assert world.deliver() == "sent"
        assert results == ["busy"]
        push, after_s = world.later()
        assert (push, after_s) == (world.push, BUSY_S)
        assert world.deliver(push) == "repeated"

    def test_lose_nothing_when_the_first_dies_before_it_posts(self) -> None:
        world = World()
        world.dies(services="post")
        assert world.deliver() == "busy"
        push, _ = world.later()
        assert world.deliver(push) == "sent"

    def test_push_again_when_the_first_dies_before_it_has_noted_what_it_pushed(self) -> None:
        world = World()
        world.dies(claims="settle")
        world.clock.advance(LEASE_MS / 1000)
        assert world.deliver() == "sent"
        assert len(world.services.posted) == 2

    @pytest.mark.parametrize(("says", "method"), [(PushResponse(503), "send"), (PushResponse(400), "bury")])
    def test_lose_nothing_when_the_queue_does_not_take_it(self, says: PushResponse, method: str) -> None:
        world = World(says)
        world.dies(queue=method)
        assert world.deliver() == "sent"


def test_pauses_have_some_chance_in_them_and_grow() -> None:
    for attempt, most in enumerate(PAUSES_S, start=1):
        pauses = [pause_s(attempt, None) or 0 for _ in range(200)]
        assert most / 2 <= min(pauses) <= max(pauses) <= most
    assert pause_s(TRIES, None) is None
    assert pause_s(TRIES, 1) is None
    assert len({pause_s(3, None) for _ in range(50)}) > 1
