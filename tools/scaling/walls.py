"""Which quota a number of connections meets first: what they ask for a second, beside what there is."""

from collections.abc import Sequence
from dataclasses import dataclass

from infra.config import Config
from tools.cost import model

REQUESTS_PER_S = 10_000  # API Gateway, frames and posts of an account and region together; adjustable
REQUESTS_PER_S_ELSEWHERE = 2_500  # in some regions: docs/scaling.md names them
CONNECTIONS_PER_S = 500  # new WebSocket connections of an account and region; adjustable
EXECUTIONS = 1_000  # Lambda's concurrent executions of an account and region; adjustable, and 10 in some new accounts
PARTITION_WRITES_PER_S, PARTITION_READS_PER_S = 1_000, 3_000  # DynamoDB, one partition key; not adjustable
STARTS_PER_S = 6_000  # Step Functions Express, large regions; adjustable
SHARE_S = 2.0  # assumed: a share of 250 connections of a tick
SESSION_H, MESSAGES_PER_H = 1.0, 5.0  # as in `model.HABITS`: two hours in two sessions, ten messages


@dataclass(frozen=True)
class Wall:
    """A quota, what is asked of it, and what the design does there."""

    what: str
    asked: float
    quota: float
    setting: str

    @property
    def share(self) -> float:
        """How much of the quota is used: above 1, it is a wall."""
        return self.asked / self.quota


def listeners(settings: Config, requests_per_s: float = REQUESTS_PER_S) -> float:
    """Return how many devices can be streamed to at a time: each takes a post for every chunk."""
    return requests_per_s * settings.chunk_delay_ms / 1000


def walls(settings: Config, connections: int) -> list[Wall]:
    """Return every wall for so many connections with the habits of the cost page, the first to be met first."""
    pongs = connections * 1000 / settings.ping_interval_ms
    messages = connections * MESSAGES_PER_H / 3600
    chunks = model.chunks_in(model.HABITS["words"], settings.chunk_size)
    streamed_s = (chunks - 1) * settings.chunk_delay_ms / 1000 + model.STEP_MS / 1000
    lifetime_s = min(settings.connection_lifetime_ms / 1000 - 300, SESSION_H * 3600)
    opened = connections / lifetime_s
    posts = pongs + messages * (chunks + 5) + opened * 3
    frames = pongs + messages + opened
    executions = messages * (streamed_s + model.MESSAGE_MS / 1000) + (pongs * model.PONG_MS + opened * 200) / 1000
    shares = connections / (settings.ping_interval_ms / 10_000) / 250 * SHARE_S / 10
    found = [
        Wall("frames and posts a second, of the account", frames + posts + opened, REQUESTS_PER_S, "quota"),
        Wall("frames to `$default` a second", frames, settings.throttle.rate_per_s, "`throttle_per_s`"),
        Wall(
            "new connections a second, of the stage",
            opened,
            settings.connect_throttle.rate_per_s,
            "`connect_throttle_per_s`",
        ),
        Wall("new connections a second, of the account", opened, CONNECTIONS_PER_S, "quota"),
        Wall("executions at a time", executions + shares, EXECUTIONS, "quota"),
        Wall("writes a second to the index's partition `NEW`", 2 * opened, PARTITION_WRITES_PER_S, "not adjustable"),
        Wall("workflows started a second", messages, STARTS_PER_S, "quota"),
    ]
    return sorted(found, key=lambda wall: -wall.share)


def most(settings: Config, requests_per_s: float = REQUESTS_PER_S) -> int:
    """Return how many connections with these habits the account's requests carry."""
    (requests,) = [wall for wall in walls(settings, 1_000_000) if wall.what.startswith("frames and posts")]
    return int(1_000_000 * requests_per_s / requests.asked)


def hot_room(members: Sequence[int]) -> list[tuple[int, float, float]]:
    """Return for each size of a room how many events a second its partition lets read, and how long one takes to post.

    A member is about 140 bytes; at most ten batches of 500 are posted at a time, about 500 posts a second each.
    """
    rooms = []
    for count in members:
        units = max(1, -(-count * 140 // 4096))
        rate = 500 if count <= model.LARGE_ROOM_BATCH else min(10, -(-count // model.LARGE_ROOM_BATCH)) * 500
        rooms.append((count, PARTITION_READS_PER_S / units, count / rate))
    return rooms
