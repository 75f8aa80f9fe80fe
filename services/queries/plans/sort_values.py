"""What lists are sorted by: one column per sort, null where the figure is not known."""

import polars as pl


def sort_values(details: pl.LazyFrame, titles: pl.LazyFrame) -> pl.LazyFrame:
    """One row per movie in the order of `details`; titles as they are compared."""
    return details.select(
        "id",
        "popularity",
        "year",
        average=pl.when(pl.col("vote_count") > 0).then("vote_average"),
        votes="vote_count",
        date="release_date",
        runtime=_known("runtime_minutes"),
        budget=_known("budget"),
        revenue=_known("revenue"),
        **{"return": _known("return_on_budget")},
    ).join(
        titles.select("movie_id", title="key"),
        left_on="id",
        right_on="movie_id",
        how="left",
        maintain_order="left",
    )


def _known(column: str) -> pl.Expr:
    """A figure, null where the sources write 0 for unknown."""
    return pl.when(pl.col(column) > 0).then(column)
