"""What changed from one release to another: pure, over their tables.

Movies are matched by id. Null, NaN and lists are equal to themselves; a column that only one
release has, or has in another type, differs in every movie.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import polars as pl

from shared.contracts.differences import MovieChange, MovieName, NeighbourMovement

# Of each list; the counts are of all.
LISTED: Final = 100
# How many neighbours of each movie are compared.
DEPTH: Final = 10
NEIGHBOUR_COLUMNS: Final = ("movie_id", "neighbour_ids")
_AFTER: Final = "_after"


class Sides(NamedTuple):
    """A table as it was and as it is."""

    before: pl.DataFrame
    after: pl.DataFrame


class MovieDifferences(NamedTuple):
    """Movies added, removed and changed, as `ReleaseDifference` has them."""

    added: int
    removed: int
    changed: int
    changed_columns: dict[str, int]
    added_movies: list[MovieName]
    removed_movies: list[MovieName]
    changed_movies: list[MovieChange]


NOTHING_DIFFERS: Final = MovieDifferences(0, 0, 0, {}, [], [], [])


def compare_movies(movies: Sides, credited: Mapping[str, Sides]) -> MovieDifferences:
    """Compare movies, and tables of credits under the names that they get.

    A movie whose credits differ in anything but their order has that name among its columns.
    """
    before, after = movies
    added = after.join(before, on="id", how="anti")
    removed = before.join(after, on="id", how="anti")
    both = after.join(before, on="id", how="semi")
    cells = pl.concat(
        [
            differing_cells(movies),
            *(differing_credits(sides, name) for name, sides in credited.items()),
        ]
    ).join(both, on="id", how="semi", maintain_order="left")
    columns = cells.group_by("id").agg("column")
    return MovieDifferences(
        added=added.height,
        removed=removed.height,
        changed=columns.height,
        changed_columns=dict(cells.group_by("column", maintain_order=True).len().iter_rows()),
        added_movies=list(_names(added)),
        removed_movies=list(_names(removed)),
        changed_movies=[
            MovieChange(id=movie_id, title=title, columns=names)
            for movie_id, title, names in _best_known(both.join(columns, on="id"), "column")
        ],
    )


def differing_cells(movies: Sides) -> pl.DataFrame:
    """Return `id` and `column` of each cell that differs, of the movies that both have."""
    before, after = movies
    names = [name for name in {**after.schema, **before.schema} if name != "id"]
    joined = before.lazy().join(after.lazy(), on="id", suffix=_AFTER)
    return pl.concat(
        [joined.filter(_differs(name, movies)).select("id", column=pl.lit(name)) for name in names]
    ).collect()


def differing_credits(credited: Sides, name: str) -> pl.DataFrame:
    """Return `id` of each movie whose credits differ, with `name` as its `column`."""
    before, after = (side.group_by(pl.all()).len() for side in credited)
    if before.schema != after.schema:
        found = pl.concat([before["movie_id"], after["movie_id"]])
    else:
        gone = before.join(after, on=before.columns, how="anti", nulls_equal=True)
        new = after.join(before, on=before.columns, how="anti", nulls_equal=True)
        found = pl.concat([gone["movie_id"], new["movie_id"]])
    return found.unique().to_frame("id").with_columns(column=pl.lit(name))


def compare_neighbours(neighbours: Sides) -> NeighbourMovement:
    """Compare the first neighbours (columns `NEIGHBOUR_COLUMNS`) of the movies that both have."""
    before, after = (
        side.lazy().select("movie_id", pl.col("neighbour_ids").list.head(DEPTH))
        for side in neighbours
    )
    old, new = pl.col("neighbour_ids"), pl.col("neighbour_ids" + _AFTER)
    # 0 of 0: a movie that had none lost none, and is not counted.
    kept = (old.list.set_intersection(new).list.len() / old.list.len()).fill_nan(None)
    movies, same, share = (
        before.join(after, on="movie_id", suffix=_AFTER)
        .select(pl.len(), same=old.eq_missing(new).mean(), kept=kept.mean())
        .collect()
        .row(0)
    )
    return NeighbourMovement(movies=movies, same=_rounded(same), kept=_rounded(share))


def unmoved(movies: int) -> NeighbourMovement:
    """Say that the neighbours of so many movies are the same."""
    share = 1.0 if movies else None
    return NeighbourMovement(movies=movies, same=share, kept=share)


def _differs(name: str, movies: Sides) -> pl.Expr:
    if movies.before.schema.get(name) == movies.after.schema.get(name):
        return pl.col(name).ne_missing(pl.col(name + _AFTER))
    return pl.lit(value=True)


def _names(movies: pl.DataFrame) -> Iterator[MovieName]:
    for movie_id, title in _best_known(movies):
        yield MovieName(id=movie_id, title=title)


def _best_known(movies: pl.DataFrame, *more: str) -> Iterator[tuple[Any, ...]]:
    """Id, title and more of the first movies by votes."""
    order = movies.sort("vote_count", "id", descending=[True, False], nulls_last=True)
    return order.head(LISTED).select("id", "title", *more).iter_rows()


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)
