"""Plans that end soon: who is reminded, when, and how often."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from serverless_socketio_chat.notifications.expiring import Expiring
from tests.fakes import FakeClock
from tests.support.memory import MemoryDirectory
from tests.unit.chat.notified import Queued

NOON = "2024-02-25T12:00"


class World:
    """Users, their queue, and a day."""

    def __init__(self) -> None:
        self.clock = FakeClock(ms(NOON))
        self.users = MemoryDirectory(self.clock)
        self.queue = Queued()
        self.expiring = Expiring(self.users, self.queue, self.clock)

    def told(self) -> list[str]:
        """Who was told what, since the last look."""
        waiting, self.queue.waiting = self.queue.waiting, []
        assert not any(decided or after_s for _, _, decided, after_s in waiting)
        return sorted(f"{user_id}: {notification.title}" for user_id, notification, _, _ in waiting)


def ms(at: str) -> int:
    return round(datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("ends", "when"),
    [
        ("2024-03-03T00:00", "in 7 days"),  # over the end of a February with 29 days
        ("2024-03-03T23:59", "in 7 days"),
        ("2024-02-28T12:00", "in 3 days"),
        ("2024-02-26T00:00", "tomorrow"),
    ],
)
def test_a_user_is_told_seven_three_and_one_day_before_by_the_days_of_utc(ends: str, when: str) -> None:
    world = World()
    world.users.put_user("alice", "pro", ms(ends))
    assert world.expiring.remind() == 1
    assert world.told() == [f"alice: Your plan ends {when}"]


@pytest.mark.parametrize("ends", ["2024-02-25T23:00", "2024-02-27T12:00", "2024-03-02T23:59", "2024-03-04T00:00"])
def test_on_other_days_nobody_is_told(ends: str) -> None:
    world = World()
    world.users.put_user("alice", "pro", ms(ends))
    world.users.put_user("bob", "pro")
    assert world.expiring.remind() == 0


def test_a_schedule_that_comes_twice_a_day_tells_once_and_each_day_counts() -> None:
    world = World()
    world.users.put_user("alice", "pro", ms("2024-03-03T18:00"))
    heard = []
    for _ in range(2 * 9):
        world.expiring.remind()
        heard += world.told()
        world.clock.advance(12 * 3600)
    assert heard == [f"alice: Your plan ends {when}" for when in ("in 7 days", "in 3 days", "tomorrow")]


def test_what_fails_keeps_nobody_else_from_being_told_and_is_made_up_for() -> None:
    world = World()
    for name in ("alice", "bob", "carol"):
        world.users.put_user(name, "pro", ms("2024-03-03T18:00"))
    world.users.put_user("dora", "pro", ms("2024-02-26T18:00"))
    world.queue.broken = 1
    with pytest.raises(ConnectionError):
        world.expiring.remind()
    assert len(world.told()) == 3
    assert world.expiring.remind() == 1
    assert len(world.told()) == 1


def test_a_notification_that_is_sent_again_has_the_same_name() -> None:
    world = World()
    world.users.put_user("alice", "pro", ms("2024-02-26T18:00"))
    world.expiring.remind()
    ((_, notification, _, _),) = world.queue.waiting
    assert (notification.id, notification.kind) == ("expiring:alice:2024-02-26:1", "expiring")
