"""Bodies of queues, as they lie in them for up to 14 days: every version that was ever written is read.

A version's recorded body in `tests/events` is never changed. A new version has a new file, and the codec reads both.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from serverless_socketio.aws import ticks
from serverless_socketio.aws.queue import batch_body, batch_in, disconnect_body, disconnect_in
from serverless_socketio.heartbeat import Share
from serverless_socketio.model import Batch
from serverless_socketio_chat.accounts import revocation, token_ends
from serverless_socketio_chat.accounts.ports import TokenLook
from serverless_socketio_chat.accounts.revocation import Deleted, SignedOut
from serverless_socketio_chat.notifications.queue import Ours, ours_body, ours_in
from serverless_socketio_chat.presence.model import GraceTimer
from serverless_socketio_chat.presence.queue import grace_timer_body, grace_timer_in
from serverless_socketio_chat.push.model import Action, Notification, Push
from serverless_socketio_chat.push.queue import push_body, push_in

if TYPE_CHECKING:
    from collections.abc import Callable

EVENTS = Path(__file__).parents[1] / "events"
AT_MS = 1_700_000_000_000
NOTIFICATION = Notification(
    "r1",
    "Echo",
    "hi",
    AT_MS,
    icon="/icons/icon-192.png",
    url="/?agent=echo",
    tag="chat:echo",
    actions=(Action("open", "Open"),),
    kind="answer",
    agent_id="echo",
)


class Codec(NamedTuple):
    """How a record is written and read; the one that was recorded; a body of what must be there, and its record."""

    write: Callable[[Any], dict[str, Any]]
    read: Callable[[dict[str, Any]], Any]
    record: Any
    least: dict[str, Any]
    least_record: Any


CODECS = {
    "reminders": Codec(
        grace_timer_body,
        grace_timer_in,
        GraceTimer("alice", AT_MS, "sid1", AT_MS - 10_000),
        {"userId": "alice"},
        GraceTimer("alice", 0),
    ),
    "batches": Codec(
        batch_body,
        batch_in,
        Batch("b1", ('42["news",1]',), ("L0SM9cOFvHcCIhw=", "L0SM9cOFvHcCIhx="), 2),
        {"id": "b1", "frames": ["2"], "addresses": ["a"]},
        Batch("b1", ("2",), ("a",)),
    ),
    "batches.disconnect": Codec(
        lambda socket: disconnect_body(*socket),
        disconnect_in,
        ("AAAAAAAAAAAAAAAAAAAAAAL0SM9cOFvHcCIhw=", "/chat"),
        {"disconnect": "sid1", "namespace": "/"},
        ("sid1", "/"),
    ),
    "push": Codec(
        ours_body,
        ours_in,
        Ours("alice", NOTIFICATION, decided=True),
        {"userId": "alice", "ours": {"id": "r1", "title": "Echo"}},
        Ours("alice", Notification("r1", "Echo", "", 0), decided=False),
    ),
    "deliveries": Codec(
        push_body,
        push_in,
        Push("alice", "sub1", NOTIFICATION, AT_MS, 2),
        {"userId": "alice", "subscriptionId": "sub1", "notification": {"id": "r1", "title": "Echo"}},
        Push("alice", "sub1", Notification("r1", "Echo", "", 0), 0),
    ),
    "ticks.share": Codec(
        lambda share: ticks.shares([(share, 0)])[0][0],
        lambda body: ticks.share_in(body["share"]),
        Share(170_000_000, 1, ("L0SM9cOFvHcCIhw=",), judges=True),
        {"share": {"slot": 5, "addresses": []}},
        Share(5, 0, ()),
    ),
    "ticks.deleted_key": Codec(
        lambda key: key.looks()[0][0],
        revocation.queued,
        Deleted("alice", "d1"),
        {"deletedKey": {"userId": "alice", "digest": "d1"}},
        Deleted("alice", "d1"),
    ),
    "ticks.signed_out": Codec(
        lambda user: user.looks()[0][0],
        revocation.queued,
        SignedOut("alice"),
        {"signedOut": {"userId": "alice"}},
        SignedOut("alice"),
    ),
    "ticks.tokens": Codec(
        lambda looks: token_ends.dealt(looks)[0][0],
        token_ends.dealt_in,
        [TokenLook("sid1", 170_000_000)],
        {"tokens": []},
        [],
    ),
    "ticks.tick": Codec(
        lambda at_ms: ticks.tick_message(at_ms // 1000),
        lambda body: (
            None if "share" in body or revocation.queued(body) else AT_MS
        ),  # a tick is a tick: it has no fields
        AT_MS,
        {},
        AT_MS,
    ),
}


BEGUN_WITH_1 = {"batches.disconnect", "ticks.signed_out", "ticks.tokens"}


def recorded(name: str) -> list[dict[str, Any]]:
    """The bodies of all versions, by age."""
    return [json.loads(path.read_text()) for path in sorted(EVENTS.glob(f"{name}.v*.json"))]


@pytest.mark.parametrize("name", CODECS)
def test_every_version_is_read_and_the_newest_one_written(name: str) -> None:
    codec, bodies = CODECS[name], recorded(name)
    assert len(bodies) == (1 if name in BEGUN_WITH_1 else 2)
    assert [codec.read(body) for body in bodies] == [codec.record] * len(bodies)
    assert codec.write(codec.record) == bodies[-1]
    assert bodies[-1]["v"] == 1


@pytest.mark.parametrize("name", CODECS)
def test_a_field_more_is_ignored_and_one_that_may_be_missing_has_its_default(name: str) -> None:
    codec = CODECS[name]
    for body in recorded(name):
        assert codec.read(with_more(body)) == codec.record
    assert codec.read(codec.least) == codec.least_record


def with_more(body: Any) -> Any:
    """A body as a later version might write it: something new in every object."""
    if isinstance(body, dict):
        return {**{name: with_more(value) for name, value in body.items()}, "later": {"than": "this"}}
    return [with_more(value) for value in body] if isinstance(body, list) else body


def test_no_recorded_body_is_without_its_codec() -> None:
    named = {path.name.rsplit(".v", 1)[0] for path in EVENTS.glob("*.v*.json")}
    assert named >= set(CODECS)
