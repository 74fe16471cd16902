"""The credentials of the function's role, as the runtime hands them over: in the environment, and nowhere else.

"Defined runtime environment variables", AWS Lambda developer guide.
"""

from __future__ import annotations

import os
from typing import NamedTuple

from .errors import NoCredentialsError


class Credentials(NamedTuple):
    """What a request is signed with; `token` is empty for a user's own key."""

    access_key: str
    secret_key: str
    token: str


def current() -> Credentials:
    """Return the credentials that are in the environment now: they may have been renewed. Raises NoCredentialsError."""
    find = os.environ.get
    access_key, secret_key = find("AWS_ACCESS_KEY_ID"), find("AWS_SECRET_ACCESS_KEY")
    if not access_key or not secret_key:
        raise NoCredentialsError("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set")
    return Credentials(access_key, secret_key, find("AWS_SESSION_TOKEN", ""))
