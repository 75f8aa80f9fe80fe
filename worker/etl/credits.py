"""The cast and directors tables, from the raw text of the credits.

Knows which movies are in the catalogue, so that only their people are kept.
"""

from dataclasses import dataclass
from typing import Final

import polars as pl

from worker.etl.layouts import Shape
from worker.etl.literals import Members, decode_cells
from worker.etl.reader import Table, literal_faults
from worker.etl.scalars import parse_id
from worker.etl.schemas import CAST, DIRECTORS, RECORD, check_schema

CAST_SHAPE: Final = Shape(
    integers=("id", "order"), texts=("name", "character"), required=("id", "name")
)
CREW_SHAPE: Final = Shape(integers=("id",), texts=("name", "job"), required=("id", "name"))
_IS_DIRECTOR: Final = pl.col("job") == "Director"


@dataclass(frozen=True, slots=True)
class Credits:
    """Who acts in and who directs the movies of the catalogue, in credits file order."""

    cast: pl.DataFrame
    directors: pl.DataFrame
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class People:
    """The decoded credits of every movie, in the catalogue or not.

    `rows` is (`cell`, `movie_id`) of the usable rows; `cell` is the one of the members.
    """

    rows: pl.DataFrame
    cast: Members
    crew: Members


def decode_people(table: Table) -> People:
    """Decode every row; those that cannot be used join `table.faults`."""
    rows = read_movie_ids(table).with_row_index("cell")
    cast = decode_cells(rows["cast"], CAST_SHAPE)
    crew = decode_cells(rows["crew"], CREW_SHAPE, only=_IS_DIRECTOR)
    whole = _drop_failed(table, rows, {"cast": cast, "crew": crew})
    return People(whole.select("cell", "movie_id"), cast, crew)


def build_credits(people: People, movie_ids: pl.Series) -> Credits:
    """Build both tables for the movies of `movie_ids`.

    Only the first usable row of a movie counts. A person is one director of a movie at most,
    the first mention wins; several roles in one cast stay.
    """
    cast, crew = people.cast, people.crew
    first = people.rows.unique("movie_id", keep="first", maintain_order=True)
    kept = first.filter(pl.col("movie_id").is_in(movie_ids.implode()))
    counts = {
        "credits_duplicates": people.rows.height - first.height,
        "credits_without_movie": first.height - kept.height,
        "movies_without_credits": movie_ids.len() - kept.height,
        "slow_cells": cast.slow + crew.slow,
        "dropped_members": cast.dropped + crew.dropped,
    }
    return Credits(_long_table(cast, kept, CAST), _directors(crew, kept), counts)


def read_movie_ids(table: Table) -> pl.DataFrame:
    """Rows with a usable `movie_id`; the others are quarantined."""
    raw = table.frame
    key = "movie_id" if "movie_id" in raw.columns else "id"
    raw = raw.with_columns(raw_id=pl.col(key), movie_id=parse_id(pl.col(key)))
    bad = raw.filter(pl.col("movie_id").is_null())
    table.add_faults(
        bad.select(RECORD, column=pl.lit(key), reason=pl.lit("bad_id"), excerpt=pl.col("raw_id"))
    )
    return raw.filter(pl.col("movie_id").is_not_null())


def _drop_failed(table: Table, rows: pl.DataFrame, columns: dict[str, Members]) -> pl.DataFrame:
    """Quarantine rows with an unreadable cell; the first such column is named."""
    faults = [
        literal_faults(rows, column).filter(pl.Series(range(rows.height)).is_in(members.failed))
        for column, members in columns.items()
    ]
    first = pl.concat(faults).unique(RECORD, keep="first", maintain_order=True)
    table.add_faults(first)
    return rows.filter(~pl.col(RECORD).is_in(first[RECORD].implode()))


def _long_table(members: Members, kept: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    """Members of the kept rows, as `schema` declares."""
    table = members.table.join(kept, on="cell", how="inner", maintain_order="left")
    return check_schema(table.rename({"id": "person_id"}).select(list(schema)), schema)


def _directors(crew: Members, kept: pl.DataFrame) -> pl.DataFrame:
    """Directors, each once per movie."""
    table = _long_table(crew, kept, DIRECTORS)
    return table.unique(["movie_id", "person_id"], keep="first", maintain_order=True)
