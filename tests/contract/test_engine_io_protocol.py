"""The Engine.IO protocol, version 4, clause by clause, over each transport: see `docs/conformance.md`.

Tests of our own for what https://github.com/socketio/engine.io-protocol says and its test suite checks. Where that
suite sends Engine.IO messages of its own, these are Socket.IO's: what carries them is the same.
"""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest

from tests.wires import HANDSHAKE, SEPARATOR, TRANSPORTS, Deployment, PollingWire, UpgradedWire, WebSocketWire, join

ON_EACH = pytest.mark.parametrize("transport", TRANSPORTS)
ON_WEBSOCKETS = pytest.mark.parametrize("transport", ["websocket", "upgraded"])
POLLING = pytest.mark.parametrize("transport", ["polling"])
UPGRADED = pytest.mark.parametrize("transport", ["upgraded"])
WEBSOCKET = pytest.mark.parametrize("transport", ["websocket"])


@pytest.fixture
def polling(deployment: Deployment) -> PollingWire:
    return PollingWire(deployment, {})


def refused(answer: dict[str, Any]) -> int:
    """The code of a refusal."""
    assert answer["statusCode"] == 400, answer
    return int(json.loads(answer["body"])["code"])


def said(wire: Any) -> list[str]:
    """What was received but for what the `connect` handler says."""
    return [frame for frame in wire.received() if "auth" not in frame]


class TestHandshake:
    @ON_EACH
    def test_the_open_packet_has_five_keys(self, deployment: Deployment, transport: str) -> None:
        opened = deployment.open(transport).opened
        assert {name: type(value) for name, value in opened.items()} == {
            "sid": str,
            "upgrades": list,
            "pingInterval": int,
            "pingTimeout": int,
            "maxPayload": int,
        }
        assert opened["upgrades"] == ([] if transport == "websocket" else ["websocket"])
        assert (opened["pingInterval"], opened["pingTimeout"]) == (
            deployment.settings.ping_interval_ms,
            deployment.settings.ping_timeout_ms,
        )

    @ON_EACH
    def test_each_session_has_an_id_of_its_own(self, deployment: Deployment, transport: str) -> None:
        assert len({deployment.open(transport).opened["sid"] for _ in range(5)}) == 5

    @POLLING
    @pytest.mark.parametrize("query", ["transport=polling", "EIO=abc&transport=polling", "EIO=3&transport=polling"])
    def test_another_version_is_refused_over_http(self, deployment: Deployment, transport: str, query: str) -> None:
        assert refused(deployment.http("GET", query)) == 5

    @WEBSOCKET
    @pytest.mark.parametrize("version", ["abc", "3", "5", ""])
    def test_another_version_is_refused_at_the_upgrade(
        self, deployment: Deployment, transport: str, version: str
    ) -> None:
        _, answer = deployment.handshake({"EIO": version, "transport": transport})
        assert answer["statusCode"] == 400

    @POLLING
    @pytest.mark.parametrize("query", ["EIO=4", "EIO=4&transport=abc", "EIO=4&transport="])
    def test_another_transport_is_refused_over_http(self, deployment: Deployment, transport: str, query: str) -> None:
        assert refused(deployment.http("GET", query)) == 0

    @WEBSOCKET
    @pytest.mark.parametrize("other", ["abc", "polling", ""])
    def test_another_transport_is_refused_at_the_upgrade(
        self, deployment: Deployment, transport: str, other: str
    ) -> None:
        assert deployment.handshake({"EIO": "4", "transport": other})[1]["statusCode"] == 400

    @WEBSOCKET
    def test_a_websocket_that_names_no_transport_means_its_own(self, deployment: Deployment, transport: str) -> None:
        address, answer = deployment.handshake({"EIO": "4"})
        assert answer == {"statusCode": 200}
        assert deployment.sent(address)[0].startswith('0{"sid":')

    @WEBSOCKET
    def test_a_websocket_that_names_no_version_is_a_native_client(self, deployment: Deployment, transport: str) -> None:
        address, answer = deployment.handshake({"transport": transport})
        assert answer == {"statusCode": 200}
        assert not [frame for frame in deployment.sent(address) if frame.startswith("0")]

    @POLLING
    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
    def test_a_session_begins_with_get_and_nothing_else(
        self, deployment: Deployment, transport: str, method: str
    ) -> None:
        assert refused(deployment.http(method, HANDSHAKE)) == 2


class TestPolling:
    @POLLING
    @pytest.mark.parametrize("method", ["GET", "POST"])
    @pytest.mark.parametrize("sid", ["abc", "x" * 44, "%00"])
    def test_an_unknown_session_is_refused(self, deployment: Deployment, transport: str, method: str, sid: str) -> None:
        assert refused(deployment.http(method, f"{HANDSHAKE}&sid={sid}", "40")) == 1

    @POLLING
    def test_a_post_is_answered_ok(self, polling: PollingWire, transport: str) -> None:
        answer = polling.post("40")
        assert (answer["statusCode"], answer["body"]) == (200, "ok")

    @POLLING
    @pytest.mark.parametrize("headers", [{}, {"content_type": "text/plain;charset=UTF-8"}])
    def test_a_body_is_text_whether_or_not_it_says_so(
        self, polling: PollingWire, transport: str, headers: dict[str, str]
    ) -> None:
        assert polling.post('40{"é":"語"}', **headers)["statusCode"] == 200
        answer = polling.get()
        assert answer["headers"]["content-type"] == "text/plain; charset=UTF-8"
        assert answer["body"].endswith('["auth",{"é":"語"}]')

    @POLLING
    def test_a_get_has_no_answer_until_something_comes(
        self, deployment: Deployment, polling: PollingWire, transport: str
    ) -> None:
        join(polling)
        polling.received()
        began = deployment.clock.monotonic()
        deployment.clock.on_sleep(0.5, lambda: deployment.sio.emit("news"))
        assert polling.get()["body"] == '42["news"]'
        assert deployment.clock.monotonic() - began >= 0.5

    @POLLING
    def test_a_get_brings_all_that_waits(self, deployment: Deployment, polling: PollingWire, transport: str) -> None:
        join(polling)
        polling.received()
        for number in range(3):
            deployment.sio.emit("news", number)
        assert polling.get()["body"] == SEPARATOR.join(f'42["news",{number}]' for number in range(3))

    @POLLING
    def test_a_second_get_at_a_time_is_refused_and_ends_the_session(
        self, deployment: Deployment, polling: PollingWire, transport: str
    ) -> None:
        codes: list[int] = []
        deployment.clock.on_sleep(0.1, lambda: codes.append(refused(polling.get())))
        assert polling.get()["body"] == "1"
        assert codes == [3]
        assert refused(polling.get()) == 1

    @POLLING
    def test_a_second_post_at_a_time_is_handled_too(
        self, deployment: Deployment, polling: PollingWire, transport: str
    ) -> None:
        """The document has it refused: see decision 0053."""
        heard: list[int] = []

        def slow(sid: str, number: int) -> None:
            if number == 1:
                polling.send('42["slow",2]')
            heard.append(number)

        deployment.sio.on("slow", slow)
        join(polling)
        polling.send('42["slow",1]', '42["slow",3]')
        assert heard == [2, 1, 3]

    @POLLING
    def test_a_body_over_the_limit_is_refused(self, polling: PollingWire, transport: str) -> None:
        assert polling.post("4" * (128 * 1024 + 1))["statusCode"] == 413
        assert polling.opened["maxPayload"] <= 128 * 1024


class TestPackets:
    @ON_EACH
    def test_a_message_is_exchanged(self, deployment: Deployment, transport: str) -> None:
        wire, _ = deployment.connect(transport)
        wire.send('42["message","hello é 語"]')
        assert said(wire) == ['42["message-back","hello é 語"]']

    @ON_EACH
    def test_several_packets_keep_their_order(self, deployment: Deployment, transport: str) -> None:
        wire, _ = deployment.connect(transport)
        wire.send('42["message",1]', "3", '42["message",2]', '42["message",3]')
        assert said(wire) == [f'42["message-back",{number}]' for number in (1, 2, 3)]

    @ON_WEBSOCKETS
    def test_each_packet_is_a_frame(self, deployment: Deployment, transport: str) -> None:
        wire, _ = deployment.connect(transport)
        wire.send(f'42["message",1]{SEPARATOR}42["message",2]')  # one text, and so one packet, which is none
        assert [frame for frame in said(wire) if "message-back" in frame] == []

    @ON_EACH
    def test_bytes_travel_as_base64(self, deployment: Deployment, transport: str) -> None:
        wire, _ = deployment.connect(transport)
        wire.send('451-["message",{"_placeholder":true,"num":0}]', "bAQIDBA==")
        assert said(wire) == ['451-["message-back",{"_placeholder":true,"num":0}]', "bAQIDBA=="]

    @ON_EACH
    def test_a_noop_asks_for_nothing(self, deployment: Deployment, transport: str) -> None:
        wire, _ = deployment.connect(transport)
        wire.send("6", '42["message",1]')
        assert said(wire) == ['42["message-back",1]']

    @ON_EACH
    @pytest.mark.parametrize("frame", ["abc", "9", "", "0", "4", "4abc"])
    def test_before_a_socket_what_is_no_packet_ends_the_session(
        self, deployment: Deployment, transport: str, frame: str
    ) -> None:
        wire = deployment.open(transport)
        if isinstance(wire, PollingWire):
            wire.post(frame)
        else:
            wire.send(frame)
        assert wire.is_closed

    @POLLING
    def test_a_session_that_begins_with_no_payload_is_over_at_once(self, polling: PollingWire, transport: str) -> None:
        assert refused(polling.post("abc")) == 3
        assert refused(polling.get()) == 1

    @POLLING
    @pytest.mark.parametrize("body", ["abc", "", f"40{SEPARATOR}abc", "b!"])
    def test_a_body_that_is_no_payload_is_refused(self, polling: PollingWire, transport: str, body: str) -> None:
        assert refused(polling.post(body)) == 3

    @ON_EACH
    def test_a_close_packet_ends_the_session(self, deployment: Deployment, transport: str) -> None:
        wire, sid = deployment.connect(transport)
        wire.send("1")
        assert wire.is_closed
        assert deployment.ended == [(sid, "client disconnect")]

    @POLLING
    def test_a_close_packet_ends_the_get_that_is_held(
        self, deployment: Deployment, polling: PollingWire, transport: str
    ) -> None:
        deployment.clock.on_sleep(0.2, lambda: polling.send("1"))
        began = deployment.clock.monotonic()
        assert polling.get()["body"] == "6"
        assert deployment.clock.monotonic() - began < 0.7
        assert refused(polling.get()) == 1


class TestHeartbeat:
    @ON_EACH
    def test_a_ping_comes_once_an_interval_and_a_pong_keeps_the_session(
        self, deployment: Deployment, transport: str
    ) -> None:
        wire, sid = deployment.connect(transport)
        interval_s, began = deployment.settings.ping_interval_ms / 1000, deployment.clock.monotonic()
        pings: list[float] = []
        while len(pings) < 4:
            deployment.pass_time(5)
            if "2" in wire.received():
                pings.append(deployment.clock.monotonic())
                wire.send("3")
            assert deployment.clock.monotonic() - began < 5 * interval_s
        for one, next_ in pairwise(pings):
            assert next_ - one == pytest.approx(interval_s, abs=30)  # a GET lasts up to 20 s
        assert not wire.is_closed
        assert deployment.ended == []
        assert deployment.sio.rooms(sid) == [sid]

    @ON_EACH
    def test_who_answers_no_ping_is_ended(self, deployment: Deployment, transport: str) -> None:
        wire, sid = deployment.connect(transport)
        settings = deployment.settings
        for _ in range((2 * settings.ping_interval_ms + settings.ping_timeout_ms) // 20_000):
            deployment.pass_time(20)
            if not deployment.ended:
                wire.received()  # it asks, and does not answer
        assert deployment.ended == [(sid, "ping timeout")]
        assert wire.is_closed

    @POLLING
    def test_who_asks_no_more_is_ended(self, deployment: Deployment, polling: PollingWire, transport: str) -> None:
        sid = join(polling)["sid"]
        deployment.pass_time(45)
        assert deployment.ended == [(sid, "ping timeout")]
        assert polling.is_closed


class TestUpgrade:
    @UPGRADED
    def test_a_probe_is_answered_and_the_get_ends(
        self, deployment: Deployment, polling: PollingWire, transport: str
    ) -> None:
        address, answer = deployment.handshake({"EIO": "4", "transport": "websocket", "sid": polling.opened["sid"]})
        assert answer == {"statusCode": 200}
        assert deployment.sent(address) == []  # no open packet: the session has begun
        deployment.clock.on_sleep(0.2, lambda: deployment.frame(address, "2probe"))
        assert polling.get()["body"] == "6"
        assert deployment.sent(address) == ["3probe"]

    @UPGRADED
    def test_what_waited_comes_first_over_the_websocket(
        self, deployment: Deployment, polling: PollingWire, transport: str
    ) -> None:
        join(polling)
        deployment.sio.emit("news", 1)
        wire = UpgradedWire(deployment, polling)
        deployment.sio.emit("news", 2)
        assert said(wire) == ['42["news",1]', '42["news",2]']

    @UPGRADED
    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_after_it_requests_are_refused_and_the_websocket_lives(
        self, deployment: Deployment, transport: str, method: str
    ) -> None:
        wire, _ = deployment.connect(transport)
        assert isinstance(wire, UpgradedWire)
        assert deployment.http(method, wire.begun.query, "40")["statusCode"] == 400
        wire.send('42["message",1]')
        assert said(wire) == ['42["message-back",1]']

    @UPGRADED
    def test_after_it_another_websocket_is_refused(self, deployment: Deployment, transport: str) -> None:
        wire, _ = deployment.connect(transport)
        query = {"EIO": "4", "transport": "websocket", "sid": wire.opened["sid"]}
        assert deployment.handshake(query)[1]["statusCode"] == 400
        wire.send('42["message",1]')
        assert said(wire) == ['42["message-back",1]']

    @UPGRADED
    def test_of_two_websockets_that_probe_one_is_closed(
        self, deployment: Deployment, polling: PollingWire, transport: str
    ) -> None:
        query = {"EIO": "4", "transport": "websocket", "sid": polling.opened["sid"]}
        other, _ = deployment.handshake(query)
        deployment.frame(other, "2probe")
        wire = UpgradedWire(deployment, polling)
        deployment.frame(other, "5")
        assert other in deployment.transport.closed
        assert not wire.is_closed

    @WEBSOCKET
    def test_a_websocket_of_no_session_is_refused(self, deployment: Deployment, transport: str) -> None:
        for sid in ("abc", "x" * 44):
            assert deployment.handshake({"EIO": "4", "transport": transport, "sid": sid})[1]["statusCode"] == 400

    @UPGRADED
    def test_the_session_s_id_stays_and_no_socket_is_lost(
        self, deployment: Deployment, polling: PollingWire, transport: str
    ) -> None:
        sid = join(polling)["sid"]
        polling.received()
        wire = UpgradedWire(deployment, polling)
        deployment.sio.emit("news", to=sid)
        assert said(wire) == ['42["news"]']
        assert isinstance(wire, WebSocketWire)
        assert deployment.ended == []
