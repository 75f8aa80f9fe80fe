"""The cast and directors tables, from the raw text of the credits.

Knows which movies are in the catalogue, so that only their people are kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from shared.contracts.reports import IdList
from worker.etl.layouts import Shape
from worker.etl.literals import Members, decode_cells
from worker.etl.report import first_ids
from worker.etl.scalars import parse_id
from worker.etl.schemas import CAST, DIRECTORS, RECORD, check_schema
from worker.etl.tables import Table, literal_faults

CAST_SHAPE: Final = Shape(
    integers=("id", "order"), texts=("name", "character"), required=("id", "name")
)
CREW_SHAPE: Final = Shape(integers=("id",), texts=("name", "job"), required=("id", "name"))
_IS_DIRECTOR: Final = pl.col("job") == "Director"


@dataclass(frozen=True, slots=True)
class Credits:
    """Who acts in and who directs the movies of the catalogue, in credits file order.

    `lost` is by reason the rows of the file that were readable and of no use.
    """

    cast: pl.DataFrame
    directors: pl.DataFrame
    lost: dict[str, int]
    movies_without_credits: IdList
    credits_without_movie: IdList
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class People:
    """The decoded credits of one piece of the file, of movies in the catalogue or not.

    `movie_ids` is by the `cell` of the members, null for a row that cannot be used.
    """

    movie_ids: pl.Series
    cast: Members
    crew: Members


def decode_people(table: Table) -> People:
    """Decode every row; those that cannot be used join `table.faults`."""
    rows = read_movie_ids(table)
    cast = decode_cells(rows["cast"], CAST_SHAPE)
    crew = decode_cells(rows["crew"], CREW_SHAPE, only=_IS_DIRECTOR)
    failed = _find_failed(table, rows, {"cast": cast, "crew": crew})
    return People(rows["movie_id"].set(failed, None), cast, crew)


def build_credits(parts: Sequence[People], movie_ids: pl.Series) -> Credits:
    """Build both tables for the movies of `movie_ids`.

    Only the first usable row of a movie counts. A person is one director of a movie at most,
    the first mention wins; several roles in one cast stay.
    """
    ids = pl.concat([part.movie_ids for part in parts])
    is_first = ids.is_first_distinct() & ids.is_not_null()
    is_known = ids.is_in(movie_ids.implode())
    kept = ids.set(~(is_first & is_known), None)
    strangers = first_ids(ids.filter(is_first & ~is_known))
    lonely = first_ids(movie_ids.filter(~movie_ids.is_in(kept.implode())))
    lost = {
        "duplicate": ids.len() - ids.null_count() - int(is_first.sum()),
        "without_movie": strangers.count,
    }
    members = [*(part.cast for part in parts), *(part.crew for part in parts)]
    counts = {
        "credits_duplicates": lost["duplicate"],
        "credits_without_movie": strangers.count,
        "movies_without_credits": lonely.count,
        "slow_cells": sum(one.slow for one in members),
        "dropped_members": sum(one.dropped for one in members),
    }
    casts: list[pl.DataFrame] = []
    directors: list[pl.DataFrame] = []
    for part in parts:
        own, kept = kept.head(part.movie_ids.len()), kept.slice(part.movie_ids.len())
        casts.append(_long_table(part.cast, own, CAST))
        directors.append(_directors(part.crew, own))
    return Credits(pl.concat(casts), pl.concat(directors), lost, lonely, strangers, counts)


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


def _find_failed(table: Table, rows: pl.DataFrame, columns: dict[str, Members]) -> pl.Series:
    """Quarantine rows with an unreadable cell; the first such column is named."""
    cells = pl.Series(range(rows.height), dtype=pl.UInt32)
    faults = [
        literal_faults(rows, column).filter(cells.is_in(members.failed))
        for column, members in columns.items()
    ]
    table.add_faults(pl.concat(faults).unique(RECORD, keep="first", maintain_order=True))
    return cells.is_in([cell for members in columns.values() for cell in members.failed])


def _long_table(members: Members, kept: pl.Series, schema: pl.Schema) -> pl.DataFrame:
    """Members of the rows whose movie id is `kept`, as `schema` declares; `kept` is by cell."""
    table = members.table.with_columns(movie_id=kept.gather(members.table["cell"]))
    if table["movie_id"].null_count():
        table = table.filter(pl.col("movie_id").is_not_null())
    return check_schema(table.rename({"id": "person_id"}).select(list(schema)), schema)


def _directors(crew: Members, kept: pl.Series) -> pl.DataFrame:
    """Directors, each once per movie."""
    table = _long_table(crew, kept, DIRECTORS)
    return table.unique(["movie_id", "person_id"], keep="first", maintain_order=True)
