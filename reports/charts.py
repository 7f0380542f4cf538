"""Charts as inline SVG: readable in black and white, values printed at the bars, the finding in `<title>`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from markupsafe import Markup

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 540, 190, 36, 160, 24, 400
MIN_LABELLED = 14
MIN_INSIDE = 12


def stacked_bars(bars: Sequence[tuple[str, int | None, int]], lower: str, upper: str, title: str) -> Markup:
    """Two-part bars: (label, lower part or None, upper part). The table with the same values must follow."""
    top = _step(max((low or 0) + high for _, low, high in bars) or 1)
    scale = (BOTTOM - TOP) / top
    parts = [f"<title>{escape(title)}</title>", '<g font-family="Liberation Serif" font-size="11" fill="#000">']
    for tick in range(5):
        value = top * tick // 4
        y = BOTTOM - value * scale
        parts.append(f'<path d="M{LEFT} {y:.1f}H{RIGHT}" stroke="#999" stroke-width=".5"/>')
        parts.append(_text(LEFT - 6, y + 3.5, str(value), anchor="end"))
    step = (RIGHT - LEFT) / len(bars)
    width = min(50.0, step * 0.6)
    for index, (label, low, high) in enumerate(bars):
        x = LEFT + step * (index + 0.5)
        y = float(BOTTOM)
        for value, fill, colour in ((low or 0, "#555", "#fff"), (high, "#fff", "#000")):
            if not value:
                continue
            y -= value * scale
            parts.append(_bar(x - width / 2, y, width, value * scale, fill))
            if value * scale >= MIN_LABELLED and low:
                parts.append(_text(x, y + value * scale / 2 + 4, str(value), fill=colour))
        parts.append(_text(x, y - 5, str((low or 0) + high), bold=True))
        parts.append(_text(x, BOTTOM + 16, label))
    for y, fill, word in ((60, "#fff", upper), (80, "#555", lower)):
        parts.append(_bar(415, y, 12, 12, fill))
        parts.append(_text(433, y + 10, word, anchor="start"))
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">'
    return Markup(f"{head}{''.join(parts)}</g></svg>")  # noqa: S704 - every text is escaped


def _step(value: int) -> int:
    """Top of the axis: four ticks of a round number (1, 2, 5, 10, 20, 25…) with room for `value` and its label."""
    wanted = value * 1.05 / 4
    power = 10.0 ** max(0, int(math.log10(max(wanted, 1))))
    return 4 * next(int(k * power) for k in (1, 2, 2.5, 5, 10) if k * power >= wanted and (k * power).is_integer())


def _bar(x: float, y: float, width: float, height: float, fill: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{fill}" stroke="#000"/>'


def _text(x: float, y: float, text: str, *, anchor: str = "middle", fill: str = "", bold: bool = False) -> str:
    extra = (f' fill="{fill}"' if fill else "") + (' font-weight="bold"' if bold else "")
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{extra}>{escape(text)}</text>'


def factor_bars(bars: Sequence[tuple[str, int | None, str]], medium: int, high: int, title: str) -> Markup:
    """Horizontal bars 0…100 with two dashed bounds: (label, value or None, level). A missing value is told in words."""
    left, top, step, scale = 236.0, 18, 20, 2.72
    bottom = top + step * len(bars)
    parts = [f"<title>{escape(title)}</title>", '<g font-family="Liberation Serif" font-size="10.5" fill="#000">']
    for bound, dashed in ((0, ""), (medium, ' stroke-dasharray="3 2"'), (high, ' stroke-dasharray="3 2"'), (100, "")):
        x = left + bound * scale
        parts.append(f'<path d="M{x:.1f} {top}V{bottom}" stroke="#555" stroke-width=".6"{dashed}/>')
        parts.append(_text(x, bottom + 12, str(bound)))
    for low, upper, word in ((0, medium, "низкая"), (medium, high, "средняя"), (high, 100, "высокая")):
        parts.append(_text(left + (low + upper) / 2 * scale, top - 6, word))
    fills = {"high": ("#222", "#fff"), "medium": ("#a8a8a8", "#000"), "low": ("#fff", "#000")}
    for index, (label, value, level) in enumerate(bars):
        y = top + step * index + 3.5
        parts.append(_text(left - 6, y + 10, label, anchor="end"))
        if value is None:
            parts.append(_text(left + 6, y + 10, "сведений мало", anchor="start"))
            continue
        fill, colour = fills[level]
        parts.append(_bar(left, y, max(value * scale, 0.5), 13, fill))
        inside = value >= MIN_INSIDE
        x = left + 6 if inside else left + value * scale + 6
        parts.append(_text(x, y + 10, str(value), anchor="start", fill=colour if inside else ""))
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {bottom + 18}" role="img">'
    return Markup(f"{head}{''.join(parts)}</g></svg>")  # noqa: S704 - every text is escaped
