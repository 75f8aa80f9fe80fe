"""Keywords from a file of their own, joined to the movies by id."""

import polars as pl

from worker.etl.credits import read_movie_ids
from worker.etl.nested import decode_column
from worker.etl.reader import Table, literal_faults


def add_keywords(movies: pl.DataFrame, table: Table) -> tuple[pl.DataFrame, dict[str, int]]:
    """Fill `keywords` of the clean movies; quarantined rows join `table.faults`.

    The first usable row of a movie counts. Movies that the file does not name keep theirs.
    """
    rows = read_movie_ids(table)
    nested = decode_column(rows["keywords"], "keywords")
    failed = nested.frame["failed"]
    table.add_faults(literal_faults(rows, "keywords").filter(failed))
    found = (
        rows.select("movie_id", found=nested.frame["value"])
        .filter(~failed)
        .unique("movie_id", keep="first", maintain_order=True)
    )
    joined = movies.join(
        found, left_on="id", right_on="movie_id", how="left", maintain_order="left"
    )
    counts = {
        "keywords_rows": table.rows,
        "keywords_quarantined": len(table.faults),
        "slow_cells": nested.slow,
        "dropped_members": nested.dropped,
    }
    filled = joined.with_columns(keywords=pl.coalesce("found", "keywords"))
    return filled.drop("found"), counts
