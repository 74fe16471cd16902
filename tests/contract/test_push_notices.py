"""What every store of notices keeps to: the same suite over dicts, the reference, and over a DynamoDB table."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from serverless_socketio.aws.table import DynamoTable
from serverless_socketio_chat.notifications.model import InAppNotice
from serverless_socketio_chat.notifications.table import TableNotices
from serverless_socketio_chat.push.model import Action, Notification
from tests.fakes import START_MS, FakeClock
from tests.support.memory_notices import MemoryNotices
from tests.tables import make_table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from serverless_socketio_chat.notifications.ports import Notices

KEPT_S = 600
NEWS = Notification(
    id="01J😀#:",
    title="Echo",
    body="hi",
    timestamp=START_MS,
    icon="/icon.png",
    url="/?agent=echo",
    tag="chat:echo",
    actions=(Action("open", "Open"), Action("mute", "Mute", "/mute")),
    kind="answer",
    agent_id="echo",
)
TOLD = InAppNotice(NEWS, frozenset({"sid2", "sid1"}), START_MS + 5)
PLAIN = InAppNotice(Notification("n2", "Hello", "", START_MS), frozenset({"sid1"}), START_MS)


def make_table_notices(client: DynamoDBClient, clock: FakeClock) -> TableNotices:
    return TableNotices(DynamoTable(make_table(client, "conversations"), client), clock, kept_s=KEPT_S)


@pytest.fixture(params=["memory", "dynamodb"])
def notices(request: pytest.FixtureRequest, client: DynamoDBClient) -> Notices:
    return MemoryNotices() if request.param == "memory" else make_table_notices(client, FakeClock())


def test_what_was_told_is_kept_for_its_user(notices: Notices) -> None:
    notices.note("alice", TOLD)
    notices.note("alice", PLAIN)
    assert sorted(notices.told("alice"), key=lambda told: told.notification.id) == [TOLD, PLAIN]
    assert notices.told("bob") == []


def test_what_was_told_again_is_known_as_it_was_told_last(notices: Notices) -> None:
    again = replace(TOLD, sids=frozenset({"sid3"}), at_ms=START_MS + 9)
    notices.note("alice", TOLD)
    notices.note("alice", again)
    assert notices.told("alice") == [again]


def test_what_is_forgotten_is_gone_once_and_for_all(notices: Notices) -> None:
    notices.note("alice", TOLD)
    notices.note("alice", PLAIN)
    for _ in range(2):
        notices.forget("alice", NEWS.id)
    notices.forget("bob", PLAIN.notification.id)
    assert notices.told("alice") == [PLAIN]


def test_what_nobody_was_found_gone_of_is_forgotten_in_time(client: DynamoDBClient) -> None:
    clock = FakeClock()
    notices = make_table_notices(client, clock)
    notices.note("alice", TOLD)
    clock.advance(KEPT_S - 1)
    assert notices.told("alice") == [TOLD]
    clock.advance(1)
    assert notices.told("alice") == []
