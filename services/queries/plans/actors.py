"""The success of every actor."""

import polars as pl

from services.queries.plans.credited import DECIMALS, person_movies, spellings


def actor_success(cast: pl.LazyFrame, movies: pl.LazyFrame) -> pl.LazyFrame:
    """One row per actor: key, name, films, and the sum and mean of `return` over all films."""
    returns = movies.select("id", pl.col("return").fill_null(0.0))
    return (
        person_movies(cast, returns)
        .group_by("key", maintain_order=True)
        .agg(
            films=pl.len(),
            success=pl.col("return").sum().round(DECIMALS),
            mean_return=pl.col("return").mean().round(DECIMALS),
        )
        .join(spellings(cast), on="key", how="inner", maintain_order="left")
    )
