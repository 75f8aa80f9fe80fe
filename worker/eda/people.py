"""Who appears in most movies and who directs most."""

from typing import Final

import polars as pl

from shared.contracts.eda import PersonCount

LISTED: Final = 20


def count_people(people: pl.DataFrame, movies: pl.DataFrame) -> list[PersonCount]:
    """List those of most movies; a movie counts once for a person, ties go by person id."""
    table = (
        people.join(movies.select(movie_id="id"), on="movie_id", how="semi")
        .unique(["movie_id", "person_id"], keep="first", maintain_order=True)
        .group_by("person_id", maintain_order=True)
        .agg(pl.col("name").first().fill_null(""), pl.len().alias("movies"))
        .sort(["movies", "person_id"], descending=[True, False])
        .head(LISTED)
    )
    return [PersonCount(**row) for row in table.iter_rows(named=True)]
