"""Who answers has to prove its name."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from serverless_socketio.adaptors.transport import MultiplexedTransport
from serverless_socketio.aws import client as lean
from serverless_socketio.aws.client import tls
from serverless_socketio.aws.client.errors import NotConnectedError
from serverless_socketio.aws.client.service import Bounds
from serverless_socketio.ports import Delivery
from tests.tls import tls_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.tls import TlsServer

pytestmark = pytest.mark.e2e

ONCE = Bounds(connect_s=2, read_s=2, tries=1)


@contextmanager
def posting_to(server: TlsServer) -> Iterator[Any]:
    tls.context.cache_clear()
    client = lean.client("apigatewaymanagementapi", endpoint_url=f"https://localhost:{server.port}/live", bounds=ONCE)
    yield client
    client.service.pool.close()
    tls.context.cache_clear()


def test_a_server_that_is_trusted_is_spoken_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with tls_server(tmp_path, "localhost") as server:
        monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "server.pem"))
        with posting_to(server) as client:
            client.post_to_connection(ConnectionId="a=", Data=b"2")
            transport = MultiplexedTransport(lambda: client)
            assert transport.post_all([("b=", ["2"]), ("c=", ["2", "3"])]) == [Delivery.SENT] * 2
        assert server.names == ["localhost"] * 4
        assert sorted(request.split(b" ")[1] for request in server.requests) == [
            b"/live/@connections/a%3D",
            b"/live/@connections/b%3D",
            b"/live/@connections/c%3D",
            b"/live/@connections/c%3D",
        ]


@pytest.mark.parametrize(("name", "is_known"), [("localhost", False), ("other.example", True)])
def test_a_server_that_is_not_is_sent_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, is_known: bool
) -> None:
    with tls_server(tmp_path, name) as server:
        if is_known:
            monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "server.pem"))
        with posting_to(server) as client:
            with pytest.raises(NotConnectedError, match="certificate"):
                client.post_to_connection(ConnectionId="a=", Data=b"2")
            transport = MultiplexedTransport(lambda: client, sleep=lambda _: None)
            assert set(transport.post_all([("b=", ["2"]), ("c=", ["2"])])) == {Delivery.REFUSED}
        assert server.requests == []


def test_this_machine_has_certificates_to_trust() -> None:
    context = tls._context(None)
    assert context.cert_store_stats()["x509_ca"] > 0 or tls._has_folder()
