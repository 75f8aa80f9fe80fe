"""Figures about columns: how full they are, how their values spread, and how they relate."""

from collections.abc import Iterator

from shared.contracts.eda import Analysis, ColumnProfile, Correlation, Distribution
from worker.eda.chart_figure import (
    NONE,
    Figure,
    Frame,
    Table,
    finish,
    heads,
    leaders_point,
    numbers,
    without_data,
)
from worker.eda.chart_marks import Axes, Cell, draw_bars, draw_heat, draw_histogram
from worker.eda.chart_numbers import amount, axis_expression, count_expression, number, percent
from worker.eda.words import Lang, label, pick, rule_name, say


def draw_completeness(lang: Lang, columns: list[ColumnProfile]) -> Figure:
    """Draw the share of filled cells of every column."""
    title = say(lang, "figure.completeness")
    if not columns:
        return without_data(lang, "completeness", title)
    least = min(columns, key=lambda column: column.completeness)
    point = say(
        lang,
        "point.completeness",
        full=number(lang, sum(not column.missing for column in columns)),
        all=number(lang, len(columns)),
        column=label(lang, "column", least.column),
        share=percent(lang, least.completeness),
    )
    shares = [
        (label(lang, "column", c.column), c.completeness, percent(lang, c.completeness))
        for c in columns
    ]
    table = Table(
        heads(lang, "column", "filled", "missing", "share"),
        [
            [name, *numbers(lang, column.filled, column.missing), text]
            for column, (name, _, text) in zip(columns, shares, strict=True)
        ],
    )
    drawing = draw_bars(shares, say(lang, "share.filled"), most=1)
    return finish(lang, Frame("completeness", title, point, table), drawing)


def draw_distributions(lang: Lang, analysis: Analysis) -> list[Figure]:
    """Draw a histogram of each distribution."""
    medians = {column.column: column.quantiles.get("p50") for column in analysis.columns}
    return [
        _histogram(lang, distribution, medians.get(distribution.column))
        for distribution in analysis.distributions
    ]


def _histogram(lang: Lang, distribution: Distribution, median: float | None) -> Figure:
    """One histogram; where a logarithm has no place for 0 the axis is linear."""
    column, bins = distribution.column, distribution.bins
    name = label(lang, "column", column)
    if not any(one.count for one in bins):
        return without_data(lang, f"distribution-{column}", name)
    log = distribution.scale == "log" and bins[0].start > 0
    axes = Axes(
        _axis_title(lang, name, pick(lang, distribution.unit), log=log),
        say(lang, "films"),
        count_expression(lang),
        axis_expression(lang, column),
    )
    drawing = draw_histogram([(one.start, one.end, one.count) for one in bins], axes, log=log)
    table = Table(
        heads(lang, "from", "to", "films"),
        [
            [
                *(amount(lang, column, edge) for edge in (one.start, one.end)),
                number(lang, one.count),
            ]
            for one in bins
        ],
        names=0,
    )
    point = _histogram_point(lang, distribution, median)
    return finish(lang, Frame(f"distribution-{column}", name, point, table), drawing)


def _axis_title(lang: Lang, name: str, unit: str, *, log: bool) -> str:
    """The column with its unit, where one does not say the other already."""
    key = "axis.log" if log else "axis.linear"
    if unit.casefold() in name.casefold():
        return say(lang, f"{key}.same", name=name)
    if unit.casefold().startswith(name.casefold()):
        return say(lang, f"{key}.same", name=name + unit[len(name) :])
    return say(lang, key, name=name, unit=unit)


def _histogram_point(lang: Lang, distribution: Distribution, median: float | None) -> str:
    """The median and the fullest bin."""
    column = distribution.column
    fullest = max(distribution.bins, key=lambda one: one.count)
    said = {
        "low": amount(lang, column, fullest.start),
        "high": amount(lang, column, fullest.end),
        "n": number(lang, fullest.count),
        "known": number(lang, distribution.known),
    }
    if median is None:
        return say(lang, "point.histogram.plain", **said)
    return say(lang, "point.histogram", median=amount(lang, column, median), **said)


def draw_outliers(lang: Lang, analysis: Analysis) -> Figure:
    """Draw how many movies are outside each rule."""
    title = say(lang, "figure.outliers")
    groups = [group for group in analysis.outliers if group.count]
    if not groups:
        return without_data(lang, "outliers", title)
    groups.sort(key=lambda group: (-group.count, group.key))
    rows = [
        (rule_name(lang, group.key, group.column), group.count, number(lang, group.count))
        for group in groups
    ]
    table = Table(heads(lang, "rule", "films"), [[name, text] for name, _, text in rows])
    point = leaders_point(lang, [(name, text) for name, _, text in rows])
    drawing = draw_bars(rows, say(lang, "films.number"))
    return finish(lang, Frame("outliers", title, point, table), drawing)


def draw_correlation(lang: Lang, correlation: Correlation) -> Figure:
    """Draw the lower half of the correlation matrix."""
    title = say(lang, "figure.correlation")
    pairs = list(_pairs(lang, correlation))
    known = [pair for pair in pairs if pair[2] is not None]
    if not known:
        return without_data(lang, "correlation", title)
    names = [label(lang, "column", column) for column in correlation.columns]
    cells = [
        Cell(one, two, rho, "" if rho is None else number(lang, rho, 2))
        for one, two, rho, _ in pairs
    ]
    strongest = sorted(pairs, key=lambda pair: -abs(pair[2] or 0))
    one, two, rho, n = strongest[0]
    point = say(
        lang,
        "point.correlation",
        one=one,
        two=two,
        rho=number(lang, rho or 0, 2),
        n=number(lang, n),
    )
    table = Table(
        heads(lang, "column", "other", "rho", "films"),
        [
            [one, two, NONE if rho is None else number(lang, rho, 2), number(lang, n)]
            for one, two, rho, n in strongest
        ],
        names=2,
    )
    frame = Frame("correlation", title, point, table, say(lang, "legend.correlation"))
    return finish(lang, frame, draw_heat(cells, names[:-1], names[1:]))


def _pairs(lang: Lang, correlation: Correlation) -> Iterator[tuple[str, str, float | None, int]]:
    """Each pair of columns once: names, correlation, movies that know both."""
    names = [label(lang, "column", column) for column in correlation.columns]
    for row, one in enumerate(names):
        for column, two in enumerate(names[:row]):
            yield one, two, correlation.matrix[row][column], correlation.pairs[row][column]
