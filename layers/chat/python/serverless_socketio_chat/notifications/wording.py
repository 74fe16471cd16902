"""What notifications of our own say: of an agent's message, of a plan that ends, for a test."""

from __future__ import annotations

from urllib.parse import quote

from serverless_socketio_chat.push.model import Action, Notification

ICON, BADGE = "/icons/icon-192.png", "/icons/badge-96.png"  # of the page: what our own notifications are shown with
BODY_MAX = 2_000  # code points: more than fits a push, so that what is cut here is cut there, too, and less is stored
CUT = "…"
TITLE_MAX = 128  # code points, of an agent's name
URL_MAX = 300  # characters: it is said three times in a payload, which has to fit whatever the agent's id is
OPEN = Action("open", "Open")


def answer(notification_id: str, agent_name: str, words: str, *, agent_id: str | None, now_ms: int) -> Notification:
    """An agent has said something; with an `agent_id`, it leads to the chat, and a newer one replaces an older."""
    url = "/" if agent_id is None else f"/?agent={quote(agent_id, safe='')}"
    return Notification(
        id=notification_id,
        title=agent_name[:TITLE_MAX],
        body=short(words),
        timestamp=now_ms,
        icon=ICON,
        badge=BADGE,
        url=url if len(url) <= URL_MAX else "/",
        tag=None if agent_id is None else f"chat:{agent_id}",
        actions=(OPEN,),
        kind="answer",
        agent_id=agent_id,
    )


def test(notification_id: str, *, now_ms: int) -> Notification:
    """The user asked whether notifications arrive."""
    return Notification(
        id=notification_id,
        title="Test",
        body="Notifications reach this device.",
        timestamp=now_ms,
        icon=ICON,
        badge=BADGE,
        url="/",
        tag="test",
        kind="test",
    )


def expiring(notification_id: str, days: int, *, now_ms: int) -> Notification:
    """The user's plan ends in so many days."""
    when = {0: "today", 1: "tomorrow"}.get(days, f"in {days} days")
    return Notification(
        id=notification_id,
        title=f"Your plan ends {when}",
        body="From then on, the limits of the free plan hold.",
        timestamp=now_ms,
        icon=ICON,
        badge=BADGE,
        url="/",
        tag="plan",
        kind="expiring",
    )


def short(words: str) -> str:
    """As much of a text as may be shown; never nothing, since a notification without words looks broken."""
    if not words.strip():
        return CUT
    return words if len(words) <= BODY_MAX else words[:BODY_MAX] + CUT
