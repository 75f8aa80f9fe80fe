"""Who is credited in which movies: namesakes merged, each movie once per person."""

import polars as pl

# Decimals of every figure made of returns: enough to tell people apart, and far above what
# adding in another order could change.
DECIMALS = 4


def person_movies(credited: pl.LazyFrame, movies: pl.LazyFrame) -> pl.LazyFrame:
    """Join each person's `key` with the movies credited, by key and movie id."""
    return (
        credited.filter(pl.col("key") != "")
        .select("key", "movie_id")
        .unique()
        .join(movies, left_on="movie_id", right_on="id", how="inner")
        .sort("key", "movie_id")
    )


def spellings(credited: pl.LazyFrame) -> pl.LazyFrame:
    """One `name` per `key`: the most frequent spelling, of equally frequent ones the first."""
    return (
        credited.group_by("key", "name")
        .len()
        .sort("key", -pl.col("len").cast(pl.Int64), "name")
        .unique("key", keep="first", maintain_order=True)
        .select("key", "name")
    )
