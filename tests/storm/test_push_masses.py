"""Notifications in masses: every browser is shown each of its own, once, and none is lost."""

import json
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from serverless_socketio.aws.table import DynamoTable
from serverless_socketio.system import SystemClock
from serverless_socketio_chat.notifications.table import TableSubscriptions
from serverless_socketio_chat.push.endpoints import subscription_id
from serverless_socketio_chat.push.model import Subscription
from tests.e2e.aws_side import client, queue_url
from tests.e2e.conftest import Stack, stack_in
from tests.push_service import Browser, PushService, push_service

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1500)]

USERS, EACH = int(os.environ.get("MASS_USERS", "100")), 10  # `make test-masses`: 1,000 users
PATIENCE_S = 0.1 * USERS * EACH
"""The local engine does everything in one thread; how long it takes says nothing of AWS."""


@pytest.fixture
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with stack_in(tmp_path_factory.mktemp("masses")) as made:
        yield made


def subscribe(stack: Stack, service: PushService) -> dict[str, Browser]:
    """Subscribe a browser for each user, as the events do."""
    table = DynamoTable(stack.resource("tables", "conversations"), client=client(stack, "dynamodb"))
    subscriptions = TableSubscriptions(table, SystemClock())
    browsers = {f"reader{number:04d}": service.browser(stack.outputs["vapidPublicKey"]) for number in range(USERS)}

    def one(user_id: str) -> None:
        found = browsers[user_id].subscription
        name = subscription_id(found["endpoint"])
        subscriptions.put(
            Subscription(name, user_id, found["endpoint"], found["keys"]["p256dh"], found["keys"]["auth"])
        )

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, browsers))
    return browsers


def send(stack: Stack, users: Iterator[str] | list[str]) -> None:
    """Ask for every notification by the queue."""
    sqs = client(stack, "sqs")
    url = queue_url(stack, "push")
    asked = [(user, number) for number in range(EACH) for user in users]

    def ten(start: int) -> Any:
        entries = [
            {"Id": str(at), "MessageBody": json.dumps({"userId": user, "notification": {"title": "T", "body": str(n)}})}
            for at, (user, n) in enumerate(asked[start : start + 10])
        ]
        assert not sqs.send_message_batch(QueueUrl=url, Entries=entries).get("Failed")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(ten, range(0, len(asked), 10)))


def test_none_is_lost(stack: Stack) -> None:
    with push_service() as service:
        browsers = subscribe(stack, service)
        began = time.monotonic()
        send(stack, list(browsers))
        sent_s = time.monotonic() - began
        deadline = began + 60 + PATIENCE_S
        while sum(len(each.received) for each in browsers.values()) < USERS * EACH:
            assert time.monotonic() < deadline, f"{sum(len(b.received) for b in browsers.values())} came"
            time.sleep(0.5)
        took_s = time.monotonic() - began
        print(f"{USERS * EACH} notifications: asked for in {sent_s:.0f} s, all shown after {took_s:.0f} s")
        print(f"connections to the push service: {service.connections}")
        for browser in browsers.values():
            assert sorted(int(shown["body"]) for shown in browser.notifications) == list(range(EACH))
