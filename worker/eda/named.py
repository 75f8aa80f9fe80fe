"""Movies named as examples, from the rows of a frame."""

from typing import Final

import polars as pl

from shared.contracts.eda import NamedMovie

EXAMPLES: Final = 20


def name_movies(rows: pl.DataFrame, value: str) -> list[NamedMovie]:
    """Name the first rows for their figure `value`; needs id, title and release_year."""
    named = rows.head(EXAMPLES).select(
        "id",
        pl.col("title").fill_null(""),
        pl.col("release_year").fill_null(0).cast(pl.Int64).alias("year"),
        pl.col(value).fill_null(0).cast(pl.Float64).alias("value"),
    )
    return [NamedMovie(id=i, title=t, year=y, value=v) for i, t, y, v in named.iter_rows()]
