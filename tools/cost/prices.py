"""`prices.json`, read and typed: what a unit costs, where that was read, and what two competitors publish."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("prices.json")
PER = {"million": 1e6, "GB": 1.0, "GB-second": 1.0, "one": 1.0}


@dataclass(frozen=True)
class Price:
    """What one kind of unit costs.

    Attributes:
        what: The unit, in a person's words.
        usd: Dollars for `per`.
        per: A key of `PER`: how many units that is.
        source: The page.
        seen: The date of the copy that was read, or `None`: known, and not seen this time.
    """

    what: str
    usd: float
    per: str
    source: str
    seen: str | None

    @property
    def each(self) -> float:
        """Dollars for one unit."""
        return self.usd / PER[self.per]


@cache
def data() -> dict[str, Any]:
    """Return the whole file."""
    content: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return content


@cache
def prices() -> dict[str, Price]:
    """Return each price by the name that its unit has in `usage.Usage`."""
    return {name: Price(**fields) for name, fields in data()["prices"].items()}


def ably(messages: float, connection_minutes: float, channel_minutes: float) -> float:
    """Return what a month of Ably costs in dollars."""
    terms = data()["competitors"]["ably"]
    used = {
        "messages": messages,
        "connection_minutes": connection_minutes,
        "channel_minutes": channel_minutes,
    }
    by_use = sum(count / 1e6 * terms[f"{unit}_usd_per_million"] for unit, count in used.items())
    return float(terms["base_usd"] + by_use)


def pusher(messages_a_day: float, connections: float) -> tuple[str, float] | None:
    """Return name and dollars a month of the smallest plan that will do, or `None`: none is large enough."""
    for plan in data()["competitors"]["pusher"]["plans"]:
        if messages_a_day <= plan["messages_a_day"] and connections <= plan["connections"]:
            return str(plan["name"]), float(plan["usd"])
    return None
