"""What every store keeps to: the same suite over dicts, the reference, and over a DynamoDB table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from serverless_socketio.aws.store import DynamoStore
from serverless_socketio.aws.table import DynamoTable
from serverless_socketio.exceptions import ConditionFailed, DisconnectedError
from serverless_socketio.memory.store import MemoryStore
from serverless_socketio.model import (
    CONNECTION_TTL_S,
    PART_TTL_S,
    Connection,
    Member,
    Part,
    bucket_of,
    frame_order,
    time_of_order,
)
from serverless_socketio.recovery.state import SILENCE_MS, RecoveryEntry, RecoveryPolicy, RecoveryState
from serverless_socketio.sid import RECOVERABLE, SID_RANDOM_CHARS
from tests.fakes import FakeClock
from tests.tables import make_table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

    from serverless_socketio.aws.ports import Item, Write
    from serverless_socketio.model import Form, Session
    from serverless_socketio.ports import Store

BUCKETS = 3
ROOM = "chat:echo:alice"


class Between(DynamoTable):
    """A table at which another function is faster, once: `meanwhile` runs after what was read and before the write."""

    meanwhile: Callable[[], object] | None = None

    def transact(self, writes: Sequence[Write]) -> None:
        self._let_others()
        super().transact(writes)

    def put(self, item: Item, **given: Any) -> None:
        if given:  # on a condition
            self._let_others()
        super().put(item, **given)

    def update(self, key: Any, expression: str, **given: Any) -> Item:
        self._let_others()
        return super().update(key, expression, **given)

    def delete(self, key: Any, **given: Any) -> Item | None:
        self._let_others()
        return super().delete(key, **given)

    def _let_others(self) -> None:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()


@dataclass
class World:
    """A store and its clock."""

    store: Store
    clock: FakeClock
    table: Between | None = None

    def open(self, address: str = "alice", form: Form = "socketio") -> Connection:
        now_ms = self.clock.now_ms()
        connection = Connection(address, form, now_ms, now_ms, {"ip": "::1", "nested": {"n": None}})
        self.store.connections.open(connection)
        return connection

    def accept(
        self, address: str = "alice", namespace: str = "/", rooms: Sequence[str] = (), session: Session | None = None
    ) -> Member:
        connection = self.store.connections.find(address) or self.open(address)
        sid = f"sid-of-{address}{namespace}"
        self.store.connections.accept(connection, namespace, sid, session or {}, rooms)
        return Member(sid, address, namespace)

    def found(self, address: str = "alice") -> Connection:
        connection = self.store.connections.find(address)
        assert connection is not None
        return connection

    def who(self, room: str = ROOM, namespace: str = "/") -> list[str]:
        return sorted(member.address for member in self.store.rooms.members(namespace, room))


def make(kind: str, client: DynamoDBClient) -> World:
    clock = FakeClock()
    if kind == "memory":
        return World(MemoryStore(clock, buckets=BUCKETS), clock)
    table = Between(make_table(client, "connections"), client)
    return World(DynamoStore(table, clock, buckets=BUCKETS), clock, table)


@pytest.fixture(params=["memory", "dynamodb"])
def world(request: pytest.FixtureRequest, client: DynamoDBClient) -> World:
    return make(request.param, client)


@pytest.fixture
def tables(client: DynamoDBClient) -> World:
    return make("dynamodb", client)


class TestConnections:
    def test_are_found_as_they_were_opened(self, world: World) -> None:
        opened = world.open("alice", "native")
        assert world.found() == opened
        assert world.store.connections.find("bob") is None

    def test_have_the_sockets_that_were_accepted_with_their_sessions(self, world: World) -> None:
        main = world.accept(session={"name": "Alice", "age": 7, "share": 0.1, "list": [1, None, {"deep": True}]})
        chat = world.accept(namespace="/chat")
        found = world.found()
        assert found.sockets == {"/": main.sid, "/chat": chat.sid}
        assert found.sessions == {
            "/": {"name": "Alice", "age": 7, "share": 0.1, "list": [1, None, {"deep": True}]},
            "/chat": {},
        }

    def test_accept_a_namespace_once(self, world: World) -> None:
        connection = world.open()
        world.accept()
        with pytest.raises(ConditionFailed):
            world.store.connections.accept(connection, "/", "another", {}, [ROOM])
        with pytest.raises(ConditionFailed):
            world.store.connections.accept(world.found(), "/", "another", {}, [])
        assert world.found().sockets == {"/": "sid-of-alice/"}
        assert world.who() == []

    def test_accept_two_namespaces_at_once(self, world: World) -> None:
        connection = world.open()  # both have read it like this
        world.store.connections.accept(connection, "/", "one", {"n": 1}, [ROOM])
        world.store.connections.accept(connection, "/chat", "two", {"n": 2}, [])
        assert world.found().sockets == {"/": "one", "/chat": "two"}
        assert world.found().sessions == {"/": {"n": 1}, "/chat": {"n": 2}}

    def test_that_ended_meanwhile_accept_no_socket(self, world: World) -> None:
        connection = world.open()
        world.store.connections.end("alice")
        with pytest.raises(ConditionFailed):
            world.store.connections.accept(connection, "/", "sid", {}, [ROOM])
        assert world.store.connections.find("alice") is None
        assert world.who() == []

    def test_are_given_to_the_one_caller_that_ends_them(self, world: World) -> None:
        world.accept(rooms=[ROOM])
        connection = world.found()
        assert world.store.connections.end("alice") == connection
        assert world.store.connections.end("alice") is None
        assert world.store.connections.find("alice") is None

    @pytest.mark.parametrize("may_end", [True, False])
    def test_end_only_when_that_is_prepared(self, world: World, *, may_end: bool) -> None:
        member, asked = world.accept(rooms=[ROOM]), []

        def prepare(connection: Connection) -> bool:
            asked.append((connection, world.who()))
            return may_end

        found = world.found()
        assert world.store.connections.end("alice", prepare) == (found if may_end else None)
        assert asked == [(found, ["alice"])]
        assert (world.store.connections.find("alice") is None) == may_end
        assert (world.store.rooms.membership(member, ROOM) is None) == may_end
        assert world.store.connections.end("nobody", prepare) is None
        assert len(asked) == 1

    def test_leave_nothing_behind_in_any_room(self, world: World) -> None:
        member = world.accept(rooms=["first", ROOM])
        world.store.rooms.enter(member, "later", frame_order(5))
        world.store.rooms.enter(member, "left", frame_order(5))
        world.store.rooms.leave(member, "left", frame_order(6))
        other = world.accept("bob", rooms=[ROOM])
        chat = world.accept(namespace="/chat", rooms=[ROOM])
        world.store.connections.end("alice")
        assert world.who() == ["bob"]
        assert [world.who(room) for room in ("first", "later", "left")] == [[], [], []]
        assert world.who(namespace="/chat") == []
        assert world.store.rooms.entered("alice", "/") == []
        assert world.store.rooms.entered("bob", "/") == [ROOM]
        assert {other.address, chat.address} == {"bob", "alice"}

    def test_do_not_leave_behind_who_entered_after_the_end(self, world: World) -> None:
        member = world.accept()
        world.store.connections.end("alice")
        world.store.rooms.enter(member, ROOM, frame_order(5))  # a frame that was on its way
        assert world.who() == ["alice"]
        assert world.store.connections.end("alice") is None  # as when a post to it comes back with 410
        assert world.who() == []

    def test_release_one_socket_and_its_rooms(self, world: World) -> None:
        main = world.accept(rooms=["first"])
        world.store.rooms.enter(main, ROOM, frame_order(5))
        chat = world.accept(namespace="/chat", rooms=[ROOM], session={"name": "Alice"})
        assert world.store.connections.release(world.found(), "/")
        assert not world.store.connections.release(world.found(), "/")
        assert world.found().sockets == {"/chat": chat.sid}
        assert world.found().sessions == {"/chat": {"name": "Alice"}}
        assert world.who("first") == world.who() == []
        assert world.who(namespace="/chat") == ["alice"]
        assert world.store.rooms.entered("alice", "/") == []
        assert world.store.rooms.entered("alice", "/chat") == [ROOM]

    def test_that_are_gone_release_no_socket(self, world: World) -> None:
        world.accept()
        connection = world.found()
        world.store.connections.end("alice")
        assert not world.store.connections.release(connection, "/")

    def test_remember_the_connect_that_overtook_their_end(self, world: World) -> None:
        for number, namespace in enumerate(["/", "/chat"]):
            world.accept(namespace=namespace)
            assert world.found().overtaken == dict.fromkeys(["/"][:number], 5)
            assert world.store.connections.release(world.found(), namespace, overtaken_ms=5 + number)
        assert world.found().overtaken == {"/": 5, "/chat": 6}
        world.accept()
        assert world.store.connections.release(world.found(), "/")
        assert world.found().overtaken == {"/": 5, "/chat": 6}

    def test_release_the_socket_that_was_found_and_none_that_came_after_it(self, world: World) -> None:
        world.accept()
        before = world.found()
        assert world.store.connections.release(before, "/")
        world.store.connections.accept(world.found(), "/", "next", {}, [ROOM])
        assert not world.store.connections.release(before, "/")
        assert world.found().sockets == {"/": "next"}
        assert world.who() == ["alice"]

    def test_may_be_connected_again_after_a_release(self, world: World) -> None:
        world.accept(rooms=[ROOM])
        world.store.connections.release(world.found(), "/")
        world.store.connections.accept(world.found(), "/", "again", {}, [])
        assert world.found().sockets == {"/": "again"}
        assert world.store.rooms.entered("alice", "/") == []

    def test_remember_when_the_connect_of_a_socket_was_received(self, world: World) -> None:
        connection = replace(world.open(), accepted_ms={"/": 7})
        world.store.connections.accept(connection, "/", "one", {}, [])
        assert world.found().accepted_ms == {"/": 7}
        world.store.connections.accept(replace(world.found(), accepted_ms={"/chat": 9}), "/chat", "two", {}, [])
        assert world.found().accepted_ms == {"/": 7, "/chat": 9}

    def test_note_a_sign_of_life(self, world: World) -> None:
        world.open()
        at_ms = world.clock.now_ms() + 77
        assert world.store.connections.seen("alice", at_ms)
        assert world.found().seen_ms == at_ms
        assert not world.store.connections.seen("alice", at_ms - 1)  # handled after a later one
        assert world.found().seen_ms == at_ms
        assert not world.store.connections.seen("bob", at_ms)
        assert world.store.connections.find("bob") is None

    def test_keep_a_session_for_each_namespace(self, world: World) -> None:
        world.accept(session={"n": 1})
        world.accept(namespace="/chat", session={"n": 2})
        world.store.connections.save_session("alice", "/", {"n": 3, "none": None})
        assert world.found().sessions == {"/": {"n": 3, "none": None}, "/chat": {"n": 2}}

    @pytest.mark.parametrize(("address", "namespace"), [("bob", "/"), ("alice", "/chat")])
    def test_keep_no_session_of_who_is_gone(self, world: World, address: str, namespace: str) -> None:
        world.accept()
        with pytest.raises(DisconnectedError):
            world.store.connections.save_session(address, namespace, {})

    def test_that_outlived_their_time_are_not_there(self, world: World) -> None:
        member = world.accept(rooms=[ROOM])
        connection = world.found()
        world.clock.advance(CONNECTION_TTL_S - 1)
        assert world.who() == ["alice"]
        assert list(world.store.connections.everyone("/")) == [member]
        world.clock.advance(2)
        assert world.store.connections.find("alice") is None
        assert world.who() == []
        assert list(world.store.connections.everyone("/")) == []
        assert world.store.rooms.entered("alice", "/") == []
        assert not world.store.connections.seen("alice", 1)
        with pytest.raises(ConditionFailed):
            world.store.connections.accept(replace(connection, sockets={}), "/chat", "sid", {}, [])
        with pytest.raises(DisconnectedError):
            world.store.connections.save_session("alice", "/", {})


class TestRooms:
    def test_are_entered_and_left(self, world: World) -> None:
        alice, bob = world.accept("alice"), world.accept("bob")
        world.store.rooms.enter(alice, ROOM, frame_order(1))
        world.store.rooms.enter(bob, ROOM, frame_order(1))
        assert world.who() == ["alice", "bob"]
        world.store.rooms.leave(alice, ROOM, frame_order(2))
        assert world.who() == ["bob"]
        assert world.store.rooms.entered("alice", "/") == []
        assert world.store.rooms.entered("bob", "/") == [ROOM]

    def test_of_a_socket_are_those_it_was_accepted_into_and_entered_since(self, world: World) -> None:
        member = world.accept(rooms=["a", "b", "a"])
        world.store.rooms.enter(member, "c", frame_order(1))
        world.store.rooms.enter(member, "b", frame_order(1))
        world.store.rooms.leave(member, "a", frame_order(2))
        assert sorted(world.store.rooms.entered("alice", "/")) == ["b", "c"]
        assert world.who("a") == []
        assert world.store.rooms.entered("nobody", "/") == []

    def test_know_all_that_sending_needs(self, world: World) -> None:
        world.open("nora", "native")
        world.store.connections.accept(world.found("nora"), "/", "sid", {}, [ROOM])
        member = Member("sid", "nora", "/", "native", data="from 5")
        world.store.rooms.enter(member, "noted", frame_order(7, 3))
        assert world.store.rooms.members("/", ROOM) == [Member("sid", "nora", "/", "native", entered=0)]
        assert world.store.rooms.members("/", "noted") == [replace(member, entered=frame_order(7, 3))]

    def test_are_a_namespaces_own(self, world: World) -> None:
        world.accept(namespace="/a", rooms=["b#c"])
        world.accept(namespace="/a#b", rooms=["c"])  # a client may have chosen this name
        assert [member.namespace for member in world.store.rooms.members("/a", "b#c")] == ["/a"]
        assert [member.namespace for member in world.store.rooms.members("/a#b", "c")] == ["/a#b"]
        assert world.store.rooms.entered("alice", "/a") == ["b#c"]
        world.store.connections.release(world.found(), "/a")
        assert world.store.rooms.entered("alice", "/a#b") == ["c"]
        assert world.who("c", "/a#b") == ["alice"]

    def test_a_member_that_enters_again_stays_as_it_was(self, world: World) -> None:
        member = world.accept()
        world.store.rooms.enter(replace(member, data="first"), ROOM, frame_order(1))
        world.store.rooms.enter(replace(member, data="second"), ROOM, frame_order(3))
        assert world.store.rooms.members("/", ROOM) == [replace(member, data="first", entered=frame_order(1))]
        world.store.rooms.leave(member, ROOM, frame_order(2))  # from before the second entry
        assert world.who() == ["alice"]

    def test_leaving_and_entering_renews_a_membership(self, world: World) -> None:
        member = world.accept()
        world.store.rooms.enter(replace(member, data="first"), ROOM, frame_order(1))
        world.store.rooms.leave(member, ROOM, frame_order(2))
        world.store.rooms.enter(replace(member, data="second"), ROOM, frame_order(3))
        assert world.store.rooms.members("/", ROOM) == [replace(member, data="second", entered=frame_order(3))]

    def test_one_entered_by_connecting_can_be_left(self, world: World) -> None:
        member = world.accept(rooms=[ROOM])
        world.store.rooms.leave(member, ROOM, frame_order(1))
        assert world.who() == []
        world.store.rooms.enter(member, ROOM, frame_order(2))
        assert world.who() == ["alice"]

    def test_in_one_frame_the_last_word_counts(self, world: World) -> None:
        member = world.accept()
        for change in (
            world.store.rooms.enter,
            world.store.rooms.leave,
            world.store.rooms.enter,
            world.store.rooms.leave,
        ):
            change(member, ROOM, frame_order(1, 1))
        assert world.who() == []
        world.store.rooms.enter(member, ROOM, frame_order(1, 1))
        assert world.who() == ["alice"]

    @pytest.mark.parametrize("order", list(permutations(range(3))))
    def test_join_leave_join_ends_joined_in_whatever_order_they_are_handled(
        self, world: World, order: tuple[int, ...]
    ) -> None:
        member = world.accept()
        frames = [
            (world.store.rooms.enter, frame_order(1)),
            (world.store.rooms.leave, frame_order(2)),
            (world.store.rooms.enter, frame_order(3)),
        ]
        for index in order:
            change, at = frames[index]
            change(member, ROOM, at)
        assert world.who() == ["alice"]
        assert world.store.rooms.entered("alice", "/") == [ROOM]

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(changes=st.lists(st.booleans(), min_size=1, max_size=6), data=st.data())
    @pytest.mark.parametrize("kind", ["memory", "dynamodb"])
    def test_the_last_frame_decides_whatever_the_order_they_are_handled_in(
        self, kind: str, client: DynamoDBClient, changes: list[bool], data: st.DataObject
    ) -> None:
        world = make(kind, client)
        member = world.accept(rooms=data.draw(st.sampled_from([[], [ROOM]])))
        frames = [(frame_order(10, number), is_join) for number, is_join in enumerate(changes, 1)]
        for at, is_join in data.draw(st.permutations(frames)):
            (world.store.rooms.enter if is_join else world.store.rooms.leave)(member, ROOM, at)
        assert world.who() == (["alice"] if changes[-1] else [])
        assert world.store.rooms.entered("alice", "/") == ([ROOM] if changes[-1] else [])


class TestNotes:
    def note(self, world: World, room: str = ROOM) -> list[str | None]:
        return [member.data for member in world.store.rooms.members("/", room)]

    def test_of_a_membership_can_be_rewritten(self, world: World) -> None:
        member = world.accept(rooms=[ROOM])
        annotated = world.store.rooms.update_data(member, ROOM, "away", frame_order(1))
        assert annotated is not None
        assert world.store.rooms.members("/", ROOM) == [annotated]
        assert (annotated.sid, annotated.data) == (member.sid, "away")
        assert world.store.rooms.membership(member, ROOM) == annotated

    def test_leave_the_rest_of_a_membership_as_it_was(self, world: World) -> None:
        member = world.accept()
        world.store.rooms.enter(member, ROOM, frame_order(1))
        (before,) = world.store.rooms.members("/", ROOM)
        world.store.rooms.update_data(member, ROOM, "away", frame_order(2))
        world.store.rooms.enter(member, ROOM, frame_order(3))
        assert world.store.rooms.members("/", ROOM) == [replace(before, data="away")]

    @pytest.mark.parametrize("order", list(permutations(range(3))))
    def test_the_last_frame_has_the_last_word(self, world: World, order: tuple[int, ...]) -> None:
        member = world.accept(rooms=[ROOM])
        notes = ["away", "offline", "online"]
        for index in order:
            world.store.rooms.update_data(member, ROOM, notes[index], frame_order(1, index + 1))
        assert self.note(world) == ["online"]
        kept = world.store.rooms.update_data(member, ROOM, "away", frame_order(1))
        assert kept is not None
        assert kept.data == "online"

    def test_tell_when_the_last_frame_came(self, world: World) -> None:
        member = world.accept()
        world.store.rooms.enter(member, ROOM, frame_order(1))
        for at, latest in ((frame_order(5), 5), (frame_order(3), 5), (frame_order(7, 9), 7)):
            annotated = world.store.rooms.update_data(member, ROOM, "away", at)
            assert annotated is not None
            assert time_of_order(annotated.latest) == latest
        world.store.rooms.enter(member, ROOM, frame_order(8))
        assert [time_of_order(each.latest) for each in world.store.rooms.members("/", ROOM)] == [8]

    def test_of_who_is_not_in_the_room_are_not_kept(self, world: World) -> None:
        member = world.accept()
        assert world.store.rooms.update_data(member, ROOM, "away", frame_order(1)) is None
        world.store.rooms.enter(member, ROOM, frame_order(2))
        world.store.rooms.leave(member, ROOM, frame_order(3))
        assert world.store.rooms.update_data(member, ROOM, "away", frame_order(4)) is None
        assert world.store.rooms.membership(member, ROOM) is None
        world.store.rooms.enter(member, ROOM, frame_order(5))
        assert self.note(world) == [None]
        world.store.connections.end("alice")
        assert world.store.rooms.update_data(member, ROOM, "away", frame_order(6)) is None
        assert self.note(world) == []

    def test_of_a_membership_that_outlived_its_time_are_not_there(self, world: World) -> None:
        member = world.accept(rooms=[ROOM])
        world.clock.advance(CONNECTION_TTL_S + 1)
        assert world.store.rooms.update_data(member, ROOM, "away", frame_order(1)) is None


class TestIndexes:
    def test_everyone_in_a_namespace_is_found(self, world: World) -> None:
        members = [world.accept(f"client{number}") for number in range(7)]
        chat = world.accept("client0", "/chat")
        world.open("not accepted")
        assert sorted(world.store.connections.everyone("/"), key=lambda member: member.address) == members
        assert list(world.store.connections.everyone("/chat")) == [chat]
        assert list(world.store.connections.everyone("/other")) == []

    def test_each_accepted_connection_is_due_in_one_bucket(self, world: World) -> None:
        for number in range(10):
            world.accept(f"client{number}")
        world.open("not accepted")
        later = world.clock.now_ms() + 1
        due = {bucket: set(world.store.connections.due(bucket, later)) for bucket in range(BUCKETS)}
        assert due == {
            bucket: {name for name in (f"client{n}" for n in range(10)) if bucket_of(name, BUCKETS) == bucket}
            for bucket in range(BUCKETS)
        }

    def test_who_is_due_opened_before(self, world: World) -> None:
        world.accept()
        bucket = bucket_of("alice", BUCKETS)
        assert world.store.connections.due(bucket, world.clock.now_ms()) == []
        assert world.store.connections.due(bucket, world.clock.now_ms() + 1) == ["alice"]

    def test_many_are_found_at_once_as_far_as_they_exist(self, world: World) -> None:
        names = [f"client{number}" for number in range(120)]  # more than one call takes
        for name in names:
            world.open(name)
        world.store.connections.end("client7")
        found = world.store.connections.find_all([*names, "nobody"])
        assert {each.address for each in found} == set(names) - {"client7"}
        assert world.found("client3") in found
        assert world.store.connections.find_all([]) == []

    def test_who_was_not_accepted_is_known_until_then(self, world: World) -> None:
        world.open("alice")
        world.open("bob")
        later = world.clock.now_ms() + 1
        assert list(world.store.connections.unaccepted(world.clock.now_ms())) == []
        assert sorted(world.store.connections.unaccepted(later)) == ["alice", "bob"]
        world.accept("alice")
        assert list(world.store.connections.unaccepted(later)) == ["bob"]
        world.store.connections.end("bob")
        assert list(world.store.connections.unaccepted(later)) == []

    def test_refusals_of_a_connection_are_counted(self, world: World) -> None:
        world.open()
        assert [world.store.connections.count_refusal("alice") for _ in range(3)] == [1, 2, 3]
        world.store.connections.end("alice")
        assert world.store.connections.count_refusal("alice") == world.store.connections.count_refusal("nobody") == 0
        assert world.store.connections.find("alice") is None

    def test_a_connection_without_any_socket_left_counts_as_unaccepted_again(self, world: World) -> None:
        world.accept()
        world.accept(namespace="/chat")
        for namespace in ("/", "/chat"):
            world.store.connections.release(world.found(), namespace)
        later = world.clock.now_ms() + 1
        assert list(world.store.connections.unaccepted(later)) == ["alice"]
        assert world.found().left_ms == world.clock.now_ms()
        assert not world.found().is_unaccepted_since(world.clock.now_ms())
        assert world.found().is_unaccepted_since(world.clock.now_ms() + 1)
        assert world.store.connections.due(bucket_of("alice", BUCKETS), later) == []


class TestOnce:
    def test_is_true_to_one_caller_for_each_name(self, world: World) -> None:
        assert not world.store.pending.was_claimed("tick:1")
        assert [world.store.pending.claim_once("tick:1", 60) for _ in range(3)] == [True, False, False]
        assert world.store.pending.claim_once("tick:2", 60)
        assert world.store.pending.was_claimed("tick:1")
        assert not world.store.pending.was_claimed("tick:3")

    def test_is_forgotten_by_the_clock(self, world: World) -> None:
        world.store.pending.claim_once("tick:1", 60)
        world.clock.advance(59)
        assert world.store.pending.was_claimed("tick:1")
        assert not world.store.pending.claim_once("tick:1", 60)
        world.clock.advance(2)
        assert not world.store.pending.was_claimed("tick:1")
        assert world.store.pending.claim_once("tick:1", 60)


class TestAcks:
    def test_for_a_handler_are_settled_once(self, world: World) -> None:
        world.store.pending.expect_ack("alice", 7, "answered", 60)
        assert world.store.pending.settle_ack("alice", 7, ["yes"]) == "answered"
        assert world.store.pending.settle_ack("alice", 7, ["again"]) is None

    def test_for_a_call_are_taken_when_they_came(self, world: World) -> None:
        world.store.pending.expect_ack("alice", 7, None, 60)
        assert world.store.pending.take_ack("alice", 7) is None
        assert world.store.pending.settle_ack("alice", 7, ["yes", {"n": 1}]) == ""
        assert world.store.pending.settle_ack("alice", 7, ["again"]) is None
        assert world.store.pending.take_ack("alice", 7) == ["yes", {"n": 1}]

    def test_that_are_not_awaited_are_dropped(self, world: World) -> None:
        world.store.pending.expect_ack("alice", 7, "answered", 60)
        assert world.store.pending.settle_ack("alice", 8, []) is None
        assert world.store.pending.settle_ack("bob", 7, []) is None
        assert world.store.pending.take_ack("alice", 8) is None
        assert world.store.pending.settle_ack("alice", 7, []) == "answered"

    def test_that_come_too_late_are_dropped(self, world: World) -> None:
        world.store.pending.expect_ack("alice", 7, "answered", 60)
        world.store.pending.expect_ack("alice", 8, None, 60)
        world.store.pending.settle_ack("alice", 8, ["in time"])
        world.clock.advance(61)
        assert world.store.pending.settle_ack("alice", 7, []) is None
        assert world.store.pending.take_ack("alice", 8) is None

    @pytest.mark.parametrize(
        "args",
        [
            [],
            [None],
            [b"\x00\x01", {"file": b""}],
            [10**300, 1e300, -1.5, 2**53],
            [{"": {"": []}}],
            ["", "é\x00"],
        ],
    )
    def test_may_hold_whatever_a_client_says(self, world: World, args: list[Any]) -> None:
        world.store.pending.expect_ack("alice", 7, None, 60)
        world.store.pending.settle_ack("alice", 7, args)
        assert world.store.pending.take_ack("alice", 7) == args

    def test_may_be_nested_as_deeply_as_a_frame(self, world: World) -> None:
        deep: list[Any] = []
        for _ in range(60):  # DynamoDB's own lists end at 32
            deep = [deep]
        world.store.pending.expect_ack("alice", 7, None, 60)
        world.store.pending.settle_ack("alice", 7, deep)
        assert world.store.pending.take_ack("alice", 7) == deep


def head(at: int, name: str, attachments: int = 1, size: int = 100) -> Part:
    return Part(at, name, attachments, size)


def attachment(at: int, name: str, size: int = 100) -> Part:
    return Part(at, name, 0, size)


class TestParts:
    @staticmethod
    def collect(world: World, *parts: Part, address: str = "alice") -> list[tuple[bool, list[dict[str, str]]]]:
        """For each part whether there was room, and the frames of what is whole with it."""
        outcomes = [world.store.pending.collect(address, part, f"frame of {part.id}") for part in parts]
        return [(is_kept, [dict(each.frames) for each in whole]) for is_kept, whole in outcomes]

    @pytest.mark.parametrize("order", list(permutations(range(3))))
    def test_are_whole_once_in_any_order(self, world: World, order: tuple[int, ...]) -> None:
        parts = [head(1, "h#=", 2), attachment(2, "a-"), attachment(3, "b")]
        frames = {part.id: f"frame of {part.id}" for part in parts}
        outcomes = self.collect(world, *(parts[index] for index in order))
        assert outcomes == [(True, []), (True, []), (True, [frames])]
        (_, whole) = world.store.pending.collect("alice", head(4, "other"), "")
        assert whole == []

    def test_are_told_head_first_and_when_they_cannot_be_put_in_order(self, world: World) -> None:
        parts = [attachment(2, "b"), head(1, "h", 2), attachment(2, "a")]
        whole = [each for part in parts for each in world.store.pending.collect("alice", part, part.id)[1]]
        assert [(packet.is_tied, [part.id for part in packet.parts]) for packet in whole] == [(True, ["h", "a", "b"])]

    def test_of_others_are_not_looked_at(self, world: World) -> None:
        assert self.collect(world, head(1, "h")) == [(True, [])]
        assert self.collect(world, attachment(2, "a"), address="bob") == [(True, [])]

    def test_wait_for_each_other_for_a_while(self, world: World) -> None:
        self.collect(world, head(1, "h"), head(2, "late", 2))
        world.clock.advance(PART_TTL_S - 1)
        assert self.collect(world, head(3, "third")) == [(False, [])]
        world.clock.advance(1)
        assert self.collect(world, attachment(1, "a")) == [(True, [])]
        assert self.collect(world, head(4, "h4"), attachment(5, "a5"))[1][1] == [
            {"h4": "frame of h4", "a5": "frame of a5"}
        ]

    def test_hold_no_more_than_a_megabyte(self, world: World) -> None:
        parts = [attachment(number, f"a{number}", 300_000) for number in range(4)]
        assert [is_kept for is_kept, _ in self.collect(world, *parts)] == [True, True, True, False]

    def test_of_a_flood_of_heads_two_are_kept(self, world: World) -> None:
        outcomes = self.collect(world, *(head(number, f"h{number:03d}", size=30_000) for number in range(120)))
        assert [is_kept for is_kept, _ in outcomes] == [True, True] + [False] * 118

    def test_go_with_their_connection(self, world: World) -> None:
        world.open("alice")
        self.collect(world, head(1, "h"))
        world.store.pending.expect_ack("alice", 7, None, 60)
        world.store.connections.end("alice")
        assert self.collect(world, attachment(2, "a")) == [(True, [])]
        assert world.store.pending.settle_ack("alice", 7, []) is None
        if isinstance(world.store, DynamoStore):
            world.store.connections.end("alice")
            assert list(world.store.connections._table.query("CONN#alice")) == []

    def test_that_are_whole_or_too_old_leave_nothing_stored(self, world: World) -> None:
        if not isinstance(world.store, DynamoStore):
            pytest.skip("dicts are in memory anyway")
        self.collect(world, head(1, "h"), attachment(2, "a"), head(3, "old"))
        world.clock.advance(PART_TTL_S)
        self.collect(world, attachment(4, "new"))
        assert [row["sk"] for row in world.store.connections._table.query("CONN#alice", begins_with="PART#")] == [
            "PART#new"
        ]


class TestRaces:
    """Another function writes between what a call read and what it writes."""

    @staticmethod
    def meanwhile(world: World, action: Callable[[], object]) -> None:
        assert world.table is not None
        world.table.meanwhile = action

    def test_another_namespace_is_accepted_while_one_is(self, tables: World) -> None:
        connection = tables.open()
        self.meanwhile(tables, lambda: tables.store.connections.accept(connection, "/chat", "two", {}, []))
        tables.store.connections.accept(connection, "/", "one", {}, [ROOM])
        assert tables.found().sockets == {"/": "one", "/chat": "two"}

    @pytest.mark.parametrize("mine", [0, 1])
    def test_the_other_part_of_a_packet_comes_meanwhile(self, tables: World, mine: int) -> None:
        parts, whole = [head(1, "h"), attachment(2, "a")], []

        def come(part: Part) -> None:
            whole.extend(tables.store.pending.collect("alice", part, part.id)[1])

        self.meanwhile(tables, lambda: come(parts[1 - mine]))
        come(parts[mine])
        assert [each.frames for each in whole] == [{"h": "h", "a": "a"}]
        assert isinstance(tables.store, DynamoStore)
        assert list(tables.store.connections._table.query("CONN#alice", begins_with="PART#")) == []

    def test_the_room_for_a_part_is_taken_meanwhile(self, tables: World) -> None:
        def fill() -> None:
            for number in (1, 2):
                tables.store.pending.collect("alice", head(number, f"h{number}"), "")

        self.meanwhile(tables, fill)
        assert tables.store.pending.collect("alice", head(3, "mine"), "") == (False, [])
        assert isinstance(tables.store, DynamoStore)
        stored = [row["sk"] for row in tables.store.connections._table.query("CONN#alice", begins_with="PART#")]
        assert stored == ["PART#h1", "PART#h2"]

    def test_the_same_namespace_is_accepted_meanwhile(self, tables: World) -> None:
        connection = tables.open()
        self.meanwhile(tables, lambda: tables.store.connections.accept(connection, "/", "faster", {}, []))
        with pytest.raises(ConditionFailed):
            tables.store.connections.accept(connection, "/", "slower", {}, [ROOM])
        assert tables.found().sockets == {"/": "faster"}
        assert tables.who() == []

    def test_the_connection_ends_while_a_socket_is_accepted(self, tables: World) -> None:
        connection = tables.open()
        self.meanwhile(tables, lambda: tables.store.connections.end("alice"))
        with pytest.raises(ConditionFailed):
            tables.store.connections.accept(connection, "/", "sid", {}, [ROOM])
        assert tables.store.connections.find("alice") is None
        assert tables.who() == []

    def test_a_socket_is_accepted_while_the_connection_ends(self, tables: World) -> None:
        tables.accept()
        self.meanwhile(tables, lambda: tables.accept(namespace="/chat", rooms=[ROOM]))
        ended = tables.store.connections.end("alice")
        assert ended is not None
        assert set(ended.sockets) == {"/", "/chat"}
        assert tables.who(namespace="/chat") == []

    def test_another_function_ends_the_connection_first(self, tables: World) -> None:
        tables.accept()
        ended: list[Connection | None] = []
        self.meanwhile(tables, lambda: ended.append(tables.store.connections.end("alice")))
        assert tables.store.connections.end("alice") is None
        assert ended != [None]

    def test_two_sockets_are_released_at_once(self, tables: World) -> None:
        tables.accept()
        tables.accept(namespace="/chat")
        connection = tables.found()
        self.meanwhile(tables, lambda: tables.store.connections.release(connection, "/chat"))
        assert tables.store.connections.release(connection, "/")
        assert tables.found().sockets == {}

    def test_a_socket_is_released_by_two_at_once(self, tables: World) -> None:
        tables.accept()
        tables.accept(namespace="/chat")
        connection = tables.found()
        self.meanwhile(tables, lambda: tables.store.connections.release(connection, "/"))
        assert not tables.store.connections.release(connection, "/")

    def test_two_sessions_are_saved_at_once(self, tables: World) -> None:
        tables.accept()
        tables.accept(namespace="/chat")
        self.meanwhile(tables, lambda: tables.store.connections.save_session("alice", "/chat", {"n": 2}))
        tables.store.connections.save_session("alice", "/", {"n": 1})
        assert tables.found().sessions == {"/": {"n": 1}, "/chat": {"n": 2}}

    def test_an_entry_overtakes_the_leaving_that_it_follows(self, tables: World) -> None:
        member = tables.accept()
        tables.store.rooms.enter(member, ROOM, frame_order(1))
        tables.store.rooms.leave(member, ROOM, frame_order(2))
        tables.store.rooms.leave(member, ROOM, frame_order(1))
        tables.store.rooms.enter(member, ROOM, frame_order(1))
        assert tables.who() == []

    def test_a_renewal_does_not_bring_back_who_left_meanwhile(self, tables: World) -> None:
        member = tables.accept()
        tables.store.rooms.enter(member, ROOM, frame_order(1))
        self.meanwhile(tables, lambda: tables.store.rooms.leave(member, ROOM, frame_order(9)))
        tables.store.rooms.enter(member, ROOM, frame_order(2))
        assert tables.who() == []

    @pytest.mark.parametrize("call", ["accept", "release", "end", "save_session"])
    def test_who_is_always_slower_gives_up(self, tables: World, call: str) -> None:
        tables.accept()
        tables.accept(namespace="/chat")
        connection = tables.found()
        table = tables.table
        assert table is not None
        count = iter(range(100))

        def again() -> None:
            tables.store.connections.save_session("alice", "/chat", {"n": next(count)})
            table.meanwhile = again

        table.meanwhile = again
        if call == "accept":
            with pytest.raises(ConditionFailed):
                tables.store.connections.accept(connection, "/third", "sid", {}, [])
        elif call == "release":
            assert not tables.store.connections.release(connection, "/")
        elif call == "end":
            assert tables.store.connections.end("alice") is None
        else:
            with pytest.raises(DisconnectedError):
                tables.store.connections.save_session("alice", "/", {})
        assert set(tables.found().sockets) == {"/", "/chat"}


WINDOW_S = 60
POLICY = RecoveryPolicy("digest of a pid", {"user": "alice"}, WINDOW_S * 1000, 5)


def recoverable(world: World, rooms: Sequence[str] = (ROOM,), namespace: str = "/") -> Member:
    """A recoverable socket, connected at ``alice``."""
    sid = f"{'0' * SID_RANDOM_CHARS}{RECOVERABLE}alice"
    connection = world.store.connections.find("alice") or world.open()
    world.store.connections.accept(connection, namespace, sid, {"n": 1}, rooms, POLICY)
    return Member(sid, "alice", namespace)


def state_of(world: World, member: Member) -> RecoveryState:
    state = world.store.recovery.state(member.sid)
    assert state is not None
    return state


class TestRecoverable:
    def test_connections_remember_the_wish(self, world: World) -> None:
        now_ms = world.clock.now_ms()
        world.store.connections.open(Connection("alice", "socketio", now_ms, now_ms, recovery=True))
        assert world.found().recovery
        assert not world.open("bob").recovery

    def test_sockets_have_the_state_as_they_were_accepted(self, world: World) -> None:
        member = recoverable(world)
        assert state_of(world, member) == RecoveryState(
            member.sid, "/", POLICY, "alice", world.clock.now_ms(), moved_ms=world.clock.now_ms(), rooms=(ROOM,)
        )
        other = world.accept("bob", rooms=[ROOM])
        assert world.store.recovery.state(other.sid) is None
        assert world.who() == ["alice", "bob"]

    def test_sockets_may_be_anybodys(self, world: World) -> None:
        sid = f"{'0' * SID_RANDOM_CHARS}{RECOVERABLE}alice"
        policy = replace(POLICY, identity=None)
        world.store.connections.accept(world.open(), "/", sid, {}, [], policy)
        assert state_of(world, Member(sid, "alice")).policy == policy

    def test_numbers_are_handed_out_once(self, world: World) -> None:
        member = recoverable(world)
        assert [world.store.recovery.number(member.sid).seq for _ in range(3)] == [1, 2, 3]

    def test_numbers_may_depend_on_the_state_of_a_socket(self, world: World) -> None:
        member = recoverable(world)
        before = state_of(world, member)
        world.store.recovery.number(member.sid, seen=before)
        assert world.store.recovery.number(member.sid, seen=before).seq == 2
        world.store.connections.end("alice")
        with pytest.raises(ConditionFailed):
            world.store.recovery.number(member.sid, seen=before)
        assert world.store.recovery.number(member.sid).seq == 3

    def test_events_are_kept_in_the_order_of_their_numbers(self, world: World) -> None:
        member = recoverable(world)
        for number in (10, 2, 1):
            world.store.recovery.append(member.sid, number, [f"frame {number}", "b…"], "run" if number == 2 else None)
        kept = world.store.recovery.entries(member.sid, 1)
        assert kept == [
            RecoveryEntry(2, world.clock.now_ms(), ("frame 2", "b…"), "run"),
            RecoveryEntry(10, world.clock.now_ms(), ("frame 10", "b…")),
        ]
        assert world.store.recovery.entries(member.sid, 10) == world.store.recovery.entries("nobody", 0) == []
        world.clock.advance(2 * SILENCE_MS / 1000 + 2)
        assert world.store.recovery.entries(member.sid, 0) == []

    def test_events_that_no_item_can_hold_leave_a_gap(self, tables: World) -> None:
        tables.store.recovery.append("sid", 1, ["x" * 200_000, "y" * 200_000])
        assert tables.store.recovery.entries("sid", 0) == []

    def test_sockets_are_away_when_their_connection_ends_and_in_their_rooms_still(self, world: World) -> None:
        member = recoverable(world)
        world.store.rooms.enter(member, "later", frame_order(5))
        world.store.rooms.enter(member, "left", frame_order(5))
        world.store.rooms.leave(member, "left", frame_order(6))
        world.store.recovery.number(member.sid)
        connection = world.store.connections.end("alice")
        assert connection is not None
        assert connection.sockets == {"/": member.sid}
        assert world.store.connections.find("alice") is None
        state = state_of(world, member)
        assert (state.phase, state.epoch, state.left_at, state.session) == ("detached", 2, 1, {"n": 1})
        away = {
            room: [each.detached for each in world.store.rooms.members("/", room)] for room in (ROOM, "later", "left")
        }
        assert away == {ROOM: [True], "later": [True], "left": []}
        assert [(each.sid, each.detached) for each in world.store.connections.everyone("/")] == [(member.sid, True)]
        assert [list(world.store.connections.due(bucket, world.clock.now_ms() + 1)) for bucket in range(BUCKETS)] == [
            []
        ] * BUCKETS

    def test_sockets_that_stayed_away_are_in_no_room(self, world: World) -> None:
        member = recoverable(world)
        world.store.connections.end("alice")
        world.clock.advance(WINDOW_S - 1)
        assert world.who() == ["alice"]
        world.clock.advance(3)
        assert world.who() == []
        assert world.store.recovery.state(member.sid) is None
        with pytest.raises(DisconnectedError):
            world.store.recovery.number(member.sid)
        assert world.store.recovery.follow(member.sid, "run", 1) is None

    @pytest.mark.parametrize("how", ["end", "release", "forget"])
    def test_sockets_end_for_good_with_all_their_memberships(self, world: World, how: str) -> None:
        member = recoverable(world)
        world.store.rooms.enter(member, "later", frame_order(5))
        match how:
            case "end":
                assert world.store.connections.end("alice", final=True)
            case "release":
                assert world.store.connections.release(world.found(), "/")
            case _:
                world.store.connections.end("alice")
                world.store.recovery.forget(member.sid)
        assert world.who() == world.who("later") == []
        assert world.store.recovery.state(member.sid) is None
        assert list(world.store.connections.everyone("/")) == []
        world.store.recovery.forget(member.sid)

    @pytest.mark.parametrize("how", ["dismiss", "end"])
    def test_sockets_end_also_by_a_goodbye_that_comes_after_the_end(self, world: World, how: str) -> None:
        member = recoverable(world)
        world.store.connections.end("alice")
        assert world.store.connections.end("alice") is None
        assert not world.store.connections.release(Connection("alice", "socketio", 0, 0), "/")
        assert state_of(world, member).phase == "detached"
        if how == "dismiss":
            world.store.connections.disconnect_detached("alice", "/other")
            world.store.connections.disconnect_detached("nobody", "/")
            assert state_of(world, member).phase == "detached"
            world.store.connections.disconnect_detached("alice", "/")
        else:
            assert world.store.connections.end("alice", final=True) is None
        assert world.store.recovery.state(member.sid) is None
        assert world.who() == []

    def test_of_an_end_and_a_goodbye_at_the_same_time_one_is_told(self, tables: World) -> None:
        member = recoverable(tables)
        connection = tables.found()
        ended: list[object] = []
        assert tables.table is not None
        tables.table.meanwhile = lambda: ended.append(tables.store.connections.end("alice"))
        released = tables.store.connections.release(connection, "/")
        assert (released, len(ended), ended[0] is not None) == (False, 1, True)
        assert tables.store.recovery.state(member.sid) is None
        assert tables.who() == []

    def test_a_late_disconnect_ends_no_socket_that_came_back(self, world: World) -> None:
        member = recoverable(world)
        world.store.connections.end("alice")
        world.store.connections.resume(state_of(world, member), world.open("alice2"), {}, streams={})
        world.store.connections.disconnect_detached("alice", "/")
        world.store.connections.end("alice", final=True)
        assert state_of(world, member).address == "alice2"
        world.store.connections.end("alice2")
        world.store.connections.disconnect_detached("alice", "/")
        assert state_of(world, member).phase == "detached"

    def test_sockets_that_are_away_say_since_when_and_may_be_ended_unless_they_came_back(self, world: World) -> None:
        member = recoverable(world)
        assert not world.store.recovery.forget_detached(member.sid)
        world.clock.advance(1)
        world.store.connections.end("alice")
        left_ms = world.clock.now_ms()
        world.clock.advance(1)
        assert [each.left_ms for each in world.store.rooms.members("/", ROOM)] == [left_ms]
        world.store.connections.resume(state_of(world, member), world.open("alice2"), {}, streams={})
        assert not world.store.recovery.forget_detached(member.sid)
        assert [(each.address, each.left_ms) for each in world.store.rooms.members("/", ROOM)] == [("alice2", 0)]
        world.store.connections.end("alice2")
        assert world.store.recovery.forget_detached(member.sid)
        assert world.store.recovery.state(member.sid) is None
        assert world.who() == []
        assert not world.store.recovery.forget_detached(member.sid)

    def test_sockets_come_back_to_their_rooms_on_another_connection(self, world: World) -> None:
        member = recoverable(world)
        world.store.rooms.enter(member, "later", frame_order(5))
        world.store.connections.end("alice")
        world.clock.advance(1)
        world.store.recovery.follow(member.sid, "tale", 9)
        moved = world.store.connections.resume(
            state_of(world, member), world.open("alice2"), {"n": 2}, streams={"tale": 7}
        )
        assert replace(state_of(world, member), moved_ms=0) == replace(moved, moved_ms=0)
        assert (moved.phase, moved.address, moved.streams) == ("replay", "alice2", {"tale": 7})
        assert world.found("alice2").sockets == {"/": member.sid}
        assert world.found("alice2").sessions == {"/": {"n": 2}}
        assert [(each.address, each.detached) for each in world.store.rooms.members("/", "later")] == [
            ("alice2", False)
        ]
        assert sorted(world.store.rooms.entered("alice2", "/")) == [ROOM, "later"]
        assert world.store.recovery.settle(moved)
        assert state_of(world, member).phase == "live"
        world.clock.advance(WINDOW_S * 2)
        assert world.who() == world.who("later") == ["alice2"]
        assert [each.address for each in world.store.connections.everyone("/")] == ["alice2"]
        world.store.connections.end("alice2")
        assert [each.detached for each in world.store.rooms.members("/", ROOM)] == [True]

    def test_sockets_go_live_only_if_no_number_was_handed_out_since(self, world: World) -> None:
        member = recoverable(world)
        world.store.connections.end("alice")
        state = state_of(world, member)
        world.store.recovery.number(member.sid)
        moved = world.store.connections.resume(state, world.open("alice2"), {}, streams={})
        assert moved.seq == state.seq
        assert not world.store.recovery.settle(moved)
        world.store.recovery.number(member.sid)
        assert world.store.recovery.settle(state_of(world, member))

    def test_of_two_that_bring_a_socket_back_one_succeeds(self, world: World) -> None:
        member = recoverable(world)
        world.store.connections.end("alice")
        state = state_of(world, member)
        world.store.connections.resume(state, world.open("one"), {}, streams={})
        with pytest.raises(ConditionFailed):
            world.store.connections.resume(state, world.open("two"), {}, streams={})
        assert world.found("two").sockets == {}
        assert world.who() == ["one"]

    def test_no_socket_comes_back_on_a_connection_that_is_gone(self, world: World) -> None:
        member = recoverable(world)
        gone = world.open("alice2")
        world.store.connections.end("alice2")
        world.store.connections.end("alice")
        with pytest.raises(ConditionFailed):
            world.store.connections.resume(state_of(world, member), gone, {}, streams={})
        assert state_of(world, member).phase == "detached"

    def test_the_late_end_of_an_earlier_connection_changes_nothing(self, world: World) -> None:
        member = recoverable(world)
        earlier = world.found()
        moved = world.store.connections.resume(state_of(world, member), world.open("alice2"), {}, streams={})
        assert world.store.connections.end("alice") == earlier
        assert state_of(world, member) == replace(moved, moved_ms=state_of(world, member).moved_ms)
        assert [(each.address, each.detached) for each in world.store.rooms.members("/", ROOM)] == [("alice2", False)]

    def test_a_slow_end_changes_no_membership_that_has_moved_on(self, tables: World) -> None:
        member = recoverable(tables)
        assert tables.table is not None

        def come_back() -> None:
            tables.store.connections.resume(state_of(tables, member), tables.open("alice2"), {}, streams={})

        def after_this_write(table: Between = tables.table) -> None:
            table.meanwhile = come_back  # between the standing and the room

        tables.table.meanwhile = after_this_write
        tables.store.connections.end("alice")
        assert state_of(tables, member).address == "alice2"
        assert [(each.address, each.detached) for each in tables.store.rooms.members("/", ROOM)] == [("alice2", False)]

    def test_runs_begin_once_and_are_followed_while_the_socket_stays(self, world: World) -> None:
        member = recoverable(world)
        begun = world.store.recovery.follow(member.sid, "tale", 3)
        assert begun is not None
        assert begun.streams == {"tale": 3}
        assert world.store.recovery.follow(member.sid, "tale", 9) == begun
        told = world.store.recovery.follow(member.sid, "tale", 5, seen=begun)
        assert told is not None
        assert told.streams == {"tale": 5}
        assert world.store.recovery.number(member.sid, closes="tale").streams == {}
        world.store.connections.end("alice")
        assert world.store.recovery.follow(member.sid, "tale", 6, seen=told) is None

    def test_no_socket_comes_back_over_a_stream_that_began_meanwhile(self, world: World) -> None:
        member = recoverable(world)
        world.store.connections.end("alice")
        state = state_of(world, member)
        world.store.recovery.follow(member.sid, "tale", 0)
        with pytest.raises(ConditionFailed):
            world.store.connections.resume(state, world.open("alice2"), {}, streams={})
        assert world.found("alice2").sockets == {}
        assert state_of(world, member).streams == {"tale": 0}
