"""How many movies were released in each month and on each weekday, over all years."""

import polars as pl


def count_by_month(movies: pl.LazyFrame) -> pl.LazyFrame:
    """`number` (1-12) and `count`; months without movies are absent."""
    return _count(movies, pl.col("release_date").dt.month())


def count_by_weekday(movies: pl.LazyFrame) -> pl.LazyFrame:
    """`number` (1-7 from Monday) and `count`; weekdays without movies are absent."""
    return _count(movies, pl.col("release_date").dt.weekday())


def _count(movies: pl.LazyFrame, number: pl.Expr) -> pl.LazyFrame:
    return movies.group_by(number.alias("number")).agg(pl.len().alias("count")).sort("number")
