"""What counts as known: the one place that says which cells are filled and which are not."""

from typing import Final

import polars as pl

from worker.etl.schemas import MOVIES

# The figures of a movie, in the order of the report.
NUMBERS: Final = (
    "budget",
    "revenue",
    "return",
    "popularity",
    "vote_average",
    "vote_count",
    "runtime",
    "release_year",
)
# 0 stands for "unknown" in these.
POSITIVE: Final = frozenset(
    {"budget", "revenue", "return", "runtime", "popularity", "vote_average"}
)
# Beyond it a figure is taken as unknown: sums of such figures would overflow.
LIMIT: Final = 1e100


def know(column: str) -> pl.Expr:
    """Keep the cell of a column of the movies where it is filled, null elsewhere."""
    return pl.when(_is_known(column)).then(pl.col(column))


def measure(movies: pl.DataFrame) -> pl.DataFrame:
    """Return id, title, release date and the known figures as floats, null where unknown."""
    figures = [know(column).cast(pl.Float64).alias(column) for column in NUMBERS]
    return movies.select("id", "title", "release_date", *figures)


def decade_of(year: pl.Expr) -> pl.Expr:
    """Return the first year of the decade of a year."""
    return (year.cast(pl.Int64) // 10 * 10).alias("decade")


def _is_known(column: str) -> pl.Expr:
    """Whether the cell is filled."""
    cell, dtype = pl.col(column), MOVIES[column]
    if isinstance(dtype, pl.List):
        return cell.list.len() > 0
    if isinstance(dtype, pl.String):
        return cell.str.strip_chars() != ""
    if not dtype.is_numeric():
        return cell.is_not_null()
    # NaN sorts above every number, so the upper bound drops it too.
    is_figure = (cell > 0 if column in POSITIVE else cell >= -LIMIT) & (cell <= LIMIT)
    return is_figure & (pl.col("vote_count") > 0) if column == "vote_average" else is_figure
