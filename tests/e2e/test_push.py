"""Web push: an answer that nobody sees reaches the browser; whatever a push service says, none is lost in silence."""

import json
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.answers import fail, join, succeed
from tests.e2e.aws_side import client, queue_url
from tests.e2e.conftest import Stack, World
from tests.e2e.pushing import Subscriber, dead, end_of, needs_loopback, nothing_comes, send, subscriber
from tests.e2e.raw import open_websocket
from tests.e2e.test_native import request
from tests.processes import ROOT
from tests.push_service import PushService, Step, encoded

pytestmark = [pytest.mark.e2e, needs_loopback]

SOON_S = 6.0  # first retry within 5 s, and the way there


@pytest.fixture
def reader(world: World, service: PushService, user: str) -> Iterator[Subscriber]:
    with subscriber(world, service, user) as found:
        yield found


def test_an_answer_that_nobody_sees_is_pushed(stack: Stack, reader: Subscriber) -> None:
    said = "The answer that nobody sees, with *all* its words & “signs” 🌍"
    reader.ask_and_leave(said)
    (shown,) = reader.browser.wait()
    (request,) = reader.browser.received
    assert shown["title"] == "Echo"
    assert shown["body"].startswith(said[:40])
    assert shown["url"] == "/?agent=echo"
    assert abs(shown["timestamp"] / 1000 - time.time()) < 10
    assert shown["web_push"] == 8030
    assert shown["notification"]["title"] == "Echo"
    assert shown["notification"]["body"] == shown["body"]
    assert shown["notification"]["navigate"].endswith("/?agent=echo")
    assert request.status == 201
    assert request.ttl_s == 24 * 3600
    assert request.topic
    assert request.headers["content-encoding"] == "aes128gcm"
    assert request.claims["sub"] == "mailto:demo@example.com"
    assert 0 < request.claims["exp"] - time.time() < 24 * 3600
    assert request.headers["authorization"].endswith(f"k={stack.outputs['vapidPublicKey']}")


def test_a_newer_answer_takes_the_place_of_the_older_and_another_chats_does_not(reader: Subscriber) -> None:
    reader.ask_and_leave("first")
    reader.browser.wait(1)
    reader.device = reader.world.connect(reader.user_id)
    reader.ask_and_leave("second")
    reader.browser.wait(2)
    reader.device = reader.world.connect(reader.user_id)
    reader.ask_and_leave("How are you?", "companion")
    reader.browser.wait(3)
    first, second, other = (request.topic for request in reader.browser.received)
    assert first == second != other


def test_in_the_foreground_nothing_is_pushed(world: World, reader: Subscriber) -> None:
    second = world.connect(reader.user_id)
    end_of(reader, "I see this")
    told = second.wait_for("notification").body
    assert (told["title"], told["body"], told["url"]) == ("Echo", "I see this", "/?agent=echo")
    assert told.keys() == {"title", "body", "icon", "badge", "url", "tag", "actions", "timestamp"}
    assert not reader.device.events("notification"), "a device in the chat's room has the answer itself"
    assert nothing_comes(reader.browser)
    second.close()


def test_a_page_that_is_hidden_is_pushed_to(reader: Subscriber) -> None:
    join(reader.device)
    succeed(reader.device, "presence:away", {})
    end_of(reader, "hidden")
    (shown,) = reader.browser.wait()
    assert shown["body"] == "hidden"


def test_every_subscribed_browser_of_the_user_is_pushed_to(
    world: World, service: PushService, reader: Subscriber
) -> None:
    with subscriber(world, service, reader.user_id) as second:
        second.leave()
        reader.ask_and_leave("to both")
        assert [shown["body"] for shown in reader.browser.wait() + second.browser.wait()] == ["to both"] * 2


def test_a_long_answer_is_cut_so_that_it_fits(world: World, service: PushService, user: str) -> None:
    with subscriber(world, service, user) as reader:
        said = "👩‍👩‍👧‍👦 Ärger, " * 400
        reader.ask_and_leave(said)
        (shown,) = reader.browser.wait(patience_s=30)
        (request,) = reader.browser.received
        assert said.startswith(shown["body"].rstrip("…"))
        assert len(request.body) <= 4096


@pytest.mark.parametrize("status", [404, 410])
def test_what_is_gone_is_forgotten(world: World, service: PushService, user: str, status: int) -> None:
    with subscriber(world, service, user, Step(status)) as reader:
        reader.ask_and_leave("gone")
        reader.browser.asked()
        deadline = time.monotonic() + 10
        while reader.is_subscribed():
            assert time.monotonic() < deadline
        send(world.stack, user)
        assert nothing_comes(reader.browser)


@pytest.mark.parametrize("as_date", [False, True])
def test_a_throttle_is_waited_out(world: World, service: PushService, user: str, as_date: bool) -> None:
    with subscriber(world, service, user, Step(429, retry_after=4, as_date=as_date)) as reader:
        reader.ask_and_leave("later")
        (shown,) = reader.browser.wait(patience_s=20)
        throttled, taken = reader.browser.received
        assert shown["body"] == "later"
        assert 3 <= taken.at - throttled.at <= 9  # an HTTP date has whole seconds


@pytest.mark.parametrize(
    "step", [Step(429), Step(500), Step(503), Step(reset=True), Step(wait_s=8, taken=False)], ids=repr
)
def test_what_may_pass_is_tried_again_soon(world: World, service: PushService, user: str, step: Step) -> None:
    with subscriber(world, service, user, step) as reader:
        reader.ask_and_leave("again")
        (shown,) = reader.browser.wait(patience_s=25)
        first, second = reader.browser.received
        assert shown["body"] == "again"
        assert second.at - first.at <= SOON_S + 6  # a time-out is a time-out first


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        (Step(400), "400"),
        (Step(403), "403"),
        (Step(413), "413"),
        (Step(302, headers={"Location": "http://127.0.0.1:9/"}), "302"),
        (Step(429, retry_after=15 * 60), "429"),
    ],
    ids=repr,
)
def test_what_fails_for_good_is_a_dead_letter(
    world: World, service: PushService, user: str, step: Step, reason: str
) -> None:
    with subscriber(world, service, user, step) as reader:
        reader.ask_and_leave("dead")
        reader.browser.asked()
        letter = dead(world.stack, lambda body: reader.subscription_id in json.dumps(body))
        assert str(letter["status"]) == reason
        assert letter["reason"]
        assert len(reader.browser.received) == 1
        assert reader.is_subscribed()
        keys = reader.browser.subscription["keys"]
        assert not any(secret in json.dumps(letter) for secret in (reader.browser.endpoint, *keys.values()))


def test_the_dead_letters_are_put_back_by_one_command(world: World, service: PushService, user: str) -> None:
    with subscriber(world, service, user, Step(403), Step(403)) as reader:
        reader.leave()
        send(world.stack, user, body="one")
        send(world.stack, user, body="two")
        queue = client(world.stack, "sqs")
        url = queue_url(world.stack, "pushDead")
        deadline = time.monotonic() + 20
        while _waiting(queue, url) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert world.stack.run
        outputs = world.stack.run.home / "outputs.json"
        command = [str(ROOT / ".venv/bin/chat-admin"), "push", "retry", "--outputs", str(outputs)]
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
        assert {shown["body"] for shown in reader.browser.wait(2)} == {"one", "two"}
        assert _waiting(queue, url) == 0


def test_a_message_that_comes_twice_is_pushed_once(world: World, service: PushService, user: str) -> None:
    with subscriber(world, service, user) as reader:
        reader.leave()
        sqs = client(world.stack, "sqs")
        url = queue_url(world.stack, "push")
        twice = {"userId": user, "id": "order-7", "notification": {"title": "Once", "body": "only"}}
        for _ in range(3):
            sqs.send_message(QueueUrl=url, MessageBody=json.dumps(twice))
        reader.browser.wait()
        assert nothing_comes(reader.browser)


def test_settings_are_respected(world: World, reader: Subscriber) -> None:
    now = time.gmtime()
    around = {"start": f"{(now.tm_hour - 1) % 24:02d}:00", "end": f"{(now.tm_hour + 2) % 24:02d}:00"}
    muted = succeed(reader.device, "push:settings", {"mutedAgents": ["echo"]})
    assert muted == {"ok": True, "quietHours": None, "timeZone": "UTC", "mutedAgents": ["echo"]}
    reader.ask_and_leave("muted")
    assert nothing_comes(reader.browser, 3)
    reader.device = world.connect(reader.user_id)
    quiet = succeed(reader.device, "push:settings", {"mutedAgents": [], "quietHours": around})
    assert quiet["quietHours"] == around
    reader.ask_and_leave("quiet")
    assert nothing_comes(reader.browser, 3)
    reader.device = world.connect(reader.user_id)
    succeed(reader.device, "push:settings", {"quietHours": None})
    reader.ask_and_leave("at last")
    assert [shown["body"] for shown in reader.browser.wait()] == ["at last"]


def test_a_test_notification_comes_even_in_the_foreground(reader: Subscriber) -> None:
    assert succeed(reader.device, "push:test", {}) == {"ok": True}
    (shown,) = reader.browser.wait()
    assert shown["title"]


def test_status_and_unsubscribing(world: World, service: PushService, stack: Stack, user: str) -> None:
    with subscriber(world, service, user) as reader:
        key = stack.outputs["vapidPublicKey"]
        assert succeed(reader.device, "push:status", {}) == {"ok": True, "subscribed": True, "vapidPublicKey": key}
        again = succeed(reader.device, "push:subscribe", {"subscription": reader.browser.subscription})
        assert again["subscriptionId"] == reader.subscription_id
        unknown = {"endpoint": f"{service.url}/push/nobody"}
        assert succeed(reader.device, "push:unsubscribe", unknown) == {"ok": True}
        assert succeed(reader.device, "push:unsubscribe", {"endpoint": reader.browser.endpoint}) == {"ok": True}
        assert not succeed(reader.device, "push:status", {})["subscribed"]
        reader.ask_and_leave("nobody")
        assert nothing_comes(reader.browser)


def test_native_clients_have_routes_of_their_own(service: PushService, stack: Stack, user: str) -> None:
    browser = service.browser(str(stack.outputs["vapidPublicKey"]))
    with open_websocket(stack, native=True, token=stack.key(user)) as websocket:
        subscribed = request(websocket, "push:subscribe", {"subscription": browser.subscription})
        assert subscribed["ok"], subscribed
        assert request(websocket, "push:status", {"endpoint": browser.endpoint})["subscribed"]
        assert request(websocket, "push:settings", {})["timeZone"] == "UTC"
        assert request(websocket, "push:test", {})["ok"]
        assert browser.wait()
        assert request(websocket, "push:unsubscribe", {"endpoint": browser.endpoint})["ok"]
        assert not request(websocket, "push:status", {})["subscribed"]


def test_a_subscription_moves_only_with_its_keys(world: World, service: PushService, turns: Iterator[str]) -> None:
    owner, other = next(turns), next(turns)
    with subscriber(world, service, owner) as reader:
        device = world.connect(other)
        stolen = {**reader.browser.subscription, "keys": service.browser().subscription["keys"]}
        assert fail(device, "push:subscribe", {"subscription": stolen})["code"] == "forbidden"
        assert succeed(device, "push:unsubscribe", {"endpoint": reader.browser.endpoint}) == {"ok": True}
        assert reader.is_subscribed()
        succeed(device, "push:subscribe", {"subscription": reader.browser.subscription})
        assert not reader.is_subscribed()
        succeed(device, "push:unsubscribe", {"endpoint": reader.browser.endpoint})


def test_a_user_has_twenty_subscriptions_at_most(world: World, service: PushService, user: str) -> None:
    device = world.connect(user)
    browsers = [service.browser() for _ in range(21)]
    for browser in browsers:
        succeed(device, "push:subscribe", {"subscription": browser.subscription})
    subscribed = [succeed(device, "push:status", {"endpoint": each.endpoint})["subscribed"] for each in browsers]
    assert subscribed == [False] + [True] * 20, "the one longest unused gives way"
    for browser in browsers:
        succeed(device, "push:unsubscribe", {"endpoint": browser.endpoint})


BAD = {
    "endpoint": [
        "http://fcm.googleapis.com/fcm/send/x",
        "https://fcm.googleapis.com:8443/fcm/send/x",
        "https://user@fcm.googleapis.com/x",
        "https://evil.example/x",
        "https://fcm.googleapis.com.evil.example/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://localhost/x",
        "http://localhost:1/x",
        "http://127.0.0.2:1/x",
        "http://169.254.169.254/latest/meta-data",
        "ftp://fcm.googleapis.com/x",
        "",
        "x" * 3000,
        5,
        None,
    ],
    "p256dh": ["", "AAAA", encoded(b"\x04" + bytes(64)), encoded(b"\x02" + bytes(32)), "*" * 87, 5, None],
    "auth": ["", "AAAA", encoded(bytes(15)), encoded(bytes(17)), "*" * 22, 5, None],
}


@pytest.mark.parametrize(("field", "value"), [(field, value) for field, values in BAD.items() for value in values])
def test_a_bad_subscription_is_refused_with_its_field(
    session_world: World, service: PushService, shared_device: Any, field: str, value: Any
) -> None:
    subscription = service.browser().subscription
    (subscription if field == "endpoint" else subscription["keys"])[field] = value
    error = fail(shared_device, "push:subscribe", {"subscription": subscription})
    assert error["code"] == "invalid"
    assert any(issue["path"].endswith(field) for issue in error["issues"]), error


@pytest.fixture(scope="module")
def shared_device(session_world: World) -> Iterator[Any]:
    device = session_world.connect(session_world.crowd[0])
    yield device
    device.close()


def _waiting(sqs: Any, url: str) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(int(found[name]) for name in names)
