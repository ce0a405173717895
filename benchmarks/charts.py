"""Charts as SVG, by hand: no script, nothing from elsewhere, and readable on light pages and dark ones.

Each chart paints its own ground, whose colours follow what the reader's system prefers. Lines differ in width
and dashes too, so that colour alone tells nothing and one that lies on another hides none of it; who does not see a
chart has its title and description.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

_WIDTH, _HEIGHT = 720, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 76, 128, 48, 56
_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #24292f; }
.title { font-weight: 600; font-size: 15px; }
.ground { fill: #ffffff; stroke: #d0d7de; }
.grid { stroke: #d0d7de; }
.limit { stroke: #cf222e; stroke-dasharray: 12 3 2 3; }
.line { fill: none; stroke-width: 6; }
.line.b { stroke-width: 3.4; stroke-dasharray: 9 5; }
.line.c { stroke-width: 2; stroke-dasharray: 3 3; }
.a { stroke: #0550ae; } .b { stroke: #bc4c00; } .c { stroke: #116329; }
rect.a { fill: #0550ae; stroke: none; } rect.b { fill: #bc4c00; stroke: none; } rect.c { fill: #116329; stroke: none; }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3; }
.ground { fill: #161b22; stroke: #30363d; }
.grid { stroke: #30363d; }
.limit { stroke: #ff7b72; }
.a { stroke: #79c0ff; } .b { stroke: #ffa657; } .c { stroke: #7ee787; }
rect.a { fill: #79c0ff; } rect.b { fill: #ffa657; } rect.c { fill: #7ee787; }
}
"""
_KINDS = "abc"


@dataclass(frozen=True)
class Line:
    """One line of a chart.

    :param name: what stands beside the chart.
    :param points: x and y, in the order of x.
    """

    name: str
    points: Sequence[tuple[float, float]]


def lines(
    title: str,
    across: str,
    upwards: str,
    series: Sequence[Line],
    *,
    limit: tuple[str, float] | None = None,
    logarithmic: bool = False,
) -> str:
    """Return a chart of up to three lines.

    :param across: what x is, with its unit.
    :param upwards: the same of y.
    :param limit: name and y of a line that is not to be passed.
    :param logarithmic: whether each tenfold of x takes the same room; no x may be 0 then. Otherwise x begins at 0.
    """
    xs = [x for each in series for x, _ in each.points]
    low = min(xs) if logarithmic else 0.0
    top = _round_up(max([*(y for each in series for _, y in each.points), limit[1] if limit else 0]))
    scale = math.log10 if logarithmic else float
    first, last = scale(low), scale(max(xs))

    def place(x: float, y: float) -> tuple[float, float]:
        share = (scale(x) - first) / ((last - first) or 1)
        return _LEFT + share * (_WIDTH - _LEFT - _RIGHT), _height_of(y / top)

    parts = _frame(title, upwards, top)
    for x in _ticks(low, max(xs), logarithmic=logarithmic):
        at, _ = place(x, 0)
        parts.append(_text(at, _HEIGHT - _BOTTOM + 20, f"{x:,.0f}", "middle"))
    parts.append(_text((_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 12, across, "middle"))
    for kind, each in zip(_KINDS, series, strict=False):
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in each.points))
        parts.append(f'<polyline class="line {kind}" points="{points}"/>')
    names = [(f"line {kind}", each.name) for kind, each in zip(_KINDS, series, strict=False)]
    if limit:
        parts.append(_across("limit", _LEFT, _WIDTH - _RIGHT, _height_of(limit[1] / top)))
        names.append(("limit", limit[0]))
    for number, (kind, name) in enumerate(names):
        y = _TOP + 16 + 22 * number
        parts.append(_across(kind, _WIDTH - _RIGHT + 10, _WIDTH - _RIGHT + 42, y - 5))
        parts.append(_text(_WIDTH - _RIGHT + 50, y, name))
    told = "; ".join(f"{each.name}: from {each.points[0][1]:,.1f} to {each.points[-1][1]:,.1f}" for each in series)
    return _whole(title, f"{upwards} over {across}. {told}.", parts)


def bars(title: str, upwards: str, groups: Mapping[str, Mapping[str, float]]) -> str:
    """Return a chart of bars side by side, at most three in a group, each with its figure.

    :param upwards: what their heights are, with the unit.
    :param groups: by the group's name, by the bar's name, the height.
    """
    top = _round_up(max(value for group in groups.values() for value in group.values()))
    parts = _frame(title, upwards, top)
    names = list(dict.fromkeys(name for group in groups.values() for name in group))
    room = (_WIDTH - _LEFT - _RIGHT) / len(groups)
    width = room * 0.7 / len(names)
    for number, (group, values) in enumerate(groups.items()):
        begin = _LEFT + number * room + room * 0.15
        parts.append(_text(begin + room * 0.35, _HEIGHT - _BOTTOM + 20, group, "middle"))
        for place, name in enumerate(names):
            if name not in values:
                continue
            y = _height_of(values[name] / top)
            x = begin + place * width
            parts.append(
                f'<rect class="{_KINDS[place]}" x="{x:.1f}" y="{y:.1f}" width="{width - 4:.1f}" '
                f'height="{_HEIGHT - _BOTTOM - y:.1f}"/>'
            )
            parts.append(_text(x + width / 2 - 2, y - 6, f"{values[name]:,.1f}", "middle"))
    for place, name in enumerate(names):
        y = _TOP + 16 + 22 * place
        parts.append(f'<rect class="{_KINDS[place]}" x="{_WIDTH - _RIGHT + 8}" y="{y - 11}" width="12" height="12"/>')
        parts.append(_text(_WIDTH - _RIGHT + 26, y, name))
    told = "; ".join(
        f"{group}: " + ", ".join(f"{name} {value:,.1f}" for name, value in values.items())
        for group, values in groups.items()
    )
    return _whole(title, f"{upwards}. {told}.", parts)


def _frame(title: str, upwards: str, top: float) -> list[str]:
    """Return ground, title, and the lines across with their figures."""
    parts = [
        f'<rect class="ground" x="0.5" y="0.5" width="{_WIDTH - 1}" height="{_HEIGHT - 1}" rx="6"/>',
        f'<text class="title" x="{_LEFT}" y="26">{escape(title)}</text>',
        (
            f'<text transform="translate(20 {(_TOP + _HEIGHT - _BOTTOM) / 2:.0f}) rotate(-90)" text-anchor="middle">'
            f"{escape(upwards)}</text>"
        ),
    ]
    for step in range(5):
        value = top * step / 4
        y = _height_of(step / 4)
        parts.append(_across("grid", _LEFT, _WIDTH - _RIGHT, y))
        parts.append(_text(_LEFT - 8, y + 4, f"{value:,.4g}", "end"))
    return parts


def _across(kind: str, begin: float, end: float, y: float) -> str:
    return f'<line class="{kind}" x1="{begin}" x2="{end}" y1="{y:.1f}" y2="{y:.1f}"/>'


def _height_of(share: float) -> float:
    return _HEIGHT - _BOTTOM - share * (_HEIGHT - _BOTTOM - _TOP)


def _ticks(first: float, last: float, *, logarithmic: bool) -> list[float]:
    if logarithmic:
        return [10.0**power for power in range(math.ceil(math.log10(first)), math.floor(math.log10(last)) + 1)]
    return [first + (last - first) * step / 6 for step in range(7)]


def _round_up(value: float) -> float:
    """Return the next number that has quarters which are read at a glance."""
    power = 10.0 ** math.floor(math.log10(value or 1))
    return next(step * power for step in (1, 2, 4, 6, 8, 10) if step * power >= value)


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _whole(title: str, description: str, parts: Sequence[str]) -> str:
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">',
            f"<title>{escape(title)}</title>",
            f"<desc>{escape(description)}</desc>",
            f"<style>{_STYLE}</style>",
            *parts,
            "</svg>",
            "",
        ]
    )
