"""Who may connect: the switch, the origin, the key or the token, the plan's number of connections.

A native client is judged at the handshake and gets an HTTP status; a Socket.IO client is let in and told at CONNECT, so
that it learns why.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from serverless_socketio.address import kind_of
from serverless_socketio.exceptions import ConnectionRefusedError
from serverless_socketio.polling.session import NOOP
from serverless_socketio.polling.sweep import idle_addresses
from serverless_socketio_chat.accounts import origins
from serverless_socketio_chat.accounts.api_keys import digest
from serverless_socketio_chat.accounts.claims import is_jwt
from serverless_socketio_chat.accounts.model import BadToken, KeysUnreadable
from serverless_socketio_chat.accounts.tokens import ends_of, from_environ, session_of, to_environ
from serverless_socketio_chat.model import Devices

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from serverless_socketio.aws.gateway import Handshake
    from serverless_socketio.server import Server
    from serverless_socketio_chat.accounts.model import TokenIdentity, User
    from serverless_socketio_chat.accounts.ports import PlanRecords, UserRecords
    from serverless_socketio_chat.accounts.token_ends import TokenEnds
    from serverless_socketio_chat.accounts.tokens import Tokens

GLOBAL_ROOM = "global"

PLACE_WAIT_S, PLACE_LOOK_S = 3.0, 0.25  # for a place that becomes free, and between two looks
WAITING_MAX = 5  # CONNECTs of a user that wait at a time
PLACE_WAIT_TTL_S = 4  # of a claim to wait: whole seconds, late rather than early

MESSAGES = {
    "unauthorized": (401, "This API key is not known."),
    "forbidden": (403, "This page may not connect: ALLOWED_ORIGINS does not name its origin."),
    "unavailable": (503, "Real-time connections are switched off."),
}


@dataclass(frozen=True, slots=True)
class Access:
    """Who may connect.

    `origins`: those of web pages that may connect; `enabled`: the switch; `tokens`: None without an issuer, where what
    looks like a JWT is an unknown key; `ends`: of tokens.
    """

    users: UserRecords
    plans: PlanRecords
    origins: Collection[str]
    enabled: bool
    tokens: Tokens | None
    ends: TokenEnds

    def handshake(self, handshake: Handshake) -> Mapping[str, Any]:
        """What to keep of a handshake: the digest of its key, its page's origin, and the verdict on that.

        Of a token: what it says, since it is kept nowhere itself. Raises for a native client.
        """
        verdict = self._verdict(handshake.headers)
        token = _token(handshake)
        if handshake.form == "native" and verdict is not None:
            raise refusal(verdict)
        environ = {"verdict": verdict, "key": None, "origin": handshake.headers.get("origin")}
        if token is None or verdict is not None:
            return environ
        if self.tokens is not None and is_jwt(token):
            return {**environ, "token": _judged(self.tokens, token)}
        return {**environ, "key": digest(token)}

    def connect(self, sio: Server, sid: str, environ: Mapping[str, Any], auth: Any) -> None:
        """Accept a socket, as the user of its key. CONNECT's own token comes before the handshake's."""
        if environ.get("verdict") is not None:
            raise refusal(environ["verdict"])
        session = self._session(environ, _own_token(auth))
        user_id = session["userId"]
        _take_place(sio, sid, user_id, self.plans.plan(session["plan"]).connections)
        ends_ms = ends_of(session)
        if ends_ms is not None:
            self.ends.begin(sid, ends_ms, tell=sio.request.connection.form == "socketio")
        sio.save_session(sid, session)
        sio.enter_room(sid, Devices(user_id).room)

    def _session(self, environ: Mapping[str, Any], token: str | None) -> dict[str, Any]:
        """Who a socket is, by CONNECT's own key or token, else by the handshake's."""
        if self.tokens is not None and token is not None and is_jwt(token):
            return _signed_in(self.tokens, _judged(self.tokens, token))
        if self.tokens is not None and token is None and environ.get("token") is not None:
            return _signed_in(self.tokens, environ["token"])
        key = environ.get("key") if token is None else digest(token)
        if key is None:
            raise refusal("unauthorized", "The API key is missing: send it as auth.token, or at the handshake.")
        user = self._user(key)
        # The key's digest is kept so that its connections are found when it is revoked (`revocation`).
        return {"userId": user.user_id, "plan": user.plan, "key": key}

    def _user(self, key: str) -> User:
        user = self.users.user_of(key)
        if user is None:
            raise refusal("unauthorized")
        return user

    def _verdict(self, headers: Mapping[str, str]) -> str | None:
        if not self.enabled:
            return "unavailable"
        allowed = origins.is_allowed(
            headers.get("origin"),
            (headers.get("host"), headers.get("x-forwarded-host")),
            self.origins,
            scheme=headers.get("x-forwarded-proto", "https"),  # from API Gateway, whatever the client sent
        )
        return None if allowed else "forbidden"


def _take_place(sio: Server, sid: str, user_id: str, places: int) -> None:
    """Let a socket be one of so many. Where all are taken, wait a while for one: a reload leaves its last behind.

    A socket that comes back is in the room already, and takes the place that was its own.
    """
    clock, room = sio.manager.clock, Devices(user_id).room
    until = clock.monotonic() + PLACE_WAIT_S
    if _has_place(sio, sid, room, places):
        return
    if _may_wait(sio, user_id):
        _end_requests(sio, sid, room)
        while clock.monotonic() < until:
            clock.sleep(PLACE_LOOK_S)
            if _has_place(sio, sid, room, places):
                return
    raise refusal("forbidden", "Too many connections for this plan.")


def _has_place(sio: Server, sid: str, room: str, places: int) -> bool:
    """Whether there is a place by now: detached ones, and those that no longer poll, make room if need be."""
    others = [member for member in sio.manager.store.rooms.members("/", room) if member.sid != sid]
    wanted = len(others) + 1 - places
    if wanted <= 0:
        return True
    detached = sorted((member for member in others if member.detached), key=lambda member: member.left_ms)
    idle = []
    if wanted > len(detached):
        idle = idle_addresses(sio.manager, [member.address for member in others if not member.detached])
    if wanted > len(detached) + len(idle):
        return False
    for member in detached[:wanted]:
        sio.manager.store.recovery.forget_detached(member.sid)
    for address in idle[: max(0, wanted - len(detached))]:
        sio.manager.close(address, "ping timeout")
        for member in others:
            if member.address == address:  # nor does it stay detached, and count on
                sio.manager.store.recovery.forget_detached(member.sid)
    return True


def _end_requests(sio: Server, sid: str, room: str) -> None:
    """End the GETs that are held for a user: who is there asks again at once, who has left does not."""
    others = [member.address for member in sio.manager.store.rooms.members("/", room) if member.sid != sid]
    polling = [address for address in others if kind_of(address) == "poll"]
    sio.manager.transport.post_all([(address, [NOOP]) for address in polling])


def _may_wait(sio: Server, user_id: str) -> bool:
    """Whether a CONNECT may wait: so many of a user's at a time, since each keeps a function busy. A write or more.

    A native client's handshake does not: it is refused while API Gateway waits.
    """
    pending = sio.manager.store.pending
    return sio.request.connection.form == "socketio" and any(
        pending.claim_once(f"place:{user_id}:{number}", PLACE_WAIT_TTL_S) for number in range(WAITING_MAX)
    )


def _own_token(auth: Any) -> str | None:
    """The key or token of a CONNECT packet. Raises for what cannot be one."""
    token = auth.get("token") if isinstance(auth, dict) else None
    if token is not None and not isinstance(token, str):
        raise refusal("unauthorized", "An API key must be a string.")
    return token


def _judged(tokens: Tokens, token: str) -> dict[str, Any]:
    """What a connection keeps of a token: what it says, or why it says nothing."""
    try:
        return {"identity": to_environ(tokens.identify(token))}
    except BadToken as bad:
        return {"bad": str(bad), "reason": bad.reason}
    except KeysUnreadable as failure:
        return {"unreadable": str(failure)}


def _signed_in(tokens: Tokens, judged: Mapping[str, Any]) -> dict[str, Any]:
    """The session of a token that was judged.

    Raises KeysUnreadable, so that the connection is closed: it may be good. And a refusal for one that is not.
    """
    if "unreadable" in judged:
        raise KeysUnreadable(judged["unreadable"])
    if "bad" in judged:
        raise refusal("unauthorized", judged["bad"], judged["reason"])
    identity: TokenIdentity = from_environ(judged["identity"])
    try:
        return session_of(tokens.user(identity), identity)
    except BadToken as bad:
        raise refusal("unauthorized", str(bad), bad.reason) from None


def refusal(code: str, message: str | None = None, reason: str | None = None) -> ConnectionRefusedError:
    """A refusal with its public code, and the status that a native client gets."""
    status, text = MESSAGES[code]
    data = {"code": code} if reason is None else {"code": code, "reason": reason}
    return ConnectionRefusedError(message or text, data, status=status)


def _token(handshake: Handshake) -> str | None:
    """The key of a handshake: ``?token=``, ``x-api-key`` or ``Authorization: Bearer`` (RFC 6750 section 2.1)."""
    bearer = handshake.headers.get("authorization", "")
    scheme, _, credentials = bearer.partition(" ")
    from_header = credentials.strip() if scheme.lower() == "bearer" else None
    return handshake.query.get("token") or handshake.headers.get("x-api-key") or from_header or None
