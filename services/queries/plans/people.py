"""The people of a release by their TMDB id, their spellings, and what they are credited for."""

from typing import Final

import polars as pl

from shared.contracts.filters import LARGEST

ROLES: Final = pl.Enum(["acting", "directing"])
SEPARATOR: Final = " / "


def ranked_films(movies: pl.LazyFrame) -> pl.LazyFrame:
    """One row per movie, most voted first, then by id; its place is `film`."""
    return (
        movies.sort(-pl.col("vote_count"), "id")
        .select(
            "id",
            "title",
            "release_date",
            "vote_count",
            "vote_average",
            year="release_year",
            return_on_budget=pl.when(pl.col("return") > 0).then("return"),
        )
        .with_row_index("film")
    )


def film_credits(cast: pl.LazyFrame, directors: pl.LazyFrame, films: pl.LazyFrame) -> pl.LazyFrame:
    """One row per person, film and role; people without a name are left out."""
    acting = _one_per_film(_named(cast)).with_columns(role=_role("acting"))
    directing = (
        _named(directors)
        .select("person_id", "movie_id")
        .unique()
        .with_columns(role=_role("directing"))
    )
    return (
        pl.concat([acting, directing], how="diagonal")
        .join(films.select("film", "vote_count", movie_id="id"), on="movie_id", how="inner")
        .select("person_id", "film", "role", "character", "order", "vote_count")
    )


def ranked_people(credited: pl.LazyFrame, names: pl.LazyFrame) -> pl.LazyFrame:
    """One row per person: id, name, films acted in and directed; by fame, then id.

    Fame is the sum of the votes of all their films. By the most voted film alone a whole cast
    would be equal to its star.
    """
    is_acting = pl.col("role") == "acting"
    films = credited.group_by("person_id").agg(
        films_acted=is_acting.sum(), films_directed=(~is_acting).sum()
    )
    fame = (
        credited.select("person_id", "film", "vote_count")
        .unique()
        .group_by("person_id")
        .agg(fame=pl.col("vote_count").sum())
    )
    first = names.unique("person_id", keep="first", maintain_order=True)
    return (
        films.join(fame, on="person_id", how="inner")
        .join(first, on="person_id", how="inner")
        .sort(-pl.col("fame"), "person_id")
        .select("name", "films_acted", "films_directed", id="person_id")
    )


def spellings_by_id(cast: pl.LazyFrame, directors: pl.LazyFrame) -> pl.LazyFrame:
    """`person_id`, `name` and `key`: the most frequent spelling of each id first, then by name."""
    columns = ("person_id", "name", "key")
    return (
        pl.concat([_named(cast).select(columns), _named(directors).select(columns)])
        .group_by(columns)
        .len()
        .sort("person_id", -pl.col("len").cast(pl.Int64), "name")
        .select(columns)
    )


def _named(credited: pl.LazyFrame) -> pl.LazyFrame:
    """Credits of people who can be named and asked for by id."""
    return credited.filter(pl.col("key") != "", pl.col("person_id").is_between(1, LARGEST))


def _role(role: str) -> pl.Expr:
    return pl.lit(role, dtype=ROLES)


def _one_per_film(cast: pl.LazyFrame) -> pl.LazyFrame:
    """Join the characters of a person in a film, in billing order; the first place counts.

    Few have several, so only these are grouped.
    """
    columns = ("person_id", "movie_id", "character", "order")
    is_repeated = pl.struct("person_id", "movie_id").is_duplicated()
    characters = pl.col("character").drop_nulls().unique(maintain_order=True)
    joined = (
        cast.filter(is_repeated)
        .sort("order", nulls_last=True, maintain_order=True)
        .group_by("person_id", "movie_id", maintain_order=True)
        .agg(character=characters.str.join(SEPARATOR), order=pl.col("order").min())
        .with_columns(pl.when(pl.col("character") != "").then("character"))
    )
    return pl.concat([cast.filter(~is_repeated).select(columns), joined.select(columns)])
