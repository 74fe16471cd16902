"""The sender, from its queue to the browser: a push service over HTTP, tables in moto, queues by the test's clock."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from infra.vapid import make_pair
from serverless_socketio_chat.notifications import wording
from serverless_socketio_chat.push.model import Notification
from serverless_socketio_chat.tables import keys
from tests.drivers import ROOT, ChatDriver
from tests.fakes import Queues
from tests.push_service import OTHER_KEY, Step, push_service
from tests.tables import REGION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_dynamodb import DynamoDBClient

    from tests.push_service import Browser, PushService

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(60)]

PUBLIC, PRIVATE = make_pair()
PARAMETER = "/serverless-socketio/Chat/vapid-private-key"
SUBJECT = "mailto:ops@example.com"


def driver(tables: DynamoDBClient, **changes: Any) -> ChatDriver:
    """The functions of a deployment that may push, to this machine too."""
    vapid: dict[str, Any] = {"vapid_public_key": PUBLIC, "vapid_subject": SUBJECT, "vapid_parameter": PARAMETER}
    chat = ChatDriver(tables, queues=Queues, push_loopback=True, **vapid, **changes)
    ssm = boto3.client("ssm", region_name=REGION)
    ssm.put_parameter(Name=PARAMETER, Value=PRIVATE, Type="SecureString", Overwrite=True)
    chat.give("ssm", ssm)
    return chat


@pytest.fixture
def chat(tables: DynamoDBClient) -> ChatDriver:
    return driver(tables)


@pytest.fixture
def service(chat: ChatDriver) -> Iterator[PushService]:
    with push_service(lambda: chat.clock.now_ms() / 1000) as running:
        yield running


def subscribed(chat: ChatDriver, service: PushService, *steps: Step, user: str = "alice") -> Browser:
    """A browser of a user, who then goes away."""
    browser = service.browser(PUBLIC).script(*steps)
    client = chat.connect(user)
    assert client.emit("push:subscribe", {"subscription": browser.subscription})["ok"]
    client.close()
    return browser


def notify(chat: ChatDriver, user: str = "alice", number: int = 1) -> None:
    """Have all of a user's devices pushed to."""
    notification = wording.answer(f"r{number}", "Echo", f"Answer {number}", agent_id="echo", now_ms=chat.clock.now_ms())
    chat.function(chat.settings).notifier.notify(user, notification, decided=True)


def bring(chat: ChatDriver) -> list[str]:
    """Bring what is due to the sender, in batches; the bodies that failed, which SQS would bring again."""
    bodies = [json.dumps(body) for body in chat.queue.take(chat.settings.deliveries_queue_url)]
    return [body for start in range(0, len(bodies), 10) for body in batch(chat, bodies[start : start + 10])]


def batch(chat: ChatDriver, bodies: list[str]) -> list[str]:
    records = [{"messageId": str(number), "body": body} for number, body in enumerate(bodies)]
    failures = chat.call("sender", {"Records": records})["batchItemFailures"]
    return [bodies[int(failure["itemIdentifier"])] for failure in failures]


def work(chat: ChatDriver, seconds: int = 1000) -> None:
    """Let the queue bring everything when it is due."""
    for _ in range(seconds):
        assert bring(chat) == []
        chat.clock.advance(1)


def dead(chat: ChatDriver) -> list[dict[str, Any]]:
    letters: list[dict[str, Any]] = chat.queue.take(chat.settings.push_dead_queue_url)
    return letters


def devices(chat: ChatDriver, user: str = "alice") -> int:
    return len(chat.function(chat.settings).subscriptions.all(user))


def test_every_device_of_a_user_shows_the_notification(chat: ChatDriver, service: PushService) -> None:
    phone, desk, other = (subscribed(chat, service, user=user) for user in ("alice", "alice", "bob"))
    notify(chat)
    assert bring(chat) == []
    for browser in (phone, desk):
        (shown,) = browser.notifications
        assert (shown["title"], shown["body"], shown["url"]) == ("Echo", "Answer 1", "/?agent=echo")
        assert shown["notification"]["navigate"] == "/?agent=echo"
        (request,) = browser.received
        assert (request.ttl_s, request.urgency, len(request.topic or "")) == (86_400, "high", 32)
        assert (request.claims["sub"], request.claims["aud"]) == (SUBJECT, service.url)
    assert other.received == []
    assert len(chat.queue) == 0


def test_the_recorded_event_of_the_queue_is_what_the_stack_puts_there(chat: ChatDriver, service: PushService) -> None:
    (record,) = json.loads((ROOT / "tests" / "events" / "delivery.json").read_text())["Records"]
    subscribed(chat, service)
    notify(chat)
    (put,) = chat.queue.take(chat.settings.deliveries_queue_url)
    recorded = json.loads(record["body"])
    assert set(recorded) == set(put)
    assert set(recorded["notification"]) == set(put["notification"])
    assert batch(chat, [record["body"]]) == []  # of a device that has unsubscribed


def test_a_message_that_comes_twice_is_pushed_once(chat: ChatDriver, service: PushService) -> None:
    browser = subscribed(chat, service)
    notify(chat)
    bodies = [json.dumps(body) for body in chat.queue.take(chat.settings.deliveries_queue_url)]
    for _ in range(3):
        assert batch(chat, bodies) == []
    assert len(browser.received) == 1


@pytest.mark.parametrize("step", [Step(404), Step(410), Step(403, text=OTHER_KEY)])
def test_a_device_that_is_gone_or_subscribed_with_another_key_is_forgotten_and_others_are_not(
    chat: ChatDriver, service: PushService, step: Step
) -> None:
    subscribed(chat, service, step)
    recoverable = subscribed(chat, service)
    notify(chat)
    work(chat, 10)
    assert devices(chat) == 1
    notify(chat, number=2)
    work(chat, 10)
    assert [shown["body"] for shown in recoverable.notifications] == ["Answer 1", "Answer 2"]
    assert dead(chat) == []


@pytest.mark.parametrize("as_date", [False, True])
def test_a_throttle_is_asked_again_when_it_says_and_not_before(
    chat: ChatDriver, service: PushService, as_date: bool
) -> None:
    browser = subscribed(chat, service, Step(429, retry_after=60, as_date=as_date))
    notify(chat)
    work(chat, 60)
    assert len(browser.received) == 1
    work(chat, 6)
    first, second = browser.received
    assert 59 <= second.at - first.at <= 65
    assert len(browser.notifications) == 1


@pytest.mark.parametrize(
    ("step", "reason", "status"),
    [
        (Step(503), "unavailable", 503),
        (Step(429), "throttled", 429),
        (Step(reset=True), "unreachable", None),
    ],
)
def test_what_never_passes_is_tried_five_times_and_then_lies_where_it_is_found(
    chat: ChatDriver, service: PushService, step: Step, reason: str, status: int | None
) -> None:
    browser = subscribed(chat, service, *[step] * 6)
    notify(chat)
    work(chat, 15 * 60)
    assert len(browser.received) == 5
    assert browser.received[1].at - browser.received[0].at <= 5
    (letter,) = dead(chat)
    assert (letter["reason"], letter.get("status")) == (reason, status)
    assert letter["message"]["notification"]["id"] == "r1"
    assert abs(letter["at"] / 1000 - browser.received[-1].at) < 1
    assert len(chat.queue) == 0


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        (Step(413), "too_large"),
        (Step(400), "refused"),
        (Step(403), "refused"),
        (Step(302), "refused"),
        (Step(429, retry_after=15 * 60), "throttled"),
    ],
)
def test_what_would_never_pass_is_buried_at_once_and_can_be_put_back(
    chat: ChatDriver, service: PushService, step: Step, reason: str
) -> None:
    browser = subscribed(chat, service, step)
    notify(chat)
    assert bring(chat) == []
    (letter,) = dead(chat)
    assert (letter["reason"], letter["status"]) == (reason, step.status)
    assert batch(chat, [json.dumps(letter["message"])]) == []
    assert len(browser.notifications) == 1


def test_devices_are_pushed_to_side_by_side(chat: ChatDriver, service: PushService) -> None:
    browsers = [subscribed(chat, service, Step(wait_s=0.5)) for _ in range(10)]
    notify(chat)
    assert bring(chat) == []
    assert [len(browser.notifications) for browser in browsers] == [1] * 10
    assert service.connections > 5  # one after the other, they would share the one that is kept


def test_an_endpoint_that_may_not_be_pushed_to_any_more_is_buried(
    chat: ChatDriver, service: PushService, capsys: pytest.CaptureFixture[str]
) -> None:
    browser = subscribed(chat, service)
    notify(chat)
    chat.settings = replace(chat.settings, push_loopback=False)
    chat.renew("sender")
    assert bring(chat) == []
    assert browser.received == []
    assert [letter["reason"] for letter in dead(chat)] == ["unsafe"]
    assert '"host":"other"' in capsys.readouterr().out


def broken(*_: Any, **__: Any) -> None:
    raise ClientError({"Error": {"Code": "InternalServerError"}}, "any")


@pytest.mark.parametrize("call", ["get_item", "put_item"])
def test_a_table_that_fails_loses_nothing(chat: ChatDriver, service: PushService, call: str) -> None:
    browser = subscribed(chat, service)
    notify(chat)
    chat.renew("sender", **{call: broken})
    (body,) = bring(chat)
    assert browser.received == []
    chat.renew("sender")
    assert batch(chat, [body]) == []
    assert len(browser.notifications) == 1


def test_a_crash_before_a_push_was_noted_pushes_again(chat: ChatDriver, service: PushService) -> None:
    browser = subscribed(chat, service)
    notify(chat)
    real = chat.dynamodb.put_item

    def breaks_after_the_claim(**call: Any) -> Any:
        return real(**call) if "until" in call["Item"] else broken()

    chat.renew("sender", put_item=breaks_after_the_claim)
    (body,) = bring(chat)
    chat.renew("sender")
    chat.clock.advance(90)  # the queue's visibility time-out
    assert batch(chat, [body]) == []
    assert len(browser.notifications) == 2


def test_a_queue_that_takes_nothing_loses_nothing(chat: ChatDriver, service: PushService) -> None:
    browser = subscribed(chat, service, Step(503))
    notify(chat)
    (body,) = [json.dumps(body) for body in chat.queue.take(chat.settings.deliveries_queue_url)]
    chat.queue.is_full = True
    assert batch(chat, [body]) == [body]
    chat.queue.is_full = False
    assert batch(chat, [body]) == []
    assert len(browser.notifications) == 1


@pytest.mark.parametrize("body", ["no JSON", "{}", "[]", json.dumps({"user_id": "alice"})])
def test_a_message_that_is_none_comes_again_until_the_queue_gives_it_up_and_holds_up_no_other(
    chat: ChatDriver, service: PushService, body: str
) -> None:
    browser = subscribed(chat, service)
    notify(chat)
    (good,) = [json.dumps(body) for body in chat.queue.take(chat.settings.deliveries_queue_url)]
    assert batch(chat, [body, good]) == [body]
    assert len(browser.notifications) == 1


@pytest.mark.parametrize("value", [make_pair()[1], "no key"], ids=["of another", "none"])
def test_a_deployment_with_a_wrong_key_says_so_and_loses_nothing(
    chat: ChatDriver, service: PushService, value: str, caplog: pytest.LogCaptureFixture
) -> None:
    browser = subscribed(chat, service)
    notify(chat)
    ssm = boto3.client("ssm", region_name=REGION)
    ssm.put_parameter(Name=PARAMETER, Value=value, Type="SecureString", Overwrite=True)
    (body,) = bring(chat)
    assert "The private VAPID key is no" in caplog.text
    ssm.put_parameter(Name=PARAMETER, Value=PRIVATE, Type="SecureString", Overwrite=True)
    chat.renew("sender")
    chat.clock.advance(90)
    assert batch(chat, [body]) == []
    assert len(browser.notifications) == 1
    assert browser.path not in caplog.text


def test_how_it_went_is_counted_for_each_push_service(
    chat: ChatDriver, service: PushService, capsys: pytest.CaptureFixture[str]
) -> None:
    for steps in ([], [Step(410)], [Step(429, retry_after=1)], [Step(500)], [Step(reset=True)], []):
        subscribed(chat, service, *steps)
    notify(chat)
    capsys.readouterr()
    assert bring(chat) == []
    (line,) = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert (directive["Namespace"], directive["Dimensions"], line["host"]) == (
        "ServerlessSocketio",
        [["host"]],
        "127.0.0.1",
    )
    counts = {name: sum(line[name]) for name in ("PushSent", "PushGone", "PushThrottled", "PushFailed")}
    assert counts == {"PushSent": 2, "PushGone": 1, "PushThrottled": 1, "PushFailed": 2}
    assert len(line["PushLatency"]) == 5
    assert {metric["Name"]: metric["Unit"] for metric in directive["Metrics"]}["PushLatency"] == "Milliseconds"
    assert service.url not in json.dumps(line)


def test_a_push_is_remembered_for_a_day_in_the_table(chat: ChatDriver, service: PushService) -> None:
    subscribed(chat, service)
    notify(chat)
    bring(chat)
    table = chat.function(chat.settings)._conversations_table
    (subscription,) = chat.function(chat.settings).subscriptions.all("alice")
    row = table.get(keys.sent(subscription.subscription_id, "r1"))
    assert row is not None
    assert row["expires"] - chat.clock.now_ms() // 1000 == pytest.approx(86_400, abs=2)


def test_a_notification_of_somebody_elses_making_arrives_too(chat: ChatDriver, service: PushService) -> None:
    browser = subscribed(chat, service)
    custom = Notification("n1", "Hello! 😀", "日本" * 3000, chat.clock.now_ms(), icon="/icon.png")
    chat.function(chat.settings).notifier.notify("alice", custom, decided=True)
    assert bring(chat) == []
    (shown,) = browser.notifications
    assert (shown["title"], shown["icon"]) == ("Hello! 😀", "/icon.png")
    assert shown["body"].endswith("…")
    assert browser.received[0].urgency == "normal"
