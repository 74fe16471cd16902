"""What a client of AWS raises, whichever it is: the lean one's errors, and botocore's if anything has loaded that.

These are called in ``except`` clauses, which are looked at only when something was raised: so what botocore raised has
been imported by then, and no other caller has to.
"""

from __future__ import annotations

import sys

from .client import errors

Errors = tuple[type[Exception], ...]


def refusals() -> Errors:
    """The service answered, and refused: `response` says why."""
    return _both(errors.ClientError, "ClientError")


def silences() -> Errors:
    """There is no answer."""
    return _both(errors.NoAnswerError, "BotoCoreError")


def not_connected() -> Errors:
    """There is no answer, and nothing was sent."""
    return _both(errors.NotConnectedError, "ConnectionError")


def lost() -> Errors:
    """There is no answer, and the request may have worked."""
    return _both(errors.AnswerLostError, "HTTPClientError")


def _both(own: type[Exception], name: str) -> Errors:
    botocore = sys.modules.get("botocore.exceptions")
    return (own, getattr(botocore, name)) if botocore else (own,)
