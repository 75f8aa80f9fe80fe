"""The movies table: one clean row per movie id, from the raw text.

Rows without a date are dropped, rows that cannot be used are quarantined, the first row of an
id wins; each of these is counted. A file comes in pieces: each is decoded by itself, and what
concerns the whole file is done when all are.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import polars as pl

from shared.contracts.reports import Coercion, IdList
from worker.etl.nested import SHAPES, decode_column
from worker.etl.numbers import describe_coercions, fill_numbers, find_unusable, read_numbers
from worker.etl.report import first_ids, merge_counts
from worker.etl.scalars import clean_text, is_filled, parse_date, parse_float, parse_id
from worker.etl.schemas import (
    MOVIES,
    OPTIONAL_MOVIE_COLUMNS,
    RECORD,
    REQUIRED_COLUMNS,
    check_schema,
)
from worker.etl.tables import Table, literal_faults

# The oldest film known, "Passage de Venus", is of 1874; nothing is announced for the next century.
FIRST_YEAR: Final = 1870
LAST_YEAR: Final = 2100
_TEXTS: Final = ("original_language", "status", "tagline", "overview")
_FAULT: Final = ("column", "reason", "excerpt")


@dataclass(frozen=True, slots=True)
class MoviesPart:
    """The usable rows of one piece: `record` and the columns of `MOVIES`, in file order.

    `unusable` is the number cells of no use, as `find_unusable` returns them.
    """

    rows: pl.DataFrame
    unusable: pl.DataFrame
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class Movies:
    """The clean table in file order, and what became of the other rows and cells."""

    frame: pl.DataFrame
    coercions: list[Coercion]
    duplicates: IdList
    counts: dict[str, int]


def decode_movies(table: Table) -> MoviesPart:
    """Read one piece of the file; quarantined rows join `table.faults`."""
    raw = table.frame.pipe(select_known_columns)
    dated = raw.filter(is_filled(pl.col("release_date")))
    read = dated.lazy().pipe(read_scalars).pipe(read_numbers).pipe(find_scalar_faults).collect()
    table.add_faults(read.filter(pl.col("reason").is_not_null()).select(RECORD, *_FAULT))
    usable = read.filter(pl.col("reason").is_null()).drop(_FAULT)
    whole, counts = replace_nested(table, usable)
    movies = whole.lazy().pipe(fill_numbers).pipe(add_return).select(RECORD, *MOVIES).collect()
    counts["without_date"] = raw.height - dated.height
    return MoviesPart(movies, find_unusable(whole), counts)


def build_movies(parts: Sequence[MoviesPart]) -> Movies:
    """Build the movies table of schema `MOVIES` from all pieces of the file."""
    whole = pl.concat([part.rows for part in parts])
    is_first = whole["id"].is_first_distinct()
    movies = whole if is_first.all() else whole.filter(is_first)
    unusable = pl.concat([part.unusable for part in parts]).filter(
        pl.col(RECORD).is_in(movies[RECORD].implode())
    )
    counts = merge_counts([part.counts for part in parts]) | {
        "duplicates": whole.height - movies.height,
        "movies": movies.height,
        "coerced": unusable.height,
    }
    return Movies(
        frame=check_schema(movies.drop(RECORD), MOVIES),
        coercions=describe_coercions(unusable),
        duplicates=first_ids(whole["id"].filter(~is_first)),
        counts=dict(counts),
    )


def select_known_columns(raw: pl.DataFrame) -> pl.DataFrame:
    """The record number and the columns in use; missing optional ones are null."""
    required = [names[0] for names in REQUIRED_COLUMNS["movies"]]
    missing = [name for name in OPTIONAL_MOVIE_COLUMNS if name not in raw.columns]
    return raw.with_columns(pl.lit(None, pl.String).alias(name) for name in missing).select(
        RECORD, *required, *OPTIONAL_MOVIE_COLUMNS
    )


def read_scalars(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Read dates, ids, numbers and text; the raw texts that faults quote stay beside them."""
    title = pl.coalesce(clean_text(pl.col("title")), clean_text(pl.col("original_title")))
    return raw.with_columns(
        parse_id(pl.col("id")),
        parse_date(pl.col("release_date")),
        title,
        *(clean_text(pl.col(name)) for name in _TEXTS),
        raw_id=pl.col("id"),
        raw_date=pl.col("release_date"),
    ).with_columns(release_year=pl.col("release_date").dt.year())


def find_scalar_faults(movies: pl.LazyFrame) -> pl.LazyFrame:
    """Add column, reason and excerpt of a row's first fault, null where it has none.

    Where neither the id nor the date can be read, and the id is a date or the date a number, the
    columns have slid: the row is one half of a record that a stray line break cut in two.
    """
    no_date, no_id = pl.col("release_date").is_null(), pl.col("id").is_null()
    of_another = (
        parse_date(pl.col("raw_id")).is_not_null() | parse_float(pl.col("raw_date")).is_not_null()
    )
    is_impossible = ~pl.col("release_year").is_between(FIRST_YEAR, LAST_YEAR)
    rules = (
        (
            no_date & no_id & is_filled(pl.col("raw_id")) & of_another,
            "release_date",
            "shifted_row",
            "raw_date",
        ),
        (no_date, "release_date", "bad_date", "raw_date"),
        (is_impossible, "release_date", "impossible_date", "raw_date"),
        (no_id, "id", "bad_id", "raw_id"),
        (pl.col("title").is_null(), "title", "missing_title", "title"),
    )
    faults = [
        pl.when(is_wrong).then(
            pl.struct(
                pl.lit(column).alias("column"),
                pl.lit(reason).alias("reason"),
                pl.col(quoted).alias("excerpt"),
            )
        )
        for is_wrong, column, reason, quoted in rules
    ]
    return movies.with_columns(fault=pl.coalesce(faults)).unnest("fault")


def replace_nested(table: Table, movies: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, int]]:
    """Replace the nested columns by typed lists; rows with an unreadable cell are quarantined."""
    counts = {"slow_cells": 0, "dropped_members": 0}
    values: list[pl.Series] = []
    faults: list[pl.DataFrame] = []
    with ThreadPoolExecutor(pl.thread_pool_size()) as pool:
        decoded = pool.map(decode_column, (movies[column] for column in SHAPES), SHAPES)
    for column, nested in zip(SHAPES, decoded, strict=True):
        values.append(nested.frame["value"].alias(column))
        faults.append(literal_faults(movies, column).filter(nested.frame["failed"]))
        counts["slow_cells"] += nested.slow
        counts["dropped_members"] += nested.dropped
    first = pl.concat(faults).unique(RECORD, keep="first", maintain_order=True)
    table.add_faults(first)
    whole = movies.with_columns(values)
    return whole.filter(~pl.col(RECORD).is_in(first[RECORD].implode())), counts


def add_return(movies: pl.LazyFrame) -> pl.LazyFrame:
    """Revenue over budget; 0 where either is missing or 0."""
    budget, revenue = pl.col("budget"), pl.col("revenue")
    known = (budget > 0) & (revenue > 0)
    return movies.with_columns(
        pl.when(known).then(revenue / budget).otherwise(0.0).alias("return")
    )
