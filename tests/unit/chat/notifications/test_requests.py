"""What others may ask to notify of: whatever is accepted can be pushed, with the beginning of its body."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serverless_socketio_chat.notifications import requests as asking
from serverless_socketio_chat.notifications import wording
from serverless_socketio_chat.notifications.model import BadNotification
from serverless_socketio_chat.push.push_message import payload

NOW_MS = 1_700_000_000_000
BODY = "Something has happened. " * 1_000


def beginning(notification: object) -> str:
    """The body as a service worker gets it."""
    body: str = json.loads(payload(notification))["body"]  # type: ignore[arg-type]
    return body


@given(
    title=st.text(min_size=1, max_size=128),
    tag=st.none() | st.text(min_size=1, max_size=128),
    paths=st.lists(st.text(st.sampled_from("ab/ü😀"), max_size=500), min_size=3, max_size=3),
    actions=st.integers(0, 2),
)
def test_whatever_is_accepted_can_be_pushed(title: str, tag: str | None, paths: list[str], actions: int) -> None:
    icon, badge, url = (f"/x{path}" for path in paths)
    buttons = [{"action": str(number), "title": "Open"} for number in range(actions)]
    fields = {"title": title, "body": BODY, "icon": icon, "badge": badge, "url": url, "actions": buttons}
    try:
        asked = asking.read({"userId": "alice", "notification": {**fields, **({"tag": tag} if tag else {})}})
    except BadNotification as bad:
        assert [issue["path"] for issue in bad.issues] == ["notification"]  # noqa: PT017 - most are no bad ones
        return
    shown = beginning(asked.as_notification(now_ms=NOW_MS, otherwise="n1"))
    assert BODY.startswith(shown.removesuffix("…"))
    assert len(shown) > asking.BODY_BYTES_MIN - 10


@given(agent_id=st.text(min_size=1, max_size=128), name=st.text(min_size=1, max_size=2_000))
def test_whatever_an_agent_is_called_its_messages_can_be_pushed(agent_id: str, name: str) -> None:
    notification = wording.answer("n1", name, BODY, agent_id=agent_id, now_ms=NOW_MS)
    assert len(beginning(notification)) > 100


def test_the_longest_names_fit_too() -> None:
    for agent_id in ("😀" * 128, "漢" * 128, "%" * 128):
        notification = wording.answer("n1", "😀" * 200, BODY, agent_id=agent_id, now_ms=NOW_MS)
        assert len(beginning(notification)) > 100


def test_what_it_was_asked_by_can_be_read_again() -> None:
    fields = {"title": "T", "body": "b", "url": "https://shop.example/orders/17", "actions": []}
    asked = asking.read({"userId": "alice", "id": "n1", "notification": fields})
    assert asking.read(asked.as_body()) == asked


@pytest.mark.parametrize(
    "link", ["/", "/orders/17?x=1#y", "https://shop.example", "https://shop.example/a", "http://localhost:3000/"]
)
def test_links_are_paths_of_the_page_or_urls(link: str) -> None:
    asked = asking.read({"userId": "a", "notification": {"title": "T", "body": "", "url": link, "icon": link}})
    assert asked.as_notification(now_ms=NOW_MS, otherwise="n1").url == link


@pytest.mark.parametrize("link", ["", "orders", "//evil.example", "/\\evil.example", "data:x", " /", "https:///x"])
@pytest.mark.parametrize("field", ["url", "icon", "badge"])
def test_other_links_are_refused(link: str, field: str) -> None:
    with pytest.raises(BadNotification, match=rf"notification\.{field}"):
        asking.read({"userId": "a", "notification": {"title": "T", "body": "", field: link}})


@given(control=st.characters(categories=["Cc"]), at=st.integers(0, 8))
def test_links_have_no_control_characters_which_browsers_drop(control: str, at: int) -> None:
    for whole in ("/", "/orders", "https://shop.example/"):
        link = whole[:at] + control + whole[at:]
        asked = {"title": "T", "body": "", "actions": [{"action": "go", "title": "Go", "url": link}]}
        with pytest.raises(BadNotification, match="url"):
            asking.read({"userId": "a", "notification": asked})
    with pytest.raises(BadNotification, match="url"):
        asking.read({"userId": "a", "notification": {"title": "T", "body": "", "url": f"/{control}/evil.example"}})
