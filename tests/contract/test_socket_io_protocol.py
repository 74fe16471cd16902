"""The Socket.IO protocol, version 5, clause by clause, over each transport: see `docs/conformance.md`.

Tests of our own for what https://github.com/socketio/socket.io-protocol says and its test suite checks.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.wires import TRANSPORTS, Deployment, PollingWire, Wire, join

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ON_EACH = pytest.mark.parametrize("transport", TRANSPORTS)
IN_EACH = pytest.mark.parametrize(("namespace", "prefix"), [("/", ""), ("/custom", "/custom,")])
HOLE, SECOND_HOLE = '{"_placeholder":true,"num":0}', '{"_placeholder":true,"num":1}'


def connected(deployment: Deployment, transport: str, namespace: str = "/") -> Wire:
    """A client whose socket has said hello, and heard what there is to hear of that."""
    wire, _ = deployment.connect(transport, namespace)
    if isinstance(wire, PollingWire):
        deployment.clock.on_sleep(0.01, lambda: deployment.sio.emit("noted", namespace=namespace))
    wire.received()
    return wire


def asked(deployment: Deployment, transport: str, data: Any = None) -> tuple[Wire, str, list[Any]]:
    """A client of which the server asks something: with the ack id, and the answers that the callback gets."""
    answers: list[Any] = []
    deployment.sio.callback(answer := _into(answers))
    wire, sid = deployment.connect(transport)
    deployment.sio.emit("ask", data, to=sid, callback=answer)
    head = next(frame for frame in wire.received() if '"ask"' in frame)
    return wire, head[head.index("-") + 1 if head[1] == "5" else 2 : head.index("[")], answers


def _into(answers: list[Any]) -> Any:
    def answer(*args: Any) -> None:
        answers.append(args)

    return answer


class TestConnect:
    @ON_EACH
    @IN_EACH
    @pytest.mark.parametrize("auth", [None, {"token": "123"}], ids=["bare", "auth"])
    def test_is_answered_with_a_session_id_and_given_what_the_client_says(
        self, deployment: Deployment, transport: str, namespace: str, prefix: str, auth: Any
    ) -> None:
        wire = deployment.open(transport)
        wire.send(f"40{prefix}" + (json.dumps(auth) if auth else ""))
        answer, greeting = wire.received()
        said = json.loads(answer.removeprefix(f"40{prefix}"))
        assert said.keys() == {"sid"}
        assert said["sid"] != wire.opened["sid"]
        assert greeting == f"42{prefix}" + json.dumps(["auth", auth or {}], separators=(",", ":"))

    @ON_EACH
    @IN_EACH
    def test_that_is_refused_is_told_why(
        self, deployment: Deployment, transport: str, namespace: str, prefix: str
    ) -> None:
        wire = deployment.open(transport)
        wire.send(f'40{prefix}{{"token":"wrong"}}')
        assert wire.received() == [f'44{prefix}{{"message":"Connection rejected by server"}}']
        assert join(wire, namespace)["sid"]  # it may try again

    @ON_EACH
    def test_to_an_unknown_namespace_is_refused(self, deployment: Deployment, transport: str) -> None:
        wire = deployment.open(transport)
        wire.send("40/random")
        assert wire.received() == ['44/random,{"message":"Invalid namespace","data":{"code":"invalid"}}']

    @ON_EACH
    @pytest.mark.parametrize("frame", ["4abc", '42["message"]', "41", "44{}", "43[]", "4"])
    def test_comes_first_or_the_session_ends(self, deployment: Deployment, transport: str, frame: str) -> None:
        wire = deployment.open(transport)
        wire.send(frame)
        assert wire.is_closed

    @ON_EACH
    def test_comes_soon_or_the_session_ends(self, deployment: Deployment, transport: str) -> None:
        wire = deployment.open(transport)
        deployment.pass_time(19)
        assert not wire.is_closed
        deployment.pass_time(25)
        assert wire.is_closed

    @ON_EACH
    def test_opens_several_namespaces_on_one_session(self, deployment: Deployment, transport: str) -> None:
        wire, main = deployment.connect(transport)
        custom = join(wire, "/custom")["sid"]
        assert main != custom
        wire.send('42["message",1]', '42/custom,["message",2]')
        heard = [frame for frame in wire.received() if "message-back" in frame]
        assert heard == ['42["message-back",1]', '42/custom,["message-back",2]']

    @ON_EACH
    def test_needs_no_main_namespace(self, deployment: Deployment, transport: str) -> None:
        wire, _ = deployment.connect(transport, "/custom")
        deployment.sio.emit("news", 1)
        deployment.sio.emit("news", 2, namespace="/custom")
        assert [frame for frame in wire.received() if "news" in frame] == ['42/custom,["news",2]']


class TestEvents:
    @ON_EACH
    @IN_EACH
    def test_come_with_every_kind_of_argument(
        self, deployment: Deployment, transport: str, namespace: str, prefix: str
    ) -> None:
        wire = connected(deployment, transport, namespace)
        wire.send(f'42{prefix}["message",1,"2",{{"3":[true]}},null]')
        assert wire.received() == [f'42{prefix}["message-back",1,"2",{{"3":[true]}},null]']

    @ON_EACH
    @IN_EACH
    def test_carry_bytes_both_ways(self, deployment: Deployment, transport: str, namespace: str, prefix: str) -> None:
        wire = connected(deployment, transport, namespace)
        wire.send(f'452-{prefix}["message",{HOLE},{{"deep":[{SECOND_HOLE}]}}]', "bAQID", "bBAUG")
        assert wire.received() == [
            f'452-{prefix}["message-back",{HOLE},{{"deep":[{SECOND_HOLE}]}}]',
            "bAQID",
            "bBAUG",
        ]

    @ON_EACH
    def test_of_the_server_reach_each_namespace(self, deployment: Deployment, transport: str) -> None:
        wire = connected(deployment, transport)
        deployment.sio.emit("bar", namespace="/custom")
        deployment.sio.emit("foo")
        assert wire.received() == ['42["foo"]']

    @ON_EACH
    @pytest.mark.parametrize(
        "frame",
        [
            "42{}",
            "42[]",
            "42",
            '42"foo"',
            "42null",
            "42[1]",
            '42abc["message"]',
            "4abc",
            "49",
            '451["message"]',
            "44{}",
        ],
    )
    def test_that_are_none_are_refused_and_the_socket_lives(
        self, deployment: Deployment, transport: str, frame: str
    ) -> None:
        """The document has the connection closed; see the page for why it is not."""
        wire = connected(deployment, transport)
        wire.send(frame)
        (answer,) = wire.received()
        assert answer.startswith('42["error",{"event":')
        assert '"code":"invalid"' in answer
        wire.send('42["message",1]')
        assert wire.received() == ['42["message-back",1]']

    @ON_EACH
    def test_that_are_none_end_the_session_where_an_application_says_so(
        self, client: DynamoDBClient, transport: str
    ) -> None:
        wire = connected(Deployment(client, bad_frames_max=0), transport)
        wire.send("42{}")
        assert wire.is_closed


class TestAcknowledgements:
    @ON_EACH
    @IN_EACH
    @pytest.mark.parametrize("ack_id", [0, 13, 456, 2**53 - 1])
    def test_have_the_id_of_their_event(
        self, deployment: Deployment, transport: str, namespace: str, prefix: str, ack_id: int
    ) -> None:
        wire = connected(deployment, transport, namespace)
        wire.send(f'42{prefix}{ack_id}["message-with-ack",1,"2",{{"3":[false]}}]')
        assert wire.received() == [f'43{prefix}{ack_id}[1,"2",{{"3":[false]}}]']

    @ON_EACH
    def test_may_be_empty(self, deployment: Deployment, transport: str) -> None:
        wire = connected(deployment, transport)
        wire.send('4212["message-with-ack"]')
        assert wire.received() == ["4312[]"]

    @ON_EACH
    def test_carry_bytes_to_the_client(self, deployment: Deployment, transport: str) -> None:
        wire = connected(deployment, transport)
        wire.send(f'452-789["message-with-ack",{HOLE},{SECOND_HOLE}]', "bAQID", "bBAUG")
        assert wire.received() == [f"462-789[{HOLE},{SECOND_HOLE}]", "bAQID", "bBAUG"]

    @ON_EACH
    def test_of_an_event_with_bytes_may_have_none(self, deployment: Deployment, transport: str) -> None:
        deployment.sio.on("size", lambda sid, data: len(data))
        wire = connected(deployment, transport)
        wire.send(f'451-14["size",{HOLE}]', "bAQIDBA==")
        assert wire.received() == ["4314[4]"]

    @ON_EACH
    @pytest.mark.parametrize(("body", "args"), [("[]", ()), ('["bar",1]', ("bar", 1))])
    def test_are_asked_of_the_client_and_come_once(
        self, deployment: Deployment, transport: str, body: str, args: tuple[Any, ...]
    ) -> None:
        wire, ack_id, answers = asked(deployment, transport, "foo")
        wire.send(f"43{ack_id}{body}", f"43{ack_id}{body}")
        assert answers == [args]

    @ON_EACH
    def test_carry_bytes_to_the_server(self, deployment: Deployment, transport: str) -> None:
        wire, ack_id, answers = asked(deployment, transport, b"\x05")
        wire.send(f'461-{ack_id}["bar",{HOLE}]', "bAQIDBA==")
        assert answers == [("bar", b"\x01\x02\x03\x04")]


class TestDisconnect:
    @ON_EACH
    @IN_EACH
    def test_by_the_client_ends_its_socket_and_is_not_answered(
        self, deployment: Deployment, transport: str, namespace: str, prefix: str
    ) -> None:
        wire, sid = deployment.connect(transport, namespace)
        wire.received()
        wire.send(f"41{prefix}")
        assert deployment.ended == [(sid, "client disconnect")]
        assert wire.received() == []

    @ON_EACH
    def test_from_a_namespace_leaves_the_others(self, deployment: Deployment, transport: str) -> None:
        wire, _ = deployment.connect(transport)
        custom = join(wire, "/custom")["sid"]
        wire.received()
        wire.send("41/custom,", '42["message","to the main namespace"]')
        assert wire.received() == ['42["message-back","to the main namespace"]']
        assert deployment.ended == [(custom, "client disconnect")]

    @ON_EACH
    @IN_EACH
    def test_by_the_server_is_told(self, deployment: Deployment, transport: str, namespace: str, prefix: str) -> None:
        wire, sid = deployment.connect(transport, namespace)
        deployment.sio.disconnect(sid, namespace)
        assert wire.received()[-1] == f"41{prefix}"
        assert deployment.ended == [(sid, "server disconnect")]

    @ON_EACH
    def test_leaves_the_session_open_for_another_socket_for_a_while(
        self, deployment: Deployment, transport: str
    ) -> None:
        wire, first = deployment.connect(transport)
        wire.received()
        wire.send("41")
        assert join(wire)["sid"] != first
        wire.received()
        wire.send("41")
        deployment.pass_time(19)
        assert not wire.is_closed
        deployment.pass_time(30)
        assert wire.is_closed


@ON_EACH
def test_a_session_like_the_document_s_sample(deployment: Deployment, transport: str) -> None:
    """Its events and acks one after the other; polling and upgrade are in the fixture."""
    wire = connected(deployment, transport)
    deployment.sio.on("tellme", lambda sid: b"\x01\x02", namespace="/custom")
    deployment.sio.emit("hey", "Jude")
    assert wire.received() == ['42["hey","Jude"]']
    wire.send('42["message","hello"]', '42["message","world"]')
    assert wire.received() == ['42["message-back","hello"]', '42["message-back","world"]']
    join(wire, "/custom")
    wire.send('42/custom,1["tellme"]')
    assert wire.received()[-2:] == [f"461-/custom,1[{HOLE}]", "bAQI="]
    wire.send("1")
    assert wire.is_closed
