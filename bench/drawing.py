"""Charts as plain SVG: lines over a logarithmic axis and horizontal bars, readable on light and on dark paper.

Series are told apart by colour, by the mark of their points and by their name in the legend; a chart says itself what it
shows (`title` and `desc`) to who does not see it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape

WIDTH, HEIGHT = 760, 440
LEFT, RIGHT, TOP, BOTTOM = 70, 24, 64, 94
COLOURS = ("a", "b", "c", "d", "e", "f")
STYLE = """
.paper{fill:#fff}.ink{fill:#1b1f24}.quiet{fill:#57606a}.axis{stroke:#57606a}.grid{stroke:#d8dee4}
.a{color:#0b5cad}.b{color:#b45309}.c{color:#0f766e}.d{color:#9d2f7f}.e{color:#5b5bd6}.f{color:#6b7280}
text{font:13px system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
.title{font-size:16px;font-weight:600}.small{font-size:12px}
.line{fill:none;stroke:currentColor;stroke-width:2}.dash{stroke-dasharray:5 4}.dot{fill:currentColor}
.hollow{fill:none;stroke:currentColor;stroke-width:2}
@media (prefers-color-scheme:dark){
.paper{fill:#0d1117}.ink{fill:#e6edf3}.quiet{fill:#9ba6b2}.axis{stroke:#9ba6b2}.grid{stroke:#2b323b}
.a{color:#6cb6ff}.b{color:#f0a35e}.c{color:#4fd1c0}.d{color:#f08bd3}.e{color:#a5a5ff}.f{color:#aab2bd}}
"""


@dataclass(frozen=True)
class Series:
    """Points (x, y); a reference (`peer`) is drawn with a broken line and hollow marks."""

    name: str
    points: Sequence[tuple[float, float]]
    peer: bool = False


@dataclass(frozen=True)
class Bar:
    """One bar: its length, what stands at its end, whether it is of another product."""

    name: str
    value: float
    note: str = ""
    peer: bool = False


@dataclass(frozen=True)
class Lines:
    """A chart of lines. `least`: where a logarithmic axis of x begins; nought is drawn there."""

    title: str
    x: str
    y: str
    series: Sequence[Series]
    note: str = ""
    ticks: Sequence[float] = field(default_factory=tuple)
    log_y: bool = True


def lines(chart: Lines) -> str:
    """The chart as the text of an SVG file."""
    points = [point for one in chart.series for point in one.points]
    ticks = list(chart.ticks) or sorted({x for one in chart.series if not one.peer for x, _ in one.points})
    lows, highs = [y for _, y in points], [*(y for _, y in points)]
    y_ticks = _logs(min(lows), max(highs)) if chart.log_y else _steps(max(highs))
    legend = math.ceil(len(chart.series) / 2) * 20
    area = _Area(ticks[0], ticks[-1], y_ticks[0], y_ticks[-1], chart.log_y, TOP + legend, HEIGHT + legend - BOTTOM)
    drawn = [_grid(area, ticks, y_ticks, chart.x, chart.y)]
    for number, one in enumerate(chart.series):
        drawn.append(_series(area, one, number))
        drawn.append(_legend(one, number))
    return _sheet(chart.title, chart.note, HEIGHT + legend, drawn, _told(chart))


def bars(title: str, unit: str, rows: Sequence[Bar], note: str = "") -> str:
    """Horizontal bars as the text of an SVG file; the longest reaches the edge."""
    top, step, left = 56, 34, 280
    longest = max(one.value for one in rows)
    room, drawn = WIDTH - left - 130, []
    for number, one in enumerate(rows):
        y, long = top + number * step, max(2.0, one.value / longest * room)
        kind = "hollow" if one.peer else "dot"
        said = " · ".join(part for part in (f"{_number(one.value)} {unit}", one.note) if part)
        drawn.append(f'<text class="ink" x="{left - 12}" y="{y + 16}" text-anchor="end">{escape(one.name)}</text>')
        drawn.append(
            f'<g class="{"f" if one.peer else "a"}"><rect class="{kind}" x="{left}" y="{y}" width="{long:.1f}" height="22"/></g>'
        )
        drawn.append(f'<text class="ink" x="{left + long + 8:.1f}" y="{y + 16}">{escape(said)}</text>')
    told = "; ".join(f"{one.name}: {_number(one.value)} {unit}" for one in rows)
    return _sheet(title, note, top + len(rows) * step + 48, drawn, told)


# the parts ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Area:
    """Where the lines are drawn, and the way from a value to a place in it."""

    x0: float
    x1: float
    y0: float
    y1: float
    log_y: bool
    top: float
    bottom: float

    def x(self, value: float) -> float:
        """Logarithmic from the first positive tick on; nought stands a step before it."""
        low, high = math.log10(max(self.x0, 1)), math.log10(self.x1)
        share = (math.log10(max(value, max(self.x0, 1))) - low) / ((high - low) or 1)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        if self.log_y:
            low, high = math.log10(self.y0), math.log10(self.y1)
            share = (math.log10(max(value, self.y0)) - low) / ((high - low) or 1)
        else:
            share = value / self.y1
        return self.bottom - share * (self.bottom - self.top)


def _grid(area: _Area, xs: Iterable[float], ys: Iterable[float], x_name: str, y_name: str) -> str:
    drawn = []
    for value in ys:
        y = area.y(value)
        drawn.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        drawn.append(
            f'<text class="quiet small" x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{_number(value)}</text>'
        )
    for value in xs:
        x = area.x(value)
        drawn.append(f'<line class="axis" x1="{x:.1f}" x2="{x:.1f}" y1="{area.bottom}" y2="{area.bottom + 5}"/>')
        drawn.append(
            f'<text class="quiet small" x="{x:.1f}" y="{area.bottom + 20}" text-anchor="middle">{_number(value)}</text>'
        )
    middle = (LEFT + WIDTH - RIGHT) / 2
    drawn.append(f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{area.bottom}" y2="{area.bottom}"/>')
    drawn.append(
        f'<text class="ink" x="{middle}" y="{area.bottom + 40}" text-anchor="middle">{escape(x_name)}</text>'
        f'<text class="ink" transform="translate(18 {(area.top + area.bottom) / 2}) rotate(-90)" text-anchor="middle">'
        f"{escape(y_name)}</text>"
    )
    return "".join(drawn)


def _series(area: _Area, one: Series, number: int) -> str:
    places = [(area.x(x), area.y(y)) for x, y in one.points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    dash = " dash" if one.peer else ""
    line = f'<polyline class="line{dash}" points="{path}"/>' if len(places) > 1 else ""
    marks = "".join(_mark(x, y, number, hollow=one.peer) for x, y in places)
    return f'<g class="{COLOURS[number % len(COLOURS)]}">{line}{marks}</g>'


def _legend(one: Series, number: int) -> str:
    x, y = LEFT + (number % 2) * 340, TOP - 8 + number // 2 * 20
    mark = _mark(x + 8, y - 4, number, hollow=one.peer)
    name = f'<text class="ink small" x="{x + 22}" y="{y}">{escape(one.name)}</text>'
    return f'<g class="{COLOURS[number % len(COLOURS)]}">{mark}{name}</g>'


def _mark(x: float, y: float, number: int, *, hollow: bool) -> str:
    kind = "hollow" if hollow else "dot"
    if number % 3 == 0:
        return f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="4"/>'
    if number % 3 == 1:
        return f'<rect class="{kind}" x="{x - 4:.1f}" y="{y - 4:.1f}" width="8" height="8"/>'
    return f'<path class="{kind}" d="M{x:.1f} {y - 5:.1f}l5 9h-10z"/>'


def _sheet(title: str, note: str, height: float, drawn: Iterable[str], told: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'role="img" aria-labelledby="t d"><title id="t">{escape(title)}</title><desc id="d">{escape(told)}</desc>'
        f'<style>{STYLE}</style><rect class="paper" width="{WIDTH}" height="{height}"/>'
        f'<text class="ink title" x="16" y="28">{escape(title)}</text>{"".join(drawn)}'
        f"{_foot(note, height)}</svg>\n"
    )


def _foot(note: str, height: float) -> str:
    """The lines of the note, the last one at the bottom."""
    said = note.splitlines()
    return "".join(
        f'<text class="quiet small" x="16" y="{height - 10 - (len(said) - 1 - n) * 17}">{escape(one)}</text>'
        for n, one in enumerate(said)
    )


def _told(chart: Lines) -> str:
    """The numbers in words, for who does not see the lines."""
    said = (f"{one.name}: " + ", ".join(f"{_number(x)} – {_number(y)}" for x, y in one.points) for one in chart.series)
    return f"{chart.y} by {chart.x}. " + "; ".join(said)


def _logs(low: float, high: float) -> list[float]:
    """1, 2, 5 of each decade around the values."""
    marks = [m * 10.0**e for e in range(-3, 7) for m in (1, 2, 5)]
    below = max(mark for mark in marks if mark <= low)
    above = min(mark for mark in marks if mark >= high)
    return [mark for mark in marks if below <= mark <= above]


def _steps(high: float) -> list[float]:
    step = 10 ** math.floor(math.log10(high))
    step = step if high / step > 3 else step / 2
    return [step * n for n in range(math.ceil(high / step) + 1)]


def _number(value: float) -> str:
    if value >= 1e6 and value % 1e5 == 0:
        return f"{value / 1e6:g}M"
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"
