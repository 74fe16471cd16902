"""Line charts as SVG, light and dark: as much of it as two pages of documentation need."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 720, 360
LEFT, RIGHT, TOP, BOTTOM = 64, 150, 44, 48
FONT = "system-ui, -apple-system, 'Segoe UI', sans-serif"


@dataclass(frozen=True)
class Palette:
    """Colours: of the ground, of text, of lines that help, and of the series in their order."""

    ground: str
    text: str
    grid: str
    series: tuple[str, ...]


PALETTES = {
    "": Palette("#ffffff", "#1f2328", "#d0d7de", ("#0550ae", "#bc4c00", "#116329", "#8250df")),
    "-dark": Palette("#0d1117", "#e6edf3", "#30363d", ("#79c0ff", "#ffa657", "#7ee787", "#d2a8ff")),
}
"""By what is put behind a file's name."""


@dataclass(frozen=True)
class Series:
    """A line: its name and its values, `None` where there is none."""

    name: str
    values: Sequence[float | None]


@dataclass(frozen=True)
class Chart:
    """A chart: what stands above it, its points from left to right, its lines.

    Attributes:
        title: What it shows, with the unit.
        across: What the points are.
        points: Their labels.
        series: The lines, four at most.
        is_logarithmic: Whether each step up is ten times the last.
        unit: Stands before each number at the side.
    """

    title: str
    across: str
    points: Sequence[str]
    series: Sequence[Series]
    is_logarithmic: bool = False
    unit: str = "$"

    def svg(self, palette: Palette) -> str:
        """Return the document."""
        ticks = self._ticks()
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
            f'font-family="{FONT}" font-size="13" fill="{palette.text}">',
            f"<title>{escape(self.title)}</title>",
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{palette.ground}"/>',
            _text(LEFT, 24, self.title, weight=600),
            *(self._grid_line(tick, palette) for tick in ticks),
            *(_text(self._x(at), HEIGHT - BOTTOM + 20, point, anchor="middle") for at, point in enumerate(self.points)),
            _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, self.across, anchor="middle"),
            *self._lines(palette),
            "</svg>",
        ]
        return "\n".join(parts) + "\n"

    def _lines(self, palette: Palette) -> list[str]:
        parts, taken = [], [math.inf]
        for series, colour, last in sorted(self._coloured(palette), key=lambda line: line[2]):
            y = self._y(last)
            points = [(self._x(at), self._y(value)) for at, value in enumerate(series.values) if value is not None]
            path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
            parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
            parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points]
            taken.append(min(y, taken[-1] - 16))  # labels keep apart
            parts.append(_text(WIDTH - RIGHT + 8, taken[-1] + 4, series.name, fill=colour))
        return parts

    def _coloured(self, palette: Palette) -> list[tuple[Series, str, float]]:
        """Return each series with its colour and its last value."""
        return [
            (series, colour, next(value for value in reversed(series.values) if value is not None))
            for series, colour in zip(self.series, palette.series, strict=False)
        ]

    def _grid_line(self, tick: float, palette: Palette) -> str:
        y = self._y(tick)
        line = f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="{palette.grid}"/>'
        amount = f"{self.unit}{tick:,.2f}" if 0 < tick < 1 else f"{self.unit}{tick:,.0f}"
        return line + _text(LEFT - 8, y + 4, amount, anchor="end")

    def _ticks(self) -> list[float]:
        low, high = self._bounds()
        if self.is_logarithmic:
            return [10.0**power for power in range(round(math.log10(low)), round(math.log10(high)) + 1)]
        return [low + (high - low) * step / 4 for step in range(5)]

    def _bounds(self) -> tuple[float, float]:
        values = [value for series in self.series for value in series.values if value]
        if self.is_logarithmic:
            return 10.0 ** math.floor(math.log10(min(values))), 10.0 ** math.ceil(math.log10(max(values)))
        step = 10.0 ** math.floor(math.log10(max(values)))
        nice = next(each for each in (1, 2, 4, 6, 8, 10) if each * step >= max(values))
        return 0.0, nice * step

    def _x(self, at: int) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (at + 0.5) / len(self.points)

    def _y(self, value: float) -> float:
        low, high = self._bounds()
        if self.is_logarithmic:
            low, high, value = math.log10(low), math.log10(high), math.log10(value)
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (value - low) / (high - low)


def _text(x: float, y: float, words: str, *, anchor: str = "start", weight: int = 400, fill: str = "") -> str:
    colour = f' fill="{fill}"' if fill else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}"{colour}>{escape(words)}</text>'
