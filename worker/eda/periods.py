"""When movies were released, and what quality and money were like in each decade."""

from typing import Final

import polars as pl

from shared.contracts.eda import Calendar, DecadeTrend, PeriodCount
from worker.eda.known import decade_of

# An average of fewer votes tells little of a movie.
LEAST_VOTES: Final = 50
TRENDS: Final = ("vote_average", "runtime", "budget", "revenue", "return")


def make_calendar(movies: pl.DataFrame) -> Calendar:
    """Count the releases of each month, weekday, year and decade."""
    date, year = pl.col("release_date"), pl.col("release_year")
    return Calendar(
        months=_count_cycle(movies, date.dt.month(), 12),
        weekdays=_count_cycle(movies, date.dt.weekday(), 7),
        years=_count_course(movies, year, 1),
        decades=_count_course(movies, decade_of(year), 10),
    )


def describe_decades(measures: pl.DataFrame) -> list[DecadeTrend]:
    """Return the medians of each decade that has movies, and how many values they rest on."""
    medians = [_trusted(column).median().alias(column) for column in TRENDS]
    known = [_trusted(column).count().alias(f"known_{column}") for column in TRENDS]
    table = _by_decade(measures, [pl.len().alias("movies"), *medians, *known])
    return [
        DecadeTrend(
            decade=row["decade"],
            movies=row["movies"],
            medians={column: row[column] for column in TRENDS},
            known={column: row[f"known_{column}"] for column in TRENDS},
        )
        for row in table.iter_rows(named=True)
    ]


def _trusted(column: str) -> pl.Expr:
    """Keep the cells that count for a trend."""
    cell = pl.col(column)
    return cell.filter(pl.col("vote_count") >= LEAST_VOTES) if column == "vote_average" else cell


def _by_decade(measures: pl.DataFrame, figures: list[pl.Expr]) -> pl.DataFrame:
    """Aggregate by decade, in order."""
    dated = measures.drop_nulls("release_year")
    return dated.group_by(decade_of(pl.col("release_year"))).agg(figures).sort("decade")


def _count_by(movies: pl.DataFrame, period: pl.Expr) -> dict[int, int]:
    """Count the movies of each period."""
    periods = movies.select(period.cast(pl.Int64).alias("period")).to_series().drop_nulls()
    return dict(periods.value_counts(name="count").iter_rows())


def _count_cycle(movies: pl.DataFrame, period: pl.Expr, length: int) -> list[PeriodCount]:
    """Count a period that comes round again, every one of it."""
    counts = _count_by(movies, period)
    return [PeriodCount(period=n, count=counts.get(n, 0)) for n in range(1, length + 1)]


def _count_course(movies: pl.DataFrame, period: pl.Expr, step: int) -> list[PeriodCount]:
    """Count periods that follow each other, from the first to the last."""
    counts = _count_by(movies, period)
    if not counts:
        return []
    span = range(min(counts), max(counts) + 1, step)
    return [PeriodCount(period=n, count=counts.get(n, 0)) for n in span]
