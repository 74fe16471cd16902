"""The tables of `docs/scaling.md`."""

from collections.abc import Callable, Mapping
from functools import cache, partial

from tools.cost.tables import deployment, table
from tools.scaling.storm import DELAY_MAX_MS, Limits, Storm, backoff_s, ended_s, play
from tools.scaling.walls import (
    REQUESTS_PER_S,
    REQUESTS_PER_S_ELSEWHERE,
    hot_room,
    listeners,
    most,
    walls,
)

CONNECTIONS = (10_000, 1_000_000)
WINDOWS = ((3, 50), (12, 200), (60, 1000))
ROOMS = (200, 1_000, 5_000, 50_000)
PLAYED = 2_000  # clients that stand for a million: the burst of `$connect` is a whole token for them
PATIENT_MS = 20_000  # what our own client sets: web/src/client/connection.ts
CYCLE_BURST = 1_500  # five seconds of handshakes: the cycle of a stock client that is refused again and again


def walls_of() -> list[str]:
    """Return what is asked of each quota, at both sizes."""
    few, many = ({wall.what: wall for wall in walls(deployment(), count)} for count in CONNECTIONS)
    rows = [
        (
            what,
            f"{wall.quota:,.0f}",
            wall.setting,
            f"{few[what].asked:,.1f}",
            _share(few[what].share),
            f"{wall.asked:,.0f}",
            _share(wall.share),
        )
        for what, wall in many.items()
    ]
    return table(("", "default", "raised by", "at 10,000", "of it", "at 1,000,000", "of it"), rows)


def listeners_by_window() -> list[str]:
    """Return how many devices can listen at a time, and how many connections an account carries."""
    rows = []
    for size, delay_ms in WINDOWS:
        settings = deployment(chunk_size=size, chunk_delay_ms=delay_ms)
        quotas = (REQUESTS_PER_S, REQUESTS_PER_S_ELSEWHERE)
        streams = (f"{listeners(settings, quota):,.0f}" for quota in quotas)
        carried = (f"{round(most(settings, quota), -3):,}" for quota in quotas)
        rows.append((f"{delay_ms} ms", *streams, *carried))
    head = ("window", "listeners at 10,000 a second", "at 2,500", "connections at 10,000 a second", "at 2,500")
    return table(head, rows)


def storms() -> list[str]:
    """Return how storms go: all connections lost at one moment."""
    raised = Limits.of(deployment(connect_throttle_per_s=500))
    played = [
        ("1,000", "as deployed", storm(1_000), 1),
        ("10,000", "as deployed", storm(10_000), 1),
        ("10,000", "`connect_throttle_per_s=500`", play([0.0] * 10_000, raised), 1),
        ("1,000,000", "as deployed", million(), 1_000_000 // PLAYED),
        ("1,000,000", f"`connect_throttle_burst={CYCLE_BURST}`", million(burst=CYCLE_BURST), 1_000_000 // PLAYED),
        ("1,000,000", f"`reconnectionDelayMax: {PATIENT_MS}`", million(PATIENT_MS), 1_000_000 // PLAYED),
    ]
    rows = [
        (
            clients,
            limits,
            _time(went.after(0.5)),
            _time(went.after(0.99)),
            _time(went.after(1)),
            f"{went.refused * times:,}",
            f"{went.broken * times:,}",
        )
        for clients, limits, went, times in played
    ]
    return table(("clients", "", "half are back", "99 %", "all", "handshakes refused", "CONNECTs throttled"), rows)


def endings() -> list[str]:
    """Return how those who came back in one storm come back after the lifetime of a connection."""
    settings, opened = deployment(), storm(10_000).back_s
    two_hours = play([at_s + 7_200 for at_s in opened], Limits.of(settings))
    jittered = play(ended_s(opened, settings), Limits.of(settings))
    rows = [
        ("API Gateway's two hours", f"{two_hours.busiest:,}", f"{_spread(two_hours):.0f} s", f"{two_hours.refused:,}"),
        (
            "ended by the sweeper, each by its own age",
            f"{jittered.busiest:,}",
            f"{_spread(jittered):.0f} s",
            f"{jittered.refused:,}",
        ),
    ]
    return table(("10,000 that opened in one storm", "most in a second", "spread over", "handshakes refused"), rows)


def rooms() -> list[str]:
    """Return what a hot room can take."""
    rows = [(f"{count:,}", f"{rate:,.0f}", f"{seconds:.1f} s") for count, rate, seconds in hot_room(ROOMS)]
    return table(("members", "events a second, by reads of one partition", "until the last has one"), rows)


@cache
def storm(clients: int) -> Storm:
    """Return the storm of so many, at the limits of a default deployment."""
    return play([0.0] * clients, Limits.of(deployment()))


@cache
def million(delay_max_ms: int = DELAY_MAX_MS, *, burst: int = 500) -> Storm:
    """Return the storm of a million: of some clients, each with as much of every limit as one of a million has."""
    limits = Limits.of(deployment(connect_throttle_burst=burst)).scaled(PLAYED / 1_000_000)
    return play([0.0] * PLAYED, limits, backoff=partial(backoff_s, max_ms=delay_max_ms))


TABLES: Mapping[str, Callable[[], list[str]]] = {
    "walls": walls_of,
    "listeners": listeners_by_window,
    "storms": storms,
    "endings": endings,
    "hotrooms": rooms,
}
"""Each table by the name that marks its place on the page."""


def _spread(storm: Storm) -> float:
    return storm.back_s[-1] - storm.back_s[0]


def _share(share: float) -> str:
    return f"{share * 100:.0f} %" if share < 1 else f"**{share:.1f} x**"


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
