"""A socket goes on with a newer token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from serverless_socketio_chat.accounts.model import BadToken, KeysUnreadable
from serverless_socketio_chat.accounts.tokens import session_of
from serverless_socketio_chat.errors import RETRY_MS, Forbidden, Unauthorized, Unavailable

if TYPE_CHECKING:
    from serverless_socketio.model import Member
    from serverless_socketio.server import Server
    from serverless_socketio_chat.accounts.token_ends import TokenEnds
    from serverless_socketio_chat.accounts.tokens import Tokens


@dataclass(frozen=True, slots=True)
class SignIn:
    """Refreshes sockets' tokens. `tokens`: None without an issuer: then no token is accepted."""

    sio: Server
    tokens: Tokens | None
    ends: TokenEnds

    def refresh(self, member: Member, user_id: str, token: str) -> int:
        """Let a socket go on with a newer token of its user; when that ends, in milliseconds.

        Plan and end are the token's from then on. Raises Unauthorized, Forbidden, Unavailable, and nothing changes
        then. One read, two writes.
        """
        if self.tokens is None:
            raise Unauthorized("This deployment accepts no tokens.")
        try:
            identity = self.tokens.identify(token)
            if identity.user_id != user_id:
                raise Forbidden("This token belongs to another user.")
            user = self.tokens.user(identity)
        except BadToken as bad:
            raise Unauthorized(str(bad), **({"reason": bad.reason} if bad.reason else {})) from None
        except KeysUnreadable as failure:
            raise Unavailable(retryAfterMs=RETRY_MS) from failure
        self.ends.go_on(member.sid, identity.ends_ms)
        self.sio.save_session(member.sid, session_of(user, identity))
        return identity.ends_ms
