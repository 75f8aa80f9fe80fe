"""Movies outside the ordinary range of a figure, by the interquartile rule."""

import math
from typing import Final

import polars as pl

from shared.contracts.eda import OutlierGroup, Text
from worker.eda.known import NUMBERS
from worker.eda.named import name_movies

# How many interquartile ranges beyond the quartiles a value is still ordinary.
REACH: Final = 1.5
# Judged as they are: bounded, or spread about a middle instead of over decades.
PLAIN: Final = frozenset({"release_year", "vote_average", "runtime"})
# No float holds a power of ten beyond this one.
MAX_POWER: Final = 300.0
RULES: Final = {
    "plain": Text(
        es=(
            "A más de 1,5 veces el rango intercuartílico de los cuartiles, sobre los valores "
            "tal cual."
        ),
        en="More than 1.5 interquartile ranges beyond the quartiles, of the values as they are.",
    ),
    "log": Text(
        es=(
            "A más de 1,5 veces el rango intercuartílico de los cuartiles, sobre el logaritmo "
            "decimal de los valores mayores que 0."
        ),
        en=(
            "More than 1.5 interquartile ranges beyond the quartiles, of the decimal logarithm "
            "of the values above 0."
        ),
    ),
}


def find_outliers(measures: pl.DataFrame) -> list[OutlierGroup]:
    """Group what is out of range in each figure."""
    return [_find_in(measures, column) for column in NUMBERS]


def _find_in(measures: pl.DataFrame, column: str) -> OutlierGroup:
    """Group what is out of range in one figure, the farthest out first."""
    scale = "plain" if column in PLAIN else "log"
    known = measures.drop_nulls(column)
    if scale == "log":
        known = known.filter(pl.col(column) > 0)
    place = pl.col(column) if scale == "plain" else pl.col(column).log10()
    rows = known.with_columns(place.alias("place"))
    low, high = _find_bounds(rows["place"])
    out = _order_outside(rows, low, high) if rows.height else rows
    return OutlierGroup(
        key=f"iqr_{column}",
        column=column,
        rule=RULES[scale],
        low=_undo(low, scale) if rows.height else None,
        high=_undo(high, scale) if rows.height else None,
        count=out.height,
        movies=name_movies(out, column),
    )


def _find_bounds(places: pl.Series) -> tuple[float, float]:
    """Return the least and the greatest ordinary value; zeros where nothing is known."""
    first = places.quantile(0.25, "linear") or 0.0
    third = places.quantile(0.75, "linear") or 0.0
    reach = REACH * (third - first)
    return first - reach, third + reach


def _order_outside(rows: pl.DataFrame, low: float, high: float) -> pl.DataFrame:
    """Keep the rows out of bounds, the farthest first, then the most voted, then by id."""
    beyond = pl.max_horizontal(low - pl.col("place"), pl.col("place") - high)
    return (
        rows.with_columns(beyond.alias("beyond"))
        .filter(pl.col("beyond") > 0)
        .sort(["beyond", "vote_count", "id"], descending=[True, True, False], nulls_last=True)
    )


def _undo(bound: float, scale: str) -> float:
    """Return a bound in the unit of its column."""
    if scale == "plain":
        return bound
    return math.pow(10.0, max(-MAX_POWER, min(bound, MAX_POWER)))
