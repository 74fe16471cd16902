"""What users prefer, and what their devices were told. Times are integer milliseconds since the epoch, UTC."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from serverless_socketio_chat.issues import Issue
    from serverless_socketio_chat.push.model import Notification

Channel: TypeAlias = Literal["push", "tell"]  # what was decided: push it, or tell devices that are in the foreground


@dataclass(frozen=True, slots=True)
class QuietHours:
    """When a user is not to be disturbed: ``HH:MM`` to ``HH:MM`` in the user's time zone, perhaps over midnight."""

    start: str
    end: str


@dataclass(frozen=True, slots=True)
class Preferences:
    """How a user wants to be notified. `subscriptions`: how many devices are subscribed."""

    quiet_hours: QuietHours | None = None
    time_zone: str = "UTC"  # IANA name
    muted_agents: tuple[str, ...] = ()
    subscriptions: int = 0


@dataclass(frozen=True, slots=True)
class InAppNotice:
    """A notification that devices in the foreground are told instead of a push, as from a time.

    It is remembered until it is known that they lived then.
    """

    notification: Notification
    sids: frozenset[str]
    at_ms: int


class NotYours(Exception):  # noqa: N818 - an outcome of `Subscriptions.put`
    """The endpoint is subscribed by another user, with other keys."""


class BadNotification(ValueError):  # noqa: N818 - an outcome
    """This is not a notification; `issues` says why, without its contents."""

    def __init__(self, issues: list[Issue]) -> None:
        super().__init__("; ".join(f"{issue['path']}: {issue['message']}" for issue in issues))
        self.issues = issues
