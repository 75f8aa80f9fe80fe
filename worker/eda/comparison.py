"""What changed against the release before: movies, columns and figures."""

from typing import Final, NamedTuple

import polars as pl

from shared.contracts.eda import ColumnChange, Comparison, CountChange
from worker.eda.known import know, measure
from worker.eda.members import list_members
from worker.eda.named import name_movies
from worker.etl.schemas import CAST, DIRECTORS

# The figures that count distinct values, and the column of each.
DISTINCT: Final = {
    "genres": "genres",
    "companies": "production_companies",
    "countries": "production_countries",
    "languages": "spoken_languages",
    "collections": "belongs_to_collection",
}


class Tables(NamedTuple):
    """The clean tables of one release."""

    movies: pl.DataFrame
    cast: pl.DataFrame
    directors: pl.DataFrame


class Previous(NamedTuple):
    """The release that was live, and the source files that differ from its own."""

    number: int
    tables: Tables
    sources_changed: list[str]


def compare(tables: Tables, previous: Previous) -> Comparison:
    """Compare the movies of a release with those of the one before."""
    movies, before = tables.movies, previous.tables.movies
    added = _most_voted(movies.join(before, on="id", how="anti"))
    removed = _most_voted(before.join(movies, on="id", how="anti"))
    differing, columns = _find_changes(_with_people(tables), _with_people(previous.tables))
    return Comparison(
        previous=previous.number,
        sources_changed=previous.sources_changed,
        added=added.height,
        removed=removed.height,
        changed=differing.height,
        added_movies=name_movies(added, "vote_count"),
        removed_movies=name_movies(removed, "vote_count"),
        changed_movies=name_movies(differing, "columns"),
        columns=columns,
        figures=_compare_figures(before, movies),
    )


def _with_people(tables: Tables) -> pl.DataFrame:
    """The movies with their credits as two more list columns, null where there are none."""
    movies = tables.movies
    for name, schema, table in (
        ("cast", CAST, tables.cast),
        ("directors", DIRECTORS, tables.directors),
    ):
        credited = pl.struct(column for column in schema if column != "movie_id").alias(name)
        lists = table.group_by("movie_id", maintain_order=True).agg(credited)
        movies = movies.join(
            lists, left_on="id", right_on="movie_id", how="left", maintain_order="left"
        )
    return movies


def _most_voted(movies: pl.DataFrame) -> pl.DataFrame:
    """Order by votes, then by id."""
    return movies.sort(["vote_count", "id"], descending=[True, False], nulls_last=True)


def _find_changes(
    movies: pl.DataFrame, before: pl.DataFrame
) -> tuple[pl.DataFrame, list[ColumnChange]]:
    """Return the movies that differ with their number of `columns`, and the columns that do."""
    names = [name for name in movies.columns if name != "id"]
    both = movies.join(before.select("id", *names), on="id", suffix=" before")
    differs = [pl.col(name).ne_missing(pl.col(f"{name} before")) for name in names]
    marks = both.select(mark.alias(name) for mark, name in zip(differs, names, strict=True))
    sums = marks.sum().row(0) if both.height else ()
    counts = zip(names, sums, strict=False)
    changes = [ColumnChange(column=name, movies=count) for name, count in counts if count]
    changes.sort(key=lambda change: -change.movies)
    rows = both.with_columns(marks.select(columns=pl.sum_horizontal(names)).to_series())
    return _most_voted(rows.filter(pl.col("columns") > 0)), changes


def _compare_figures(before: pl.DataFrame, after: pl.DataFrame) -> list[CountChange]:
    """Put each figure of both releases side by side."""
    old, new = _count_figures(before), _count_figures(after)
    return [CountChange(key=key, before=old[key], after=new[key]) for key in new]


def _count_figures(movies: pl.DataFrame) -> dict[str, float]:
    """Return the figures of a release; a median of nothing is 0."""
    known = measure(movies)
    counts: dict[str, float] = {
        "movies": movies.height,
        "with_budget": known["budget"].count(),
        "with_revenue": known["revenue"].count(),
        "with_return": known["return"].count(),
        "with_overview": movies.select(know("overview").count()).item(),
        "without_votes": movies.height - known["vote_average"].count(),
    }
    columns = ("vote_average", "runtime", "budget", "revenue", "return")
    medians = {f"median_{column}": _median(known[column]) for column in columns}
    distinct = {
        key: float(list_members(movies, column)["name"].n_unique())
        for key, column in DISTINCT.items()
    }
    return counts | medians | distinct


def _median(values: pl.Series) -> float:
    """Return the median, 0 of nothing."""
    median = values.median()
    return median if isinstance(median, float) else 0.0
