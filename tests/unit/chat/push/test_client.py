"""Posting to push services: headers, outcomes, connections that are kept, and where none is made to."""

from __future__ import annotations

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from infra.vapid import make_pair
from serverless_socketio.system import SystemClock
from serverless_socketio_chat.push import connections as wire
from serverless_socketio_chat.push.client import HttpPushServices
from serverless_socketio_chat.push.connections import GuardedConnections
from serverless_socketio_chat.push.model import PushMessage, PushResponse, Unreachable, Unsafe
from serverless_socketio_chat.push.vapid import Vapid
from tests.push_service import Step, push_service
from tests.tls import tls_server, whole_request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.push_service import Browser, PushService

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(30)]

PUBLIC, PRIVATE = make_pair()
NAME = "push.example.com"


@pytest.fixture
def service() -> Iterator[PushService]:
    with push_service() as running:
        yield running


def services_over(made: GuardedConnections) -> HttpPushServices:
    clock = SystemClock()
    vapid = Vapid("mailto:ops@example.com", PUBLIC, lambda: PRIVATE, clock)
    return HttpPushServices(known, vapid.header, lambda: made, clock)


@pytest.fixture
def services() -> HttpPushServices:
    return services_over(GuardedConnections(loopback=True))


def known(endpoint: str) -> str:
    if not endpoint.startswith(("http://127.0.0.1:", f"https://{NAME}")):
        raise ValueError("This host is not a known push service.")
    return endpoint


def message(browser: Browser) -> PushMessage:
    keys = browser.subscription["keys"]
    payload = b'{"title": "Hi"}'
    return PushMessage(browser.endpoint, keys["p256dh"], keys["auth"], payload, ttl_s=86_400, urgency="high")


def test_a_message_arrives_with_its_headers(service: PushService, services: HttpPushServices) -> None:
    browser = service.browser(PUBLIC)
    assert services.post(replace(message(browser), topic="chat-with-echo")) == PushResponse(201)
    (request,) = browser.received
    assert (request.ttl_s, request.urgency, request.topic) == (86_400, "high", "chat-with-echo")
    assert request.headers["content-type"] == "application/octet-stream"
    assert request.headers["content-encoding"] == "aes128gcm"
    assert request.claims["aud"] == service.url
    assert browser.notifications == [{"title": "Hi"}]


def test_what_it_says_is_told_with_how_long_to_wait(service: PushService, services: HttpPushServices) -> None:
    browser = service.browser().script(Step(503), Step(429, retry_after=7), Step(429, retry_after=70, as_date=True))
    assert services.post(message(browser)) == PushResponse(503)
    assert services.post(message(browser)) == PushResponse(429, 7)
    said = services.post(message(browser))
    assert said.status == 429
    assert said.retry_after_s == pytest.approx(70, abs=2)
    browser.unsubscribe()
    assert services.post(message(browser)).status == 410


def test_a_subscription_of_another_key_is_known_by_what_the_service_says(
    service: PushService, services: HttpPushServices
) -> None:
    apple = '{"reason":"VapidPkHashMismatch"}'
    steps = Step(400, text=apple), Step(403, text=apple), Step(403, text='{"reason":"BadJwtToken"}'), Step(403)
    browser = service.browser().script(*steps, Step(500, text=apple), Step(403, text="x" * 100_000 + apple))
    said = [services.post(message(browser)).is_of_another_key for _ in range(6)]
    assert said == [True, True, False, False, False, False]
    assert services.post(message(service.browser(make_pair()[0]))) == PushResponse(
        403, is_of_another_key=True
    )  # Google


def test_a_redirect_is_not_followed(service: PushService, services: HttpPushServices) -> None:
    other = service.browser()
    browser = service.browser().script(Step(307, headers={"Location": other.endpoint}))
    assert services.post(message(browser)) == PushResponse(307)
    assert other.received == []


def test_connections_are_kept_and_shared_by_threads(service: PushService, services: HttpPushServices) -> None:
    browsers = [service.browser() for _ in range(40)]
    for browser in browsers[:10]:
        services.post(message(browser))
    assert service.connections == 1
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda browser: services.post(message(browser)), browsers[10:]))
    assert set(answers) == {PushResponse(201)}
    assert service.connections <= 4


def test_a_reset_and_a_closed_port_are_unreachable(service: PushService, services: HttpPushServices) -> None:
    with pytest.raises(Unreachable):
        services.post(message(service.browser().script(Step(reset=True))))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(Unreachable):
        services.post(replace(message(service.browser()), endpoint=f"http://127.0.0.1:{port}/push"))


def test_who_does_not_answer_in_time_is_unreachable(
    service: PushService, services: HttpPushServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(wire.TIMEOUTS, "read", 0.2)
    with pytest.raises(Unreachable):
        services.post(message(service.browser().script(Step(wait_s=1))))


@contextmanager
def talker(*parts: bytes, every_s: float = 0.0) -> Iterator[str]:
    """A server that says its parts one after the other, whatever it is asked; its URL."""

    def serve() -> None:
        with suppress(OSError), listening.accept()[0] as connection:
            whole_request(connection)
            for part in parts:
                connection.sendall(part)
                time.sleep(every_s)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/push"
        thread.join()


def test_who_answers_byte_by_byte_is_not_waited_for(
    service: PushService, services: HttpPushServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "TOTAL_S", 0.5)
    with talker(*(bytes([byte]) for byte in b"HTTP/1.1 201 Created\r\n\r\n"), every_s=0.05) as url:
        began = time.monotonic()
        with pytest.raises(Unreachable):
            services.post(replace(message(service.browser()), endpoint=url))
        assert time.monotonic() - began < 1


@pytest.mark.parametrize("body", [(b"x" * 65536,) * 64, (b"",)], ids=["an endless body", "a body that does not come"])
def test_a_status_counts_whatever_becomes_of_the_body(
    service: PushService, services: HttpPushServices, body: tuple[bytes, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(wire.TIMEOUTS, "read", 0.3)
    with talker(b"HTTP/1.1 201 Created\r\nContent-Length: 99999999\r\n\r\n", *body) as url:
        assert services.post(replace(message(service.browser()), endpoint=url)) == PushResponse(201)


def test_what_is_no_http_is_unreachable(service: PushService, services: HttpPushServices) -> None:
    with talker(b"SSH-2.0-OpenSSH_9.7\r\n") as url, pytest.raises(Unreachable):
        services.post(replace(message(service.browser()), endpoint=url))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"endpoint": "https://elsewhere.example.com/push"}, "known push service"),
        ({"p256dh": "BAAA"}, "encrypted"),
        ({"payload": b"x" * 4000}, "encrypted"),
    ],
)
def test_what_can_never_be_posted_is_not(
    service: PushService, services: HttpPushServices, change: dict[str, str], why: str
) -> None:
    browser = service.browser()
    with pytest.raises(Unsafe, match=why):
        services.post(replace(message(browser), **change))  # type: ignore[arg-type]
    assert service.connections == 0


class TestNames:
    """Of push services, over TLS: each becomes addresses once."""

    def post(self, service: PushService, made: GuardedConnections, port: int) -> PushResponse:
        endpoint = f"https://{NAME}:{port}/push"
        return services_over(made).post(replace(message(service.browser()), endpoint=endpoint))

    @staticmethod
    def asked(*addresses: str) -> tuple[Callable[[str, int], list[str]], list[str]]:
        names: list[str] = []

        def resolve(host: str, port: int) -> list[str]:
            names.append(host)
            return list(addresses)

        return resolve, names

    def test_are_connected_to_by_the_address_and_asked_for_in_tls(self, service: PushService, tmp_path: Path) -> None:
        resolve, asked = self.asked("127.0.0.1")
        with tls_server(tmp_path, NAME) as server:
            made = GuardedConnections(resolve=resolve, is_safe=lambda _: True, tls=server.trusted)
            assert self.post(service, made, server.port) == PushResponse(201)
        assert asked == server.names == [NAME]
        assert f"Host: {NAME}:{server.port}".encode() in server.requests[0]

    def test_of_somebody_else_are_not_trusted(self, service: PushService, tmp_path: Path) -> None:
        resolve, _ = self.asked("127.0.0.1")
        with tls_server(tmp_path, "elsewhere.example.com") as server:
            made = GuardedConnections(resolve=resolve, is_safe=lambda _: True, tls=server.trusted)
            with pytest.raises(Unreachable):
                self.post(service, made, server.port)
        assert server.requests == []

    def test_that_lead_inside_by_one_of_their_addresses_are_unsafe(self, service: PushService) -> None:
        for addresses in (["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["8.8.8.8", "::ffff:169.254.169.254"]):
            resolve, _ = self.asked(*addresses)
            with pytest.raises(Unsafe, match="not public"):
                self.post(service, GuardedConnections(resolve=resolve), 443)

    def test_that_lead_to_this_machine_are_unsafe_even_where_it_may_be_named(self, service: PushService) -> None:
        resolve, _ = self.asked("127.0.0.1")
        with pytest.raises(Unsafe):
            self.post(service, GuardedConnections(resolve=resolve, loopback=True), 443)

    def test_without_an_address_are_unreachable(self, service: PushService) -> None:
        resolve, _ = self.asked()
        with pytest.raises(Unreachable):
            self.post(service, GuardedConnections(resolve=resolve), 443)

    def test_whose_first_address_does_not_answer_are_reached_by_the_next(
        self, service: PushService, tmp_path: Path
    ) -> None:
        resolve, _ = self.asked("127.0.0.2", "127.0.0.1")
        with tls_server(tmp_path, NAME) as server:
            made = GuardedConnections(resolve=resolve, is_safe=lambda _: True, tls=server.trusted)
            assert self.post(service, made, server.port) == PushResponse(201)


def test_this_machine_is_not_connected_to_unless_it_may_be(service: PushService) -> None:
    with pytest.raises(Unsafe):
        services_over(GuardedConnections()).post(message(service.browser()))
    assert service.connections == 0
