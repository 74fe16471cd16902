"""Many requests at a time, in one thread: each is sent by a connection of its own that does not block.

    a connection is …   until …
    connecting          the system has connected it
    shaking hands       TLS is agreed on (where there is TLS)
    sending             its request is with the system
    reading             the answer is whole; then it takes the next request, or is kept
    (in each of them)   it fails, or its time is up

Jobs have their turn one after the other. A job may have more than one request: the next is begun when the one before
has been answered, after a pause that the job asks for.
"""

from __future__ import annotations

import heapq
import selectors
import socket
import ssl
import time
from collections import deque
from itertools import count
from typing import TYPE_CHECKING, Protocol

from .errors import AnswerLostError, NoAnswerError, NotConnectedError
from .http1 import AnswerReader, BadAnswerError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .connection import Pool
    from .http1 import Response
    from .service import Bounds

AT_A_TIME = 100
READ_BYTES = 64 * 1024
INFINITE = float("inf")
READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
CONNECTING, SHAKING_HANDS, SENDING, READING = range(4)
WOULD_BLOCK = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Job(Protocol):
    """What asks for requests, and hears of their answers."""

    def begin(self) -> bytes | None:
        """Return the next request; None: there is none any more. May raise NoAnswerError, which `end` then hears."""

    def end(self, came: Response | NoAnswerError) -> float:
        """Hear what came of the request; return how many seconds to wait before the next `begin`."""


def run(jobs: Iterable[Job], pool: Pool, bounds: Bounds, *, at_a_time: int = AT_A_TIME) -> None:
    """Do all jobs, so many at a time; return when none has a request any more."""
    with selectors.DefaultSelector() as selector:
        loop = _Loop(jobs, pool, bounds, selector, at_a_time)
        try:
            loop.run()
        finally:
            loop.close()


class _Exchange:
    """One request on one connection, as far as it has come."""

    def __init__(self, job: Job, request: bytes, connection: socket.socket, state: int) -> None:
        self.job = job
        self.request = request
        self.connection = connection
        self.descriptor = connection.fileno()
        self.is_kept = state == SENDING  # the connection was used before
        self.state = state
        self.wants = WRITE  # what the selector waits for
        self.deadline = 0.0
        self._unsent = memoryview(request)
        self._reader = AnswerReader()

    def go_on(self, pool: Pool) -> Response | None:
        """Do what can be done now; return the answer if it is whole. Raises OSError or BadAnswerError."""
        try:
            while self.state != READING:
                self._advance(pool)
                if self.state == READING:
                    self.wants = READ  # no answer is there yet
                    return None
            return self._read()
        except WOULD_BLOCK as wait:
            writes = self.state in (CONNECTING, SENDING) and isinstance(wait, BlockingIOError)
            self.wants = WRITE if writes or isinstance(wait, ssl.SSLWantWriteError) else READ
            return None

    def _advance(self, pool: Pool) -> None:
        if self.state == CONNECTING:
            if trouble := self.connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                raise OSError(trouble, "The connection was refused")
            self.connection = pool.over_tls(self.connection)
            self.state = SHAKING_HANDS
        elif self.state == SHAKING_HANDS:
            if isinstance(self.connection, ssl.SSLSocket):
                self.connection.do_handshake()
            self.state = SENDING
        else:
            self._unsent = self._unsent[self.connection.send(self._unsent) :]
            if not self._unsent:
                self.state = READING

    def _read(self) -> Response | None:
        while data := self.connection.recv(READ_BYTES):
            if answer := self._reader.feed(data):
                return answer
        return self._reader.closed()


class _Loop:
    def __init__(
        self, jobs: Iterable[Job], pool: Pool, bounds: Bounds, selector: selectors.BaseSelector, at_a_time: int
    ) -> None:
        self._ready = deque(jobs)
        self._pool = pool
        self._bounds = bounds
        self._selector = selector
        self._at_a_time = at_a_time
        self._waiting: list[tuple[float, int, Job]] = []  # a heap: until when, and in which order
        self._numbers = count()
        self._busy: dict[int, _Exchange] = {}  # by descriptor
        self._look_at = INFINITE  # when the time of some exchange may be up

    def run(self) -> None:
        self._fill()
        while self._busy or self._waiting:
            for key, _ in self._selector.select(self._timeout()):
                if exchange := self._busy.get(key.fd):
                    self._go_on(exchange)
            now = time.monotonic()
            if now >= self._look_at:
                self._expire(now)
            while self._waiting and self._waiting[0][0] <= now:
                self._ready.append(heapq.heappop(self._waiting)[2])
            self._fill()

    def close(self) -> None:
        """Close what is not done, if something went wrong."""
        for exchange in list(self._busy.values()):
            self._leave(exchange, keep=False)

    def _timeout(self) -> float:
        until = min(self._look_at, self._waiting[0][0] if self._waiting else INFINITE)
        return max(until - time.monotonic(), 0.0)

    def _fill(self) -> None:
        """Begin jobs, as long as there are some and places for them."""
        while len(self._busy) < self._at_a_time and (found := self._next()):
            self._start(*found, self._pool.take())

    def _next(self) -> tuple[Job, bytes] | None:
        """Return the next job that has something to send."""
        while self._ready:
            job = self._ready.popleft()
            try:
                request = job.begin()
            except NoAnswerError as error:
                self._ended(job, error)
            else:
                if request is not None:
                    return job, request
        return None

    def _start(self, job: Job, request: bytes, kept: socket.socket | None) -> None:
        """Send a request on a kept connection, or on a new one."""
        try:
            connection = kept or self._pool.open_later()
        except OSError as error:
            self._ended(job, NotConnectedError(f"No connection: {error}"))
            return
        connection.setblocking(False)
        exchange = _Exchange(job, request, connection, SENDING if kept else CONNECTING)
        self._selector.register(exchange.descriptor, exchange.wants)
        self._watch(exchange)

    def _watch(self, exchange: _Exchange) -> None:
        self._busy[exchange.descriptor] = exchange
        self._allow(exchange)
        if exchange.state == SENDING:
            self._go_on(exchange)

    def _go_on(self, exchange: _Exchange) -> None:
        wanted = exchange.wants
        try:
            answer = exchange.go_on(self._pool)
        except (OSError, BadAnswerError) as error:
            self._failed(exchange, error)
            return
        if answer is not None:
            self._answered(exchange, answer)
            return
        self._allow(exchange)
        if exchange.wants != wanted:
            self._selector.modify(exchange.descriptor, exchange.wants)

    def _answered(self, exchange: _Exchange, answer: Response) -> None:
        """Tell the job, and give its connection to the next one."""
        self._ended(exchange.job, answer)
        found = self._next() if answer.stays else None
        if found is None:
            self._leave(exchange, keep=answer.stays)
            return
        following = _Exchange(*found, exchange.connection, SENDING)
        following.wants = exchange.wants
        self._watch(following)

    def _failed(self, exchange: _Exchange, error: Exception) -> None:
        self._leave(exchange, keep=False)
        if exchange.state < SENDING:
            self._ended(exchange.job, NotConnectedError(f"No connection: {error}"))
        elif exchange.state == SENDING and exchange.is_kept and not isinstance(error, TimeoutError):
            self._start(exchange.job, exchange.request, None)  # it was stale, and nothing was done
        else:
            self._ended(exchange.job, AnswerLostError(f"The answer was lost: {error}"))

    def _leave(self, exchange: _Exchange, *, keep: bool) -> None:
        self._selector.unregister(exchange.descriptor)
        del self._busy[exchange.descriptor]
        if keep:
            self._pool.keep(exchange.connection)
        else:
            exchange.connection.close()

    def _ended(self, job: Job, came: Response | NoAnswerError) -> None:
        pause = job.end(came)
        if pause > 0:
            heapq.heappush(self._waiting, (time.monotonic() + pause, next(self._numbers), job))
        else:
            self._ready.append(job)

    def _allow(self, exchange: _Exchange) -> None:
        """Give an exchange time for its next piece."""
        seconds = self._bounds.connect_s if exchange.state < SENDING else self._bounds.read_s
        exchange.deadline = time.monotonic() + seconds
        self._look_at = min(self._look_at, exchange.deadline)

    def _expire(self, now: float) -> None:
        for exchange in [exchange for exchange in self._busy.values() if exchange.deadline <= now]:
            self._failed(exchange, TimeoutError("time is up"))
        self._look_at = min((exchange.deadline for exchange in self._busy.values()), default=INFINITE)
