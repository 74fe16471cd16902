"""A reconnect storm, played against the token buckets of an account and a stage.

Every client loses its connection; each comes back by the back-off of socket.io-client and is let in, or not, by the
buckets that the local edge has, too. Time is the simulation's own, so minutes take milliseconds.

| a client | waits | then |
|---|---|---|
| lost its connection, or was refused | 1 s, 2 s, 4 s …, half more or less, 5 s at most | asks for a handshake |
| asked for a handshake | a round trip | is refused (429), or sends CONNECT |
| sent CONNECT | nothing | is back, or was throttled: it takes the error frame for a broken packet, and begins anew |

A handshake takes a token of the account's new connections, of the route `$connect` and of the account's requests;
CONNECT one of `$default` and of the requests; what the server posts (open packet, answer, presence) one of the requests
each, which the server waits for, as its retries do. A bucket that refuses takes nothing from the others.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

from infra.config import Config
from local.edge.throttle import NEW_CONNECTIONS, Bucket
from local.engine.apis import ACCOUNT, Throttle
from serverless_socketio.heartbeat import TICK_MS, buckets_in, lifetime_of
from serverless_socketio.model import bucket_of

DELAY_MS, DELAY_MAX_MS, JITTER = 1_000, 5_000, 0.5  # socket.io-client's defaults: manager.js, contrib/backo2.js
POSTS = 3  # open packet, the answer to CONNECT, `presence:updated`
ROUND_TRIP_S = (0.05, 0.15)  # assumed: until a client hears what became of its handshake


def backoff_s(attempt: int, random: Random, *, max_ms: int = DELAY_MAX_MS) -> float:
    """Return how long socket.io-client waits before its attempt, the first being 0: the very sum of `backo2.js`.

    It is cut after the jitter, so from the fifth attempt on it is `max_ms` (`reconnectionDelayMax`) to the millisecond.
    """
    ms = float(DELAY_MS * 2 ** min(attempt, 30))
    drawn = random.random()
    deviation = int(drawn * JITTER * ms)
    ms = ms + deviation if int(drawn * 10) & 1 else ms - deviation
    return int(min(ms, max_ms)) / 1000


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The buckets that stand in the way; `scaled` by a share, a share of the clients meets the same."""

    connections: Throttle = NEW_CONNECTIONS
    account: Throttle = ACCOUNT
    connect_route: Throttle
    default_route: Throttle

    @classmethod
    def of(cls, settings: Config) -> "Limits":
        """Return what a deployment sets, in an account with default quotas."""
        stage = (settings.connect_throttle, settings.throttle)
        connect, default = (Throttle(rate=each.rate_per_s, burst=each.burst) for each in stage)
        return cls(connect_route=connect, default_route=default)

    def scaled(self, share: float) -> "Limits":
        """Return the limits that so small a share of all clients would have for itself."""

        def part(limit: Throttle) -> Throttle:
            return Throttle(rate=limit.rate * share, burst=max(1.0, limit.burst * share))

        return Limits(
            connections=part(self.connections),
            account=part(self.account),
            connect_route=part(self.connect_route),
            default_route=part(self.default_route),
        )


@dataclass
class Storm:
    """How a storm went.

    Attributes:
        back_s: When each client was back, in the order of coming.
        handshakes: Asked for in each second.
        refused: Handshakes that were refused.
        broken: CONNECTs that were throttled, whose clients began anew.
        requests: Tokens that were taken from the account's requests in each second.
    """

    back_s: list[float] = field(default_factory=list)
    handshakes: Counter[int] = field(default_factory=Counter)
    refused: int = 0
    broken: int = 0
    requests: Counter[int] = field(default_factory=Counter)

    def after(self, share: float) -> float:
        """Return when such a share of the clients was back, in seconds."""
        return self.back_s[max(0, round(share * len(self.back_s)) - 1)]

    @property
    def busiest(self) -> int:
        """The most that were let in within a second."""
        return max(Counter(int(at_s) for at_s in self.back_s).values())


def play(
    lost_s: Sequence[float], limits: Limits, *, backoff: Callable[[int, Random], float] = backoff_s, seed: int = 1
) -> Storm:
    """Let clients lose their connections at these times, and play until the last is back."""
    return _Play(limits, backoff, Random(seed)).until_all_are_back(lost_s)  # noqa: S311 - a play, no secret


def ended_s(opened_s: Sequence[float], settings: Config) -> list[float]:
    """Return when the sweeper ends connections that opened at these times: each by its own age, at its turn."""
    buckets = buckets_in(settings.ping_interval_ms)
    ends = []
    for number, opened in enumerate(opened_s):
        address = f"c{number:07d}="
        slot = int(opened * 1000 + lifetime_of(address, settings.connection_lifetime_ms)) // TICK_MS + 1
        ends.append((slot + (bucket_of(address, buckets) - slot) % buckets) * TICK_MS / 1000)
    return ends


class _Play:
    def __init__(self, limits: Limits, backoff: Callable[[int, Random], float], random: Random) -> None:
        self._account = Bucket(limits.account, 0)
        self._handshake = [Bucket(limits.connect_route, 0), Bucket(limits.connections, 0), self._account]
        self._message = [Bucket(limits.default_route, 0), self._account]
        self._backoff, self._random = backoff, random
        self._events: list[tuple[float, int, int, bool]] = []  # when, which client, its attempt, whether CONNECT
        self._storm = Storm()

    def until_all_are_back(self, lost_s: Sequence[float]) -> Storm:
        for client, at_s in enumerate(lost_s):
            self._later(at_s, client, 0)
        while self._events:
            at_s, client, attempt, is_connect = heapq.heappop(self._events)
            (self._connect if is_connect else self._ask)(at_s, client, attempt)
        return self._storm

    def _later(self, at_s: float, client: int, attempt: int) -> None:
        heapq.heappush(self._events, (at_s + self._backoff(attempt, self._random), client, attempt, False))

    def _ask(self, at_s: float, client: int, attempt: int) -> None:
        self._storm.handshakes[int(at_s)] += 1
        told_s = at_s + self._random.uniform(*ROUND_TRIP_S)
        if self._take(at_s, self._handshake):
            heapq.heappush(self._events, (told_s, client, attempt, True))
        else:
            self._storm.refused += 1
            self._later(told_s, client, attempt + 1)

    def _connect(self, at_s: float, client: int, attempt: int) -> None:  # noqa: ARG002 - as of other events
        if not self._take(at_s, self._message):
            self._storm.broken += 1
            self._later(at_s, client, 0)  # it was connected: its back-off has begun anew
            return
        for _ in range(POSTS):
            self._account.has_token(at_s)
            self._account.take()  # below nothing: the server's retries take it when there is one
            self._storm.requests[int(at_s)] += 1
        self._storm.back_s.append(at_s)  # events come in the order of their times

    def _take(self, at_s: float, buckets: Sequence[Bucket]) -> bool:
        for bucket in buckets:
            if not bucket.has_token(at_s):
                return False
        for bucket in buckets:
            bucket.take()
        self._storm.requests[int(at_s)] += 1
        return True
