"""A key that was deleted: its connections are ended.

Whichever way a key's item is deleted, the table's stream tells, and the connections of the key are looked for at once,
by a message of the sweeper's queue. One whose CONNECT had read the key a moment before may be accepted a moment later:
so they are looked for once more, when every function that ran then has ended.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from serverless_socketio_chat.errors import Unauthorized
from serverless_socketio_chat.model import Devices

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_socketio.model import Member
    from serverless_socketio.server import Server
    from serverless_socketio_chat.accounts.ports import UserRecords

SECOND_LOOK_S = 30  # a door's function ends after 20 s


@dataclass(frozen=True, slots=True)
class Deleted:
    """A key that stood for a user."""

    user_id: str
    digest: str

    def looks(self) -> list[tuple[dict[str, Any], int]]:
        """The messages that have its connections looked for, each with its delay in seconds."""
        body = {"v": 1, "deletedKey": {"userId": self.user_id, "digest": self.digest}}
        return [(body, delay_s) for delay_s in (0, SECOND_LOOK_S)]


def streamed(record: dict[str, Any]) -> Deleted | None:
    """The key whose deletion a record of the conversations table's stream tells of; None for any other record."""
    key = record["dynamodb"]["Keys"]
    if record["eventName"] != "REMOVE" or key["sk"]["S"] != "KEY":
        return None
    return Deleted(record["dynamodb"]["OldImage"]["user_id"]["S"], key["pk"]["S"].removeprefix("KEY#"))


def queued(message: Mapping[str, Any]) -> Deleted | None:
    """The key that a message of `Deleted.looks` names; None for any other message.

    Also one that was written before bodies had a version, with underscores in its names.
    """
    if "deleted_key" in message:
        return Deleted(message["deleted_key"]["user_id"], message["deleted_key"]["digest"])
    named = message.get("deletedKey")
    return None if named is None else Deleted(named["userId"], named["digest"])


def disconnect(sio: Server, users: UserRecords, deleted: Deleted) -> int:
    """End every connection of a key, told why; returns how many. None, if the key stands again.

    One read, one query, one read for each connection of the user. A client that reconnects learns ``unauthorized``.
    Raises what failed for one of them, once the others were ended.
    """
    if users.user_of(deleted.digest) is not None:
        return 0
    ended, failures = 0, []
    for member in sio.manager.store.rooms.members("/", Devices(deleted.user_id).room):
        try:
            ended += _end(sio, member, deleted)
        except Exception as failure:
            failures.append(failure)
    if failures:
        raise ExceptionGroup("Some connections of a deleted key could not be ended", failures)
    return ended


def _end(sio: Server, member: Member, deleted: Deleted) -> bool:
    """End one connection of its user, if it is the key's; whether there was one to end."""
    if _session(sio, member).get("key") != deleted.digest:
        return False
    if member.detached:
        sio.manager.store.recovery.forget(member.sid)  # so that no client comes back to it
        return False
    sio.manager.fanout.emit([member], "error", {"event": None, **Unauthorized().as_error()})
    sio.manager.close(member.address, "server disconnect")
    return True


def _session(sio: Server, member: Member) -> Mapping[str, Any]:
    """The session of a socket, connected or away; empty if it is gone."""
    if member.detached:
        state = sio.manager.store.recovery.state(member.sid)
        return {} if state is None else state.session
    connection = sio.manager.store.connections.find(member.address)
    return {} if connection is None else connection.sessions.get("/", {})
