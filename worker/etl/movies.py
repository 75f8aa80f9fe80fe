"""The movies table: one clean row per movie id, from the raw text.

Rows without a date are dropped, rows that cannot be used are quarantined, the first row of an
id wins; each of these is counted.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import polars as pl

from worker.etl.nested import SHAPES, decode_column
from worker.etl.reader import Table, literal_faults
from worker.etl.scalars import (
    clean_text,
    is_filled,
    parse_amount,
    parse_date,
    parse_id,
    parse_whole_amount,
)
from worker.etl.schemas import (
    MOVIES,
    OPTIONAL_MOVIE_COLUMNS,
    RECORD,
    REQUIRED_COLUMNS,
    check_schema,
)

# How each number is read, and what stands for one that cannot be.
_NUMBERS: Final = {
    "budget": (parse_whole_amount, 0),
    "revenue": (parse_whole_amount, 0),
    "vote_count": (parse_whole_amount, 0),
    "vote_average": (parse_amount, 0.0),
    "popularity": (parse_amount, 0.0),
    "runtime": (parse_amount, None),
}
_TEXTS: Final = ("original_language", "status", "tagline", "overview")
_FAULT: Final = ("column", "reason", "excerpt")


@dataclass(frozen=True, slots=True)
class Movies:
    """The clean table in file order, and what became of the other rows."""

    frame: pl.DataFrame
    counts: dict[str, int]


def build_movies(table: Table) -> Movies:
    """Build the movies table of schema `MOVIES`; quarantined rows join `table.faults`."""
    raw = table.frame.pipe(select_known_columns)
    dated = raw.filter(is_filled(pl.col("release_date")))
    read = dated.lazy().pipe(read_scalars).pipe(read_numbers).pipe(find_scalar_faults).collect()
    table.add_faults(read.filter(pl.col("reason").is_not_null()).select(RECORD, *_FAULT))
    usable = read.filter(pl.col("reason").is_null()).drop(_FAULT)
    whole, counts = replace_nested(table, usable)
    movies = whole.lazy().pipe(keep_first_per_id).pipe(add_return).collect()
    counts = {
        "raw_rows": table.rows,
        "without_date": raw.height - dated.height,
        "quarantined": len(table.faults),
        "duplicates": whole.height - movies.height,
        "movies": movies.height,
        "coerced": int(movies["coerced"].sum()),
        **counts,
    }
    return Movies(check_schema(movies.select(list(MOVIES)), MOVIES), counts)


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


def read_numbers(movies: pl.LazyFrame) -> pl.LazyFrame:
    """Read every number, with a stand-in where there is none; `coerced` counts the unusable."""
    read = {f"read_{name}": parse(pl.col(name)) for name, (parse, _) in _NUMBERS.items()}
    unusable = (is_filled(pl.col(name)) & pl.col(f"read_{name}").is_null() for name in _NUMBERS)
    numbers = {
        name: pl.col(f"read_{name}")
        if instead is None
        else pl.col(f"read_{name}").fill_null(instead)
        for name, (_, instead) in _NUMBERS.items()
    }
    return (
        movies.with_columns(**read)
        .with_columns(coerced=pl.sum_horizontal(unusable))
        .with_columns(**numbers)
        .drop(read)
    )


def find_scalar_faults(movies: pl.LazyFrame) -> pl.LazyFrame:
    """Add column, reason and excerpt of a row's first fault, null where it has none."""
    rules = (
        ("release_date", "bad_date", "raw_date"),
        ("id", "bad_id", "raw_id"),
        ("title", "missing_title", "title"),
    )
    faults = [
        pl.when(pl.col(column).is_null()).then(
            pl.struct(
                pl.lit(column).alias("column"),
                pl.lit(reason).alias("reason"),
                pl.col(quoted).alias("excerpt"),
            )
        )
        for column, reason, quoted in rules
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


def keep_first_per_id(movies: pl.LazyFrame) -> pl.LazyFrame:
    """One row per `id`; the first in file order wins."""
    return movies.unique("id", keep="first", maintain_order=True)


def add_return(movies: pl.LazyFrame) -> pl.LazyFrame:
    """Revenue over budget; 0 where either is missing or 0."""
    budget, revenue = pl.col("budget"), pl.col("revenue")
    known = (budget > 0) & (revenue > 0)
    return movies.with_columns(
        pl.when(known).then(revenue / budget).otherwise(0.0).alias("return")
    )
