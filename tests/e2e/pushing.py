"""Subscribers: users with a browser at a push service of our own, and what an operator sees of what was not taken."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from tests.e2e.answers import COMPLETE, of, say, succeed
from tests.e2e.aws_side import client, queue_url
from tests.e2e.conftest import Stack, World
from tests.push_service import Browser, PushService, Step

QUIET_S = 1.5  # after which what would have been pushed at once was not


@dataclass
class Subscriber:
    """A user, with a browser that may be pushed to.

    Attributes:
        device: The user's connection, until `leave`.
    """

    world: World
    user_id: str
    browser: Browser

    def __post_init__(self) -> None:
        self.device = self.world.connect(self.user_id)
        self.subscription_id = succeed(self.device, "push:subscribe", {"subscription": self.browser.subscription})[
            "subscriptionId"
        ]

    def leave(self) -> None:
        """Close the connection: from now on no device is in the foreground."""
        self.device.close()

    def ask_and_leave(self, text: str, agent_id: str = "echo") -> str:
        """Send a message and go before the answer has ended; returns the answer's id."""
        reply_id = str(say(self.device, text, agent_id)["replyId"])
        self.leave()
        return reply_id

    def is_subscribed(self) -> bool:
        """Ask by a connection of its own."""
        device = self.world.connect(self.user_id)
        subscribed = succeed(device, "push:status", {"endpoint": self.browser.endpoint})["subscribed"]
        device.close()
        return bool(subscribed)


@contextmanager
def subscriber(world: World, service: PushService, user_id: str, *steps: Step) -> Iterator[Subscriber]:
    """Subscribe a user's browser, which the push service answers by `steps` first; unsubscribed at the end."""
    browser = service.browser(str(world.stack.outputs["vapidPublicKey"])).script(*steps)
    found = Subscriber(world, user_id, browser)
    try:
        yield found
    finally:
        device = world.connect(user_id)
        succeed(device, "push:unsubscribe", {"endpoint": browser.endpoint})
        device.close()


def end_of(subscriber: Subscriber, text: str, agent_id: str = "echo") -> Any:
    """Let an answer end with the user listening; returns `complete`."""
    reply_id = str(say(subscriber.device, text, agent_id)["replyId"])
    return subscriber.device.wait_for(COMPLETE, of(reply_id)).body


def send(stack: Stack, user_id: str, **notification: Any) -> None:
    """Ask for a notification by the queue, as any backend may."""
    body = {"userId": user_id, "notification": {"title": "Hello", "body": "World", **notification}}
    url = queue_url(stack, "push")
    client(stack, "sqs").send_message(QueueUrl=url, MessageBody=json.dumps(body))


def dead(stack: Stack, where: Callable[[Any], bool]) -> dict[str, Any]:
    """Take the dead letter that is as wanted out of its queue; others become visible again at once."""
    sqs = client(stack, "sqs")
    url = queue_url(stack, "pushDead")
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            body: dict[str, Any] = json.loads(message["Body"])
            if where(body):
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                return body
            sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
        time.sleep(0.1)
    raise AssertionError("there is no such dead letter")


def nothing_comes(browser: Browser, seconds: float = QUIET_S) -> bool:
    """Whether a browser receives nothing for a while."""
    before = len(browser.received)
    time.sleep(seconds)
    return len(browser.received) == before


needs_loopback = pytest.mark.skipif("os.environ.get('E2E_OUTPUTS')", reason="only a local stack pushes to loopback")
