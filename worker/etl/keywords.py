"""Keywords from a file of their own, joined to the movies by id."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from shared.contracts.reports import IdList
from worker.etl.credits import read_movie_ids
from worker.etl.nested import decode_column
from worker.etl.report import first_ids
from worker.etl.tables import Table, literal_faults


@dataclass(frozen=True, slots=True)
class KeywordsPart:
    """The usable rows of one piece of the file, as (`movie_id`, `found`)."""

    rows: pl.DataFrame
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class Keywords:
    """Movies with their keywords, and the rows of the file that were of no use, by reason."""

    movies: pl.DataFrame
    lost: dict[str, int]
    without_movie: IdList


def decode_keywords(table: Table) -> KeywordsPart:
    """Decode one piece of the file; rows that cannot be used join `table.faults`."""
    rows = read_movie_ids(table)
    nested = decode_column(rows["keywords"], "keywords")
    failed = nested.frame["failed"]
    table.add_faults(literal_faults(rows, "keywords").filter(failed))
    usable = rows.select("movie_id", found=nested.frame["value"]).filter(~failed)
    return KeywordsPart(usable, {"slow_cells": nested.slow, "dropped_members": nested.dropped})


def add_keywords(movies: pl.DataFrame, parts: Sequence[KeywordsPart]) -> Keywords:
    """Fill `keywords` of the clean movies.

    The first usable row of a movie counts. Movies that the file does not name keep theirs.
    """
    rows = pl.concat([part.rows for part in parts])
    first = rows.filter(pl.col("movie_id").is_first_distinct())
    strangers = first["movie_id"].filter(~first["movie_id"].is_in(movies["id"].implode()))
    joined = movies.join(
        first, left_on="id", right_on="movie_id", how="left", maintain_order="left"
    )
    filled = joined.with_columns(keywords=pl.coalesce("found", "keywords")).drop("found")
    lost = {"duplicate": rows.height - first.height, "without_movie": strangers.len()}
    return Keywords(filled, lost, first_ids(strangers))
