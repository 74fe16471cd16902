"""A push encrypted and signed as the sender does it, beside pywebpush used plainly; nothing is posted."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from typing import TYPE_CHECKING
from unittest import mock

import pywebpush
from py_vapid import Vapid02

from infra.vapid import make_pair
from serverless_socketio.system import SystemClock
from serverless_socketio_chat.push.encryption import encrypt
from serverless_socketio_chat.push.vapid import Vapid
from tests.bench.measuring import Row, side_by_side

if TYPE_CHECKING:
    from collections.abc import Iterator

BUDGET = 0.60
CALLS = 50
ORIGIN, SUBJECT = "https://fcm.googleapis.com", "mailto:ops@chat.dev"
KEYS = {
    "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "auth": "BTBZMqHH6r4Tts7J_aSIgg==",
}
BODY = b'{"title":"Echo","body":"' + b"x" * 400 + b'"}'


def rows() -> Iterator[Row]:
    public, private = make_pair()
    vapid = Vapid(SUBJECT, public, lambda: private, SystemClock())
    point, secret = (urlsafe_b64decode(KEYS[name] + "==") for name in ("p256dh", "auth"))
    plain = Vapid02.from_string(private)

    def ours() -> None:
        encrypt(BODY, point, secret)
        vapid.header(ORIGIN)

    def theirs() -> None:
        subscription = {"endpoint": f"{ORIGIN}/fcm/send/x", "keys": dict(KEYS)}
        pywebpush.webpush(subscription, BODY, vapid_private_key=plain, vapid_claims={"sub": SUBJECT})

    answer = mock.Mock(status_code=201)
    with mock.patch("requests.post", return_value=answer), mock.patch("requests.Session.post", return_value=answer):
        own, other = side_by_side(ours, theirs, calls=CALLS)
    yield Row("a push: encrypt and sign", own, "pywebpush.webpush()", other, BUDGET)
