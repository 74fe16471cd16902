"""The throttle probe: twelve stock clients ask for ten histories each while the function of frames may run once.

`python -m tests.e2e.throttle_probe OUTPUTS` with a file in the shape of `.local/outputs.json`, and the shell's
credentials, which must be allowed to cap the function: everybody who talks meanwhile feels it. What was reserved for it
is so again afterwards. `make verify-live ARGS=--throttle` runs it, and so does `test_throttled.py`.

| frames are handed on | the cap is lifted | what must be so then |
|---|---|---|
| `sync` (proxy integration) | after 30 s | within 60 s each client is connected, and a new `chat:history` is acked |
| `async` (integration `AWS`) | after 10 s | within 20 s all 120 are acked; nobody was ever disconnected |

Exit code 0: it is so; 1: it is not; 2: the function cannot be capped here.
"""

import argparse
import itertools
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from local import outputs
from tests.e2e.conftest import Stack, World, world_of
from tests.e2e.driver import Device, Event
from tools.target import Target

if TYPE_CHECKING:
    from concurrent.futures import Future

Frames = Literal["sync", "async"]

CLIENTS, REQUESTS = 12, 10
QUICK = {"reconnectionDelay": 200, "reconnectionDelayMax": 1000}
HOLD_S: dict[Frames, float] = {"sync": 30.0, "async": 10.0}
BACK_S, ACKED_S = 60.0, 20.0  # after the last refusal; contract, section 3
ASKED_AGAIN_S = 5.0


class CannotCap(RuntimeError):  # noqa: N818 - no answer
    """Lambda does not let the function be capped; the message is Lambda's."""


@dataclass(frozen=True)
class Throttled:
    """What became of the clients.

    Attributes:
        acked: Of the histories that were asked for while the function was capped.
        disconnected: Clients that lost their connection meanwhile.
        reasons: Why, in socket.io-client's words.
        back_s: Seconds from the cap's end until each client was answered again, None where one was not in time.
    """

    frames: Frames
    acked: int
    disconnected: int
    reasons: frozenset[str]
    back_s: float | None

    @property
    def is_kept(self) -> bool:
        """Whether that is what is promised."""
        if self.frames == "async":
            return self.acked == CLIENTS * REQUESTS and self.disconnected == 0
        return self.back_s is not None

    def __str__(self) -> str:
        """For people."""
        back = (
            "one was not answered again in time" if self.back_s is None else f"all answered {self.back_s:.1f} s later"
        )
        return (
            f"frames={self.frames}: {self.acked} of {CLIENTS * REQUESTS} acked under a concurrency of 1, "
            f"{self.disconnected} of {CLIENTS} clients disconnected, {back}"
        )


def probe(world: World, aws: Target, frames: Frames, hold_s: float) -> Throttled:
    """Cap the function for at most so long, and see what becomes of the clients. Raises CannotCap."""
    devices = [world.connect(user, **QUICK) for user in itertools.islice(itertools.cycle(world.crowd), CLIENTS)]
    for device in devices:
        device.log.clear()
    with capped(aws.client("lambda"), world.stack.resource("functions", "message"), 1):
        asked = [ask(device) for device in devices for _ in range(REQUESTS)]
        held_until = time.monotonic() + hold_s
        while time.monotonic() < held_until and not all(ack.done() for ack in asked):
            time.sleep(0.05)
    lifted = time.monotonic()
    if frames == "async":
        while time.monotonic() < lifted + ACKED_S and not all(ack.done() for ack in asked):
            time.sleep(0.05)
    acked = sum(ack.done() for ack in asked)
    is_back = all(is_answered(device, lifted + BACK_S) for device in devices)
    ends = [device.events("disconnect") for device in devices]
    return Throttled(
        frames=frames,
        acked=acked,
        disconnected=sum(map(bool, ends)),
        reasons=frozenset(str(end.body) for each in ends for end in each),
        back_s=time.monotonic() - lifted if is_back and not any(is_away(device) for device in devices) else None,
    )


@contextmanager
def capped(functions: Any, name: str, concurrency: int) -> Iterator[None]:
    """Give a function a concurrency for a while, then what it had. Raises CannotCap."""
    before = functions.get_function_concurrency(FunctionName=name).get("ReservedConcurrentExecutions")
    try:
        functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=concurrency)
    except ClientError as exc:
        raise CannotCap(str(exc)) from exc
    try:
        yield
    finally:
        if before is None:
            functions.delete_function_concurrency(FunctionName=name)
        else:
            functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=before)


def ask(device: Device) -> "Future[Event]":
    """Ask for a history."""
    return device.start("chat:history", {"agentId": "echo"})


def is_answered(device: Device, until: float) -> bool:
    """Ask now, and again whenever the connection that was asked is gone, until there is an answer."""
    while (left_s := until - time.monotonic()) > 0:
        try:
            answer: Any = ask(device).result(min(ASKED_AGAIN_S, left_s)).body
        except TimeoutError:
            continue
        return bool(answer["ok"])
    return False


def is_away(device: Device) -> bool:
    """Whether the last that a client told of its connection is its end."""
    own = [event.name for event in device.log if event.name in {"connect", "disconnect"}]
    return own[-1:] == ["disconnect"]


def frames_of(stack: Stack, aws: Target) -> Frames:
    """Return how the API hands frames to the function: an integration that is no proxy's does not wait for it."""
    gateway, api = aws.client("apigatewayv2"), api_of(stack)
    routes = gateway.get_routes(ApiId=api)["Items"]
    target = next(route["Target"] for route in routes if route["RouteKey"] == "$default")
    kind = gateway.get_integration(ApiId=api, IntegrationId=target.rpartition("/")[2])["IntegrationType"]
    return "async" if kind == "AWS" else "sync"


def api_of(stack: Stack) -> str:
    """Return the id of the WebSocket API: the first label of its name, or the last but one of the path locally."""
    parts = urlsplit(stack.websocket_url)
    return parts.path.split("/")[-2] if "/_aws/" in parts.path else str(parts.hostname).partition(".")[0]


def aws_of(stack: Stack) -> Target:
    """Return where the stack runs: the local cloud, or the shell's account."""
    return Target(region=stack.outputs["region"], named_by="the file", endpoint=stack.outputs.get("engineUrl"))


def main() -> None:
    """Probe a deployment."""
    parser = argparse.ArgumentParser(description="See what refused frames do to stock clients.")
    parser.add_argument("outputs", type=Path)
    stack = Stack(outputs.read(parser.parse_args().outputs), None)
    aws = aws_of(stack)
    with world_of(stack) as world:
        try:
            frames = frames_of(stack, aws)
            seen = probe(world, aws, frames, HOLD_S[frames])
        except (CannotCap, ClientError) as exc:
            print(exc)
            sys.exit(2)
    print(seen)
    sys.exit(0 if seen.is_kept else 1)


if __name__ == "__main__":
    main()
