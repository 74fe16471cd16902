"""What every store of presence keeps to: the same suite over dicts, the reference, and over a DynamoDB table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from serverless_socketio.aws.table import DynamoTable
from serverless_socketio_chat.presence.model import Absent, Announced
from serverless_socketio_chat.presence.table import ABSENT_TTL_S, TablePresence
from tests.fakes import START_MS, FakeClock
from tests.support.memory_presence import MemoryPresence
from tests.tables import make_table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from serverless_socketio_chat.presence.ports import PresenceRecords

ONLINE = Announced("online", START_MS, START_MS)
AWAY = Announced("away", START_MS + 5, START_MS + 7)


@dataclass
class World:
    """Records, and their clock."""

    records: PresenceRecords
    clock: FakeClock


def make_tables(client: DynamoDBClient) -> World:
    clock = FakeClock()
    return World(TablePresence(DynamoTable(make_table(client, "conversations"), client), clock), clock)


@pytest.fixture(params=["memory", "dynamodb"])
def world(request: pytest.FixtureRequest, client: DynamoDBClient) -> World:
    return World(MemoryPresence(), FakeClock()) if request.param == "memory" else make_tables(client)


class TestAnnouncements:
    def test_are_kept_as_they_were_made(self, world: World) -> None:
        assert world.records.announced("alice") is None
        assert world.records.announce("alice", ONLINE, before=None)
        assert world.records.announced("alice") == ONLINE
        assert world.records.announce("alice", AWAY, before=ONLINE)
        assert world.records.announced("alice") == AWAY
        assert world.records.announced("bob") is None

    def test_of_whoever_was_slower_are_not_made(self, world: World) -> None:
        assert world.records.announce("alice", ONLINE, before=None)
        assert not world.records.announce("alice", AWAY, before=None)
        assert world.records.announce("alice", AWAY, before=ONLINE)
        assert not world.records.announce("alice", Announced("offline", 1, 2), before=ONLINE)
        assert world.records.announced("alice") == AWAY
        assert not world.records.announce("bob", AWAY, before=ONLINE)

    def test_are_noted_as_told_unless_another_one_was_made(self, world: World) -> None:
        world.records.announce("alice", ONLINE, before=None)
        world.records.told("alice", ONLINE)
        assert world.records.announced("alice") == replace(ONLINE, is_told=True)
        assert world.records.announce("alice", AWAY, before=ONLINE)
        world.records.told("alice", ONLINE)
        assert world.records.announced("alice") == AWAY

    def test_of_many_are_found_at_once(self, world: World) -> None:
        names = [f"user{number} 😀#:" for number in range(100)]
        for name in names[::2]:
            world.records.announce(name, ONLINE, before=None)
        assert world.records.announced_of(names) == dict.fromkeys(names[::2], ONLINE)
        assert world.records.announced_of([]) == {}


class TestGraces:
    def test_are_those_of_a_users_devices(self, world: World) -> None:
        phone, desk = Absent("sid1", "online"), Absent("sid2", "away")
        for device in (phone, desk, phone):
            world.records.keep("alice", device)
        world.records.announce("alice", ONLINE, before=None)
        assert sorted(world.records.absent("alice"), key=lambda device: device.sid) == [phone, desk]
        assert world.records.absent("bob") == []

    def test_are_ended_once_or_twice(self, world: World) -> None:
        world.records.keep("alice", Absent("sid1", "online"))
        world.records.keep("alice", Absent("sid2", "online"))
        for _ in range(2):
            world.records.forget("alice", "sid1")
        assert [device.sid for device in world.records.absent("alice")] == ["sid2"]

    def test_are_over_one_day_though_nobody_ends_them(self, client: DynamoDBClient) -> None:
        world = make_tables(client)
        world.records.keep("alice", Absent("sid1", "online"))
        world.clock.advance(ABSENT_TTL_S)
        assert world.records.absent("alice") == []
