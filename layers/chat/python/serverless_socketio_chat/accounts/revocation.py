"""A key that was deleted, or a user who was signed out: the connections are ended.

Whichever way a key's item is deleted, or a user's sign-out written, the table's stream tells, and the connections are
looked for at once, by a message of the sweeper's queue. One whose CONNECT had read the item a moment before may be
accepted a moment later: so they are looked for once more, when every function that ran then has ended.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from serverless_socketio_chat.accounts.model import SignInRecord
from serverless_socketio_chat.accounts.tokens import ends_of
from serverless_socketio_chat.errors import Unauthorized
from serverless_socketio_chat.model import Devices

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from serverless_socketio.model import Member
    from serverless_socketio.server import Server
    from serverless_socketio_chat.accounts.ports import UserRecords

SECOND_LOOK_S = 30  # a function of connections or frames ends after 20 s


@dataclass(frozen=True, slots=True)
class Deleted:
    """A key that stood for a user."""

    user_id: str
    digest: str

    def looks(self) -> list[tuple[dict[str, Any], int]]:
        """The messages that have its connections looked for, each with its delay in seconds."""
        return _twice({"v": 1, "deletedKey": {"userId": self.user_id, "digest": self.digest}})


@dataclass(frozen=True, slots=True)
class SignedOut:
    """A user who was signed out."""

    user_id: str

    def looks(self) -> list[tuple[dict[str, Any], int]]:
        """The messages that have connections of the user's tokens looked for, each with its delay in seconds."""
        return _twice({"v": 1, "signedOut": {"userId": self.user_id}})


Revoked: TypeAlias = Deleted | SignedOut


def _twice(body: dict[str, Any]) -> list[tuple[dict[str, Any], int]]:
    return [(body, delay_s) for delay_s in (0, SECOND_LOOK_S)]


def streamed(record: dict[str, Any]) -> Revoked | None:
    """What a record of the conversations table's stream revokes; None for one that revokes nothing."""
    key = record["dynamodb"]["Keys"]
    if key["sk"]["S"] == "SIGNED_OUT" and record["eventName"] != "REMOVE":
        return SignedOut(key["pk"]["S"].removeprefix("USER#"))
    if record["eventName"] != "REMOVE" or key["sk"]["S"] != "KEY":
        return None
    return Deleted(record["dynamodb"]["OldImage"]["user_id"]["S"], key["pk"]["S"].removeprefix("KEY#"))


def queued(message: Mapping[str, Any]) -> Revoked | None:
    """What a message of `looks` names; None for any other message.

    Also one that was written before bodies had a version, with underscores in its names.
    """
    if "deleted_key" in message:
        return Deleted(message["deleted_key"]["user_id"], message["deleted_key"]["digest"])
    if "signedOut" in message:
        return SignedOut(message["signedOut"]["userId"])
    named = message.get("deletedKey")
    return None if named is None else Deleted(named["userId"], named["digest"])


def disconnect(sio: Server, users: UserRecords, revoked: Revoked) -> int:
    """End every connection of a key, or of a user's tokens, told why; returns how many. None, if a key stands again.

    One read, one query, one read for each connection of the user. A client that reconnects learns ``unauthorized``.
    Raises what failed for one of them, once the others were ended.
    """
    is_revoked = _of_key(users, revoked) if isinstance(revoked, Deleted) else _of_tokens(users, revoked)
    if is_revoked is None:
        return 0
    ended, failures = 0, []
    for member in sio.manager.store.rooms.members("/", Devices(revoked.user_id).room):
        try:
            ended += _end(sio, member, is_revoked)
        except Exception as failure:
            failures.append(failure)
    if failures:
        raise ExceptionGroup("Some connections that were revoked could not be ended", failures)
    return ended


def _of_key(users: UserRecords, deleted: Deleted) -> Callable[[Mapping[str, Any]], bool] | None:
    """Whether a session is a deleted key's; None if the key stands again."""
    if users.user_of(deleted.digest) is not None:
        return None
    return lambda session: session.get("key") == deleted.digest


def _of_tokens(users: UserRecords, signed_out: SignedOut) -> Callable[[Mapping[str, Any]], bool]:
    """Whether a session is that of a token which was issued before its user was signed out."""
    record = SignInRecord(signed_out_s=users.signed_out_s(signed_out.user_id))
    return lambda session: ends_of(session) is not None and record.refuses(session.get("issued"))


def _end(sio: Server, member: Member, is_revoked: Callable[[Mapping[str, Any]], bool]) -> bool:
    """End one connection of its user, if it is revoked; whether there was one to end."""
    session = _session(sio, member)
    if not is_revoked(session):
        return False
    if member.detached:
        sio.manager.store.recovery.forget(member.sid)  # so that no client comes back to it
        return False
    sio.manager.fanout.emit([member], "error", {"event": None, **_told(session).as_error()})
    sio.manager.close(member.address, "server disconnect")
    return True


def _told(session: Mapping[str, Any]) -> Unauthorized:
    return Unauthorized() if ends_of(session) is None else Unauthorized("This user was signed out.")


def _session(sio: Server, member: Member) -> Mapping[str, Any]:
    """The session of a socket, connected or detached; empty if it is gone."""
    if member.detached:
        state = sio.manager.store.recovery.state(member.sid)
        return {} if state is None else state.session
    connection = sio.manager.store.connections.find(member.address)
    return {} if connection is None else connection.sessions.get("/", {})
