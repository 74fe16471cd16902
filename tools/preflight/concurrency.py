"""How many executions Lambda lets the account have at a time, and which shares of them a deployment reserves.

A share (reserved concurrency) is a guarantee and a cap at once: no other function gets it, and its own gets no more.

| function | share | why |
|---|---|---|
| streamer | half of the account's, or what there is from 10 on | it is busy while it paces an answer: without a cap, answers keep handshakes and frames waiting |
| connect | as many as the burst that API Gateway lets through, or none | a guarantee against the account's other functions; a smaller cap would refuse what API Gateway let in |
| message | likewise | likewise |
| all others | none | queues feed them, with an upper bound of their own (`at_once`) |

At least `max(100, a quarter)` stays unreserved, for the functions without a share and for the account's others.
"""  # noqa: E501 - a table

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from infra.config import Config
from tools.deployed import Stack
from tools.findings import Finding, Kind, ask
from tools.preflight.quotas import CONCURRENT_EXECUTIONS
from tools.target import Target

FUNCTIONS = ("connect", "message", "polling", "presence", "streamer", "sweeper", "emitter", "push", "sender")
UNRESERVED_LEAST = 100
"""Lambda refuses a reservation that would leave less, in an account that has so many: PutFunctionConcurrency, "Lambda
reserves 100 concurrent executions for functions without reserved concurrency". Smaller accounts can reserve none
("below its minimum value of [10]": aws-samples/serverless-full-stack-webapp-starter-kit#26)."""
STREAMER_LEAST = 10
"""A smaller cap would refuse answers that a handful of people ask for."""
HELD = "polling_held_max"
NEW_QUOTA = 10
"""Concurrent executions of a new account: users report it (aws-samples/serverless-full-stack-webapp-starter-kit#26)."""
DEFAULT_QUOTA = 1_000
"""Concurrent executions of an account that is not new: "Lambda quotas"."""


@dataclass(frozen=True)
class Concurrency:
    """What an account has in a region.

    Attributes:
        total: Executions of all its functions at a time.
        unreserved: Those that no function has reserved.
        own: Those that the stack's own functions have reserved; a deployment may give them out anew.
    """

    total: int
    unreserved: int
    own: int

    @property
    def kept(self) -> int:
        """What shares leave unreserved: at least."""
        return max(UNRESERVED_LEAST, math.ceil(self.total / 4))


def read(target: Target, stack: Stack) -> Concurrency:
    """Return the account's. Raises Unchecked."""
    settings = ask(
        "How many functions may run at a time",
        "lambda:GetAccountSettings",
        lambda: target.client("lambda").get_account_settings(),
    )
    limit = settings["AccountLimit"]
    return Concurrency(limit["ConcurrentExecutions"], limit["UnreservedConcurrentExecutions"], stack.reserved)


def key(function: str) -> str:
    """Return the name of a function's share in the context."""
    return f"{function}_concurrency"


def given(settings: Config) -> dict[str, int]:
    """Return the shares that the operator has given, by function."""
    sizes = {name: getattr(settings, name).concurrency for name in FUNCTIONS}
    return {name: share for name, share in sizes.items() if share is not None}


def shares(settings: Config, account: Concurrency, chosen: Collection[str] = ()) -> dict[str, int]:
    """Return the shares that a deployment passes by itself, in the order of the table above.

    `chosen`: context that the operator has given, also where it is empty, for no share.
    """
    taken = given(settings)
    room = account.unreserved + account.own - sum(taken.values()) - account.kept
    wanted = {
        "streamer": (STREAMER_LEAST, account.total // 2),
        "connect": (settings.connect_throttle.burst, settings.connect_throttle.burst),
        "message": (settings.throttle.burst, settings.throttle.burst),
    }
    found = {}
    for name, (least, most) in wanted.items():
        share = min(most, room)
        if name not in taken and key(name) not in chosen and share >= least:
            found[name] = share
            room -= share
    return found


def check(target: Target, settings: Config, overrides: Collection[str], stack: Stack) -> Iterator[Finding]:
    """Say which shares are passed, which are too large, and what a small account means."""
    account = read(target, stack)
    passed, wanted = shares(settings, account, overrides), given(settings)
    left = account.unreserved + account.own - sum(wanted.values())
    if wanted and left < min(UNRESERVED_LEAST, account.total):
        yield Finding(
            Kind.STOP,
            f"{_listed(wanted)} cannot be reserved: of {account.total} concurrent executions {left} would stay "
            f"unreserved, and Lambda keeps {min(UNRESERVED_LEAST, account.total)}. Give smaller shares, or none",
        )
    elif wanted and left < account.kept:
        yield Finding(
            Kind.WARNING,
            f"{_listed(wanted)} leaves {left} of {account.total} concurrent executions to all other functions of the "
            f"account; {account.kept} would be safe",
        )
    if passed:
        said = f"{_listed(passed)} is passed, of {account.total} concurrent executions of the account"
        yield Finding(Kind.NOTE, said, {key(name): str(share) for name, share in passed.items()})
    if settings.long_polling and settings.polling_held_max and HELD not in overrides and account.total <= NEW_QUOTA:
        said = f"-c {HELD}=0 is passed: a polling request that is held would be one of {account.total} executions"
        yield Finding(Kind.NOTE, said, {HELD: "0"})
    if account.total < DEFAULT_QUOTA:
        yield Finding(Kind.WARNING, small(target, account.total, is_capped="streamer" in passed | wanted))


def small(target: Target, total: int, *, is_capped: bool = False) -> str:
    """Say what it means that an account has so few, and how to ask for more. `is_capped`: the streamer has a share."""
    few = f"Lambda runs {total} executions at a time in this account (a new one has 10)"
    if is_capped:
        means = ": that is enough for a small chat, no more."
    else:
        means = (
            ", and none can be reserved. An answer holds one for as long as it is paced, so a few answers at a time "
            "keep handshakes and frames waiting, and some are refused: clients reconnect. Enough to try it out."
        )
    asking = CONCURRENT_EXECUTIONS.increase(DEFAULT_QUOTA, target.region)
    return f"{few}{means} Ask for {DEFAULT_QUOTA:,}: {asking}, then `make deploy` again"


def _listed(by_function: dict[str, int]) -> str:
    return " ".join(f"-c {key(name)}={share}" for name, share in by_function.items())
