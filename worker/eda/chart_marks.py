"""The five kinds of chart on the page, from plain rows; knows no column and no language."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import altair as alt
from altair.utils.schemapi import UndefinedType

from worker.eda.chart_svg import INK, OPPOSITE, SERIES, WIDTH, Drawing, drawable

HEIGHT = 180
ROOM = 1.25  # what a horizontal bar leaves for the figure at its end
DENSE = 60  # bars that become one outline from here on
CROWDED = 8  # names below columns that are written smaller from here on
FEW = 5  # steps of an axis that are all marked
FAINTEST = 0.05  # a cell near 0 is still a cell
STRONGEST = 0.7  # letters stay readable on the strongest cell in both themes


class Axes(NamedTuple):
    """Titles of both axes, the expressions that write their labels, the least step of x."""

    x: str
    y: str
    y_label: str
    x_label: str = "format(datum.value, 'd')"
    x_step: float = 0.0


class Cell(NamedTuple):
    """One cell of a heat map; `strength` is from minus 1 to 1, None where unknown."""

    row: str
    column: str
    strength: float | None
    text: str = ""


def draw_histogram(
    bins: Sequence[tuple[float, float, int]], axes: Axes, *, log: bool = False
) -> Drawing:
    """Return touching bars from start to end of each bin; `log` needs starts above 0."""
    rows = [{"start": low, "end": high, "count": count} for low, high, count in _widened(bins)]
    x = _span(rows[0]["start"], rows[-1]["end"], axes, log=log)
    y = _counts(rows, axes)
    if len(rows) > DENSE:
        closed = [*rows, {**rows[-1], "start": rows[-1]["end"]}]
        outline: alt.Chart = (
            _canvas(closed).mark_area(color=SERIES, interpolate="step-after").encode(x=x, y=y)
        )
        return outline
    bars: alt.Chart = (
        _canvas(rows)
        .mark_bar(color=SERIES, binSpacing=1)
        .encode(x=x.bin("binned"), x2="end:Q", y=y)
    )
    return bars


def _span(low: float, high: float, axes: Axes, *, log: bool) -> alt.X:
    """The axis of bins, from the start of the first to the end of the last."""
    return alt.X(
        "start:Q",
        title=axes.x,
        scale=alt.Scale(type="log" if log else "linear", domain=[low, high], nice=False),
        axis=alt.Axis(
            labelExpr=axes.x_label,
            values=_log_ticks(low, high) if log else _few(low, high, axes.x_step),
            tickCount=6,
            tickMinStep=axes.x_step or alt.Undefined,
            labelOverlap=True,
        ),
    )


def _canvas(rows: Sequence[Mapping[str, object]]) -> alt.Chart:
    """An upright chart over `rows`."""
    return alt.Chart(_data(rows), width=WIDTH, height=HEIGHT)


def _data(rows: Sequence[Mapping[str, object]]) -> alt.InlineData:
    """Rows that travel inside the chart."""
    return alt.InlineData(values=[dict(row) for row in rows])


def _widened(bins: Sequence[tuple[float, float, int]]) -> Sequence[tuple[float, float, int]]:
    """A lone value has no width; it gets some."""
    if bins[-1][1] > bins[0][0]:
        return bins
    low, _, count = bins[0]
    return [(low - 0.5, low + 0.5, count)]


def _log_ticks(low: float, high: float) -> list[float]:
    """Powers of ten within the range, with 2 and 5 between them where they are few."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    steps = (1,) if len(powers) > 4 else (1, 2, 5)  # noqa: PLR2004  # what fits a phone
    ticks = [step * 10.0**power for power in powers for step in steps]
    return [tick for tick in ticks if low <= tick <= high]


def _few(low: float, high: float, step: float) -> list[float] | UndefinedType:
    """Every step of a short range; Vega would halve them. A long one is left to Vega."""
    steps = (high - low) / step if step else math.inf
    if steps > FEW:
        return alt.Undefined
    return [low + step * place for place in range(int(steps) + 1)]


def _counts(rows: Sequence[Mapping[str, float | str]], axes: Axes) -> alt.Y:
    """The axis of `count`: whole numbers from 0."""
    most = max(float(row["count"]) for row in rows)
    ticks = _few(0, most, 1)
    axis = alt.Axis(labelExpr=axes.y_label, values=ticks, tickCount=5, tickMinStep=1)
    return alt.Y("count:Q", title=axes.y, axis=axis, stack=None)


def draw_columns(rows: Sequence[tuple[str, int]], axes: Axes) -> Drawing:
    """Return one upright bar for each name, in the order given."""
    values: list[dict[str, float | str]] = [{"name": n, "count": count} for n, count in rows]
    chart: alt.Chart = (
        _canvas(values)
        .mark_bar(color=SERIES, cornerRadiusEnd=2)
        .encode(
            x=alt.X(
                "name:N",
                sort=None,
                title=axes.x,
                scale=alt.Scale(paddingInner=0.25),
                axis=alt.Axis(
                    labelAngle=0,
                    ticks=False,
                    labelFontSize=10.5 if len(rows) > CROWDED else 12,
                ),
            ),
            y=_counts(values, axes),
        )
    )
    return chart


def draw_bars(
    rows: Sequence[tuple[str, float, str]], title: str, *, most: float | None = None
) -> Drawing:
    """Return one lying bar for each (name, value, its text), in the order given.

    Names are cut at the width of a phone, so rows are told apart by their place.
    """
    values = [
        {"place": place, "value": value, "text": text}
        for place, (_, value, text) in enumerate(rows)
    ]
    end = (most or max(value for _, value, _ in rows) or 1) * ROOM
    names = json.dumps([drawable(name[:60]) for name, _, _ in rows]) + "[datum.value]"
    base = alt.Chart(_data(values)).encode(
        x=alt.X(
            "value:Q",
            title=title,
            stack=None,
            scale=alt.Scale(domain=[0, end], nice=False),
            axis=alt.Axis(labels=False, ticks=False, domain=False, titleAnchor="end"),
        ),
        y=alt.Y(
            "place:O",
            title=None,
            scale=alt.Scale(paddingInner=0.25, paddingOuter=0.1),
            axis=alt.Axis(labelExpr=names, labelLimit=130),
        ),
    )
    texts = base.mark_text(align="left", dx=4).encode(text="text:N")
    bars = base.mark_bar(color=SERIES, cornerRadiusEnd=2)
    return alt.LayerChart(layer=[bars, texts], width=WIDTH)


def draw_line(points: Sequence[tuple[float, float]], axes: Axes, *, zero: bool) -> Drawing:
    """Return a line through (x, y) with a dot at each; one point is a dot."""
    values = [{"x": x, "y": y} for x, y in points]
    first, last = points[0][0], points[-1][0]
    span = [first, last] if last > first else [first - 10, first + 10]
    chart: alt.Chart = (
        _canvas(values)
        .mark_line(color=SERIES, strokeWidth=2, point=alt.OverlayMarkDef(color=SERIES, size=36))
        .encode(
            x=alt.X(
                "x:Q",
                title=axes.x,
                scale=alt.Scale(domain=span, nice=False, padding=8),
                axis=alt.Axis(labelExpr=axes.x_label, tickCount=6, tickMinStep=axes.x_step),
            ),
            y=alt.Y(
                "y:Q",
                title=axes.y,
                scale=alt.Scale(zero=zero),
                axis=alt.Axis(labelExpr=axes.y_label, tickCount=5),
            ),
        )
    )
    return chart


def draw_heat(cells: Sequence[Cell], columns: Sequence[str], rows: Sequence[str]) -> Drawing:
    """Return a grid of cells: the stronger the value the fuller, negative ones in red."""
    written = any(cell.text for cell in cells)
    most = STRONGEST if written else 1.0
    values = [
        {
            "row": drawable(cell.row),
            "column": drawable(cell.column),
            "fill": OPPOSITE if (cell.strength or 0) < 0 else SERIES,
            "depth": round(FAINTEST + (most - FAINTEST) * abs(cell.strength or 0), 3),
            "text": cell.text,
        }
        for cell in cells
    ]
    size = 12.0 if written else 10.5
    base = alt.Chart(_data(values)).encode(
        x=alt.X("column:N", sort=list(map(drawable, columns)), title=None, axis=_names(-90, size)),
        y=alt.Y("row:N", sort=list(map(drawable, rows)), title=None, axis=_names(0, size)),
    )
    squares = base.mark_rect(stroke="var(--surface)", strokeWidth=1).encode(
        fill=alt.Fill("fill:N", scale=None, legend=None),
        fillOpacity=alt.FillOpacity("depth:Q", scale=None, legend=None),
    )
    texts = base.mark_text(color=INK, fontSize=10.5).encode(text="text:N")
    layers = [squares, texts] if written else [squares]
    height = len(rows) * (24 if written else 15)
    return alt.LayerChart(layer=layers, width=WIDTH, height=height)


def _names(angle: float, size: float) -> alt.Axis:
    """The axis of a heat map: names only."""
    return alt.Axis(
        labelAngle=angle, labelFontSize=size, ticks=False, domain=False, labelLimit=120
    )
