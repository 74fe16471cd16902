"""How much of what is billed something uses, and what that costs."""

from dataclasses import dataclass, fields

from tools.cost.prices import prices


@dataclass(frozen=True, kw_only=True)
class Usage:
    """Billed units, by the names that `prices.json` has. Usages add up, and are multiplied by how often."""

    frames: float = 0
    minutes: float = 0
    http_requests: float = 0
    requests: float = 0
    gb_s: float = 0
    writes: float = 0
    reads: float = 0
    executions: float = 0
    execution_gb_s: float = 0
    sqs: float = 0
    schedules: float = 0
    log_gb: float = 0
    out_gb: float = 0
    stored_gb: float = 0
    recovery_gb: float = 0
    alarms: float = 0
    dashboards: float = 0
    metrics: float = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(**{name: value + getattr(other, name) for name, value in self.units.items()})

    def __mul__(self, times: float) -> "Usage":
        return Usage(**{name: value * times for name, value in self.units.items()})

    @property
    def units(self) -> dict[str, float]:
        """Every unit, by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @property
    def usd(self) -> float:
        """What it costs."""
        return sum(value * prices()[name].each for name, value in self.units.items())


@dataclass(frozen=True)
class LineItem:
    """A line of a bill: what it is for, why it is so much, and how much."""

    what: str
    why: str
    usage: Usage


def total(items: "list[LineItem]") -> Usage:
    """Return all lines together."""
    return sum((item.usage for item in items), Usage())
