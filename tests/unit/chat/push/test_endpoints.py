from __future__ import annotations

import pytest

from serverless_socketio_chat.push.endpoints import ENDPOINT_MAX, Endpoints, subscription_id

# As browsers have them: Chrome, Firefox, Safari, Edge.
REAL = [
    ("https://fcm.googleapis.com/fcm/send/dU5:APA91bF_x-Y", "fcm.googleapis.com"),
    ("https://jmt17.google.com/fcm/send/dU5:APA91bF_x-Y", "jmt17.google.com"),
    ("https://updates.push.services.mozilla.com/wpush/v2/gAAAAA_-w==", "*.push.services.mozilla.com"),
    ("https://web.push.apple.com/QGuQyavXutnMH9-w", "*.push.apple.com"),
    ("https://wns2-by3p.notify.windows.com/w/?token=BQYAAAD%2bw%3d%3d", "*.notify.windows.com"),
]


@pytest.mark.parametrize(("endpoint", "service"), REAL, ids=[service for _, service in REAL])
def test_endpoints_of_browsers_are_those_of_a_known_service(endpoint: str, service: str) -> None:
    assert Endpoints().check(endpoint) == endpoint
    assert Endpoints().service_of(endpoint.split("/")[2]) == service


def test_the_port_may_be_written_out() -> None:
    assert Endpoints().check("https://web.push.apple.com:443/x")


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "https://",
        "fcm.googleapis.com/x",
        "//fcm.googleapis.com/x",
        "http://fcm.googleapis.com/x",
        "HTTPS://fcm.googleapis.com/x",
        "wss://fcm.googleapis.com/x",
        "file:///etc/passwd",
        "https://FCM.googleapis.com/x",
        "https://fcm.googleapis.com./x",
        "https://fcm.googleapis.com:444/x",
        "https://fcm.googleapis.com:/x",
        "https://fcm.googleapis.com:443@127.0.0.1/x",
        "https://user@fcm.googleapis.com/x",
        "https://fcm.googleapis.com@evil.example/x",
        "https://evil.example#fcm.googleapis.com/x",
        "https://evil.example\\@fcm.googleapis.com/x",
        "https://fcm.googleapis.com\\.evil.example/x",
        "https://fcm.googleapis.com?x",
        "https://fcm.googleapis.com/x#y",
        "https://fcm.googleapis.com/x y",
        "https://fcm.googleapis.com/x\n",
        "https://fcm.googleapis.com/x\r\nHost: evil.example",
        " https://fcm.googleapis.com/x",
        "https://fcm.googleapis.com/ü",
        "https://fcm.googleapis.com/\ud800",
        "https://fcm。googleapis.com/x",
        "https://xn--fcm.googleapis.com/x",
        "https://fcm.googleapis.com.evil.example/x",
        "https://evilfcm.googleapis.com/x",
        "https://push.apple.com/x",
        "https://evilpush.apple.com/x",
        "https://localhost/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://[::ffff:127.0.0.1]/x",
        "https://2130706433/x",
        "https://10.0.0.1/x",
        "http://127.0.0.1:8080/x",
    ],
)
def test_nothing_else_is_one(endpoint: str) -> None:
    with pytest.raises(ValueError, match=r"endpoint must be an https URL|not a known push service"):
        Endpoints().check(endpoint)


def test_an_endpoint_has_a_longest_length() -> None:
    longest = "https://fcm.googleapis.com/".ljust(ENDPOINT_MAX, "x")
    assert Endpoints().check(longest)
    with pytest.raises(ValueError, match="endpoint"):
        Endpoints().check(longest + "x")


def test_a_deployment_may_know_more_hosts() -> None:
    endpoints = Endpoints(("push.example", "*.more.example"))
    assert endpoints.service_of("push.example") == "push.example"
    assert endpoints.service_of("a.b.more.example") == "*.more.example"
    assert endpoints.check("https://x.more.example/1")
    for host in ("more.example", "x.push.example", "evilmore.example", "x.example"):
        with pytest.raises(ValueError, match="not a known push service"):
            endpoints.service_of(host)


@pytest.mark.parametrize("pattern", ["*", "*.", ""])
def test_no_pattern_means_every_host(pattern: str) -> None:
    with pytest.raises(ValueError, match="push service"):
        Endpoints((pattern,)).check("https://evil.example/x")


def test_this_machine_is_one_where_that_is_said() -> None:
    endpoints = Endpoints(loopback=True)
    assert endpoints.check("http://127.0.0.1:8080/x")
    assert endpoints.check("https://web.push.apple.com/x")
    assert endpoints.service_of("127.0.0.1") == "127.0.0.1"
    for endpoint in (
        "http://localhost:8080/x",
        "http://127.0.0.2:8080/x",
        "http://127.0.0.1/x",
        "http://127.0.0.1:/x",
        "http://127.0.0.1:8080@evil.example/x",
        "http://evil.example:8080/x",
        "http://web.push.apple.com/x",
        "http://[::1]:8080/x",
    ):
        with pytest.raises(ValueError, match="endpoint"):
            endpoints.check(endpoint)


def test_an_endpoint_has_one_name() -> None:
    names = {subscription_id(endpoint) for endpoint, _ in REAL * 2}
    assert {len(name) for name in names} == {43}
    assert len(names) == len(REAL)
    assert subscription_id("") == "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"  # NIST's SHA-256 of nothing
