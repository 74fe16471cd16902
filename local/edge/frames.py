"""WebSocket frames as API Gateway takes them, under the application.

Text only (1003), 32 KB a frame and 128 KB a message (1009), no extensions. ASGI shows an application whole messages, so
frames can be judged only here, inside the server's protocol. Sources: "Amazon API Gateway endpoints and quotas"
(WebSocket payload sizes) and "Working with binary media types for WebSocket APIs".
"""

import asyncio
from typing import Any

from wsproto.connection import ConnectionState
from wsproto.events import BytesMessage, CloseConnection, Event, Ping, TextMessage

from local.engine.borrowed import ASGIWebsocketState, StreamClosed, WSStream

MAX_FRAME_IN = 32 * 1024
MESSAGE_BYTES_MAX = 128 * 1024
CLOSE_S = 1.0  # for the client to answer a close, so that what it still sends does not reset the connection

UNSUPPORTED, TOO_BIG, NO_STATUS, GONE = 1003, 1009, 1005, 1006


class ApiGatewayStream(WSStream):  # type: ignore[misc]  # hypercorn is untyped here
    """One WebSocket connection of the server."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.closed: bool
        self._text: list[str] = []
        self._message_bytes = 0
        self._frame_bytes = 0
        self._ended: dict[str, Any] | None = None  # what the application is told, once
        self._answered = asyncio.Event()  # the client has closed too, or is gone

    async def handle(self, event: Any) -> None:
        """Take an event of the protocol below."""
        if isinstance(event, StreamClosed) and not self.closed and self.app_put is not None:
            self.closed = True
            self._answered.set()
            await self._end(GONE, "")
        else:
            await super().handle(event)

    async def app_send(self, message: Any) -> None:
        """Take a message of the application; `None` when it has returned, which closes the TCP connection."""
        if message is None and self._closing and not self.closed:
            await self._linger()
        if message is not None and message["type"] == "websocket.send" and self._closing:
            return
        await super().app_send(message)

    @property
    def _closing(self) -> bool:
        return self._ended is not None or self.state == ASGIWebsocketState.CLOSED

    async def _accept(self, message: Any) -> None:
        self.handshake.extensions = None  # API Gateway does not compress
        await super()._accept(message)

    async def _handle_events(self) -> None:
        for event in self.connection.events():
            if isinstance(event, CloseConnection):
                await self._client_closed(event)
            elif isinstance(event, Ping):
                await self._send_wsproto_event(event.response())
            elif not self._closing:
                await self._take(event)

    async def _take(self, event: Event) -> None:
        if isinstance(event, BytesMessage):
            await self._refuse(UNSUPPORTED, "Binary messages are not supported")
        elif isinstance(event, TextMessage):
            size = len(event.data) if event.data.isascii() else len(event.data.encode())
            self._frame_bytes += size
            self._message_bytes += size
            self._text.append(event.data)
            if self._frame_bytes > MAX_FRAME_IN or self._message_bytes > MESSAGE_BYTES_MAX:
                await self._refuse(TOO_BIG, "Message too long")
                return
            if event.frame_finished:
                self._frame_bytes = 0
            if event.message_finished:
                await self._deliver()

    async def _deliver(self) -> None:
        text, self._text, self._message_bytes = "".join(self._text), [], 0
        await self.app_put({"type": "websocket.receive", "text": text, "bytes": None})

    async def _client_closed(self, event: CloseConnection) -> None:
        """The client closes, answers our close, or broke the protocol."""
        if self.connection.state == ConnectionState.REMOTE_CLOSING:
            await self._send_wsproto_event(event.response())
        elif not self._closing:
            await self._send_wsproto_event(CloseConnection(code=event.code))
        self._answered.set()
        await self._end(event.code or NO_STATUS, event.reason or "")
        await self.send(StreamClosed(stream_id=self.stream_id))

    async def _refuse(self, code: int, reason: str) -> None:
        self._text = []
        await self._send_wsproto_event(CloseConnection(code=code, reason=reason))
        await self._end(code, reason)

    async def _end(self, code: int, reason: str) -> None:
        """Tell the application, unless it closed the connection itself or knows already."""
        if self._ended is None:
            self._ended = {"type": "websocket.disconnect", "code": code, "reason": reason}
            await self.app_put(self._ended)

    async def _linger(self) -> None:
        try:
            await asyncio.wait_for(self._answered.wait(), CLOSE_S)
        except TimeoutError:
            return
