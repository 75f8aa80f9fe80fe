"""The texts of each movie that a search reads and its highlights show."""

from typing import Final

import polars as pl

# People billed after these are not searched.
BILLED: Final = 10


def search_texts(
    movies: pl.DataFrame, cast: pl.DataFrame, directors: pl.DataFrame
) -> pl.DataFrame:
    """One row per movie, in the order of `movies`; people, collection and keywords are lists."""
    billed = cast.lazy().filter(pl.col("order") < BILLED).sort("movie_id", "order")
    people = (
        pl.concat([table.select("movie_id", "name") for table in (directors.lazy(), billed)])
        .group_by("movie_id", maintain_order=True)
        .agg(people=pl.col("name").unique(maintain_order=True))
    )
    return (
        movies.lazy()
        .select(
            "id",
            "title",
            "tagline",
            "overview",
            year="release_year",
            votes=pl.col("vote_count").fill_null(0),
            collection=_names("belongs_to_collection"),
            keywords=_names("keywords"),
        )
        .join(people, left_on="id", right_on="movie_id", how="left", maintain_order="left")
        .collect()
    )


def _names(column: str) -> pl.Expr:
    return pl.col(column).list.eval(pl.element().struct.field("name").drop_nulls())
