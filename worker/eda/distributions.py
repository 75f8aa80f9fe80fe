"""Histograms of the figures: equal bins, or equal on a logarithm where values span decades."""

from itertools import pairwise
from math import ceil, floor, log10
from typing import Final

import polars as pl

from shared.contracts.eda import Bin, Distribution, Text

UNITS: Final = {
    "release_year": Text(es="año", en="year"),
    "runtime": Text(es="minutos", en="minutes"),
    "vote_average": Text(es="puntos sobre 10", en="points out of 10"),
    "vote_count": Text(es="votos, desde 1", en="votes, from 1"),
    "popularity": Text(es="puntos, sobre 0", en="points, above 0"),
    "budget": Text(es="US$", en="US$"),
    "revenue": Text(es="US$", en="US$"),
    "return": Text(es="ingresos ÷ presupuesto", en="revenue ÷ budget"),
}
# Never on a logarithm: an average over a fixed range, and a year.
LINEAR: Final = frozenset({"release_year", "vote_average"})
WHOLE: Final = frozenset({"release_year", "runtime", "vote_count", "budget", "revenue"})
# A logarithm from here on, as maximum over minimum.
WIDE_SPAN: Final = 1_000
# What a chart as wide as a phone shows apart.
MAX_LINEAR_BINS: Final = 40
MAX_LOG_BINS: Final = 64
STEPS: Final = (1, 2, 5, 10)
BINS_PER_DECADE: Final = (20, 10, 5, 2, 1)


def describe_distributions(measures: pl.DataFrame) -> list[Distribution]:
    """Make the histogram of each figure; those on a logarithm leave out 0 and below."""
    return [_describe(column, measures[column].drop_nulls()) for column in UNITS]


def _describe(column: str, known: pl.Series) -> Distribution:
    """Make the histogram of one column."""
    positive = known.filter(known > 0)
    scale = "log" if column not in LINEAR and _is_wide(positive) else "linear"
    values = positive if scale == "log" else known
    return Distribution(
        column=column,
        unit=UNITS[column],
        scale=scale,
        known=values.len(),
        bins=_fill_bins(values, _choose_edges(values, scale, whole=column in WHOLE)),
    )


def _is_wide(positive: pl.Series) -> bool:
    """Whether positive values span decades."""
    low, high = _range(positive)
    return low > 0 and high / low >= WIDE_SPAN


def _range(values: pl.Series) -> tuple[float, float]:
    """Least and greatest value, zeros where there are none."""
    low, high = values.min(), values.max()
    if isinstance(low, float) and isinstance(high, float):
        return low, high
    return 0.0, 0.0


def _choose_edges(values: pl.Series, scale: str, *, whole: bool) -> list[float]:
    """Edges of bins that hold every value; ascending, none where there are no values."""
    low, high = _range(values)
    if not values.len() or low == high:
        return [low, high] if values.len() else []
    edges = _log_edges(low, high) if scale == "log" else _linear_edges(low, high, whole=whole)
    if whole and scale == "log":
        edges = sorted({float(round(edge)) for edge in edges})
    return [min(edges[0], low), *edges[1:-1], max(edges[-1], high)]


def _linear_edges(low: float, high: float, *, whole: bool) -> list[float]:
    """Edges at multiples of 1, 2 or 5 times a power of ten."""
    rough = (high - low) / MAX_LINEAR_BINS
    power = 10.0 ** floor(log10(rough)) if rough else 1.0
    step = next((n * power for n in STEPS if n * power >= rough), 10 * power)
    step = max(step, 1.0) if whole else step
    first = floor(low / step)
    # A whole value on the last edge gets a bin of its own, as all others have.
    last = floor(high / step) + 1 if whole else ceil(high / step)
    return [n * step for n in range(first, max(last, first + 1) + 1)]


def _log_edges(low: float, high: float) -> list[float]:
    """Edges at equal steps of the logarithm, as fine as the number of bins allows."""
    first, last = log10(low), log10(high)
    fits = (n for n in BINS_PER_DECADE if (last - first) * n <= MAX_LOG_BINS)
    parts = next(fits, BINS_PER_DECADE[-1])
    start, stop = floor(first * parts), floor(last * parts) + 1
    return [10.0 ** (n / parts) for n in range(start, stop + 1)]


def _fill_bins(values: pl.Series, edges: list[float]) -> list[Bin]:
    """Count the values in each bin; the last holds its end too."""
    if not edges:
        return []
    places = pl.Series(edges).search_sorted(values, "right")
    at = (places.cast(pl.Int64) - 1).clip(0, len(edges) - 2)
    counts = dict(at.value_counts(name="n").iter_rows())
    spans = enumerate(pairwise(edges))
    return [Bin(start=low, end=high, count=counts.get(i, 0)) for i, (low, high) in spans]
