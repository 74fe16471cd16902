"""`push.ports.PushServices` over HTTP: a message, encrypted and signed, to where its endpoint says."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from serverless_socketio_chat.push.model import PushResponse, Unsafe
from serverless_socketio_chat.retry_after import retry_after_s

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import httpcore

    from serverless_socketio.ports import Clock
    from serverless_socketio_chat.push.connections import GuardedConnections
    from serverless_socketio_chat.push.model import PushMessage


# What push services say of a subscription that was made with another key: Apple's 400 and 403, Google's 403. Others
# have no words for it, and a bare 401 or 403 may as well be about the token, or the subject:
OTHER_KEY = (b"VapidPkHashMismatch", b"do not correspond to the credentials used to create the subscription")


class HttpPushServices:
    """Posts messages, from many threads.

    `check`: raises ValueError for an endpoint that no subscription may have. `authorize`: the ``Authorization`` of an
    origin. `wire`: makes the connections, when first needed.
    """

    def __init__(
        self,
        check: Callable[[str], object],
        authorize: Callable[[str], str],
        wire: Callable[[], GuardedConnections],
        clock: Clock,
    ) -> None:
        self._check = check
        self._authorize = authorize
        self._make_wire = wire
        self._clock = clock
        self._lock = Lock()
        self._wire: GuardedConnections | None = None

    def post(self, message: PushMessage) -> PushResponse:
        """Encrypt and post a message; what the push service said. Raises Unreachable, Unsafe."""
        url, origin = self._place(message.endpoint)
        body = self._encrypted(message)
        status, headers, text = self._connections().post(url, self._headers(message, origin), body)
        is_of_another_key = 400 <= status < 500 and any(sentence in text for sentence in OTHER_KEY)
        return PushResponse(status, self._retry_after_s(headers), is_of_another_key)

    def _place(self, endpoint: str) -> tuple[httpcore.URL, str]:
        """Where to post, and the origin of that (RFC 6454), in the one form that was checked."""
        import httpcore

        try:
            self._check(endpoint)
        except ValueError as error:
            raise Unsafe(str(error)) from error
        parts = urlsplit(endpoint)
        host = parts.hostname or ""
        port = None if (parts.scheme, parts.port) == ("https", 443) else parts.port
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        origin = f"{parts.scheme}://{host}" if port is None else f"{parts.scheme}://{host}:{port}"
        return httpcore.URL(scheme=parts.scheme, host=host, port=port, target=target), origin

    def _headers(self, message: PushMessage, origin: str) -> dict[str, str]:
        return {
            "Authorization": self._authorize(origin),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(message.ttl_s),
            "Urgency": message.urgency,
            **({"Topic": message.topic} if message.topic else {}),
        }

    def _encrypted(self, message: PushMessage) -> bytes:
        from serverless_socketio_chat.push.encryption import encrypt

        try:
            return encrypt(message.payload, _decoded(message.p256dh), _decoded(message.auth))
        except ValueError as error:
            raise Unsafe(f"A push cannot be encrypted: {error}") from error

    def _retry_after_s(self, headers: Iterable[tuple[bytes, bytes]]) -> float | None:
        for name, value in headers:
            if name.lower() == b"retry-after":
                return retry_after_s(value.decode("latin-1"), self._clock.now_ms() / 1000)
        return None

    def _connections(self) -> GuardedConnections:
        """One wire for all threads: connections are kept in it."""
        with self._lock:
            if self._wire is None:
                self._wire = self._make_wire()
            return self._wire


def _decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
