"""Figures over time: when movies were released, and how the decades differ."""

from collections.abc import Sequence

from shared.contracts.eda import Calendar, DecadeTrend, PeriodCount
from worker.eda.chart_figure import Figure, Frame, Table, finish, heads, without_data
from worker.eda.chart_marks import Axes, draw_columns, draw_histogram, draw_line
from worker.eda.chart_numbers import (
    amount,
    axis_expression,
    count_expression,
    number,
    period_name,
)
from worker.eda.words import Lang, label, say

# What is drawn of each decade, and whether its axis starts at 0.
TRENDS = {
    "vote_average": False,
    "runtime": False,
    "budget": True,
    "revenue": True,
    "return": True,
}
LEAST = 30  # known values of a decade whose median is worth a point


def draw_calendar(lang: Lang, calendar: Calendar) -> list[Figure]:
    """Draw releases by month, weekday, year and decade."""
    return [
        _cycle(lang, "month", calendar.months),
        _cycle(lang, "weekday", calendar.weekdays),
        _course(lang, "year", calendar.years, 1),
        _course(lang, "decade", calendar.decades, 10),
    ]


def _cycle(lang: Lang, unit: str, periods: Sequence[PeriodCount]) -> Figure:
    """Bars of a period that comes round again."""
    title = say(lang, f"figure.{unit}s")
    if not any(one.count for one in periods):
        return without_data(lang, f"calendar-{unit}", title)
    rows = [(label(lang, unit, str(one.period)), one.count) for one in periods]
    axes = Axes(say(lang, f"axis.{unit}"), say(lang, "films"), count_expression(lang))
    point = _cycle_point(lang, unit, periods)
    frame = Frame(f"calendar-{unit}", title, point, _table(lang, axes.x, rows))
    return finish(lang, frame, draw_columns(rows, axes))


def _cycle_point(lang: Lang, unit: str, periods: Sequence[PeriodCount]) -> str:
    """The fullest and the emptiest period."""
    most, least = max(periods, key=_count), min(periods, key=_count)
    one, n = period_name(lang, unit, most.period), number(lang, most.count)
    if most is least:
        return say(lang, "point.only", one=one, n=n)
    two, m = period_name(lang, unit, least.period), number(lang, least.count)
    return say(lang, "point.period", most=one, n=n, least=two, m=m)


def _count(period: PeriodCount) -> int:
    """The movies of a period."""
    return period.count


def _table(lang: Lang, head: str, rows: Sequence[tuple[str, int]]) -> Table:
    """Periods and their movies."""
    return Table(
        [head, *heads(lang, "films")], [[name, number(lang, count)] for name, count in rows]
    )


def _course(lang: Lang, unit: str, periods: Sequence[PeriodCount], width: int) -> Figure:
    """Touching bars of periods that follow each other."""
    title = say(lang, f"figure.{unit}s")
    if not any(one.count for one in periods):
        return without_data(lang, f"calendar-{unit}", title)
    most = max(periods, key=_count)
    point = say(
        lang,
        "point.peak",
        most=_said(lang, unit, most.period),
        n=number(lang, most.count),
        total=number(lang, sum(one.count for one in periods)),
        first=_said(lang, unit, periods[0].period),
        last=_said(lang, unit, periods[-1].period),
    )
    axes = Axes(
        say(lang, f"axis.{unit}"), say(lang, "films"), count_expression(lang), x_step=width
    )
    bins = [(one.period, one.period + width, one.count) for one in periods]
    rows = [(_span(one.period, width), one.count) for one in periods]
    frame = Frame(f"calendar-{unit}", title, point, _table(lang, axes.x, rows))
    return finish(lang, frame, draw_histogram(bins, axes))


def _said(lang: Lang, unit: str, period: int) -> str:
    """A year or a decade as a sentence names it."""
    return say(lang, "decade", n=str(period)) if unit == "decade" else str(period)


def _span(start: int, width: int) -> str:
    """The years of a period as a table names them."""
    return str(start) if width == 1 else f"{start}\N{EN DASH}{start + width - 1}"


def draw_trends(lang: Lang, decades: Sequence[DecadeTrend]) -> list[Figure]:
    """Draw quality and money by decade."""
    return [_trend(lang, column, decades) for column in TRENDS]


def _trend(lang: Lang, column: str, decades: Sequence[DecadeTrend]) -> Figure:
    """The median of one column by decade; the table has the thin decades too."""
    name = label(lang, "column", column)
    title = say(lang, "figure.trend", name=name)
    medians = [(one.decade, one.known[column], one.medians[column]) for one in decades]
    known = [(decade, n, value) for decade, n, value in medians if value is not None]
    if not known:
        return without_data(lang, f"trend-{column}", title)
    axes = Axes(
        say(lang, "axis.decade"),
        say(lang, "axis.linear", name=name, unit=say(lang, f"unit.{column}")),
        y_label=axis_expression(lang, column),
        x_step=10,
    )
    points = [(decade, value) for decade, n, value in known if n >= LEAST]
    note = say(lang, "note.trend", least=str(LEAST)) if 0 < len(points) < len(known) else ""
    drawn = points or [(decade, value) for decade, _, value in known]
    rows = [
        [_span(decade, 10), number(lang, n), amount(lang, column, value)]
        for decade, n, value in known
    ]
    table = Table([axes.x, *heads(lang, "with_value", "median")], rows)
    frame = Frame(f"trend-{column}", title, _trend_point(lang, column, drawn), table, note)
    return finish(lang, frame, draw_line(drawn, axes, zero=TRENDS[column]))


def _trend_point(lang: Lang, column: str, known: Sequence[tuple[int, float]]) -> str:
    """Where a trend starts, where it ends and where it is highest."""
    top = max(known, key=lambda one: one[1])
    said = [
        (_said(lang, "decade", decade), amount(lang, column, value))
        for decade, value in (known[0], known[-1], top)
    ]
    (start, first), (end, last), (peak, most) = said
    if len(known) == 1:
        return say(lang, "point.only", one=start, n=first)
    return say(
        lang, "point.trend", first=first, start=start, last=last, end=end, top=most, peak=peak
    )
