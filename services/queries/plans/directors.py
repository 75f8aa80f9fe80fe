"""The success of every director, and the films."""

import polars as pl

from services.queries.plans.credited import DECIMALS, person_movies, spellings


def director_success(directors: pl.LazyFrame, movies: pl.LazyFrame) -> pl.LazyFrame:
    """One row per director: key, name, number and sum of returns of the films, and the films.

    `films` is a list of structs in the form of the contract, by date, then id.
    """
    return (
        person_movies(directors, _directed(movies))
        .sort("key", "fecha_lanzamiento", "movie_id")
        .group_by("key", maintain_order=True)
        .agg(
            success=pl.col("unrounded").sum().round(DECIMALS),
            films=pl.struct(
                "titulo", "fecha_lanzamiento", "retorno", "costo", "ingresos", "ganancia"
            ),
        )
        .join(spellings(directors), on="key", how="inner", maintain_order="left")
    )


def _directed(movies: pl.LazyFrame) -> pl.LazyFrame:
    """Each movie as a director's answer shows it."""
    budget = pl.col("budget").fill_null(0)
    revenue = pl.col("revenue").fill_null(0)
    unrounded = pl.col("return").fill_null(0.0)
    return movies.select(
        "id",
        unrounded=unrounded,
        titulo="title",
        fecha_lanzamiento="release_date",
        retorno=unrounded.round(DECIMALS),
        costo=budget,
        ingresos=revenue,
        ganancia=pl.when(budget > 0, revenue > 0).then(revenue - budget),
    )
