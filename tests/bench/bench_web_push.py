"""A push encrypted and signed, against pywebpush as its readme uses it, with its posting left out."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from pywebpush import webpush

from infra.vapid import make_pair
from serverless_socketio.system import SystemClock
from serverless_socketio_chat.push.encryptor import encryptor
from serverless_socketio_chat.push.push_message import DELIVERY_OPTIONS
from serverless_socketio_chat.push.vapid import Vapid
from tests.bench.measuring import Row, side_by_side
from tests.push_service import PushService

if TYPE_CHECKING:
    from collections.abc import Iterator

BUDGET = 0.40
CALLS = 300
SUBJECT = "mailto:ops@example.com"
PAYLOAD = json.dumps({"title": "Echo", "body": "An answer of two hundred words begins like this. " * 8}).encode()


class NoSession:
    """A session of `requests` that posts nothing, and the answer to that."""

    status_code, reason, text, headers = 201, "Created", "", ""

    def post(self, endpoint: str, **_: Any) -> NoSession:
        return self


def rows() -> Iterator[Row]:
    public, private = make_pair()
    subscription = PushService("https://fcm.googleapis.com").browser().subscription
    keys = subscription["keys"]
    point, auth = (base64.urlsafe_b64decode(keys[name] + "==") for name in ("p256dh", "auth"))
    vapid, ttl_s = Vapid(SUBJECT, public, lambda: private, SystemClock()), DELIVERY_OPTIONS["answer"].ttl_s

    def push(name: str) -> None:
        encryptor(name)(PAYLOAD, point, auth)
        vapid.header("https://fcm.googleapis.com")

    def plain() -> None:
        claims: dict[str, Any] = {"sub": SUBJECT}
        webpush(
            subscription,
            PAYLOAD,
            vapid_private_key=private,
            vapid_claims=claims,
            ttl=ttl_s,
            requests_session=NoSession(),
        )

    own, library, baseline = side_by_side(lambda: push("own"), lambda: push("pywebpush"), plain, calls=CALLS)
    yield Row("push: encrypt and sign", own, "pywebpush.webpush()", baseline, BUDGET)
    yield Row("the same, PUSH_ENCRYPTION=pywebpush", library, "pywebpush.webpush()", baseline)
