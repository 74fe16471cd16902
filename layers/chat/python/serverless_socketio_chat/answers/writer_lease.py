"""The time of a writer: how long it may speak, when it looks for a stop, when it renews its lease."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_socketio_chat.answers import lease

if TYPE_CHECKING:
    from serverless_socketio_chat.answers.model import Stream
    from serverless_socketio_chat.answers.recipients import Audience
    from serverless_socketio_chat.bag import Ports

LOOK_S = 0.25  # between two looks at the control record: how soon a stop is seen
HOLD_S = 1.0  # between two renewals of the lease, each with a look at who is there


class Tenure:
    """The lease of the writer that has taken `stream`, as the writer's own clock sees it.

    `stream` is the control record as it was seen last; `look_at` when it wants to be looked at again, monotonic.
    """

    def __init__(self, ports: Ports, stream: Stream, audience: Audience) -> None:
        self._ports = ports
        self._clock = ports.clock
        self._audience = audience
        self.stream = stream
        now = self._clock.monotonic()
        # Wall clock to monotonic: a clock that is set does not move a deadline.
        self._offset = now - self._clock.now_ms() / 1000
        self.look_at = now + LOOK_S
        self._hold_at = now + HOLD_S
        self._silent_from = self._lease_end(stream)

    @property
    def is_over(self) -> bool:
        """Whether the writer may post nothing before it has renewed its lease."""
        return self._clock.monotonic() > self._silent_from

    def renew_if_over(self, heard: int) -> None:
        """Renew a lease that this writer was too slow to keep, unless another writer has taken the stream meanwhile.

        If none has, nobody has to find out what was said, and nothing is said twice. Raises Taken.
        """
        if self.is_over:
            self.hold(heard)

    def at(self, time_ms: int) -> float:
        """A time of the wall clock on the monotonic one."""
        return time_ms / 1000 + self._offset

    def now_ms(self) -> int:
        """The wall clock as it was set when the tenure began."""
        return round((self._clock.monotonic() - self._offset) * 1000)

    def keep(self, heard: int) -> None:
        """Look for a stop several times a second; once a second renew the lease, after a look at who is there.

        `heard`: how many chunks everybody has. Raises Taken.
        """
        now = self._clock.monotonic()
        if now >= self._hold_at:
            self._audience.look()
            self.hold(min(heard, self._audience.heard(heard)))
            self._hold_at, self.look_at = now + HOLD_S, now + LOOK_S
        elif now >= self.look_at:
            self.stream = lease.confirm(self._ports.streams, self.stream)
            self.look_at = now + LOOK_S

    def hold(self, heard: int) -> None:
        """Renew the lease. Raises Taken."""
        until_ms = self._clock.now_ms() + lease.LEASE_MS
        self.stream = self._ports.streams.hold(self.stream, position=heard, lease_until_ms=until_ms)
        self._silent_from = self._lease_end(self.stream)

    def _lease_end(self, stream: Stream) -> float:
        return self.at(stream.lease_until_ms - lease.MARGIN_MS)
