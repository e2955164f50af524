# SPDX-License-Identifier: Apache-2.0
"""Pictures in notebooks: SVG written by hand, in the reader's light or dark colours."""
import math
from html import escape
from typing import TYPE_CHECKING, List, Sequence, Tuple

if TYPE_CHECKING:
    from .results import Evaluation, Results

_STYLE = """
.linas text{font:11px sans-serif;fill:#333}.linas .axis{stroke:#999}.linas .grid{stroke:#8883}
.linas .all{fill:#7a869a;opacity:.55}.linas .front{fill:#d4511e}
.linas .line{fill:none;stroke:#d4511e;stroke-width:1.5}
@media(prefers-color-scheme:dark){.linas text{fill:#ccc}.linas .axis{stroke:#777}
.linas .front{fill:#ff9860}.linas .line{stroke:#ff9860}}
"""


def ticks(low: float, high: float, wanted: int = 5) -> List[float]:
    """Round numbers from low to high."""
    if not high > low:
        return [low]
    rough = (high - low) / wanted
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(unit * times for times in (1, 2, 5, 10) if unit * times >= rough)
    first = math.ceil(low / step)
    return [index * step for index in range(first, math.floor(high / step) + 1)]


class _Frame:
    """From values to places of the picture."""

    def __init__(self, xs: Sequence[float], ys: Sequence[float], width: int, height: int) -> None:
        self.left, self.top = 64, 14
        self.right, self.bottom = width - 14, height - 44
        self.x, self.y = _range(xs), _range(ys)

    def place(self, x: float, y: float) -> Tuple[float, float]:
        across = (x - self.x[0]) / (self.x[1] - self.x[0])
        up = (y - self.y[0]) / (self.y[1] - self.y[0])
        return (self.left + across * (self.right - self.left),
                self.bottom - up * (self.bottom - self.top))

    def axes(self, x_label: str, y_label: str) -> str:
        parts = ['<path class="axis" fill="none" d="M%d %dV%dH%d"/>'
                 % (self.left, self.top, self.bottom, self.right)]
        for value in ticks(*self.x):
            x, _ = self.place(value, self.y[0])
            parts.append('<path class="grid" d="M%.1f %dV%d"/><text x="%.1f" y="%d" '
                         'text-anchor="middle">%.6g</text>'
                         % (x, self.top, self.bottom, x, self.bottom + 15, value))
        for value in ticks(*self.y):
            _, y = self.place(self.x[0], value)
            parts.append('<path class="grid" d="M%d %.1fH%d"/><text x="%d" y="%.1f" '
                         'text-anchor="end">%.6g</text>'
                         % (self.left, y, self.right, self.left - 6, y + 4, value))
        parts.append('<text x="%d" y="%d" text-anchor="middle">%s</text>'
                     % ((self.left + self.right) // 2, self.bottom + 34, escape(x_label)))
        parts.append('<text transform="translate(14 %d) rotate(-90)" text-anchor="middle">%s</text>'
                     % ((self.top + self.bottom) // 2, escape(y_label)))
        return "".join(parts)


def _range(values: Sequence[float]) -> Tuple[float, float]:
    low, high = min(values, default=0.0), max(values, default=1.0)
    room = (high - low) * 0.05 or abs(high) * 0.05 or 1.0
    return low - room, high + room


def _tip(one: "Evaluation") -> str:
    values = ", ".join("%s %.6g" % item for item in one.values.items())
    config = ", ".join("%s %s" % item for item in one.config.items())
    return "<title>#%d: %s; %s</title>" % (one.id, escape(values), escape(config))


def _dots(frame: _Frame, points: Sequence[Tuple[float, float, "Evaluation"]], kind: str,
          radius: float) -> str:
    return "".join('<circle class="%s" cx="%.1f" cy="%.1f" r="%g">%s</circle>'
                   % (kind, *frame.place(x, y), radius, _tip(one)) for x, y, one in points)


def _trade_off(results: "Results", width: int, height: int) -> str:
    second, first = results.objectives[1], results.objectives[0]
    points = [(one[second.name], one[first.name], one) for one in results if one.ok]
    best = sorted([(one[second.name], one[first.name], one) for one in results.front()],
                  key=lambda point: point[:2])
    frame = _Frame([point[0] for point in points], [point[1] for point in points], width, height)
    line = " ".join("%.1f,%.1f" % frame.place(x, y) for x, y, _ in best)
    more = '<polyline class="line" points="%s"/>' % line if len(results.objectives) == 2 else ""
    return (frame.axes(second.label, first.label) + more + _dots(frame, points, "all", 3)
            + _dots(frame, best, "front", 4))


def _history(results: "Results", width: int, height: int) -> str:
    objective = results.objectives[0]
    points = [(float(index), one[objective.name], one) for index, one in enumerate(results, 1)
              if one.ok]
    best: List[Tuple[float, float]] = []
    for index, value, _ in points:
        better = max if objective.maximize else min
        best.append((index, better(value, best[-1][1]) if best else value))
    frame = _Frame([point[0] for point in points], [point[1] for point in points], width, height)
    line = " ".join("%.1f,%.1f" % frame.place(x, y) for x, y in best)
    return (frame.axes("evaluations", objective.label) + '<polyline class="line" points="%s"/>'
            % line + _dots(frame, points, "all", 3))


def picture(results: "Results", width: int, height: int) -> str:
    """The first two objectives against one another, or one against the evaluations."""
    draw = _trade_off if len(results.objectives) > 1 else _history
    return ('<svg xmlns="http://www.w3.org/2000/svg" class="linas" width="%d" height="%d" '
            'viewBox="0 0 %d %d" role="img"><style>%s</style>%s</svg>'
            % (width, height, width, height, _STYLE, draw(results, width, height)))


def table(results: "Results", rows: int = 20) -> str:
    """The front's values and configurations."""
    head = "".join("<th>%s</th>" % escape(one.label) for one in results.objectives)
    body = "".join("<tr>%s<td>%s</td></tr>" % (
        "".join("<td>%.6g</td>" % member[one.name] for one in results.objectives),
        escape(str(member.config))) for member in results.front()[:rows])
    return "<table><tr>%s<th>configuration</th></tr>%s</table>" % (head, body)
