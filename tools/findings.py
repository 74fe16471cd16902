"""What a look at an account or a deployment may find: sentences for people, each with what to do."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError

T = TypeVar("T")

DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"}
"""Codes by which AWS's services say that a permission is missing; each has a name of its own for it."""


class Kind(Enum):
    """How much a finding matters, in the word that is printed before it."""

    OK = "ok"
    STOP = "stop"
    BROKEN = "broken"
    WARNING = "warning"
    UNKNOWN = "not checked"
    NOTE = "note"


@dataclass(frozen=True)
class Finding:
    """One sentence or two, and how much it matters.

    Attributes:
        kind: How much.
        says: The sentences, without a full stop at the end.
        passes: Context that a deployment passes to the CDK because of it, name → value.
    """

    kind: Kind
    says: str
    passes: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """As it is printed."""
        return f"{self.kind.value}: {self.says}"


class Unchecked(Exception):  # noqa: N818 - no error: the rest goes on
    """A question that AWS did not answer; the message says which, and why.

    Attributes:
        code: AWS's own word for why, "" where nothing came back.
    """

    def __init__(self, says: str, code: str = "") -> None:
        super().__init__(says)
        self.code = code


def ask(about: str, action: str, call: Callable[[], T]) -> T:
    """Make a call that answers a question.

    Raises Unchecked where it fails, with the IAM action that is missing if that is why.
    """
    try:
        return call()
    except ClientError as exc:
        code, message = exc.response["Error"]["Code"], exc.response["Error"].get("Message", "")
        if code in DENIED:
            raise Unchecked(f"{about}: these credentials may not {action}", code) from exc
        raise Unchecked(f"{about}: {action} is answered with {code} {message}".rstrip(), code) from exc
    except BotoCoreError as exc:
        raise Unchecked(f"{about}: {action} was not answered, {exc}") from exc


def collect(check: Iterator[Finding]) -> list[Finding]:
    """Return what a check finds. A question that was not answered ends that check, and is a finding too."""
    found = []
    try:
        for finding in check:
            found.append(finding)  # noqa: PERF402 - what was found before a question without an answer stays
    except Unchecked as exc:
        found.append(Finding(Kind.UNKNOWN, str(exc)))
    return found
