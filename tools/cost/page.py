"""Puts tables where `docs/cost.md` and `docs/scaling.md` have their marks, and draws the charts they show."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from tools.cost import model, tables
from tools.cost.svg import PALETTES, Chart, Series
from tools.cost.usage import total
from tools.scaling import tables as scaling

ROOT = Path(__file__).parents[2]
PAGES = {ROOT / "docs" / "cost.md": tables.TABLES, ROOT / "docs" / "scaling.md": scaling.TABLES}
"""Each page with its tables."""
IMAGES = ROOT / "docs" / "images"
PLACE = re.compile(r"(<!-- made by make cost: (\w+) -->\n).*?(\n<!-- end -->)", re.DOTALL)


def written(page: str, made: Mapping[str, Callable[[], list[str]]]) -> str:
    """Return the page with every table made anew. A mark that names no table is a KeyError."""
    return PLACE.sub(lambda place: place[1] + "\n".join(made[place[2]]()) + place[3], page)


def charts() -> dict[str, Chart]:
    """Return each chart by the beginning of its files' names."""
    windows = [
        Series(
            f"{words} words",
            [
                total(model.answer(tables.deployment(chunk_size=size, chunk_delay_ms=delay_ms), words)).usd * 1000
                for size, delay_ms in tables.WINDOWS
            ],
        )
        for words in tables.WORDS
    ]
    beats = [model.connected(tables.with_interval(interval_ms)).usd * 1e6 for interval_ms in tables.INTERVALS_MS]
    months = [
        Series(name, [total(model.month(tables.deployment(profile=name), users)).usd for users in tables.USERS])
        for name in ("standard", "thrifty")
    ]
    plans = [tables.pusher_month(users) for users in tables.USERS]
    rivals = [
        Series("Ably, by use", [tables.ably_month(users) for users in tables.USERS]),
        Series("Pusher Channels", [plan[1] or None if plan else None for plan in plans]),  # free has no logarithm
    ]
    return {
        "cost-windows": Chart(
            "A thousand answers, by the window in which words are merged",
            "window, 60 words a second",
            [f"{delay_ms} ms" if delay_ms < 1000 else f"{delay_ms // 1000} s" for _, delay_ms in tables.WINDOWS],
            windows,
        ),
        "cost-heartbeats": Chart(
            "A million hours of silent connections, by the heartbeat",
            "interval between pings",
            [f"{interval_ms // 1000} s" for interval_ms in tables.INTERVALS_MS],
            [Series("all of it", beats), Series("minutes alone", [15.0] * len(beats))],
        ),
        "cost-months": Chart(
            "A month, by users",
            "users, ten messages a day each, answered with 200 words",
            [f"{users:,}" for users in tables.USERS],
            months + rivals,
            is_logarithmic=True,
        ),
    }


def files() -> dict[Path, str]:
    """Return everything that is made, by its path."""
    pictures = {
        IMAGES / f"{name}{suffix}.svg": chart.svg(palette)
        for name, chart in charts().items()
        for suffix, palette in PALETTES.items()
    }
    pages = {path: written(path.read_text(encoding="utf-8"), made) for path, made in PAGES.items()}
    return pages | pictures
