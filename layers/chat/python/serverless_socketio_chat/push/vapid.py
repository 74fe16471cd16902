"""Who pushes: the ``Authorization`` header of RFC 8292, signed by the deployment's key, kept for each push service."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from py_vapid import Vapid02

    from serverless_socketio.ports import Clock

TOKEN_LIFE_S = 12 * 3600  # push services refuse more than 24 hours (RFC 8292 section 2), and clocks differ
PEM_KEY = re.compile(r"-----BEGIN [A-Z ]*KEY-----([^-]*)-----END")  # RFC 7468
RENEW_S = 3600  # before its end
ORIGINS_MAX = 1_000  # known services have a few hundred at most


class VapidError(Exception):
    """The deployment's key pair is not what it should be: nothing can be pushed until that is mended."""


class Vapid:
    """Signs for one deployment. `private_key` reads the key when it is first needed; LookupError if it cannot.

    The public key is base64url without padding, of a point of 65 bytes. The private one is a number of 32 bytes, as
    `make deploy` writes it, or in base64, DER or PEM, as an operator may have put it there.
    """

    def __init__(self, subject: str, public_key: str, private_key: Callable[[], str], clock: Clock) -> None:
        self._subject = subject
        self._public_key = public_key
        self._private_key = private_key
        self._clock = clock
        self._headers: dict[str, tuple[int, str]] = {}  # by origin; until when it is used, in seconds

    def header(self, origin: str) -> str:
        """The header for a push service, by its origin, e.g. ``https://fcm.googleapis.com``. Raises VapidError."""
        now_s = self._clock.now_ms() // 1000
        until_s, header = self._headers.get(origin, (0, ""))
        if now_s < until_s:
            return header
        if len(self._headers) >= ORIGINS_MAX:
            self._headers.clear()
        ends_s = now_s + TOKEN_LIFE_S
        header = self._signed({"aud": origin, "exp": ends_s, "sub": self._subject})
        self._headers[origin] = (ends_s - RENEW_S, header)
        return header

    def _signed(self, claims: dict[str, object]) -> str:
        from py_vapid import VapidException

        try:
            return str(self._signer.sign(claims)["Authorization"])
        except VapidException as error:
            raise VapidError("VAPID_SUBJECT is not a contact: mailto: with an address, or https:") from error

    @cached_property
    def _signer(self) -> Vapid02:
        """The key, once it is known to be the other half of what browsers subscribed with."""
        from py_vapid import Vapid02
        from py_vapid.utils import b64urlencode

        try:
            signer = Vapid02.from_string(_bare(self._private_key()))
            numbers = signer.public_key.public_numbers()
            point = b"\x04" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")
        except LookupError as error:
            raise VapidError("The private VAPID key cannot be read: is it in the parameter VAPID_PARAMETER?") from error
        except (ValueError, TypeError, AttributeError, OverflowError) as error:  # none, locked, RSA, a larger curve
            raise VapidError("The private VAPID key is not one of P-256 in base64url, DER or PEM") from error
        if b64urlencode(point) != self._public_key:
            raise VapidError("The private VAPID key is not VAPID_PUBLIC_KEY's: browsers subscribed with another pair")
        return signer


def _bare(text: str) -> str:
    """A private key without what PEM, quotes and line breaks put around it, in base64url."""
    text = text.replace("\\n", "\n")
    block = PEM_KEY.search(text)
    bare = re.sub(r"[\s\"']", "", block[1] if block else text)
    return bare.rstrip("=").replace("+", "-").replace("/", "_")
