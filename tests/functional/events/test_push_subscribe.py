"""Devices that may be pushed to: subscribed, looked for, forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.drivers import HOST, VAPID_PUBLIC_KEY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.drivers import ChatDriver

# Points and the secret of RFC 8291 section 5
P256DH = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
OTHER_P256DH = "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
SUBSCRIBE, UNSUBSCRIBE, STATUS = "push:subscribe", "push:unsubscribe", "push:status"


def endpoint(name: str = "a") -> str:
    return f"https://fcm.googleapis.com/fcm/send/{name}"


def subscription(name: str = "a", **changes: Any) -> dict[str, Any]:
    """What a browser's `PushSubscription.toJSON` gives."""
    keys = {"p256dh": changes.pop("p256dh", P256DH), "auth": changes.pop("auth", AUTH)}
    return {"endpoint": endpoint(name), "expirationTime": None, "keys": keys, **changes}


def paths(ack: dict[str, Any]) -> list[str]:
    assert ack["error"]["code"] == "invalid"
    assert all(issue["message"] for issue in ack["error"]["issues"])
    return [issue["path"] for issue in ack["error"]["issues"]]


def endpoints(chat: ChatDriver, user: str) -> set[str]:
    """Where pushes to a user would go."""
    return {device.endpoint for device in chat.function(chat.settings).subscriptions.all(user)}


def subscribed(client: Any, names: Iterable[str]) -> list[str]:
    return [name for name in names if client.emit(STATUS, {"endpoint": endpoint(name)})["subscribed"]]


def test_the_page_that_subscribed_is_known(chat: ChatDriver) -> None:
    page = chat.connect("alice", headers={"Origin": f"https://{HOST}"})
    page.emit(SUBSCRIBE, {"subscription": subscription()})
    chat.connect("alice").emit(SUBSCRIBE, {"subscription": subscription("script")})
    devices = chat.function(chat.settings).subscriptions.all("alice")
    assert {device.endpoint: device.origin for device in devices} == {
        endpoint(): f"https://{HOST}",
        endpoint("script"): None,
    }


@pytest.fixture(params=["Socket.IO", "native"])
def alice(chat: ChatDriver, request: pytest.FixtureRequest) -> Any:
    return chat.connect("alice") if request.param == "Socket.IO" else chat.connect_native("alice")


def test_a_browser_subscribes_is_known_and_is_forgotten(chat: ChatDriver, alice: Any) -> None:
    assert alice.emit(STATUS, {}) | {"id": "1"} == status(False)
    subscription_id = alice.emit(SUBSCRIBE, {"subscription": subscription()})["subscriptionId"]
    assert 22 <= len(subscription_id) <= 64
    assert alice.emit(STATUS, {}) | {"id": "1"} == status(True)
    assert alice.emit(STATUS, {"endpoint": endpoint()})["subscribed"] is True
    assert alice.emit(STATUS, {"endpoint": endpoint("other")})["subscribed"] is False
    assert endpoints(chat, "alice") == {endpoint()}
    assert alice.emit(UNSUBSCRIBE, {"endpoint": endpoint()})["ok"] is True
    assert alice.emit(STATUS, {"endpoint": endpoint()})["subscribed"] is False
    assert endpoints(chat, "alice") == set()


def status(is_subscribed: bool) -> dict[str, Any]:
    return {"ok": True, "id": "1", "subscribed": is_subscribed, "vapidPublicKey": VAPID_PUBLIC_KEY}


def test_the_ack_has_what_the_contract_says_and_no_more(chat: ChatDriver) -> None:
    alice = chat.connect("alice")
    assert set(alice.emit(SUBSCRIBE, {"subscription": subscription()})) == {"ok", "subscriptionId"}
    assert alice.emit(UNSUBSCRIBE, {"endpoint": endpoint()}) == {"ok": True}


def test_an_endpoint_is_subscribed_once_however_often_and_by_whichever_device(chat: ChatDriver) -> None:
    alice, tablet = chat.connect("alice"), chat.connect("alice")
    acks = [
        client.emit(SUBSCRIBE, {"subscription": subscription(**changes)})
        for client, changes in (
            (alice, {}),
            (alice, {}),
            (tablet, {"auth": AUTH + "=="}),
            (tablet, {"p256dh": OTHER_P256DH}),
        )
    ]
    assert len({ack["subscriptionId"] for ack in acks}) == 1
    (device,) = chat.function(chat.settings).subscriptions.all("alice")
    assert (device.endpoint, device.p256dh, device.auth) == (endpoint(), OTHER_P256DH, AUTH)


def test_of_twenty_devices_the_one_longest_unused_gives_way_to_one_more(chat: ChatDriver) -> None:
    alice = chat.connect("alice")
    names = [f"device{number}" for number in range(20)]
    for name in [*names, "device0", "one-more"]:
        assert alice.emit(SUBSCRIBE, {"subscription": subscription(name)})["ok"]
    assert endpoints(chat, "alice") == {endpoint(name) for name in [*names, "one-more"] if name != "device1"}


def test_a_subscription_moves_to_another_user_with_the_same_keys_only(chat: ChatDriver) -> None:
    alice, bob = chat.connect("alice"), chat.connect("bob")
    alice.emit(SUBSCRIBE, {"subscription": subscription()})
    for other in ({"p256dh": OTHER_P256DH}, {"auth": "AAAAAAAAAAAAAAAAAAAAAA"}):
        ack = bob.emit(SUBSCRIBE, {"subscription": subscription(**other)})
        assert ack["error"]["code"] == "forbidden"
    assert (endpoints(chat, "alice"), endpoints(chat, "bob")) == ({endpoint()}, set())
    assert bob.emit(SUBSCRIBE, {"subscription": subscription()})["ok"]
    assert (endpoints(chat, "alice"), endpoints(chat, "bob")) == (set(), {endpoint()})
    assert subscribed(alice, "a") == []


def test_nobody_unsubscribes_or_sees_what_is_another_user_s(chat: ChatDriver) -> None:
    alice, bob = chat.connect("alice"), chat.connect("bob")
    alice.emit(SUBSCRIBE, {"subscription": subscription()})
    assert subscribed(bob, "a") == []
    for name in ("a", "unknown"):
        assert bob.emit(UNSUBSCRIBE, {"endpoint": endpoint(name)}) == {"ok": True}
    assert subscribed(alice, "a") == ["a"]


def test_a_subscription_that_ends_is_kept_until_then(chat: ChatDriver) -> None:
    alice = chat.connect("alice")
    ends = chat.clock.now_ms() + 60_000
    for name, time in (("integer", ends), ("fraction", ends + 0.5)):
        assert alice.emit(SUBSCRIBE, {"subscription": subscription(name, expirationTime=time)})["ok"]
    without = subscription("without")
    del without["expirationTime"]
    assert alice.emit(SUBSCRIBE, {"subscription": without})["ok"]
    chat.clock.advance(61)
    assert endpoints(chat, "alice") == {endpoint("without")}
    assert subscribed(alice, ["integer", "fraction", "without"]) == ["without"]


def test_what_a_browser_says_beyond_is_ignored(chat: ChatDriver) -> None:
    extra = {**subscription(), "keys": {**subscription()["keys"], "x": 1}, "options": {"userVisibleOnly": True}}
    assert chat.connect("alice").emit(SUBSCRIBE, {"subscription": extra, "device": "phone"})["ok"]


@pytest.mark.parametrize(
    ("given", "path"),
    [
        (subscription(endpoint="http://fcm.googleapis.com/x"), "endpoint"),
        (subscription(endpoint="https://push.example/x"), "endpoint"),
        (subscription(endpoint="https://169.254.169.254/latest"), "endpoint"),
        (subscription(endpoint="http://127.0.0.1:8080/x"), "endpoint"),
        (subscription(endpoint=endpoint("x" * 2048)), "endpoint"),
        (subscription(endpoint=None), "endpoint"),
        (subscription(p256dh=P256DH[:-4]), "keys.p256dh"),
        (subscription(p256dh="BAAA" + P256DH[4:]), "keys.p256dh"),
        (subscription(p256dh=""), "keys.p256dh"),
        (subscription(p256dh=1), "keys.p256dh"),
        (subscription(p256dh="A" * 10_000), "keys.p256dh"),
        (subscription(auth=AUTH[:-2]), "keys.auth"),
        (subscription(auth=AUTH + "AAAA"), "keys.auth"),
        (subscription(auth=None), "keys.auth"),
        (subscription(keys=None), "keys"),
        (subscription(keys={"p256dh": P256DH}), "keys.auth"),
        (subscription(expirationTime=1), "expirationTime"),
        (subscription(expirationTime=-1), "expirationTime"),
        (subscription(expirationTime=1e300), "expirationTime"),
        (subscription(expirationTime=10**40), "expirationTime"),
        (subscription(expirationTime="2030-01-01"), "expirationTime"),
        (subscription(expirationTime=True), "expirationTime"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_stored(chat: ChatDriver, given: Any, path: str) -> None:
    ack = chat.connect("alice").emit(SUBSCRIBE, {"subscription": given})
    assert paths(ack) == [f"subscription.{path}"]
    assert endpoints(chat, "alice") == set()


def test_all_that_is_wrong_is_named_at_once(chat: ChatDriver) -> None:
    wrong = {"endpoint": "https://push.example/x", "expirationTime": 1, "keys": {"p256dh": AUTH, "auth": P256DH[:48]}}
    ack = chat.connect("alice").emit(SUBSCRIBE, {"subscription": wrong})
    assert paths(ack) == [
        "subscription.endpoint",
        "subscription.keys.p256dh",
        "subscription.keys.auth",
        "subscription.expirationTime",
    ]


@pytest.mark.parametrize("payload", [{}, {"subscription": None}, {"subscription": "x"}, {"subscription": []}])
def test_a_subscription_is_an_object(chat: ChatDriver, payload: Any) -> None:
    assert paths(chat.connect("alice").emit(SUBSCRIBE, payload)) == ["subscription"]


@pytest.mark.parametrize(
    ("event", "payload"), [(UNSUBSCRIBE, {}), (UNSUBSCRIBE, {"endpoint": 1}), (STATUS, {"endpoint": []})]
)
def test_an_endpoint_is_a_string(chat: ChatDriver, event: str, payload: Any) -> None:
    assert paths(chat.connect("alice").emit(event, payload)) == ["endpoint"]


def test_a_deployment_may_name_more_hosts_and_a_local_one_this_machine(chat: ChatDriver) -> None:
    local = type(chat)(chat.dynamodb, push_hosts=("*.push.example",), push_loopback=True)
    alice = local.connect("alice")
    for url in ("https://eu.push.example/x", "http://127.0.0.1:8080/x", endpoint()):
        assert alice.emit(SUBSCRIBE, {"subscription": subscription(endpoint=url)})["ok"]


def test_where_push_is_not_set_up_there_is_no_key(chat: ChatDriver) -> None:
    without = type(chat)(chat.dynamodb, vapid_public_key="")
    ack = without.connect("alice").emit(STATUS, {"endpoint": None})
    assert ack == {"ok": True, "subscribed": False, "vapidPublicKey": None}


def test_while_the_table_is_down_it_is_unavailable(chat: ChatDriver) -> None:
    def fail(**_: Any) -> None:
        from botocore.exceptions import EndpointConnectionError

        raise EndpointConnectionError(endpoint_url="https://dynamodb")

    alice = chat.connect("alice")
    chat.renew("message", transact_write_items=fail)
    ack = alice.emit(SUBSCRIBE, {"subscription": subscription()})
    assert ack["error"]["code"] == "unavailable"
    assert ack["error"]["retryAfterMs"] > 0
