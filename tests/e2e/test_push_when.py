"""When there is a push: asked for from anywhere, for devices that turn out to be gone, of plans that end."""

import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.aws_side import client, directory, put_event, queue_url, workers
from tests.e2e.conftest import Stack, World
from tests.e2e.pushing import Subscriber, needs_loopback, nothing_comes, send, subscriber
from tests.e2e.scripts import EXAMPLES, run
from tests.push_service import PushService, Step

pytestmark = [pytest.mark.e2e, needs_loopback]

GRACE_S = 10


@pytest.fixture
def absent(world: World, service: PushService, user: str) -> Iterator[Subscriber]:
    """A subscribed user without a connection."""
    with subscriber(world, service, user) as found:
        found.leave()
        yield found


def invoke(stack: Stack, payload: Any) -> Any:
    answer = client(stack, "lambda").invoke(
        FunctionName=stack.resource("functions", "push"), Payload=json.dumps(payload)
    )
    return json.loads(answer["Payload"].read())


def test_any_python_process_notifies(stack: Stack, absent: Subscriber, tmp_path: Path) -> None:
    run(stack, tmp_path, [sys.executable, str(EXAMPLES / "push" / "notify.py"), absent.user_id])
    by_title = {shown["title"]: shown for shown in absent.browser.wait(3)}
    assert by_title["Shipped"]["body"] == "Order 17 is on its way."
    assert by_title["Mira"]["url"] == "/?agent=companion"
    (expiring,) = (shown for title, shown in by_title.items() if title not in {"Shipped", "Mira"})
    assert "3 days" in expiring["title"] + expiring["body"]


def test_any_backend_notifies(stack: Stack, absent: Subscriber) -> None:
    put_event(
        stack,
        "PushNotification",
        {"userId": absent.user_id, "notification": {"title": "By the bus", "body": "b", "url": "/orders/7"}},
    )
    asked = {"userId": absent.user_id, "agentMessage": {"agentName": "Mira", "preview": "p", "agentId": "companion"}}
    invoke(stack, asked)
    send(stack, absent.user_id, title="By the queue")
    by_title = {shown["title"]: shown for shown in absent.browser.wait(3)}
    assert by_title["By the bus"]["url"] == "/orders/7"
    assert by_title["Mira"]["url"] == "/?agent=companion"
    assert by_title["By the queue"]["body"] == "World"


def test_who_is_there_is_told_instead(world: World, absent: Subscriber) -> None:
    device = world.connect(absent.user_id)
    send(world.stack, absent.user_id, actions=[{"action": "pay", "title": "Pay", "url": "/pay"}])
    told = device.wait_for("notification").body
    assert told["title"] == "Hello"
    assert told["actions"] == [{"action": "pay", "title": "Pay", "url": "/pay"}]
    assert nothing_comes(absent.browser)


def test_a_device_that_turns_out_to_be_gone(world: World, service: PushService, turns: Iterator[str]) -> None:
    with (
        subscriber(world, service, next(turns)) as cut,
        subscriber(world, service, next(turns)) as closed,
        subscriber(world, service, next(turns)) as back,
    ):
        for each in (cut, closed, back):
            each.device.close()
            each.device = world.connect(each.user_id, reconnection=each is back, reconnectionDelay=100)
            send(world.stack, each.user_id, body="are you there?")
        for each in (cut, closed, back):
            each.device.wait_for("notification")
        cut.device.cut()
        back.device.cut()
        closed.device.close()
        (shown,) = cut.browser.wait(patience_s=GRACE_S + 20)
        assert shown["body"] == "are you there?"
        deadline = time.monotonic() + 20
        while len(back.device.events("notification")) < 2:  # told again, since it may have missed it
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert nothing_comes(back.browser)
        assert not closed.browser.received


def test_a_plan_that_ends_is_told_once(world: World, absent: Subscriber) -> None:
    stack = world.stack
    at = datetime.now(UTC).replace(hour=12) + timedelta(days=3)
    directory(stack).put_user(absent.user_id, "enterprise", plan_expires_ms=round(at.timestamp() * 1000))
    try:
        for _ in range(2):
            invoke(stack, {"schedule": "expiring"})
        (shown,) = absent.browser.wait()
        assert "3 days" in shown["title"] + shown["body"]
        assert nothing_comes(absent.browser)
    finally:
        directory(stack).put_user(absent.user_id, "enterprise", plan_expires_ms=None)


def test_a_crash_between_delivery_and_acknowledgement(world: World, service: PushService, user: str) -> None:
    """The push service took it, the worker died before it could say so: it comes again, at the same topic and tag."""
    stack = world.stack
    sqs, url = client(stack, "sqs"), queue_url(stack, "deliveries")
    before = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "4"})
    try:
        with subscriber(world, service, user, Step(wait_s=2)) as reader:
            reader.ask_and_leave("twice at most")
            while not reader.browser.received:
                time.sleep(0.02)
            for pid in workers(stack, "sender"):
                os.kill(pid, signal.SIGKILL)
            shown = reader.browser.wait(2, patience_s=60)
            assert [each["tag"] for each in shown] == ["chat:echo"] * 2
            assert len({request.topic for request in reader.browser.received}) == 1
            assert nothing_comes(reader.browser)
    finally:
        sqs.set_queue_attributes(QueueUrl=url, Attributes=before)
