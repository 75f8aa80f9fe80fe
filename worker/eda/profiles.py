"""How full each column is and what it holds, the people of a movie included."""

from typing import Final

import polars as pl

from shared.contracts.eda import ColumnProfile, ValueCount
from worker.eda.known import know
from worker.eda.members import list_members
from worker.etl.schemas import MOVIES

QUANTILES: Final = {
    "min": 0.0,
    "p01": 0.01,
    "p05": 0.05,
    "p25": 0.25,
    "p50": 0.5,
    "p75": 0.75,
    "p95": 0.95,
    "p99": 0.99,
    "max": 1.0,
}
TOP: Final = 10
LONGEST: Final = 80


def profile_columns(
    movies: pl.DataFrame, cast: pl.DataFrame, directors: pl.DataFrame
) -> list[ColumnProfile]:
    """Profile every clean column in the order of the schema, then cast and directors."""
    columns = [_profile_column(movies, column) for column in MOVIES]
    people = (("cast", cast), ("directors", directors))
    return columns + [_profile_people(movies, name, table) for name, table in people]


def _profile_column(movies: pl.DataFrame, column: str) -> ColumnProfile:
    """Profile one column of the movies."""
    dtype = MOVIES[column]
    cells = movies.select(know(column)).to_series().drop_nulls()
    if isinstance(dtype, pl.List):
        counts = _count_values(list_members(movies, column)["name"])
        return _profile(column, "list", (cells.len(), movies.height), counts)
    kind = "number" if dtype.is_numeric() else "date" if dtype == pl.Date else "text"
    counts = _count_values(cells)
    return _profile(column, kind, (cells.len(), movies.height), counts, _as_numbers(cells))


def _profile_people(movies: pl.DataFrame, name: str, people: pl.DataFrame) -> ColumnProfile:
    """Profile cast or directors as if they were a list column of the movies."""
    pairs = people.join(movies.select(movie_id="id"), on="movie_id", how="semi")
    counts = (
        pairs.unique(["movie_id", "person_id"], keep="first", maintain_order=True)
        .group_by("person_id")
        .agg(pl.col("name").first().fill_null("").alias("value"), pl.len().alias("count"))
        .select("value", "count")
    )
    return _profile(name, "list", (pairs["movie_id"].n_unique(), movies.height), counts)


def _profile(
    column: str,
    kind: str,
    fill: tuple[int, int],
    counts: pl.DataFrame,
    numbers: pl.Series | None = None,
) -> ColumnProfile:
    """Put a profile together; `fill` is how many cells are filled, of how many."""
    filled, rows = fill
    has_numbers = numbers is not None and numbers.len() > 0
    return ColumnProfile(
        column=column,
        kind=kind,
        filled=filled,
        missing=rows - filled,
        completeness=filled / rows if rows else 0.0,
        distinct=counts.height,
        quantiles=_find_quantiles(numbers) if numbers is not None and has_numbers else {},
        mean=_find_mean(numbers) if numbers is not None and has_numbers else None,
        top=_find_top(counts),
    )


def _count_values(cells: pl.Series) -> pl.DataFrame:
    """Count how often each value occurs, as text, whole numbers without decimals."""
    counts = cells.alias("value").value_counts(name="count")
    text = pl.col("value").cast(pl.String)
    is_float = cells.dtype.is_float()
    return counts.with_columns(text.str.replace(r"\.0$", "") if is_float else text)


def _find_top(counts: pl.DataFrame) -> list[ValueCount]:
    """List the most frequent values, none where no value of many occurs twice."""
    least = 1 if counts.height <= TOP else 2
    top = (
        counts.filter(pl.col("count") >= least)
        .sort(["count", "value"], descending=[True, False])
        .head(TOP)
    )
    return [ValueCount(value=_shorten(value), count=count) for value, count in top.iter_rows()]


def _shorten(value: str) -> str:
    """Cut a long text."""
    return value if len(value) <= LONGEST else value[: LONGEST - 1].rstrip() + "…"


def _as_numbers(cells: pl.Series) -> pl.Series | None:
    """Return the cells as floats, dates as year with fraction; None of text."""
    if cells.dtype == pl.String:
        return None
    if cells.dtype != pl.Date:
        return cells.cast(pl.Float64)
    days = pl.when(cells.dt.is_leap_year()).then(366.0).otherwise(365.0)
    fraction = (cells.dt.ordinal_day() - 1) / pl.select(days).to_series()
    return cells.dt.year().cast(pl.Float64) + fraction


def _find_quantiles(numbers: pl.Series) -> dict[str, float]:
    """Return the quantiles of a series that is not empty, linear between neighbours."""
    ordered = numbers.sort()
    found = {name: ordered.quantile(at, "linear") for name, at in QUANTILES.items()}
    return {name: value for name, value in found.items() if value is not None}


def _find_mean(numbers: pl.Series) -> float | None:
    """Return the mean."""
    mean = numbers.mean()
    return mean if isinstance(mean, float) else None
