"""Every movie in the form of the `Movie` contract."""

import polars as pl


def movie_details(
    movies: pl.LazyFrame, cast: pl.LazyFrame, directors: pl.LazyFrame
) -> pl.LazyFrame:
    """One row per movie, columns named as the contract's fields."""
    billed = cast.sort("movie_id", "order", nulls_last=True, maintain_order=True)
    return (
        _own_fields(movies)
        .join(
            _people(billed, "cast", "person_id", "name", "character", "order"),
            on="id",
            how="left",
            maintain_order="left",
        )
        .join(
            _people(directors, "directors", "person_id", "name"),
            on="id",
            how="left",
            maintain_order="left",
        )
        .with_columns(pl.col("cast", "directors").fill_null([]))
    )


def _own_fields(movies: pl.LazyFrame) -> pl.LazyFrame:
    """What the movies table itself says."""
    return movies.select(
        "id",
        "title",
        "release_date",
        "status",
        "tagline",
        "overview",
        "original_language",
        "popularity",
        "vote_average",
        "vote_count",
        "budget",
        "revenue",
        year="release_year",
        runtime_minutes="runtime",
        return_on_budget="return",
        collection=pl.col("belongs_to_collection").list.first(),
        genres=_listed("genres"),
        keywords=_listed("keywords"),
        companies=_listed("production_companies"),
        countries=_coded("production_countries", "iso_3166_1"),
        languages=_coded("spoken_languages", "iso_639_1"),
    )


def _listed(column: str) -> pl.Expr:
    return pl.col(column).fill_null([])


def _coded(column: str, code: str) -> pl.Expr:
    """Rename the code of a country or language, which also stands for a missing name."""
    value, name = pl.element().struct.field(code), pl.element().struct.field("name")
    named = pl.struct(value.alias("code"), name.fill_null(value).alias("name"))
    return _listed(column).list.eval(named)


def _people(credited: pl.LazyFrame, name: str, *fields: str) -> pl.LazyFrame:
    """Collect the credits of each movie, in the order given."""
    grouped = credited.group_by("movie_id", maintain_order=True)
    return grouped.agg(pl.struct(*fields).alias(name)).rename({"movie_id": "id"})
