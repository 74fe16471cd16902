"""The tables of `docs/cost.md`, each a list of lines of Markdown made from the model."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from infra import config
from infra.config import Config
from tools.cost import model
from tools.cost.prices import ably, data, prices, pusher
from tools.cost.usage import LineItem, Usage, total

MILLION = 1e6
WINDOWS = ((3, 50), (6, 100), (12, 200), (30, 500), (60, 1000), (120, 2000))
"""Chunk sizes in words, each with the delay in milliseconds that keeps 60 words a second."""
WORDS = (50, 200, 600)
MEMORIES = (128, 256, 512, 1024)
INTERVALS_MS = (30_000, 60_000, 120_000, 300_000, 540_000)
ROOMS = (1, 10, 50, 200)
USERS = (100, 1_000, 10_000, 100_000)
WHOLE_ANSWER_BUDGET, ROOM_BUDGET = 1.40, 1.05  # over their floors


def deployment(**changes: object) -> Config:
    """Return the default settings, with some changed: no environment, no `.env`."""
    return config.read((config.defaults() | changes).get, {})


def with_interval(interval_ms: int) -> Config:
    """Return a heartbeat's settings: a connection ends an interval and three ticks before API Gateway's two hours."""
    lifetime_ms = min(deployment().connection_lifetime_ms, config.longest_lifetime_ms(interval_ms))
    return deployment(ping_interval_ms=interval_ms, connection_lifetime_ms=lifetime_ms)


def price_list() -> list[str]:
    """Return every price with where it was read."""
    rows = (
        (price.what, price.per, f"${price.usd:.10g}" if price.usd < 0.01 else f"${price.usd:.3f}", _source(name))
        for name, price in prices().items()
    )
    return table(("price", "per", "", "seen"), rows)


def idle() -> list[str]:
    """Return a month without connections."""
    return _bill(model.idle(deployment()), ("a month", "", "$"), lambda usage: f"{usage.usd:.2f}")


def monitoring() -> list[str]:
    """Return what watching costs."""
    return _bill(model.watching(), ("a month", "", "$"), lambda usage: f"{usage.usd:.2f}")


def answer() -> list[str]:
    """Return the bill of a million answers."""
    return _bill(model.answer(deployment(), 200), ("", "", "$"), lambda usage: f"{usage.usd * MILLION:.2f}")


def writes() -> list[str]:
    """Return what each write of an answer is for."""
    items = model.answer_writes(deployment(), 200, model.QUESTION)
    rows = [
        (item.what, item.why, f"{item.usage.writes:.0f}", f"{item.usage.usd * MILLION:.2f}")
        for item in [*items, LineItem("**together**", "", total(items))]
    ]
    return table(("", "for which promise", "units", "$ a million"), rows)


def memories() -> list[str]:
    """Return what the streamer's memory changes, and how far each is from the floor."""
    rows = []
    for memory in MEMORIES:
        settings = deployment(streamer_memory_mb=memory)
        items = model.answer(settings, 200)
        streamer = next(item.usage.usd for item in items if item.what == "`Streamer`") * MILLION
        whole = total(items).usd
        ratio = whole / model.answer_floor(settings, 200).usd
        rows.append((f"{memory:,}", f"${streamer:.2f}", f"${whole * 1000:.3f}", f"{ratio:.2f} x"))
    return table(("`streamer_memory_mb`", "streamer, a million", "a thousand answers", "over the floor"), rows)


def windows() -> list[str]:
    """Return what a thousand answers cost by window and length."""
    rows = []
    for size, delay_ms in WINDOWS:
        settings = deployment(chunk_size=size, chunk_delay_ms=delay_ms)
        chunks = str(model.chunks_in(200, size))
        rows.append((_window(delay_ms), str(size), str(delay_ms), chunks, *(_thousand(settings, n) for n in WORDS)))
    head = ("window", "`chunk_size`", "`chunk_delay_ms`", "chunks of 200 words", *(f"{n} words" for n in WORDS))
    return table(head, rows)


def profiles() -> list[str]:
    """Return what each profile sets and costs."""
    rows = []
    for name, values in config.PROFILES.items():
        settings = deployment(profile=name)
        sets = ", ".join(f"`{key}` {value}" for key, value in values.items()) or "nothing: the defaults"
        rows.append((f"`{name}`", sets, _thousand(settings, 200), f"${total(model.month(settings, 1_000)).usd:.2f}"))
    return table(("profile", "sets", "a thousand answers", "a month of 1,000 users"), rows)


def intervals() -> list[str]:
    """Return what a silent connection costs by heartbeat."""
    rows = []
    for interval_ms in INTERVALS_MS:
        settings = with_interval(interval_ms)
        usage = model.connected(settings) * MILLION
        gone_s = (interval_ms + settings.ping_timeout_ms) // 1000
        rows.append(
            (
                f"{interval_ms:,}",
                f"{3_600_000 / interval_ms:.3g}",
                f"${_part(usage, 'frames'):.0f}",
                f"${_part(usage, 'requests', 'gb_s', 'log_gb'):.2f}",
                f"${_part(usage, 'writes', 'reads'):.2f}",
                f"**${usage.usd:.0f}**",
                f"${model.connected(settings, 176_000).usd:.0f}",
                f"{gone_s} to {gone_s + 10} s",
            )
        )
    head = (
        "`ping_interval_ms`",
        "pings an hour",
        "frames",
        "calls and log",
        "write and reads",
        "**a million hours**",
        "1,000 users, 8 h, 22 days",
        "a dead network is noticed after",
    )
    return table(head, rows)


def long_polling() -> list[str]:
    """Return what a thousand hours of long-polling cost, beside those of a WebSocket."""
    settings, minutes = deployment(), 60
    pongs = minutes * 60_000 / settings.ping_interval_ms
    ways = [
        (f"held for 20 s: {settings.polling_held_max} at a time", model.gets(is_held=True), model.polling(settings)),
        ("held for 1 s: all others", model.gets(is_held=False), model.polling(settings, is_held=False)),
        ("a WebSocket", 0, model.connected(settings)),
    ]
    rows = [
        (
            what,
            f"{gets / minutes:.3g}" if gets else "-",
            f"{pongs / minutes:.2g}" if gets else "-",
            *(
                f"${_part(usage, *parts) * 1000:.2f}"
                for parts in (("frames", "minutes", "http_requests"), ("requests", "gb_s"), ("writes", "reads"))
            ),
            f"**${usage.usd * 1000:.2f}**",
        )
        for what, gets, usage in ways
    ]
    head = ("a GET is", "GETs a minute", "POSTs a minute", "API Gateway", "Lambda", "DynamoDB", "**a thousand hours**")
    return table(head, rows)


def rooms() -> list[str]:
    """Return what an event to a room costs over its floor."""
    rows = []
    for members in ROOMS:
        items, floor = model.room_event(deployment(), members), model.room_floor(members)
        whole = total(items).usd
        rows.append(
            (str(members), f"${floor.usd * MILLION:.2f}", f"${whole * MILLION:.2f}", f"{whole / floor.usd:.3f} x")
        )
    return table(("members beside the sender", "floor, a million", "a million", "over the floor"), rows)


def coming_and_going() -> list[str]:
    """Return what a session costs beside its time."""
    ways = (model.connecting(deployment()), model.upgrading(deployment()))

    def row(what: str, each: str, *names: str) -> tuple[str, ...]:
        cells = ((f"{usage.units[names[0]]:{each}}", f"{_part(usage, *names) * MILLION:.2f}") for usage in ways)
        return (what, *(cell for pair in cells for cell in pair))

    rest = [cell for usage in ways for cell in ("", f"{_part(usage, 'sqs', 'log_gb', 'out_gb') * MILLION:.2f}")]
    rows = [
        row("frames", ".0f", "frames"),
        row("HTTP requests", ".0f", "http_requests"),
        row("calls", ".0f", "requests", "gb_s"),
        row("write units", ".0f", "writes"),
        row("read units", ".1f", "reads"),
        ("a reminder, the log", *rest),
        ("**together**", *(cell for usage in ways for cell in ("", f"**{usage.usd * MILLION:.2f}**"))),
    ]
    return table(("a million sessions", "each", "$", "by default transports, each", "$"), rows)


def months() -> list[str]:
    """Return months of users, beside what two competitors publish."""
    rows = []
    for users in USERS:
        standard, thrifty = (total(model.month(deployment(profile=name), users)).usd for name in config.PROFILES)
        plan = pusher_month(users)
        rows.append(
            (
                f"{users:,}",
                _dollars(standard),
                _dollars(thrifty),
                _dollars(ably_month(users)),
                f"{_dollars(plan[1])} ({plan[0]})" if plan else "on request",
            )
        )
    rivals = data()["competitors"]
    return table(("users", "standard", "`profile=thrifty`", rivals["ably"]["name"], rivals["pusher"]["name"]), rows)


def month_items() -> list[str]:
    """Return the bill of the two months that are asked for most."""
    small, large = (model.month(deployment(), users) for users in (1_000, 100_000))
    rows = [
        (few.what, few.why, f"{few.usage.usd:,.2f}", f"{many.usage.usd:,.2f}")
        for few, many in zip(small, large, strict=True)
    ]
    rows.append(("**together**", "", f"**{total(small).usd:,.2f}**", f"**{total(large).usd:,.2f}**"))
    return table(("", "1,000 users", "$", "$ of 100,000"), rows)


def bounds() -> list[str]:
    """Return the most that a day of frames and handshakes can cost."""
    settings, day_s = deployment(), 86_400
    frame = Usage(frames=1) + model.call(settings.message, model.FRAME_MS) + model.logged()
    opened = (
        Usage(frames=1, writes=6, reads=2)
        + model.call(settings.connect, model.CONNECT_MS) * 2
        + model.call(settings.message, model.FRAME_MS)
        + model.logged() * 2
    )
    frames, handshakes = settings.throttle.rate_per_s, settings.connect_throttle.rate_per_s
    rows = [
        _bound("frames to `$default`, all clients together", "`throttle_per_s`", frames, frame, day_s),
        _bound("handshakes that are never accepted", "`connect_throttle_per_s`", handshakes, opened, day_s),
        _bound(
            "frames and posts, all that an account's default quota lets through",
            "the account",
            10_000,
            Usage(frames=1),
            day_s,
        ),
    ]
    return table(("", "bound by", "a second", "a day", "each", "$ a day"), rows)


def ably_month(users: int) -> float:
    """Return Ably's price of the same habits: every frame of an answer is published once and reaches one device."""
    days = model.HABITS["days"]
    frames = 2 * (6 + model.chunks_in(model.HABITS["words"], deployment().chunk_size))
    minutes = users * days * model.HABITS["hours a day"] * 60
    return ably(users * days * model.HABITS["messages a day"] * frames, minutes, minutes)


def pusher_month(users: int) -> tuple[str, float] | None:
    """Return Pusher's plan for the same habits on a day on which all users come, half of them at a time."""
    frames = 2 * (6 + model.chunks_in(model.HABITS["words"], deployment().chunk_size))
    return pusher(users * model.HABITS["messages a day"] * frames, users / 2)


TABLES: Mapping[str, Callable[[], list[str]]] = {
    "prices": price_list,
    "idle": idle,
    "monitoring": monitoring,
    "answer": answer,
    "writes": writes,
    "memories": memories,
    "windows": windows,
    "profiles": profiles,
    "intervals": intervals,
    "coming": coming_and_going,
    "polling": long_polling,
    "rooms": rooms,
    "months": months,
    "month": month_items,
    "bounds": bounds,
}
"""Each table by the name that marks its place on the page."""


def _bound(what: str, setting: str, rate: int, each: Usage, day_s: int) -> tuple[str, ...]:
    times = rate * day_s
    return (
        what,
        setting,
        f"{rate:,}",
        f"{times / MILLION:,.1f} M",
        f"${each.usd * MILLION:.2f} a million",
        f"{each.usd * times:,.0f}",
    )


def _bill(items: Sequence[LineItem], head: Sequence[str], dollars: Callable[[Usage], str]) -> list[str]:
    rows = [(item.what, item.why, dollars(item.usage)) for item in items]
    return table(head, [*rows, ("**together**", "", f"**{dollars(total(list(items)))}**")])


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return a table of Markdown, line by line."""
    return [_row(head), "|" + "---|" * len(head), *map(_row, rows)]


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _part(usage: Usage, *names: str) -> float:
    """Return the dollars of some units."""
    return sum(usage.units[name] * prices()[name].each for name in names)


def _thousand(settings: Config, words: int) -> str:
    return f"${total(model.answer(settings, words)).usd * 1000:.3f}"


def _window(delay_ms: int) -> str:
    return f"{delay_ms} ms" if delay_ms < 1000 else f"{delay_ms // 1000} s"


def _dollars(usd: float) -> str:
    return f"${usd:,.0f}" if usd >= 10 else f"${usd:.2f}"


def _source(name: str) -> str:
    price = prices()[name]
    return f"[{price.seen or 'not seen'}]({price.source})"
