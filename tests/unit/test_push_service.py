"""The push service of the tests is held to a sender that is not ours: pywebpush, used as its readme says."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import pytest
import requests
from py_vapid import Vapid02
from pywebpush import WebPusher, WebPushException, webpush

from tests.push_service import Step, encoded, push_service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.push_service import Browser, PushService

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(30)]

SUBJECT = "mailto:ops@example.com"


@pytest.fixture
def service() -> Iterator[PushService]:
    with push_service() as running:
        yield running


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as made:
        yield made


@pytest.fixture
def vapid() -> Vapid02:
    made = Vapid02()
    made.generate_keys()
    return made


def push(browser: Browser, vapid: Vapid02, session: requests.Session, **options: Any) -> requests.Response:
    claims = {"sub": SUBJECT, **options.pop("claims", {})}
    options = {"ttl": 60, "data": '{"title": "Hi"}', "timeout": 5, **options}
    response: requests.Response = webpush(
        browser.subscription, vapid_private_key=vapid, vapid_claims=claims, requests_session=session, **options
    )
    return response


def refused(browser: Browser, vapid: Vapid02, session: requests.Session, **options: Any) -> requests.Response:
    with pytest.raises(WebPushException) as failure:
        push(browser, vapid, session, **options)
    response: requests.Response = failure.value.response
    return response


def test_what_is_pushed_is_shown_with_its_headers_and_who_pushed_it(
    service: PushService, session: requests.Session, vapid: Vapid02
) -> None:
    browser = service.browser()
    response = push(browser, vapid, session, headers={"Urgency": "high", "Topic": "chat"})
    assert response.status_code == 201
    assert response.headers["Location"].startswith(service.url)
    (request,) = browser.received
    assert (request.ttl_s, request.urgency, request.topic) == (60, "high", "chat")
    assert (request.claims["aud"], request.claims["sub"]) == (service.url, SUBJECT)
    assert browser.notifications == [{"title": "Hi"}]


def test_a_connection_is_kept(service: PushService, session: requests.Session, vapid: Vapid02) -> None:
    for _ in range(3):
        push(service.browser(), vapid, session)
    assert service.connections == 1


def test_its_answers_follow_a_script(service: PushService, session: requests.Session, vapid: Vapid02) -> None:
    browser = service.browser().script(
        Step(429, retry_after=3), Step(429, retry_after=3, as_date=True), Step(503, wait_s=0.3), Step(202)
    )
    seconds, date, slow = (refused(browser, vapid, session) for _ in range(3))
    assert seconds.headers["Retry-After"] == "3"
    assert parsedate_to_datetime(date.headers["Retry-After"]).timestamp() == pytest.approx(time.time() + 3, abs=2)
    assert slow.elapsed.total_seconds() >= 0.3
    assert [push(browser, vapid, session).status_code for _ in range(2)] == [202, 201]
    assert len(browser.notifications) == 2


def test_a_reset_may_come_after_the_message_was_taken(
    service: PushService, session: requests.Session, vapid: Vapid02
) -> None:
    browser = service.browser().script(Step(reset=True), Step(reset=True, taken=True))
    for shown in (0, 1):
        with pytest.raises(requests.ConnectionError):
            push(browser, vapid, session)
        assert len(browser.notifications) == shown


def test_who_is_unknown_or_has_unsubscribed_is_not_found_or_gone(
    service: PushService, session: requests.Session, vapid: Vapid02
) -> None:
    unknown, browser = service.browser(), service.browser()
    del service.browsers[unknown.path]
    assert refused(unknown, vapid, session).status_code == 404
    browser.unsubscribe()
    assert refused(browser, vapid, session).status_code == 410


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"data": "x" * 4100}, 413),
        ({"headers": {"Topic": "not a topic"}}, 400),
        ({"headers": {"Urgency": "now"}}, 400),
        ({"content_encoding": "aesgcm"}, 415),
        ({"claims": {"aud": "https://elsewhere.example.com"}}, 403),
        ({"claims": {"exp": round(time.time()) + 25 * 3600}}, 403),
    ],
)
def test_what_real_ones_refuse_is_refused(
    service: PushService, session: requests.Session, vapid: Vapid02, options: dict[str, Any], status: int
) -> None:
    browser = service.browser()
    assert refused(browser, vapid, session, **options).status_code == status
    assert browser.received[0].why
    assert browser.notifications == []


def test_a_token_is_refused_once_its_time_is_over(session: requests.Session, vapid: Vapid02) -> None:
    with push_service(lambda: time.time() + 24 * 3600) as service:
        claims = {"exp": round(time.time()) + 12 * 3600}
        assert refused(service.browser(), vapid, session, claims=claims).status_code == 403


def test_a_browser_takes_pushes_of_the_key_that_it_subscribed_with_only(
    service: PushService, session: requests.Session, vapid: Vapid02
) -> None:
    point = bytes.fromhex("04") + vapid.public_key.public_numbers().x.to_bytes(32, "big")
    point += vapid.public_key.public_numbers().y.to_bytes(32, "big")
    mine, other = service.browser(encoded(point)), service.browser("another")
    assert push(mine, vapid, session).status_code == 201
    assert refused(other, vapid, session).status_code == 403


def test_a_request_without_credentials_is_refused(service: PushService, session: requests.Session) -> None:
    browser = service.browser()
    sender = WebPusher(browser.subscription, requests_session=session)
    assert sender.send("hi", timeout=5).status_code == 401
