"""What `score_titulo` and `votos_titulo` say of each movie."""

import polars as pl


def title_figures(movies: pl.LazyFrame) -> pl.LazyFrame:
    """One row per movie: id, popularity, vote average."""
    return movies.select("id", "popularity", "vote_average")
