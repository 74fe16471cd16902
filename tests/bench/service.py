"""A service that answers every request alike, in a process of its own, after so many milliseconds: prints its port.

usage: service.py MILLISECONDS [CERTIFICATE], the latter a file with its key, for TLS.
"""

from __future__ import annotations

import asyncio
import ssl
import sys

import httptools

ITEM = (
    b'{"Item":{"pk":{"S":"CONN#x"},"sk":{"S":"CONN"},"form":{"S":"socketio"},"opened":{"N":"1700000000000"},'
    b'"sockets":{"M":{"/":{"M":{"sid":{"S":"abc"},"rooms":{"L":[{"S":"user:alice"}]}}}}}}}'
)
HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nx-amzn-RequestId: R\r\nContent-Length: %d\r\n\r\n"
)


class Service(asyncio.Protocol):
    """One connection."""

    def __init__(self, delay_s: float) -> None:
        self._delay_s = delay_s
        self._parser = httptools.HttpRequestParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        self._body = b"" if b"connections/" in url else ITEM

    def on_message_complete(self) -> None:
        if self._delay_s:
            asyncio.get_running_loop().call_later(self._delay_s, self._answer)
        else:
            self._answer()

    def _answer(self) -> None:
        self._transport.write(HEAD % len(self._body) + self._body)  # type: ignore[attr-defined]


async def main(delay_s: float, certificate: str | None = None) -> None:
    """Serve for ever."""
    tls = None
    if certificate:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(certificate)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Service(delay_s), "127.0.0.1", 0, backlog=256, ssl=tls)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]) / 1000, *sys.argv[2:]))
