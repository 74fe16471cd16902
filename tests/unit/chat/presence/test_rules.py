"""Presence over dicts: what is announced, to whom, when; whatever the order in which functions get their turns."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import count, pairwise
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serverless_socketio.exceptions import StoreError
from serverless_socketio.model import Connection, Member, frame_order
from serverless_socketio_chat.errors import TooLarge, Unavailable
from serverless_socketio_chat.model import Devices, Sender
from serverless_socketio_chat.presence.model import Announced, best, status_of
from serverless_socketio_chat.presence.rules import GRACE_S, TELLING_S, WATCHED_MAX, Presence
from tests.support.memory_presence import MemoryGraceTimers, MemoryPresence
from tests.unit.chat.interleaving import Interleaving
from tests.unit.chat.world import World as ChatWorld

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from serverless_socketio_chat.literals import Status

STATUSES: tuple[Status, ...] = ("online", "away", "offline")
WHIMS = (*STATUSES, "reload", "vanish")


class World:
    """Users with devices, and what they hear. `dice`: functions get their turns by them."""

    def __init__(self, dice: Random | None = None) -> None:
        chat = ChatWorld()
        self.clock, self.wire, self.store = chat.clock, chat.wire, chat.store
        self.records, self.grace_timers = MemoryPresence(), MemoryGraceTimers()
        self.interleaving = Interleaving(dice or Random(0))  # noqa: S311 - no secret
        watch = self.interleaving.watch
        self.ports = replace(
            chat.ports,
            room=watch(chat.ports.room),
            presence=watch(self.records),
            grace_timers=watch(self.grace_timers),
        )
        self.presence = self.ports.make_presence()
        self._numbers = count(1)

    def connect(self, user_id: str = "alice", form: Any = "socketio") -> Device:
        """A device that is accepted, and greeted."""
        number = next(self._numbers)
        connection = Connection(f"address{number}", form, self.clock.now_ms(), self.clock.now_ms())
        self.store.connections.open(connection)
        member = Member(f"sid{number}", connection.address, form=form)
        self.store.connections.accept(connection, "/", member.sid, {"userId": user_id}, [Devices(user_id).room])
        self.presence.arrived(user_id, member)
        return Device(self, user_id, member)

    def watcher(self, *user_ids: str) -> Device:
        """Somebody who subscribed."""
        device = self.connect("watcher")
        device.subscribe(*user_ids)
        return device

    def place(self) -> int:
        return frame_order(self.clock.now_ms(), next(self._numbers))

    def due(self) -> list[Callable[[], None]]:
        """The reminders that wait, as functions that handle them."""
        waiting, self.grace_timers.waiting = self.grace_timers.waiting, []
        return [partial(self.presence.on_timer, timer) for timer, _ in waiting]

    def let_grace_pass(self) -> None:
        """Handle what comes after the grace, all of it twice: a queue may repeat itself."""
        self.clock.advance(GRACE_S)
        for remember in self.due():
            remember()
            remember()

    def truth(self, user_id: str = "alice") -> Status:
        return best(map(status_of, self.store.rooms.members("/", Devices(user_id).room)))


class Device:
    """A client's connection."""

    def __init__(self, world: World, user_id: str, member: Member) -> None:
        self.world, self.user_id, self.member = world, user_id, member

    @property
    def sender(self) -> Sender:
        return Sender(self.member, self.world.place())

    def say(self, status: Status) -> Status:
        return self.world.presence.say(self.user_id, self.sender, status)

    def update_data(self, status: Status) -> None:
        """What it says is noted, and nobody has looked yet."""
        self.world.ports.room.update_data(Devices(self.user_id), self.sender, status)

    def subscribe(self, *user_ids: str) -> dict[str, Any]:
        return self.world.presence.subscribe(self.sender, user_ids)

    def unsubscribe(self, *user_ids: str) -> dict[str, Any]:
        return self.world.presence.unsubscribe(self.sender, user_ids)

    def vanish(self) -> None:
        """Go without a word, as the server notices it."""
        self.world.presence.leaving(self.user_id, self.member, self.world.clock.now_ms())
        self.world.interleaving.wait()
        self.world.store.connections.end(self.member.address)

    def reload(self) -> Device:
        """Go, and come back."""
        self.vanish()
        return self.world.connect(self.user_id)

    def got(self, user_id: str = "alice") -> list[dict[str, Any]]:
        """Every ``presence:updated`` about a user, in the order in which it came."""
        frames = self.world.wire.frames.get(self.member.address, [])
        return [
            frame.payload
            for frame in frames
            if frame.event == "presence:updated" and frame.payload["userId"] == user_id
        ]

    def heard(self, user_id: str = "alice") -> list[str]:
        return [body["status"] for body in self.got(user_id)]


@pytest.fixture
def world() -> World:
    return World()


# What is said


def test_who_comes_is_online_and_the_same_again_is_not_news(world: World) -> None:
    watcher = world.watcher("alice")
    alice, tablet = world.connect(), world.connect()
    assert alice.say("online") == "online"
    assert watcher.heard() == alice.heard() == ["online"]
    assert tablet.heard() == []
    assert watcher.got()[0] == {
        "userId": "alice",
        "status": "online",
        "lastSeen": world.clock.now_ms(),
        "timestamp": world.clock.now_ms(),
    }


@pytest.mark.parametrize("first", STATUSES)
@pytest.mark.parametrize("second", STATUSES)
def test_a_user_is_the_best_of_the_devices(world: World, first: Status, second: Status) -> None:
    watcher, alice, tablet = world.watcher("alice"), world.connect(), world.connect()
    assert (alice.say(first), tablet.say(second)) == (first, second)
    assert watcher.heard()[-1] == min(first, second, key=STATUSES.index)
    assert alice.heard() == watcher.heard()


def test_an_older_frame_does_not_take_back_what_a_later_one_said(world: World) -> None:
    watcher, alice = world.watcher("alice"), world.connect()
    older = alice.sender
    alice.say("away")
    assert world.presence.say("alice", older, "offline") == "away"
    assert watcher.heard() == ["online", "away"]


def test_a_frame_of_a_device_that_is_gone_changes_nothing(world: World) -> None:
    watcher, alice, tablet = world.watcher("alice"), world.connect(), world.connect()
    tablet.say("away")
    alice.vanish()
    world.let_grace_pass()
    assert alice.say("online") == "online"
    assert watcher.heard()[1:] == ["away"]


def test_times_rise_even_if_clocks_differ_and_last_seen_is_the_end_of_being_online(world: World) -> None:
    watcher, alice = world.watcher("alice"), world.connect()
    for status in ("away", "offline", "online", "away"):
        alice.say(status)  # all in one millisecond
    times = [body["timestamp"] for body in watcher.got()]
    assert times == list(range(times[0], times[0] + 5))
    world.clock.advance(60)
    alice.say("offline")
    assert watcher.got()[-1]["lastSeen"] == world.clock.now_ms() - 60_000


# Who is told


def test_subscribers_and_own_devices_are_told_once_and_nobody_else(world: World) -> None:
    watcher, stranger, former = world.watcher("alice"), world.connect("stranger"), world.watcher("alice", "bob")
    former.unsubscribe("alice")
    alice, tablet = world.connect(), world.connect()
    tablet.subscribe("alice", "alice")
    alice.say("away")
    tablet.say("away")
    for device in (alice, tablet, watcher):
        assert device.heard().count("away") == 1
    assert stranger.heard() == former.heard() == []


def test_a_snapshot_says_how_users_are(world: World) -> None:
    alice, bob = world.connect(), world.connect("bob")
    bob.say("away")
    seen_ms = world.clock.now_ms()
    world.clock.advance(5)
    snapshot = alice.subscribe("alice", "bob", "nobody", "bob")
    assert snapshot == alice.unsubscribe("nobody", "bob", "alice")
    assert snapshot == {
        "alice": {"status": "online", "lastSeen": world.clock.now_ms()},
        "bob": {"status": "away", "lastSeen": seen_ms},
        "nobody": {"status": "offline", "lastSeen": None},
    }


def test_a_subscriber_that_is_gone_is_no_matter(world: World) -> None:
    gone, watcher, alice = world.watcher("alice"), world.watcher("alice"), world.connect()
    world.wire.close(gone.member.address)
    alice.say("away")
    assert watcher.heard() == ["online", "away"]


# Who goes without a word


def test_a_device_that_vanished_counts_as_it_was_until_its_grace_is_over(world: World) -> None:
    watcher, alice = world.watcher("alice"), world.connect()
    alice.vanish()
    gone_ms = world.clock.now_ms()
    assert watcher.heard() == ["online"]
    ((timer, after_s),) = world.grace_timers.waiting
    assert (timer.user_id, timer.at_ms, after_s) == ("alice", gone_ms, GRACE_S)
    world.let_grace_pass()
    assert watcher.heard() == ["online", "offline"]
    offline = watcher.got()[-1]
    assert (offline["lastSeen"], offline["timestamp"]) == (gone_ms, gone_ms + GRACE_S * 1000)
    assert watcher.subscribe("alice") == {"alice": {"status": "offline", "lastSeen": gone_ms}}


def test_what_is_left_after_the_grace_is_announced(world: World) -> None:
    watcher, alice, tablet = world.watcher("alice"), world.connect(), world.connect()
    tablet.say("away")
    alice.vanish()
    world.let_grace_pass()
    assert watcher.heard() == ["online", "away"]


def test_a_reload_is_not_seen_even_if_another_device_changes_meanwhile(world: World) -> None:
    watcher, alice, tablet = world.watcher("alice"), world.connect(), world.connect()
    alice.vanish()
    tablet.say("away")
    tablet.say("offline")
    world.clock.advance(GRACE_S - 1)
    world.connect()
    world.let_grace_pass()
    assert watcher.heard() == ["online"]


def test_a_device_that_said_offline_is_offline_at_once_and_its_end_is_not_news(world: World) -> None:
    watcher, alice = world.watcher("alice"), world.connect()
    alice.say("offline")
    assert watcher.heard() == ["online", "offline"]
    alice.vanish()
    world.let_grace_pass()
    assert watcher.heard() == ["online", "offline"]


def test_an_end_that_is_noticed_again_is_announced_once(world: World) -> None:
    watcher, alice = world.watcher("alice"), world.connect()
    world.presence.leaving("alice", alice.member, 0)  # and the function dies
    world.clock.advance(180)
    alice.vanish()
    world.presence.leaving("alice", alice.member, 0)
    world.let_grace_pass()
    assert watcher.heard() == ["online", "offline"]
    assert world.records.absent("alice") == []


def test_a_native_client_is_announced_once_its_handshake_is_over(world: World) -> None:
    watcher = world.watcher("alice")
    world.connect(form="native")
    assert watcher.heard() == []
    world.let_grace_pass()
    assert watcher.heard() == ["online"]


def test_a_device_of_an_arrival_that_is_told_late_keeps_its_grace(world: World) -> None:
    watcher = world.watcher("alice")
    nora = world.connect(form="native")
    (arrival,) = world.due()
    arrival()
    nora.vanish()
    arrival()
    assert watcher.heard() == ["online"]


# What fails


class Breaking:
    """A port one of whose calls fails once."""

    def __init__(self, port: object, call: str) -> None:
        self._port, self._call = port, call

    def __getattr__(self, name: str) -> Any:
        if name != self._call:
            return getattr(self._port, name)
        self._call = ""

        def fail(*_: Any, **__: Any) -> None:
            raise StoreError("down")

        return fail


def breaking(world: World, port: str, call: str) -> Presence:
    """Presence as it is, once a call of a port has failed."""
    broken: dict[str, Any] = {port: Breaking(getattr(world.ports, port), call)}
    return replace(world.ports, **broken).make_presence()


CALLS = [
    ("presence", "announced"),
    ("room", "members"),
    ("presence", "absent"),
    ("presence", "announce"),
    ("room", "emit"),
    ("presence", "told"),
]


@pytest.mark.parametrize(("port", "call"), CALLS)
def test_a_device_whose_coming_could_not_be_announced_is_announced_by_a_reminder(
    world: World, port: str, call: str
) -> None:
    watcher = world.watcher("alice")
    world.presence = breaking(world, port, call)
    world.connect()
    world.let_grace_pass()
    assert set(watcher.heard()) == {"online"}
    assert world.records.announced("alice") is not None


@pytest.mark.parametrize(("port", "call"), CALLS)
def test_what_a_device_said_in_vain_is_announced_by_a_reminder(world: World, port: str, call: str) -> None:
    watcher, alice = world.watcher("alice"), world.connect()
    world.presence = breaking(world, port, call)
    with suppress(StoreError):
        alice.say("away")
    world.let_grace_pass()
    assert watcher.heard()[-1] == "away"


def test_what_was_written_and_not_told_is_told_by_the_next_look(world: World) -> None:
    watcher, alice = world.watcher("alice"), world.connect()
    last = world.records.announced("alice")
    assert last is not None
    alice.update_data("away")
    world.records.announce("alice", Announced("away", 1, last.timestamp + 1), before=last)  # and its function dies
    world.clock.advance(TELLING_S + 1)
    alice.say("away")
    assert watcher.heard() == ["online", "away"]
    alice.say("away")
    assert watcher.heard() == ["online", "away"]


def test_what_somebody_is_about_to_tell_is_left_to_them_for_a_while(world: World) -> None:
    watcher, alice = world.watcher("alice"), world.connect()
    last = world.records.announced("alice")
    assert last is not None
    alice.update_data("away")
    world.records.announce("alice", Announced("away", 1, last.timestamp + 1), before=last)
    alice.say("away")
    assert watcher.heard() == ["online"]
    world.let_grace_pass()
    assert watcher.heard() == ["online", "away"]


def test_a_device_that_nobody_would_hear_of_now_or_later_is_an_error(world: World) -> None:
    room, timers = Breaking(world.ports.room, "members"), Breaking(world.ports.grace_timers, "start")
    world.presence = replace(world.ports, room=room, grace_timers=timers).make_presence()  # type: ignore[arg-type]
    with pytest.raises(StoreError):
        world.connect()


# Several functions at a time


def test_who_is_always_slower_asks_to_try_again(world: World) -> None:
    class Busy(MemoryPresence):
        def announce(self, user_id: str, news: Announced, *, before: Announced | None) -> bool:
            return False

    alice = world.connect()
    busy = Busy()
    busy._announced = world.records._announced
    with pytest.raises(Unavailable):
        replace(world.ports, presence=busy).make_presence().say("alice", alice.sender, "away")


def test_who_comes_while_somebody_announces_is_seen_by_the_next_look(world: World) -> None:
    """It finds itself announced as online, and says nothing; what is written then is older than it is."""

    class Meanwhile(MemoryPresence):
        def announce(self, user_id: str, news: Announced, *, before: Announced | None) -> bool:
            if news.status == "away":
                world.connect()
            return super().announce(user_id, news, before=before)

    meanwhile = Meanwhile()
    meanwhile._announced = world.records._announced
    watcher, alice = world.watcher("alice"), world.connect()
    replace(world.ports, presence=meanwhile).make_presence().say("alice", alice.sender, "away")
    assert watcher.heard() == ["online", "away", "online"]


def check(world: World, watcher: Device) -> None:
    """What was heard last, by its time, is so; and each announcement was a change."""
    told = sorted(watcher.got(), key=lambda body: body["timestamp"])
    assert len({body["timestamp"] for body in told}) == len(told)
    assert all(before["status"] != after["status"] for before, after in pairwise(told))
    assert (told[-1]["status"] if told else "offline") == world.truth()
    assert watcher.subscribe("alice")["alice"]["status"] == world.truth()


def whims(dice: Random, device: Device, number: int, things: Sequence[str] = WHIMS) -> Callable[[], None]:
    """Some things that a device does one after the other."""
    script = [dice.choice(things) for _ in range(number)]

    def live() -> None:
        at: Device | None = device
        for what in script:
            if at is None or what == "reload":
                at = device.world.connect() if at is None else at.reload()
            elif what == "vanish":
                at.vanish()
                at = None
            else:
                at.say(what)  # type: ignore[arg-type]

    return live


@given(dice=st.randoms(use_true_random=False))
def test_whatever_functions_do_side_by_side_the_last_announcement_is_so(dice: Random) -> None:
    world = World(dice)
    watcher = world.watcher("alice")
    devices = [world.connect() for _ in range(dice.randint(1, 3))]
    world.interleaving.run(*(whims(dice, device, 3) for device in devices))
    world.clock.advance(GRACE_S)
    world.interleaving.run(*world.due(), *(whims(dice, world.connect(), 2) for _ in range(dice.randint(0, 2))))
    while due := world.due():
        world.interleaving.run(*due)
    check(world, watcher)


@given(dice=st.randoms(use_true_random=False))
def test_when_devices_say_things_at_the_same_time_the_last_announcement_is_so(dice: Random) -> None:
    world = World(dice)
    watcher = world.watcher("alice")
    devices = [world.connect(), world.connect()]
    for _ in range(5):  # nobody is reminded of anything: each is right by itself
        world.interleaving.run(*(whims(dice, device, 2, ["online", "away"]) for device in devices))
        check(world, watcher)


@settings(max_examples=200)
@given(dice=st.randoms(use_true_random=False), first=st.sampled_from(STATUSES), last=st.sampled_from(STATUSES))
def test_frames_of_one_device_side_by_side_end_as_the_last_one_says(dice: Random, first: Status, last: Status) -> None:
    world = World(dice)
    watcher, alice = world.watcher("alice"), world.connect()
    alice.say(first)
    words: list[Status] = ["online", last]
    said = [partial(world.presence.say, "alice", alice.sender, status) for status in words]
    world.interleaving.run(*said)
    check(world, watcher)
    assert world.truth() == words[-1]


@given(dice=st.randoms(use_true_random=False))
def test_while_one_device_stays_online_nothing_is_announced_of_the_others(dice: Random) -> None:
    world = World(dice)
    watcher, _ = world.watcher("alice"), world.connect()
    world.interleaving.run(*(whims(dice, world.connect(), 4) for _ in range(3)))
    world.interleaving.run(*world.due())
    assert watcher.heard() == ["online"]


@given(dice=st.randoms(use_true_random=False))
def test_reloads_within_the_grace_are_never_seen(dice: Random) -> None:
    world = World(dice)
    watcher, alice, tablet = world.watcher("alice"), world.connect(), world.connect()
    said: Sequence[Status] = [dice.choice(["away", "offline"]) for _ in range(3)]

    def reload_twice() -> None:
        alice.reload().reload()

    def flicker() -> None:
        for status in said:
            tablet.say(status)

    world.interleaving.run(reload_twice, flicker, lambda: watcher.subscribe("alice"))
    world.interleaving.run(*world.due())
    assert watcher.heard() == ["online"]


@given(dice=st.randoms(use_true_random=False))
def test_who_subscribes_meanwhile_misses_nothing(dice: Random) -> None:
    world = World(dice)
    alice, watcher = world.connect(), world.connect("watcher")
    snapshots: list[dict[str, Any]] = []
    script = whims(dice, alice, 3)
    world.interleaving.run(script, lambda: snapshots.append(watcher.subscribe("alice")["alice"]))
    while due := world.due():
        world.interleaving.run(*due)
    told = sorted(watcher.got(), key=lambda body: body["timestamp"])
    assert (told[-1]["status"] if told else snapshots[0]["status"]) == world.truth()


@given(dice=st.randoms(use_true_random=False))
@settings(max_examples=10)
def test_frames_side_by_side_do_not_take_a_connection_over_its_bound(dice: Random) -> None:
    world = World(dice)
    watcher = world.connect("watcher")
    for start in range(0, WATCHED_MAX - 100, 100):
        watcher.subscribe(*(f"user{number}" for number in range(start, start + 100)))
    refused: list[TooLarge] = []

    def subscribe(name: str) -> None:
        try:
            watcher.subscribe(*(f"{name}{number}" for number in range(70)))
        except TooLarge as error:
            refused.append(error)

    world.interleaving.run(*(partial(subscribe, name) for name in "abc"))
    watched = [room for room in world.store.rooms.entered(watcher.member.address, "/") if room.startswith("presence:")]
    assert len(watched) == WATCHED_MAX - 100 + 70 * (3 - len(refused))
    assert 2 <= len(refused) <= 3
    assert refused[0].as_error()["limit"] == WATCHED_MAX
